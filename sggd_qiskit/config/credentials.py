"""Names under which people keep secrets; what stands under them is never repeated in a message."""

from __future__ import annotations

import re

ADVICE = "credentials belong in the environment or in the saved account, never in a configuration; take it out"

_SECRET = re.compile("token|apikey|password|passwd|passphrase|secret|credential")


def names_secret(text: str) -> bool:
    """Whether a key, or a text that holds one, is named like a credential: ``token``, ``API_KEY``, ``ibm-secret``."""
    return _SECRET.search(re.sub(r"[\W_]", "", text).lower()) is not None
