"""Which credentials are found, and which backends answer."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import IBMBackend

from sggd_qiskit.config.execution import ServiceConfig
from sggd_qiskit.execute.devices import fake_devices
from sggd_qiskit.execute.ibm.accounts import CLOSED_CHANNEL, VARIABLES, accounts_file, saved_accounts
from sggd_qiskit.execute.ibm.faults import Meaning, meaning, said
from sggd_qiskit.execute.ibm.service import CREDENTIALS, Service
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.setup.findings import Findings

_SECONDS = 20.0
"""For an answer of IBM's service."""
_TOKEN, _INSTANCE, _CHANNEL, _ = VARIABLES


def look_at_credentials(findings: Findings) -> bool:
    """Tell where there are credentials, and nothing of what they are; whether there are any."""
    section, variables = "Credentials", [name for name in VARIABLES if os.environ.get(name)]
    in_environment = _TOKEN in variables
    if in_environment:
        channel = os.environ.get(_CHANNEL, "the default one")
        findings.tell(section, "environment", f"{', '.join(variables)}; channel {channel}; taken before saved accounts")
    elif variables:
        findings.tell(section, "environment", f"{', '.join(variables)}, but no {_TOKEN}")
    try:
        saved = saved_accounts()
    except ExecutionError as error:
        findings.wrong.append(str(error))
        saved = []
    for account in saved:
        instance = "with an instance" if account.has_instance else "without an instance"
        findings.tell(section, str(accounts_file()), f"account {account.name}, channel {account.channel}, {instance}")
        if account.channel == CLOSED_CHANNEL:
            findings.wrong.append(
                f"found the account {account.name} of the channel {CLOSED_CHANNEL}, which IBM has closed: save one of "
                "ibm_quantum_platform with QiskitRuntimeService.save_account, and remove this one with delete_account"
            )
    usable = in_environment or any(account.channel != CLOSED_CHANNEL for account in saved)
    if not usable:
        findings.tell(section, "none", f"needed for IBM's devices alone; {CREDENTIALS}")
    return usable


def look_at_backends(findings: Findings, tell: Callable[[str], None], *, ask: bool) -> None:
    """Tell which backends answer.

    Args:
        findings: to add to.
        tell: told what is being done now.
        ask: whether IBM's service is asked.
    """
    section = "Backends"
    tell("running a circuit on aer")
    findings.tell(section, "exact", "answers")
    for name, trial in (("aer", _try_aer), ("fake_…", _try_fakes)):
        try:
            findings.tell(section, name, trial())
        except Exception as error:  # noqa: BLE001 - a broken installation may raise anything
            findings.tell(section, name, "does not answer")
            findings.wrong.append(
                f"{name} does not answer ({type(error).__name__}: {error}): pip install --force-reinstall qiskit-aer "
                "qiskit-ibm-runtime"
            )
    if ask:
        tell("asking IBM's service")
        client = logging.getLogger("qiskit_ibm_runtime")
        level = client.level
        client.setLevel(logging.CRITICAL)  # its warnings name instances
        try:
            _ask_service(findings)
        finally:
            client.setLevel(level)
    else:
        findings.tell(section, "ibm_…", "not asked")


def _try_aer() -> str:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    counts = AerSimulator(seed_simulator=1).run(circuit, shots=100).result().get_counts()
    if set(counts) != {"00", "11"}:
        raise RuntimeError(f"found the outcomes {sorted(counts)} of a Bell state")
    return "answers"


def _try_fakes() -> str:
    return f"{len(fake_devices())} devices to rehearse on, such as fake_torino"


def _ask_service(findings: Findings) -> None:
    section, service = "Backends", Service(ServiceConfig(timeout=_SECONDS))
    try:
        service.connect()
        backends = service.ask("the list of devices", lambda client: client.backends(), patience=0)
    except ExecutionError as error:
        findings.tell(section, "ibm_…", "no answer")
        findings.wrong.append(_with_remedy(error))
        return
    if not backends:
        findings.wrong.append(
            f"IBM's service names no devices for this account: try again later, or give an instance that has some, with "
            f"{_INSTANCE} or save_account"
        )
    for backend in backends:
        name = str(backend.name)
        try:
            status = service.ask(f"the state of {name}", _state_of(backend), patience=0)
        except ExecutionError as error:
            findings.tell(section, name, "no answer")
            findings.wrong.append(_with_remedy(error))
        else:
            state = "answers" if status.operational else f"out of service ({status.status_msg})"
            findings.tell(section, name, f"{state}, {backend.num_qubits} qubits, {status.pending_jobs:,} jobs wait")


def _with_remedy(error: ExecutionError) -> str:
    """What is wrong with the service, with what to do now, where the error speaks of a run."""
    cause = error.__cause__
    if not isinstance(cause, Exception) or CREDENTIALS in str(error):
        return str(error)
    remedy = "try again later, or check the network and, behind a proxy, HTTPS_PROXY"
    if meaning(cause) not in {Meaning.UNCLEAR, Meaning.WAIT}:
        remedy = f"check {_INSTANCE}, or the instance of the saved account"
    return f"IBM's service gives no answer ({said(cause)}): {remedy}"


def _state_of(backend: IBMBackend) -> Callable[[object], Any]:
    return lambda _: backend.status()
