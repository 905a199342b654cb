"""The note about keys that the chosen backend does not use."""

from __future__ import annotations

from rich.console import Console

from sggd_qiskit.config.execution import ExecutionConfig


def show_left_aside(console: Console, execution: ExecutionConfig) -> None:
    """Say which keys concern IBM backends only, where the backend is none."""
    if execution.left_aside:
        keys = ", ".join(f"execution.{key}" for key in execution.left_aside)
        console.print(f"note: the backend {execution.backend} leaves {keys} aside; they are for IBM backends")
