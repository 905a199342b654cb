"""CPU time and peak memory of commands from their start, and what the recording of a step costs.

python benchmarks/startup.py [rounds]
"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from rich.console import Console
from rich.table import Table

from sggd_qiskit import load_config, run_experiment
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.run_folder import RunFolder

CONFIG = Path(__file__).parent.parent / "configs" / "plane.yaml"
SGGD = [sys.executable, "-c", "from sggd_qiskit.cli import main; main()"]
ROUNDS = 5
METER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def used(arguments: list[str]) -> tuple[float, float]:
    """CPU seconds and peak memory, MB, of a command; on Unix."""
    # Started by a process of its own, since a child's peak counts from the memory of the one that it was forked from.
    found = subprocess.run([sys.executable, "-c", METER, *SGGD, *arguments], check=True, capture_output=True, text=True)
    seconds, kilobytes = found.stdout.split()
    return float(seconds), float(kilobytes) / 1024


def recording(steps: int = 300) -> tuple[float, float]:
    """Median milliseconds of a step of the plane example on the exact backend, and of what records it."""
    ends: list[float] = []
    spent: list[float] = []

    def timed(owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def method(*arguments: object, **options: object) -> object:
            begin = perf_counter()
            try:
                return plain(*arguments, **options)
            finally:
                spent.append(perf_counter() - begin)

        setattr(owner, name, method)

    timed(Ledger, "finish_step")
    timed(RunFolder, "flush")
    config = load_config(CONFIG, [f"training.steps={steps}", "training.accuracy_every=1000"])
    with TemporaryDirectory() as folder:
        run_experiment(config, folder, on_step=lambda _: ends.append(perf_counter()))
    whole = [after - before for before, after in pairwise(ends)]
    pairs = [a + b for a, b in zip(spent[1::2], spent[2::2], strict=False)]
    return 1e3 * median(whole), 1e3 * median(pairs)


def main(rounds: int) -> None:
    """Print the table."""
    table = Table(title="Commands from their start, medians")
    for column in ("command", "CPU seconds", "peak memory, MB"):
        table.add_column(column, justify="left" if column == "command" else "right")
    with TemporaryDirectory() as folder:
        for number, arguments in enumerate(
            (["--help"], ["plan", str(CONFIG)], ["run", str(CONFIG), "--set", "training.steps=1"])
        ):
            runs = []
            for turn in range(rounds):
                results = ["--results", f"{folder}/{number}-{turn}"] if arguments[0] == "run" else []
                runs.append(used([*arguments, *results]))
            seconds, memory = zip(*runs, strict=True)
            name = "sggd " + " ".join(Path(word).name for word in arguments)
            table.add_row(name, f"{median(seconds):.2f}", f"{median(memory):.0f}")
    console = Console(width=110)
    console.print(table)
    whole, recorded = recording()
    console.print(f"an exact step of the plane example: {whole:.2f} ms, of which {recorded:.2f} ms record it")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
