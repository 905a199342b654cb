"""What the manifest says of software and source."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sggd_qiskit.run.manifest import environment, run_manifest, source_revision


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_packages_that_are_installed_have_versions() -> None:
    assert list(environment(("numpy", "qiskit", "never-heard-of"))["packages"]) == ["numpy", "qiskit"]


def test_revision_of_a_checkout(tmp_path: Path) -> None:
    git(tmp_path, "init")
    code = tmp_path / "code.py"
    code.write_text("1\n")
    assert source_revision(tmp_path) is None  # in a repository, but no part of it
    git(tmp_path, "add", "code.py")
    assert source_revision(tmp_path) is None  # no commit yet
    git(tmp_path, "commit", "-m", "first")
    clean = source_revision(tmp_path)
    assert clean is not None
    assert len(clean) == 40
    code.write_text("2\n")
    assert source_revision(tmp_path) == f"{clean}-dirty"


def test_no_revision_outside_a_checkout_or_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert source_revision(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert source_revision(Path(__file__).parent) is None


def test_a_resumed_run_tells_its_starts_apart() -> None:
    starts = [{"time": "t0", "packages": {"qiskit": "2.1"}}, {"time": "t1", "packages": {"qiskit": "2.2"}}]
    facts = run_manifest("swap", {"backend": "aer", "run": "not this one"}, starts, end="t2", reason="done")
    assert facts == {
        "backend": "aer",
        "packages": {"qiskit": "2.2"},
        "layout_version": 3,
        "run": "swap",
        "start": "t0",
        "end": "t2",
        "reason": "done",
        "resumes": 1,
        "latest_start": "t1",
        "earlier_starts": starts[:1],
    }
