"""Where in the data, and where in the models, pydantic's place of an error is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sggd_qiskit.config.errors import KeyPath
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.outline import ambiguous, below


class Walk:
    """A path through the data and the models at once, from the place that pydantic names.

    Attributes:
        path: the keys, without the names of union members that pydantic puts between them.
        around: annotation and value of what holds the last key.
        annotation: what is allowed at the path; None where no key is known.
        value: what was found there; None where there is nothing.
    """

    def __init__(self, loc: tuple[str | int, ...], data: Mapping[str, Any]):
        self.path: KeyPath = ()
        self.annotation: Any = ExperimentConfig
        self.value: Any = data
        self.around: tuple[Any, Any] = (None, None)
        rest = list(loc)
        while rest:
            if ambiguous(self.annotation):
                del rest[0]
            if rest:
                self._step(rest.pop(0))

    def _step(self, key: str | int) -> None:
        self.around = (self.annotation, self.value)
        self.annotation = below(self.annotation, self.value, key)
        present = isinstance(self.value, list) or (isinstance(self.value, dict) and key in self.value)
        self.value = self.value[key] if present else None
        self.path = (*self.path, key)
