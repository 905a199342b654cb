"""Losses: what an output that misses its target costs; one a file."""
