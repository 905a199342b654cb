"""Noiseless simulation in this process."""
