"""Devices that change in the middle of a run, instances that are kept, and what users ask of circuits and jobs."""

from __future__ import annotations

import pytest
from ibm_runs import assert_paid_once, completed, jobs, notes, plane, serving

from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.run.files import CIRCUITS, read_circuits
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.status import Services, cancel_queued, run_status

SHORT = ("training.steps=2",)  # three jobs


def couplers(folder):
    """Pairs of qubits that the run's circuits couple."""
    circuits = read_circuits(folder / CIRCUITS)
    return {
        tuple(sorted(circuit.find_bit(qubit).index for qubit in instruction.qubits))
        for circuit in circuits
        for instruction in circuit.data
        if len(instruction.qubits) == 2 and instruction.operation.name != "barrier"
    }


@pytest.mark.parametrize("recalibrated", [True, False], ids=["by its calibration", "by a failing job"])
def test_a_device_that_loses_a_coupler_has_its_circuits_transpiled_again(tmp_path, recalibrated):
    lost = []

    def retire(row):
        if row["step"] == 0:
            (folder,) = tmp_path.iterdir()
            lost.extend(couplers(folder))
            stand_in.retire("ibm_manila", lost[0], recalibrated=recalibrated)

    with serving() as stand_in:
        folder = completed(plane(*SHORT), tmp_path, on_step=retire)
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == (3 if recalibrated else 4)
    assert lost
    assert lost[0] not in couplers(folder)
    assert sum("transpiled again" in note for note in notes(folder)) == 1
    layouts = load_results(folder).steps["layout"].map(tuple).tolist()
    assert layouts[1] == layouts[2]
    assert len(load_results(folder).manifest["circuits"]) == len(read_circuits(folder / CIRCUITS))


def test_a_run_keeps_the_instance_in_which_it_began(tmp_path, monkeypatch):
    with serving(instances=("first", "second")) as stand_in:
        run_experiment(plane(*SHORT), tmp_path, detach=True)
        (folder,) = tmp_path.iterdir()
        (crn,) = {job.instance for job in stand_in.jobs.values()}
        for instance in (crn.replace(":first:", ":second:"), None):
            if instance is None:
                monkeypatch.delenv("QISKIT_IBM_INSTANCE")
            else:
                monkeypatch.setenv("QISKIT_IBM_INSTANCE", instance)
            run_experiment(plane(*SHORT), tmp_path, detach=True)
        folder = completed(plane(*SHORT), tmp_path)
        assert {job.instance for job in stand_in.jobs.values()} == {crn}
        assert_paid_once(stand_in, folder)


@pytest.mark.parametrize("instance", [None, "second"])
def test_status_and_cancel_find_the_jobs_whatever_the_environment_says(tmp_path, monkeypatch, instance):
    with serving(instances=("first", "second"), queue_seconds=3600) as stand_in:
        run_experiment(plane(*SHORT), tmp_path, detach=True)
        (folder,) = tmp_path.iterdir()
        if instance is None:
            monkeypatch.delenv("QISKIT_IBM_INSTANCE")
        else:
            monkeypatch.setenv("QISKIT_IBM_INSTANCE", instance)
        (job,) = stand_in.jobs
        assert run_status(folder, Services()).pending == ((job, "QUEUED"),)
        assert cancel_queued(folder, Services()) == ((job,), ())


def test_an_instance_can_be_named_and_jobs_have_the_users_tags(tmp_path):
    with serving(instances=("first", "second")) as stand_in:
        folder = completed(plane(*SHORT, "execution.instance=second", "execution.tags=[symmetry, paper]"), tmp_path)
        assert all(":second:" in job.instance for job in stand_in.jobs.values())
        assert all(job.tags[2:] == ["symmetry", "paper"] for job in stand_in.jobs.values())
        assert len(stand_in.jobs) == len(jobs(folder))
        with pytest.raises(ExecutionError, match="nowhere"):
            run_experiment(plane("execution.instance=nowhere", "name=other"), tmp_path)


def test_the_least_busy_device_is_one_for_the_circuits_of_the_penalty(tmp_path):
    with serving(devices=("fake_manila", "fake_torino"), queue_seconds=3600):
        # Three qubits twice for the swap tests, and one more: manila has five.
        config = plane(
            "model.qubits=3",
            "cost.estimator=swap_test",
            "symmetry.group=full_permutation",
            "symmetry.check=warn",
            "execution.backend=least_busy",
        )
        run_experiment(config, tmp_path, detach=True)
        (folder,) = tmp_path.iterdir()
        assert run_status(folder).backend == "ibm_torino"


def test_circuits_begin_where_the_user_wants_and_leave_out_what_he_excludes(tmp_path):
    layout, exclude = "execution.transpiler.initial_layout=[3, 4, 2, 1]", "execution.transpiler.exclude=[0, 1]"
    with serving(queue_seconds=3600):
        run_experiment(plane("name=wanted", layout), tmp_path / "one", detach=True)
        run_experiment(plane("name=without", exclude), tmp_path / "two", detach=True)
    (one,), (two,) = ((tmp_path / name).iterdir() for name in ("one", "two"))
    first = read_circuits(one / CIRCUITS)[0]
    assert first.layout.initial_index_layout(filter_ancillas=True) == [3, 4]
    assert not {0, 1} & {qubit for pair in couplers(two) for qubit in pair}
