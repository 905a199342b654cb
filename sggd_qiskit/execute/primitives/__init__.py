"""Any Qiskit V2 primitives."""
