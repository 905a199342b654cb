"""Rehearsals: simulation with the noise of a device."""
