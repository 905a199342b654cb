"""Circuits as numbers: rotation form, angles, a small batched simulator, Pauli sums, circuit files."""
