"""Tries ``sggd`` on random inputs, right and wrong, and keeps those that it does not end well on.

python benchmarks/fuzz.py --minutes 60 --processes 2 --findings findings/
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from zlib import crc32

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from damaged_runs import STATES, prepared
from fuzz import strategies
from fuzz.judge import Command, Server, contents
from training_runs import small

GENERATED = settings(
    max_examples=20,  # of a kind, one after the other
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def base_runs(place: Path) -> dict[str, Path]:
    """Results with a run in each of its states, to be damaged."""
    found = {}
    for state in STATES:
        here = place / state
        here.mkdir()
        run = prepared(here, small("plane", "execution.backend=aer"), state)
        found[state] = run.folder.parent
    return found


def fuzz(until: float, start: int, findings: Path) -> tuple[Counter[str], Counter[str]]:
    """Try inputs until a time; how many of each kind and exit code, and how often each fault was found.

    Args:
        until: `monotonic` seconds.
        start: the first seed.
        findings: folder in which the first input of each fault is kept.
    """
    tried, found = Counter[str](), Counter[str]()
    with TemporaryDirectory() as root, Server() as server:

        def look(named: tuple[str, Command]) -> None:
            name, command = named
            if monotonic() > until:
                return
            ended, faults = server.judged(command)
            tried[f"{name} {ended.code}"] += 1
            for fault in faults:
                key = re.sub(r"[\d.]+", "#", fault)
                if key not in found:
                    keep(findings / f"{name}-{crc32(key.encode())}", command, fault, asdict(ended))
                found[key] += 1

        kinds = {name: getattr(strategies, name)() for name in ("configurations", "tables", "circuits", "commands")}
        kinds["folders"] = strategies.folders(base_runs(Path(root)))
        number = start
        while monotonic() < until:
            for name, strategy in kinds.items():
                seed(number)(GENERATED(given(st.tuples(st.just(name), strategy))(look)))()
            number += 1
    return tried, found


def keep(place: Path, command: Command, fault: str, ended: dict[str, object]) -> None:
    """Keep an input, and how the command ended on it."""
    place.mkdir(parents=True, exist_ok=True)
    command.lay_out(place)
    told = {"arguments": command.arguments, "fault": fault, "files": sorted(contents(place)), **ended}
    (place / "finding.json").write_text(json.dumps(told, indent=1))


def main() -> None:
    """Try inputs in several processes, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--findings", type=Path, default=Path("findings"))
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    until, tried, found = monotonic() + 60 * chosen.minutes, Counter[str](), Counter[str]()
    with ProcessPoolExecutor(chosen.processes) as pool:
        starts = [chosen.seed + 100_000 * k for k in range(chosen.processes)]
        count = len(starts)
        for one, other in pool.map(fuzz, [until] * count, starts, [chosen.findings.absolute()] * count):
            tried += one
            found += other
    for key, number in sorted(tried.items()):
        print(f"{number:6} {key}")
    print(f"{sum(tried.values())} inputs, {sum(found.values())} faults of {len(found)} kinds")
    for key, number in found.most_common():
        print(f"{number:6} {key}")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
