"""``sggd sweep``: what it shows, its exit codes, and that it survives Ctrl-C and a kill."""

from __future__ import annotations

import re
import signal
from io import StringIO
from time import sleep

import psutil
import pytest
from command_line import call, started, wait_for
from rich.console import Console
from sweeps import HERE, completed, job_file, small_sweep
from training_runs import assert_same_run

from sggd_qiskit.cli import sweeping
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.sweep import places
from sggd_qiskit.sweep.expand import load_sweep_job
from sggd_qiskit.sweep.work import Outcome

CASES = "cases:\n  unguided: {cost.guidance: none}\n  guided: {}\nseeds: 2\n"


@pytest.fixture
def here(monkeypatch):
    """Runs are done in a thread, which needs no start-up."""
    monkeypatch.setattr(places, "this_machine", lambda processes: HERE)


def steps_recorded(results):
    sleep(0.05)  # looking must not keep the processes from working
    done = 0
    for ledger in results.glob("trial/*/ledger.sqlite"):
        try:
            with LedgerReader.open(ledger) as reader:
                done += (reader.last_row() or {"step": -1})["step"] + 1
        except RecordError:  # it has hardly begun
            pass
    return done


def test_a_line_for_each_run_and_a_table_by_axes(tmp_path, here):
    file = job_file(tmp_path, CASES)
    ended = call("sweep", file, "--results", tmp_path / "results")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"\[1/4\] case unguided, seed 0: cost \d\.\d+, test accuracy \d+\.\d %", ended.stdout)
    assert "4 of 4 runs are complete." in ended.stdout
    assert re.search(r"guided +\d+\.\d % +\d+\.\d % +\d+\.\d % +\d+\.\d % +2 ", ended.stdout)
    assert f'load_sweep("{tmp_path / "results" / "trial"}")' in ended.stdout
    again = call("sweep", file, "--results", tmp_path / "results")
    assert "4 of 4 runs are complete, 4 of them before." in again.stdout
    assert "[1/4]" not in again.stdout


def test_one_part_does_its_share_and_ends_well(tmp_path, here):
    ended = call(
        "sweep", job_file(tmp_path, CASES), "--results", tmp_path, "--shard", "2/3", "--set", "training.steps=1"
    )
    assert ended.returncode == 0
    assert "1 of 1 runs are complete." in ended.stdout
    assert len(list((tmp_path / "trial").glob("*/ledger.sqlite"))) == 1


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3"])
def test_a_part_that_is_none_is_told(tmp_path, shard):
    ended = call("sweep", job_file(tmp_path, CASES), "--results", tmp_path / "results", f"--shard={shard}")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: --shard: found '{shard}'")
    assert not (tmp_path / "results").exists()


def test_a_failing_run_is_in_the_summary_and_in_the_exit_code(tmp_path, here):
    text = "cases:\n  huge: {model.qubits: 12}\n  good: {}\n"
    ended = call("sweep", job_file(tmp_path, text), "--results", tmp_path)
    assert ended.returncode == 1
    assert "1 of 2 runs are complete." in ended.stdout
    assert "1 failed; the same command tries them again:" in ended.stdout
    assert f"  case huge: {tmp_path / 'base.yaml'}:" in ended.stdout


def test_bad_input_writes_nothing(tmp_path, here):
    ended = call("sweep", job_file(tmp_path, "grid: {cost.wieght: [1]}\n"), "--results", tmp_path / "results")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {tmp_path / 'job.yaml'}:3: cost.wieght: ")
    assert not (tmp_path / "results").exists()


def test_the_live_table_fits_80_columns(tmp_path, monkeypatch):
    stream = StringIO()
    monkeypatch.setattr(
        sweeping, "Console", lambda **_: Console(file=stream, force_terminal=True, width=80, highlight=False)
    )
    file = job_file(tmp_path, f"cases: {{{'a rather long name of a case that goes on ' * 3}: {{}}}}\nseeds: 13\n")
    completed(load_sweep_job(file), tmp_path)

    def as_if(sweep, results, place, *, shard, watch):
        """A moment in which all runs are under way."""
        watch.on_end(sweep.runs[0], Outcome(failure="something [odd]"))
        watch.on_look(sweep.runs)
        return {}

    monkeypatch.setattr(sweeping, "run_sweep", as_if)
    sweeping.sweep_with_table(file, [], tmp_path, HERE, (1, 1))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).splitlines()
    assert max(len(line) for line in shown if not line.startswith("failed: ")) == 80
    rows = [line for line in shown if re.search(r"case a rather .*… +6/6 +\d\.\d{4} +\d+\.\d % *$", line)]
    assert len(rows) == 10
    assert any(line.strip() == "and 3 more" for line in shown)
    assert any(re.match(r"trial ━+ 0/13 complete, 1 failed, \d:\d\d:\d\d$", line.strip()) for line in shown), shown
    assert any(line.endswith("something [odd]") for line in shown)


def test_ctrl_c_and_a_kill_are_survived(tmp_path):
    sweep = small_sweep(tmp_path, "seeds: 2\n", "training.steps=500")
    command = ("sweep", tmp_path / "job.yaml", "--set", "training.steps=500", "--processes", 1, "--results", tmp_path)
    with started(*command) as process:
        wait_for(process, lambda: steps_recorded(tmp_path) > 3)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
    done = steps_recorded(tmp_path)
    assert process.returncode == 130, output
    assert "Finishing the steps, then stopping. Press Ctrl-C again to stop at once." in output
    assert "are complete; " in output
    assert "Traceback" not in output
    assert 3 < done < 2 * 501
    with started(*command) as process:
        wait_for(process, lambda: steps_recorded(tmp_path) > done)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        process.kill()
        process.wait()
        psutil.wait_procs(workers, timeout=30)
        assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    parts, whole = completed(sweep, tmp_path), completed(sweep, tmp_path / "whole")
    for run in sweep.runs:
        assert_same_run(parts / run.name, whole / run.name)
