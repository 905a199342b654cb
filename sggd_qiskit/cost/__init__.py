"""The data term of the cost, and the weight of the penalty."""
