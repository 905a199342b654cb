"""A process that records steps until it is killed, continuing where the one before it was."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from sggd_qiskit.run.run_folder import RunFolder

from .conftest import CONFIG, NAME, record_step

if __name__ == "__main__":
    with RunFolder.open(Path(sys.argv[1]), NAME, CONFIG, {"configuration": 1}) as folder:
        for step in count(len(folder.rows())):
            record_step(folder.ledger, step)
            folder.flush(force=step % 2 == 0)
