"""IBM's devices: jobs that are submitted once, paid once, and found again after whatever happened in between."""
