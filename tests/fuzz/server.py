"""Runs ``sggd`` again and again in forks of a process that has imported everything, and measures each.

A line of JSON in, ``{"arguments": [...], "folder": "..."}``, a line of JSON out; see `judge.Ended`.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import traceback
from pathlib import Path
from time import monotonic

MEMORY = 4 * 2**30  # bytes of address space beyond the server's own
CPU = 60  # seconds
WALL = 200  # seconds, however busy the machine is
_LOOK = 0.05  # seconds
_TICKS = os.sysconf("SC_CLK_TCK")


def _child(request: dict[str, object], out: int, err: int) -> None:
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = (os.fdopen(end, "w", closefd=False) for end in (1, 2))
        os.chdir(str(request["folder"]))
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 5))
        from sggd_qiskit.cli.app import main

        sys.argv = ["sggd", *request["arguments"]]  # type: ignore[misc]
        main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:  # noqa: BLE001 - a panic of Rust is no Exception
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _measured(request: dict[str, object]) -> dict[str, object]:
    pipes = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(request, pipes[0][1], pipes[1][1])
    texts = {pipes[0][0]: b"", pipes[1][0]: b""}
    for _, end in pipes:
        os.close(end)
    spoken, silence, open_ends = 0.0, 0.0, set(texts)
    until = monotonic() + WALL
    while open_ends:
        if monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        ready, _, _ = select.select(list(open_ends), [], [], _LOOK)
        now = _cpu(pid)
        silence = max(silence, now - spoken)
        for end in ready:
            piece = os.read(end, 65536)
            if piece:
                texts[end], spoken = texts[end] + piece, now
            else:
                open_ends.discard(end)
    _, status, used = os.wait4(pid, 0)
    for end in texts:
        os.close(end)
    out, err = (texts[end].decode(errors="replace") for end in texts)
    cpu = used.ru_utime + used.ru_stime
    return {
        "code": os.waitstatus_to_exitcode(status),
        "stdout": out,
        "stderr": err,
        "cpu": cpu,
        "silence": max(silence, cpu - spoken),
        "megabytes": used.ru_maxrss / 1024,
    }


def main() -> None:
    """Serve until the input ends."""
    import qiskit_aer  # noqa: F401
    import qiskit_ibm_runtime.fake_provider  # noqa: F401

    import sggd_qiskit.cli.plan_view
    import sggd_qiskit.cli.training  # noqa: F401

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        answers.write(json.dumps(_measured(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
