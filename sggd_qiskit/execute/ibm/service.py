"""The service, asked with patience."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime import IBMBackend, QiskitRuntimeService
from qiskit_ibm_runtime.accounts.exceptions import AccountsError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential

from sggd_qiskit.config.execution import ServiceConfig
from sggd_qiskit.execute.devices import DeviceError
from sggd_qiskit.execute.ibm.accounts import connect, require_readable_accounts
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, UnreadableError, meaning, said
from sggd_qiskit.execute.ibm.posting import post_once, within
from sggd_qiskit.execute.job import ExecutionError, JobsPending

T = TypeVar("T")
logger = logging.getLogger(__name__)

LONGEST_PAUSE = 30
"""Of the pauses between two tries, in units of the first."""

SLICE = 0.5
"""Seconds after which a pause is looked at again, as the user may want to stop."""

BRIEFLY = 15.0
"""Seconds of patience for what can be asked later too."""

MOST_REJECTIONS = 3
"""Access tokens that may be rejected one after the other before it is said to be the account's fault."""

CREDENTIALS = (
    "credentials come from the environment (QISKIT_IBM_TOKEN and QISKIT_IBM_INSTANCE) or from an account saved once with "
    "QiskitRuntimeService.save_account"
)


class Service:
    """IBM's runtime service, connected afresh when its access token is not valid any more.

    Args:
        config: time limits and patience.
        interrupted: asked before each further try; True ends the patience.
        instance: by its name or CRN; that of the environment or the saved account if None.
    """

    def __init__(
        self, config: ServiceConfig, interrupted: Callable[[], bool] = lambda: False, instance: str | None = None
    ):
        self._config, self._interrupted, self._instance = config, interrupted, instance
        self._client: QiskitRuntimeService | None = None
        self._rejections = 0  # of access tokens, since the last answer
        self._backends: dict[str, IBMBackend] = {}
        self._found = False  # whether a backend was found before

    @property
    def timeout(self) -> float:
        """Seconds that a request may take."""
        return self._config.timeout

    @property
    def listing(self) -> float:
        """Seconds for which a list may not show a job that was just submitted."""
        return self._config.listing

    def pause(self) -> None:
        """Wait as long as between two looks at a job."""
        time.sleep(self._config.poll)

    @property
    def poll(self) -> float:
        """Seconds between two looks at a job."""
        return self._config.poll

    def connect(self) -> None:
        """Connect for the first time, without patience: what is wrong now is likely to stay so.

        Raises:
            ExecutionError: if the credentials are not taken, or the service can't be reached.
        """
        try:
            require_readable_accounts()
            self._client = self._connected()
        except CLIENT_ERRORS as error:
            raise self.failure("the account", error, tried=False) from error

    def ask(self, what: str, question: Callable[[QiskitRuntimeService], T], patience: float | None = None) -> T:
        """The answer to a question that may be asked twice, tried again until the patience is at its end.

        Args:
            what: the question in words, for the message.
            question: gets the client; must have no effect at the service that a second time would double.
            patience: seconds, if less than the configured ones.

        Raises:
            ExecutionError: if there is no answer, or it is no.
            JobsPending: if the user would not wait for it.
        """
        try:
            return self.patiently(lambda: self.once(question), patience)
        except CLIENT_ERRORS as error:
            raise self.failure(what, error) from error

    def once(
        self,
        question: Callable[[QiskitRuntimeService], T],
        seconds: float | None = None,
        heard: Callable[[str], None] = lambda _: None,
    ) -> T:
        """One try within the time limit; the client's errors come through.

        Args:
            question: gets the client.
            seconds: the time limit; the configured one if None.
            heard: told what the client warns its user of.
        """
        client = self._client
        if client is None:
            client = self._client = self._connected()
        try:
            answer = within(seconds or self._config.timeout, lambda: _readable(lambda: question(client)), heard)
        except QiskitBackendNotFoundError as error:
            if not self._found:
                raise
            # So says a client that could not list the devices when it was made.
            self._forget()
            raise ConnectionError("the service doesn't list the device, which it knew before") from error
        self._rejections = 0
        return answer

    def patiently(self, attempt: Callable[[], T], patience: float | None = None) -> T:
        """Try until it works, the service refuses, or the patience is at its end; the last error comes through.

        Raises:
            JobsPending: if the user would not wait for it.
        """
        pause = self._config.poll
        patient = stop_after_delay(self._config.patience if patience is None else min(patience, self._config.patience))
        retrying = Retrying(
            retry=retry_if_exception(self._worth_another),
            wait=wait_exponential(multiplier=pause, min=pause, max=LONGEST_PAUSE * pause),
            stop=lambda state: patient(state) or self._interrupted(),
            sleep=self._sleep,
            before_sleep=_log,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except CLIENT_ERRORS as error:
            if meaning(error) in {Meaning.UNCLEAR, Meaning.WAIT} and self._interrupted():
                raise JobsPending(()) from error
            raise

    def backend(self, name: str) -> IBMBackend:
        """The backend of that name.

        Raises:
            DeviceError: if there is none.
            ExecutionError: if there is no answer.
        """
        if name not in self._backends:
            self._backends[name] = self.ask(f"the backend {name}", lambda client: self._backend(client, name))
            self._found = True
        return self._backends[name]

    def instance(self, name: str) -> str:
        """The CRN of the instance through which a backend is used.

        Raises:
            ExecutionError: if there is no answer.
        """
        return str(self.backend(name)._instance)  # noqa: SLF001 - the client's own way is that of its jobs only

    def refreshed(self, name: str) -> IBMBackend:
        """The backend with its present configuration and calibration.

        Raises:
            ExecutionError: if there is no answer.
        """
        backend = self.backend(name)
        self.ask("the device's calibration", lambda _: backend.refresh())
        return backend

    def _backend(self, client: QiskitRuntimeService, name: str) -> IBMBackend:
        try:
            backend = client.backend(name)
        except QiskitBackendNotFoundError:
            known = [] if self._found else sorted(str(backend.name) for backend in client.backends())
            if not known or name in known:
                raise
            raise DeviceError(
                f"IBM's service has no backend {name} for this account; it has {', '.join(known)}"
            ) from None
        post_once(backend)
        _ = backend.target  # fetched now, with patience, as it would be later without
        return backend

    def least_busy(self, qubits: int) -> str:
        """The name of the backend with the shortest queue among those with enough qubits.

        Raises:
            ExecutionError: if there is none, or no answer.
        """
        backend = self.ask(
            f"the least busy backend with {qubits} qubits",
            lambda client: client.least_busy(min_num_qubits=qubits, operational=True, simulator=False),
        )
        return str(backend.name)

    def failure(self, what: str, error: Exception, *, tried: bool = True) -> ExecutionError:
        """The error as one message.

        Args:
            what: was asked, in words.
            error: of the client.
            tried: with patience, or only once.
        """
        told = meaning(error)
        if told is Meaning.UNAUTHORIZED or (told is Meaning.REFUSED and isinstance(error, AccountsError)):
            return ExecutionError(f"IBM's service doesn't take the credentials ({said(error)}); {CREDENTIALS}")
        if told in {Meaning.UNCLEAR, Meaning.WAIT}:
            patience = f", tried for {self._config.patience:g} s" if tried else ""
            return ExecutionError(
                f"IBM's service can't be reached about {what} ({said(error)}){patience}; what is recorded stays, and the "
                "same command goes on when the service is back"
            )
        return ExecutionError(f"IBM's service refuses {what}: {said(error)}")

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._interrupted():
            time.sleep(min(left, SLICE))

    def _worth_another(self, error: BaseException) -> bool:
        if not isinstance(error, CLIENT_ERRORS) or not isinstance(error, Exception):
            return False
        told = meaning(error)
        if told is Meaning.UNAUTHORIZED and self._client is not None and self._rejections < MOST_REJECTIONS:
            # The client keeps a dead token for ever. If a new one isn't given either, the next error says so.
            self._rejections += 1
            self._forget()
            return True
        return told in {Meaning.UNCLEAR, Meaning.WAIT}

    def _connected(self) -> QiskitRuntimeService:
        return within(self._config.timeout, lambda: _readable(lambda: connect(self._instance)))

    def _forget(self) -> None:
        self._client = None
        self._backends.clear()


def _readable(call: Callable[[], T]) -> T:
    """The call's result.

    Raises:
        UnreadableError: if the client doesn't find in an answer what it looks for.
    """
    try:
        return call()
    except CLIENT_ERRORS:
        raise
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableError(f"its answer can't be read: {type(error).__name__} {said(error)}") from error


def _log(state: RetryCallState) -> None:
    error = None if state.outcome is None else state.outcome.exception()
    if error is not None:
        logger.info("trying again: %s", said(error))
