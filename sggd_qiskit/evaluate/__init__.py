"""From θ to a cost and its gradient: the problem, plan and reduce, and the two evaluators."""
