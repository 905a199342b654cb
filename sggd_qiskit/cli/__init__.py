"""The command line."""

from sggd_qiskit.cli.app import main

__all__ = ["main"]
