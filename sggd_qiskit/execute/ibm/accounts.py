"""The user's account at the service."""

from __future__ import annotations

import os
from contextlib import suppress

from qiskit_ibm_runtime import QiskitRuntimeService

from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS
from sggd_qiskit.execute.ibm.redaction import keep_secret, redact_client_logs
from sggd_qiskit.execute.job import ExecutionError


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
        raise ExecutionError(
            f"can't read the saved accounts in ~/.qiskit/qiskit-ibm.json ({type(error).__name__}); mend or remove the "
            "file, or save the account again with QiskitRuntimeService.save_account(overwrite=True)"
        ) from error


def connect(instance: str | None) -> QiskitRuntimeService:
    """A client, whose credentials no log shows."""
    redact_client_logs()
    with suppress(*CLIENT_ERRORS, ValueError, AttributeError):  # a file that can't be read says so below
        for account in QiskitRuntimeService.saved_accounts().values():
            keep_secret(account.get("token"))
    client = QiskitRuntimeService(instance=instance)
    keep_secret((client.active_account() or {}).get("token"))
    return client
