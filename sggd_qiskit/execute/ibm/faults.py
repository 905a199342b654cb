"""What an error of the service's client means for what to do next."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import Enum

from qiskit.exceptions import QiskitError
from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime.accounts.exceptions import AccountsError
from qiskit_ibm_runtime.exceptions import (
    IBMInputValueError,
    IBMNotAuthorizedError,
    RuntimeJobFailureError,
    RuntimeJobMaxTimeoutError,
    RuntimeJobNotFound,
)

from sggd_qiskit.execute.ibm.redaction import redacted


class HungError(TimeoutError):
    """A call that did not come back in time.

    Args:
        message: what is told.
        posted: whether it has posted something, so that what became of it is not known; else nothing became of it.
    """

    def __init__(self, message: str, *, posted: bool = True):
        super().__init__(message)
        self.posted = posted


class UnreadableError(ConnectionError):
    """An answer of the service in which the client doesn't find its way; what became of the request is not known."""


CLIENT_ERRORS = (QiskitError, json.JSONDecodeError, OSError, HungError)
"""All that the client raises when something is wrong out there; its own errors have no nearer common base."""

_FINAL = (
    IBMInputValueError,
    QiskitBackendNotFoundError,
    AccountsError,
    RuntimeJobFailureError,
    RuntimeJobMaxTimeoutError,
)

_NO_PLACE = 3458  # the service's code for a plan's limit on jobs at a time
_NO_PLACE_SAID = "exceeds open plan job limits"


class Meaning(Enum):
    """What to do next."""

    UNCLEAR = "the request may or may not have had its effect; look, then try again"
    WAIT = "the service asks to wait"
    NO_PLACE = "the plan's limit on jobs at a time is reached; there is a place again when one of them has ended"
    UNAUTHORIZED = "the service does not take the access token, or not any more"
    MISSING = "the service doesn't know it"
    REFUSED = "the service will not do this, however often it is asked"


_PASSING = {408: Meaning.UNCLEAR, 429: Meaning.WAIT}  # HTTP statuses of the client's fault that pass


def meaning(error: Exception) -> Meaning:
    """What an error means."""
    status = http_status(error)
    if status == 401 or _any(error, IBMNotAuthorizedError):
        return Meaning.UNAUTHORIZED
    if status == 404 or _any(error, RuntimeJobNotFound):
        return Meaning.MISSING
    if service_code(error) == _NO_PLACE or _NO_PLACE_SAID in _text(error):
        return Meaning.NO_PLACE
    if status in _PASSING:
        return _PASSING[status]
    refused = status is not None and 400 <= status < 500
    return Meaning.REFUSED if refused or (isinstance(error, _FINAL) and not _hides_failure(error)) else Meaning.UNCLEAR


def http_status(error: BaseException) -> int | None:
    """The HTTP status in the chain of errors, if there is one; the client hides it two levels down."""
    for link in _chain(error):
        for status in (
            getattr(link, "status_code", None),
            getattr(getattr(link, "response", None), "status_code", None),
        ):
            if isinstance(status, int) and status > 0:
                return status
    return None


def service_code(error: BaseException) -> int | None:
    """The service's own code of an error, such as 1352 for a plan without sessions."""
    found = re.search(r'\\?"code\\?"\s*:\s*\\?"?(\d{3,5})', _text(error))
    return int(found.group(1)) if found else None


def said(error: BaseException) -> str:
    """What the service said, without JSON around it and without credentials, on one line."""
    # What the client says of an account that it couldn't ask about would blame the account.
    text = _text((error.__context__ or error) if _hides_failure(error) else error)
    for opening in (match.start() for match in re.finditer(r"\{", text)):
        try:
            answer, _ = json.JSONDecoder().raw_decode(text[opening:])
        except ValueError:
            continue
        errors = answer.get("errors") or answer.get("error") or [answer]
        first = errors[0] if isinstance(errors, list) else errors
        if isinstance(first, dict) and (first.get("message") or first.get("errorMessage")):
            text = f"{first.get('message') or first.get('errorMessage')} {first.get('solution') or ''}"
            break
    plain = " ".join(text.strip(" '\"\n").split()).rstrip(".")
    return redacted(plain or type(error).__name__)[:400]


def _hides_failure(error: BaseException) -> bool:
    """Whether it is about the account in words only, and in truth about a service that can't be reached."""
    status = http_status(error)
    return isinstance(error, AccountsError) and (
        (status is not None and status >= 500) or (status is None and _any(error, OSError))
    )


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _any(error: BaseException, kind: type[Exception]) -> bool:
    return any(isinstance(link, kind) for link in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
