"""A file is the old one or the new one, whatever goes wrong; and a disk that fails is told from a mistake."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from sggd_qiskit.run.errors import DiskError, RecordError
from sggd_qiskit.run.files import remove_stale, write_atomically, write_text


def test_replaces_the_content(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    write_text(path, "θ: 1\r\n")
    write_text(path, "θ: 2\r\n")
    assert path.read_bytes() == "θ: 2\r\n".encode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failure", [RuntimeError("half-way"), KeyboardInterrupt()])
def test_failure_of_the_writer_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: BaseException) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def fail(file: BinaryIO) -> None:
        file.write(b"half of the ne")
        raise failure

    with pytest.raises(type(failure)):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, DiskError),
        (errno.EDQUOT, DiskError),
        (errno.EIO, DiskError),
        (errno.EACCES, RecordError),
        (errno.EROFS, RecordError),
    ],
)
def test_what_the_system_says_is_explained(
    tmp_path: Path, call: str, code: int, kind: type[RecordError], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "steps.parquet"
    write_text(path, "old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*{"fsync": (os, "fsync", fail), "replace": (Path, "replace", fail)}[call])
    with pytest.raises(RecordError) as raised:
        write_text(path, "new")
    assert type(raised.value) is kind
    assert (raised.value.path, raised.value.reason) == (path, os.strerror(code))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file or directory"):
        write_text(tmp_path / "nowhere" / "file", "text")


def test_removes_stale_temporaries_only(tmp_path: Path) -> None:
    (tmp_path / ".steps.parquet.0123abcd.tmp").write_text("half")
    mine = {tmp_path / name for name in ("steps.parquet", ".lock", "notes.tmp")}
    for path in mine:
        path.write_text("whole")
    remove_stale(tmp_path)
    assert set(tmp_path.iterdir()) == mine


def test_the_pattern_of_stale_files_is_that_of_the_temporaries(tmp_path: Path) -> None:
    def leave_a_copy(file: BinaryIO) -> None:
        temporary = Path(file.name)
        assert temporary in set(tmp_path.glob(".*.????????.tmp"))

    write_atomically(tmp_path / "manifest.json", leave_a_copy)
