"""Credentials are left out of whatever the service, or its client, says."""

from __future__ import annotations

import logging
import os
import re

_LABELLED = re.compile(
    r"""(?ix)
    (?P<label>
        \b authorization ["']? \s* [:=] \s* ["']? (?: \w+ \s+ (?= [^\s"',;}] ) )?
    )
    [^\s"',;}]+
    | (?P<other>
        \b (?: bearer | apikey ) \s+
      | \b (?: \w* api [ _-]? key | \w* token ) ["']? \s* [:=] \s* ["']? (?: (?: bearer | basic | apikey | token ) \s+ )?
    )
    [\w.~+/=-]{6,}
    | \b eyJ [\w-]{8,} (?: \. [\w-]+ ){1,2}
    """
)
"""Values after a label, and what looks like an access token without one."""

_CLIENT_LOGGERS = ("qiskit_ibm_runtime", "ibm_cloud_sdk_core", "ibm_platform_services", "urllib3")
_SHORTEST = 6  # of what is taken for a credential

_known: set[str] = set()


def keep_secret(credential: str | None) -> None:
    """Leave a credential out from now on, wherever it stands."""
    if credential and len(credential) >= _SHORTEST:
        _known.add(credential)


def redacted(text: str) -> str:
    """The text without credentials: those that are known or in the environment, and what looks like one."""
    keep_secret(os.environ.get("QISKIT_IBM_TOKEN"))
    for credential in sorted(_known, key=len, reverse=True):
        text = text.replace(credential, "...")
    return _LABELLED.sub(lambda match: f"{match['label'] or match['other'] or ''}...", text)


def redact_client_logs() -> None:
    """Leave credentials out of what the client logs."""
    for name in list(logging.Logger.manager.loggerDict):
        if name.split(".")[0] in _CLIENT_LOGGERS:
            logging.getLogger(name).addFilter(_redact)  # the same one is added once


def _redact(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    found = redacted(text)
    if found != text:
        record.msg, record.args = found, ()
    return True
