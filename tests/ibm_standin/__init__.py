"""A stand-in for the IBM Quantum Runtime service, for the unmodified client of qiskit-ibm-runtime.

    with StandIn(("fake_manila",)) as stand_in:
        for name, value in stand_in.environment().items():
            monkeypatch.setenv(name, value)
        stand_in.inject(Fault("status_after", code=504))
        ...  # QiskitRuntimeService().backend("ibm_manila"), Estimator, Sampler, Session, Batch
        assert stand_in.paid_by_tag() == {"step-1": 1}

It runs the program ``executor``, which the client-side primitives send. Results depend on nothing but the content of a
program: circuits, values, shots, observables' bases and twirling; not on tags, ids, sessions, names or the server. What
it does not have: control flow, circuits that go on after a measurement (without noise), measurements other than bits,
and limits on executions and input. Its codes of errors but 1305 and 1352 are not known to be the service's.
"""

from .faults import Fault
from .stand_in import StandIn, Submission

__all__ = ["Fault", "StandIn", "Submission"]
