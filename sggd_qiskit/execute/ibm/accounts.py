"""The user's account at the service."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qiskit_ibm_runtime import QiskitRuntimeService

from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS
from sggd_qiskit.execute.ibm.redaction import keep_secret, redact_client_logs
from sggd_qiskit.execute.job import ExecutionError

VARIABLES = ("QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE", "QISKIT_IBM_CHANNEL", "QISKIT_IBM_URL")
"""Of the environment, with which the client finds an account; the first has to be set."""
CLOSED_CHANNEL = "ibm_quantum"
"""Of accounts of before July 2025, which the client leaves aside."""


@dataclass(frozen=True)
class SavedAccount:
    """An account that was saved once, but for its token.

    Attributes:
        name: under which it was saved.
        channel: of the service.
        has_instance: whether it names one.
    """

    name: str
    channel: str
    has_instance: bool


def accounts_file() -> Path:
    """Where accounts are saved."""
    return Path.home() / ".qiskit" / "qiskit-ibm.json"


def saved_accounts() -> list[SavedAccount]:
    """The accounts that were saved; the client's own way would make the file if there is none.

    Raises:
        ExecutionError: if the file can't be read.
    """
    file = accounts_file()
    if not file.exists():
        return []
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return [
            SavedAccount(name, str(fields["channel"]), bool(fields.get("instance"))) for name, fields in found.items()
        ]
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
        raise _damaged(error) from None  # the error may quote the file


def require_readable_accounts() -> None:
    """Refuse a damaged file of saved accounts, unless the environment has the credentials.

    Raises:
        ExecutionError: naming the file.
    """
    if os.environ.get("QISKIT_IBM_TOKEN"):
        return
    try:
        QiskitRuntimeService.saved_accounts()
    except (ValueError, AttributeError, TypeError, OSError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> ExecutionError:
    return ExecutionError(
        f"can't read the saved accounts in ~/.qiskit/qiskit-ibm.json ({type(error).__name__}); mend or remove the file, or "
        "save the account again with QiskitRuntimeService.save_account(overwrite=True)"
    )


def connect(instance: str | None) -> QiskitRuntimeService:
    """A client, whose credentials no log shows."""
    redact_client_logs()
    with suppress(*CLIENT_ERRORS, ValueError, AttributeError):  # a file that can't be read says so below
        for account in QiskitRuntimeService.saved_accounts().values():
            keep_secret(account.get("token"))
    client = QiskitRuntimeService(instance=instance)
    keep_secret((client.active_account() or {}).get("token"))
    return client
