"""The exact engine: linear algebra in Pauli coordinates and on statevectors."""
