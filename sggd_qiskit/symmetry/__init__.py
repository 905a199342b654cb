"""Symmetry groups: their unitaries, their twirl, their action on features, and the check of an encoding."""
