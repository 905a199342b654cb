"""The training: optimisers, stops, the loop, and a run from its configuration to its results."""
