"""Event files for TensorBoard."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from socket import gethostname
from typing import Any, ClassVar, Literal

from sggd_qiskit.config.block import OutputPath
from sggd_qiskit.config.identity import plain_yaml
from sggd_qiskit.loggers.logger import LoggedRun, Logger, Summary

_EVENTS = "events.out.tfevents."
_FOLDER = "tensorboard"


class TensorboardLogger(Logger):
    """Event files for TensorBoard, a scalar for each column of the steps."""

    kind: Literal["tensorboard"] = "tensorboard"
    packages: ClassVar[tuple[str, ...]] = ("tensorboard",)
    extra: ClassVar[str] = "tensorboard"
    path: OutputPath | None = None
    """The folder in which each run gets one of its own; if not set, ``tensorboard`` in the run's folder."""

    def start(self, run: LoggedRun) -> TensorboardLog:
        """Begin another event file beside those of earlier processes."""
        if self.path is not None:
            return TensorboardLog(Path(self.path) / f"{run.name}-{run.tag[-6:]}", run.config)
        if run.folder is None:
            raise ValueError("a run in memory has no folder for event files; set path")
        return TensorboardLog(run.folder / _FOLDER, run.config)


class TensorboardLog:
    """An event file. Each step is written to the end before the next, so that a kill loses none.

    TensorBoard's own writer has a thread, which would show a traceback when the disk is full.

    Attributes:
        steps: those in the event files of earlier processes.
    """

    def __init__(self, folder: Path, config: Mapping[str, Any]):
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        earlier = sorted(folder.glob(f"{_EVENTS}*"))
        self.steps: Collection[int] = set(_steps(earlier))
        begin = time.time_ns()
        name = f"{_EVENTS}{begin // 10**9}.{gethostname()}.{os.getpid()}.{begin % 10**9}"
        self._file = (folder / name).open("xb")
        self._writer = RecordWriter(self._file)
        self._write(file_version="brain.Event:2")
        if not earlier:
            self._write(step=0, summary=_text("config", plain_yaml(config)))

    def step(self, numbers: Mapping[str, float]) -> None:
        """Write an event with the numbers of a step."""
        from tensorboard.compat.proto.summary_pb2 import Summary as Values

        values = [Values.Value(tag=name, simple_value=value) for name, value in numbers.items() if name != "step"]
        self._write(step=int(numbers["step"]), summary=Values(value=values))

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - event files have no end
        """Close the file."""
        self._file.close()

    def _write(self, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.write(Event(wall_time=time.time(), **content).SerializeToString())
        self._file.flush()


def _steps(files: Iterable[Path]) -> Iterable[int]:
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    for file in files:
        for event in LegacyEventFileLoader(str(file)).Load():  # stops at a record that was cut off
            if any(value.HasField("simple_value") for value in event.summary.value):
                yield event.step


def _text(tag: str, text: str) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary as Values
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.text.metadata import create_summary_metadata

    indented = "".join(f"    {line}\n" for line in text.splitlines())  # as code in Markdown
    content = TensorProto(dtype=DT_STRING, string_val=[indented.encode()])
    about = create_summary_metadata(display_name=tag, description="")
    return Values(value=[Values.Value(tag=tag, metadata=about, tensor=content)])
