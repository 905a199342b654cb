"""Where the runs of a sweep are done: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from sggd_qiskit.config.errors import ConfigError

# As the libraries below NumPy and Qiskit read them when they are loaded: each run has one core.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "RAYON_NUM_THREADS"), "1"
)
_PATIENCE = "15s"
_LIVES = 3


@dataclass(frozen=True)
class Place:
    """Where runs are done.

    Attributes:
        open: what they are handed to; opened again if a process dies.
        room: how many are handed over at a time; None for all of them.
    """

    open: Callable[[], AbstractContextManager[Executor]]
    room: int | None = None


def this_machine(processes: int | None = None) -> Place:
    """Processes of this machine, as many as it has cores for this one unless told otherwise, with a thread each."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    count = processes or cores or 1
    return Place(lambda: _processes(count), count)


def dask_cluster(address: str) -> Place:
    """The workers of a Dask cluster that runs already; they share the results' folder with this machine.

    Raises:
        ConfigError: the extra is not installed.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ConfigError.at(
            "", "--scheduler: Dask is not installed; pip install 'sggd-qiskit[dask]' here and on the workers"
        ) from None
    return Place(lambda: _cluster(address))


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    former = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    # Started afresh, not forked, so that they read the above, and inherit no threads or locks.
    executor = ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin)
    finished = False
    try:
        yield executor
        finished = True
    finally:
        executor.shutdown(wait=finished, cancel_futures=True)
        for name, value in former.items():
            os.environ.pop(name)
            os.environ.update({} if value is None else {name: value})


def _begin() -> None:
    """In a new process: Ctrl-C is for the first one, which says when to stop; without it there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)  # the ledger is transactional, so this step is lost and no more

    Thread(target=follow, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    import distributed

    connect: Any = distributed.Client  # has no types
    try:
        client = connect(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = f"no Dask scheduler answers at {address} ({error or type(error).__name__})"
        raise ConfigError.at(
            "", f"--scheduler: {reason}; start one with 'dask scheduler', or correct the address"
        ) from error
    with client:
        # A worker that dies takes its run's lock along, so another one can go on with the run.
        yield client.get_executor(pure=False, retries=_LIVES)
