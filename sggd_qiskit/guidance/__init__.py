"""How a symmetry enters the training: one way a file."""
