"""What a device bills is forecast, corrected by what was billed, and a budget holds whatever the service makes of it."""

from __future__ import annotations

import numpy as np
import pytest
from ibm_runs import completed, jobs, plane, serving
from qiskit import QuantumCircuit
from workloads import DEVICES, forecast_and_billed, random_workloads

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.execution import ServiceConfig
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.timing import Pace, device_pace
from sggd_qiskit.execute.job import BudgetError, ExecutionError
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.run import run_experiment

SHORT = ("training.steps=2",)  # three jobs
SUBJOB = 1000
"""Executions; the jobs have some thousands."""


def test_the_forecast_is_within_5_percent_of_the_bill_and_never_2_percent_below():
    with serving(devices=DEVICES):
        service = Service(ServiceConfig())
        service.connect()
        for _, config in random_workloads(len(DEVICES), seed=3):
            expected, billed = forecast_and_billed(config, service.backend(config.execution.backend))
            assert 0.98 * billed <= expected <= 1.05 * billed


def test_an_execution_takes_the_delay_and_the_circuit():
    device = fake_device("fake_torino")
    pace = device_pace(device)
    assert pace.rep_delay == pytest.approx(250e-6)
    assert device_pace(device, 100).rep_delay == pytest.approx(100e-6)
    assert device_pace(fake_device("fake_miami")).rep_delay == pytest.approx(4000e-6)
    circuit = QuantumCircuit(device.num_qubits)
    circuit.cz(0, 1)
    gates = device.target["cz"][(0, 1)].duration
    turn = max(p.duration for p in device.target["sx"].values() if p)
    plain, twirled = (pace.executions(circuit, twirled=twirled) for twirled in (False, True))
    readout = max(p.duration for p in device.target["measure"].values() if p)
    assert plain == pytest.approx(250e-6 + gates + readout + 3 * turn)
    assert twirled == pytest.approx(plain + 4 * turn)
    folded = pace.executions(circuit, (1.0, 3.0), twirled=True)
    assert folded == pytest.approx(2 * twirled + 2 * (gates + 2 * turn))
    assert Pace(1e-3, circuit=1e-4).executions(circuit, (1, 2), twirled=True) == pytest.approx(2e-3 + 3e-4)
    foreign = QuantumCircuit(2)
    foreign.cx(0, 1)
    with pytest.raises(ExecutionError, match="cx on"):
        pace.executions(foreign, twirled=False)


@pytest.mark.parametrize(("device", "delay"), [("fake_torino", 501.0), ("fake_miami", 999.0)])
def test_a_delay_that_the_device_does_not_take_is_refused_with_its_range(device, delay):
    with pytest.raises(ConfigError, match=r"execution\.rep_delay.*found (501|999) µs.*(0 to 500|1000 to 4000)"):
        device_pace(fake_device(device), delay)


def test_a_run_with_such_a_delay_writes_and_submits_nothing(tmp_path):
    with serving() as stand_in:
        with pytest.raises(ConfigError, match="0 to 500"):
            run_experiment(plane("execution.rep_delay=700"), tmp_path / "results")
        assert stand_in.submissions == []
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("delay", [None, 0.0], ids=["default", "none"])
def test_a_run_records_what_was_forecast_and_what_was_billed(tmp_path, delay):
    config = plane(*SHORT, *([] if delay is None else [f"execution.rep_delay={delay}"]))
    told = []
    with serving() as stand_in:
        folder = completed(config, tmp_path, on_forecast=told.append)
        billed = {job.id: job.charged for job in stand_in.jobs.values()}
    units = jobs(folder)
    assert units["qpu_seconds"].tolist() == [billed[job] for job in units["id"]]
    np.testing.assert_allclose(units["qpu_seconds_forecast"], units["qpu_seconds"], rtol=0.01)
    assert (units["qpu_seconds"] > 2 + units["shots"] * (250e-6 if delay is None else 0.0)).all()
    (load,) = told
    assert load.qpu_seconds == pytest.approx(units["qpu_seconds_forecast"].sum())
    planned = forecast(build_problem(config), fake_device("fake_manila")).total
    assert planned.qpu_seconds == pytest.approx(load.qpu_seconds, rel=1e-3)


@pytest.mark.parametrize("budget", [14.0, 17.0, 22.0])
def test_a_budget_holds_where_the_service_makes_several_sub_jobs_of_one(tmp_path, budget):
    with serving(subjob=SUBJOB) as stand_in:
        config = plane("training.steps=5", f"execution.budget.qpu_seconds={budget}")
        with pytest.raises(BudgetError, match="would pass the budget"):
            run_experiment(config, tmp_path)
        spent = sum(job.charged for job in stand_in.jobs.values())
        (first, *_) = stand_in.jobs.values()
        assert budget - first.charged < spent <= budget


def test_a_job_that_would_pass_the_budget_is_ended_by_the_service(tmp_path):
    with serving(subjob=SUBJOB) as stand_in:
        with pytest.raises(ExecutionError, match=r"ran longer than the service allows.*execution\.budget\.qpu_seconds"):
            run_experiment(plane(*SHORT, "execution.budget.qpu_seconds=5"), tmp_path)
        assert sum(job.charged for job in stand_in.jobs.values()) <= 5


def test_the_forecast_is_corrected_by_the_finished_jobs(tmp_path):
    with serving(subjob=SUBJOB):
        folder = completed(plane(*SHORT), tmp_path)
    units = jobs(folder)
    ratio = (units["qpu_seconds"] / units["qpu_seconds_forecast"]).max()
    assert ratio > 2
    with LedgerReader.open(folder / "ledger.sqlite") as ledger:
        assert ledger.spent().correction.factor == pytest.approx(ratio)
        assert ledger.spent().qpu_seconds == pytest.approx(units["qpu_seconds"].sum())
