"""``python -m sggd_qiskit`` is ``sggd``."""

from __future__ import annotations

from sggd_qiskit.cli import main

if __name__ == "__main__":
    main()
