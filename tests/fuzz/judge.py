"""The property: exit 0, 1 or 2, a short message with place and remedy, nothing left by a refusal, within bounds."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from command_line import environment

LINES = 10
MEGABYTES = 2500
SILENCE = 5.0  # seconds of CPU without a word
_IGNORED = (".lock", "-shm", "-wal")


@dataclass(frozen=True)
class Command:
    """A command and the files that it finds.

    Attributes:
        arguments: of ``sggd``.
        files: by path relative to the folder in which it is run.
        folders: that are copied there, by name.
    """

    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)

    def lay_out(self, place: Path) -> None:
        """Write the files."""
        for name, source in self.folders.items():
            shutil.copytree(source, place / name, dirs_exist_ok=True)
        for name, content in self.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (negative for a signal), output, seconds of CPU, the longest silence, memory."""

    code: int
    stdout: str
    stderr: str
    cpu: float
    silence: float
    megabytes: float


class Server:
    """Runs commands in forks of one process; see `server`."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(COLUMNS="80", QISKIT_IBM_TOKEN="", HOME="/nonexistent"),
            text=True,
        )
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(self, command: Command, place: Path) -> Ended:
        """Run the command in that folder."""
        self._process.stdin.write(json.dumps({"arguments": command.arguments, "folder": str(place)}) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def judged(self, command: Command) -> tuple[Ended, list[str]]:
        """How the command ended, and what is wrong with that."""
        with TemporaryDirectory() as folder:
            place = Path(folder)
            command.lay_out(place)
            before = contents(place)
            ended = self.run(command, place)
            return ended, faults(ended, before, contents(place))


def contents(place: Path) -> dict[str, str]:
    """Digest of every file below a folder, by name; folders too."""
    return {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(place.rglob("*"))
        if not path.name.endswith(_IGNORED)
    }


def faults(ended: Ended, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is wrong with how a command ended.

    Args:
        ended: likewise.
        before: `contents` of its folder before.
        after: and after.
    """
    found = []
    message = ended.stderr.strip()
    if ended.code not in {0, 1, 2}:
        found.append(f"exit code {ended.code}")
    if "Traceback" in message or "panicked" in message:
        found.append(f"traceback: {message.splitlines()[-1][:200]}")
    elif ended.code in {1, 2}:
        if len(message.splitlines()) > LINES or len(message) > 4000:
            found.append(f"message of {len(message.splitlines())} lines and {len(message)} characters")
        if not message.startswith(("error: ", "Usage: ")):
            found.append("no message")
        elif "error: " in message and not any(mark in message for mark in (";", ", ", ". ")):
            found.append("no remedy")
    if ended.code == 2 and after != before:
        found.append(f"a refusal changed {sorted(set(after.items()) ^ set(before.items()))[:3]}")
    if ended.code in {0, 1}:
        gone = [name for name, digest in before.items() if digest and digest not in after.values()]
        gone = [name for name in gone if not name.startswith("results/")]
        if gone:
            found.append(f"overwrote {gone[:3]}")
    if ended.megabytes > MEGABYTES:
        found.append(f"{ended.megabytes:.0f} megabytes")
    if ended.silence > SILENCE:
        found.append(f"silent for {ended.silence:.0f} s")
    return found
