"""Error bars of a device: the variance of (value - truth) / error, which is 1 if errors are honest.

    python benchmarks/device_errors.py [jobs [sets]]

A random circuit is measured at random parameters through IBM's client at the tests' stand-in for the service, whose readouts
read 1 for 0 in 2 of 100 cases and 0 for 1 in 4, more or less by qubit; 100 jobs of 100 parameter sets, 512 shots, each job
with its own calibration. The last column is of the mean over the sets of each job, which have the calibration in common.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from pulls import OBSERVABLES, OPTIONS, pulls

SHOTS = 512


def main() -> None:
    """Print the table."""
    given = [int(word) for word in sys.argv[1:]]
    jobs, sets = [*given, 100, 100][:2]
    console, table = Console(), Table("observable", "mitigation", "draws", "variance", "of the jobs' means")
    for name, observable in OBSERVABLES.items():
        for mitigation, options in OPTIONS.items():
            found = pulls(observable, options, jobs=jobs, sets=sets, shots=SHOTS)
            numbers = (f"{found.each.size:,}", f"{found.each.var():.3f}", f"{found.means.var():.2f}")
            table.add_row(name, mitigation, *numbers)
    console.print(table)


if __name__ == "__main__":
    main()
