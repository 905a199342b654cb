"""Options of the primitives, and how many shots the service runs with them: counted in the client's own programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp
from qiskit_ibm_runtime.executor.calculate_twirling_shots import calculate_twirling_shots
from qiskit_ibm_runtime.executor_estimator.prepare import prepare as prepare_estimator
from qiskit_ibm_runtime.executor_sampler.prepare import prepare as prepare_sampler

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.execution import LimitsConfig
from sggd_qiskit.execute.ibm.options import precision_for, primitive_options
from sggd_qiskit.execute.ibm.pubs import job_pubs
from sggd_qiskit.execute.ibm.sampling import Sampling
from sggd_qiskit.execute.ibm.splitting import plan_jobs
from sggd_qiskit.execute.job import WorkUnit

T = Parameter("t")
OPTIONS = [
    {"resilience_level": 0},
    {},
    {"resilience_level": 2},
    {"resilience_level": 2, "resilience": {"zne": {"noise_factors": [1, 2, 3, 5], "extrapolator": "linear"}}},
    {"resilience": {"measure_mitigation": False}},
    {"resilience_level": 0, "resilience": {"measure_mitigation": True}},
    {"resilience_level": 0, "twirling": {"enable_gates": True, "num_randomizations": 7}},
    {"twirling": {"shots_per_randomization": 24}},
    {
        "twirling": {
            "enable_gates": True,
            "enable_measure": True,
            "num_randomizations": 3,
            "shots_per_randomization": 50,
        }
    },
    {"resilience": {"measure_noise_learning": {"num_randomizations": 5}}},
]
AUTO_OR = st.one_of(st.just("auto"), st.integers(1, 200))


def circuit():
    found = QuantumCircuit(2)
    found.ry(T, 0)
    found.cx(0, 1)
    return transpile(found, basis_gates=["rz", "sx", "x", "cx"], optimization_level=1)


MEASUREMENTS = (
    Measurement(circuit(), (SparsePauliOp(["ZZ", "XX", "IZ"]),)),
    Measurement(circuit(), (SparsePauliOp(["ZZ", "XX"]), SparsePauliOp("IZ"), SparsePauliOp(["ZI", "XI"]))),
    Readout(circuit().measure_all(inplace=False), lambda bits: 1.0 - 2.0 * bits[..., :1], np.ones(1)),
)


@given(st.integers(2, 100_000), AUTO_OR, AUTO_OR)
def test_shots_are_rounded_as_the_client_rounds_them(shots, randomizations, each):
    twirling = {"num_randomizations": randomizations, "shots_per_randomization": each, "enable_gates": True}
    for rule in primitive_options({"resilience_level": 0, "twirling": twirling}).rules.values():
        assert rule.delivered(shots) == np.prod(calculate_twirling_shots(shots, randomizations, each))


@given(st.integers(2, 10_000_000))
def test_the_precision_that_is_asked_for_gives_the_shots(shots):
    assert int(np.ceil(1.0 / precision_for(shots) ** 2)) == shots  # as the client reckons


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shots", [40, 1000])
def test_executions_are_those_of_the_program_that_the_client_sends(options, shots):
    found = primitive_options(options)
    settings = [
        Setting(measurement, {(T,): np.linspace(0, 1, 6).reshape(2, 3, 1)}, (2, 3), shots * factor)
        for measurement, factor in zip(MEASUREMENTS[:1] + MEASUREMENTS, (1, 2, 1, 1), strict=True)
    ]
    step = Sampling(found).step(settings)
    plans = plan_jobs(step.settings, WorkUnit.of_step(0), found.rules, LimitsConfig())
    assert [plan.sampler for plan in plans] == ([False, True] if options.get("resilience_level") == 2 else [True])
    for plan in plans:
        pubs = job_pubs(plan, step.settings)
        if plan.sampler:
            program, _ = prepare_sampler(pubs, found.sampler, plan.shots)
        else:
            program, _ = prepare_estimator(pubs, found.estimator, precision_for(plan.shots))
        assert executions(program) == plan.executions


def executions(program):
    return program.shots * sum(int(item.size()) for item in program.items)


@pytest.mark.parametrize(
    ("options", "key", "message"),
    [
        ({"default_shots": 100}, "execution.options.default_shots", "execution.shots says it"),
        ({"environment": {"job_tags": ["mine"]}}, "execution.options.environment.job_tags", "leave it out"),
        ({"environment": {"private": True}}, "execution.options.environment.private", "lost in a kill"),
        ({"resilience_levle": 1}, "execution.options.resilience_levle", "did you mean 'resilience_level'?"),
        ({"resilience_level": "high"}, "execution.options.resilience_level", "an option of qiskit-ibm-runtime"),
        ({"resilience": {"zne": {"amplifier": "pea"}}}, "execution.options.resilience.zne.amplifier", "gate folding"),
        ({"twirling": {"enable_measure": False}}, "execution.options.twirling.enable_measure", "measure_mitigation"),
        ({"resilience": None}, "execution.options.resilience", "an option of qiskit-ibm-runtime"),
        ({"resilience": {"zne": None}}, "execution.options.resilience.zne", "an option of qiskit-ibm-runtime"),
    ],
)
def test_an_option_that_can_not_be_used_is_named(options, key, message):
    with pytest.raises(ConfigError) as error:
        primitive_options(options)
    (fault,) = error.value.faults
    assert ".".join(map(str, fault.path)) == key
    assert message in fault.message
