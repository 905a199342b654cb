"""Accounts: tokens for API keys, and the instance that an account has."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from .answer import Answer, json_answer

CRN = "crn:v1:bluemix:public:quantum-computing:us-east:a/standin:instance::"
"""Of the instance ``standin``."""
PLAN_ID = "standin-plan"
LIFETIME = 3600  # seconds
PLANS = {"paid": ("Pay-as-you-go", "paid"), "open": ("Open", "free")}


def crn(instance: str) -> str:
    """The CRN of an instance by its name."""
    return CRN if instance == "standin" else CRN.replace(":instance:", f":{instance}:")


class Accounts:
    """Hands out a new access token at every request and knows which of them are still good."""

    def __init__(self, api_keys: Sequence[str], plan: str, instances: Sequence[str] = ("standin",)):
        if plan not in PLANS:
            raise ValueError(f"found the plan {plan!r}; wanted one of {', '.join(PLANS)}")
        self._api_keys, self._plan, self.instances = tuple(api_keys), plan, tuple(instances)
        self._live: set[str] = set()
        self._numbers = count(1)
        self._lock = threading.Lock()

    def token(self, form: Mapping[str, Sequence[str]]) -> Answer:
        """POST /identity/token."""
        (api_key,) = form.get("apikey", [""])
        if api_key not in self._api_keys:
            return json_answer(
                {
                    "errorCode": "BXNIM0415E",
                    "errorMessage": "Provided API key could not be found.",
                    "context": {"requestId": "standin", "requestType": "incoming.Identity_Token"},
                },
                400,
            )
        issued = int(time.time())
        claims = {"iam_id": "IBMid-standin", "iat": issued, "exp": issued + LIFETIME, "jti": next(self._numbers)}
        token = ".".join([_segment({"alg": "HS256", "typ": "JWT"}), _segment(claims), _segment({"signed": "no"})])
        with self._lock:
            self._live.add(token)
        return json_answer(
            {
                "access_token": token,
                "refresh_token": "not_supported",
                "token_type": "Bearer",
                "expires_in": LIFETIME,
                "expiration": issued + LIFETIME,
                "scope": "ibm openid",
            }
        )

    def knows(self, authorization: str) -> bool:
        """Whether an Authorization header lets a request in."""
        scheme, _, credential = authorization.partition(" ")
        if scheme.lower() == "apikey":
            return credential in self._api_keys
        with self._lock:
            return scheme.lower() == "bearer" and credential in self._live

    def revoke_tokens(self) -> None:
        """Make every access token handed out so far worthless; API keys stay good."""
        with self._lock:
            self._live.clear()

    def search(self) -> Answer:
        """POST /v3/resources/search."""
        items = [
            {
                "crn": crn(name),
                "name": name,
                "service_plan_unique_id": PLAN_ID,
                "doc": {"extensions": {"backends": "all"}},
                "tags": [],
            }
            for name in self.instances
        ]
        return json_answer({"items": items, "limit": 100})

    def plan(self) -> Answer:
        """GET /catalog/api/v1/PLAN."""
        name, pricing = PLANS[self._plan]
        return json_answer(
            {
                "id": PLAN_ID,
                "overview_ui": {"en": {"display_name": name}},
                "metadata": {"pricing": {"type": pricing}},
            }
        )


def _segment(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
