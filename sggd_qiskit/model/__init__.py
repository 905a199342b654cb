"""The quantum neural network: encodings, ansatzes, observables."""
