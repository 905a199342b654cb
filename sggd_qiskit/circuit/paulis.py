"""Pauli strings as signed permutations, and Pauli sums as users write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, IndexArray


class PauliError(ValueError):
    """A Pauli string or Pauli sum that can't be read, or that is of another size or not Hermitian."""


@dataclass(frozen=True)
class PauliMap:
    """A Pauli string P on n qubits: (P ψ)[a] = phase[a] · ψ[flip[a]].

    Attributes:
        label: Qiskit's label, qubit 0 rightmost.
    """

    label: str

    @classmethod
    def on(cls, letters: Mapping[int, str], num_qubits: int) -> PauliMap:
        """From letters X, Y, Z by qubit."""
        return cls(label_of(letters, num_qubits))

    @property
    def is_diagonal(self) -> bool:
        """Whether its letters are I and Z alone."""
        return not {"X", "Y"} & set(self.label)

    @cached_property
    def flip(self) -> IndexArray:
        """Shape (2ⁿ,); made when it is first needed, as circuits of many qubits never need it."""
        mask = sum(1 << q for q, letter in enumerate(reversed(self.label)) if letter in "XY")
        return np.arange(2 ** len(self.label)) ^ mask

    @cached_property
    def phase(self) -> ComplexArray:
        """Shape (2ⁿ,), of ±1 and ±i."""
        index = np.arange(2 ** len(self.label))
        phase = np.ones(index.size, dtype=complex)
        for q, letter in enumerate(reversed(self.label)):
            if letter in "YZ":
                phase *= (1.0 - 2.0 * ((index >> q) & 1)) * (-1j if letter == "Y" else 1)
        return phase


def label_of(letters: Mapping[int, str], num_qubits: int) -> str:
    """Qiskit's label, qubit 0 rightmost, from letters by qubit."""
    return "".join(letters.get(q, "I") for q in reversed(range(num_qubits)))


_INDEXED = re.compile(r"([IXYZ])(\d+)")
_TERM = re.compile(
    r"\s*(?P<sign>[+-])?\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?j?)(?:\s*\*(?=\s*[IXYZ]))?)?\s*"
    r"(?P<pauli>[IXYZ]+(?![\w])|[IXYZ]\d+(?:[\s*@]*[IXYZ]\d+)*)?"
)


def pauli_label(text: str, num_qubits: int) -> str:
    """The label of a Pauli string written as a label (``ZIZI``) or with indices (``Z1 Z3``).

    Raises:
        PauliError: on other letters, a label of another length, or an index that is out of range or repeated.
    """
    text = text.strip().upper()
    if re.fullmatch(r"[IXYZ]+", text):
        if len(text) != num_qubits:
            raise PauliError(
                f"found the label {text!r} of {len(text)} letters; wanted one letter for each of {num_qubits} qubits"
            )
        return text
    factors = _INDEXED.findall(text)
    if not factors or _INDEXED.sub("", text).strip(" *@\t"):
        raise PauliError(f"found {text!r}; wanted a Pauli string such as 'ZIZI' or 'Z1 Z3'")
    letters: dict[int, str] = {}
    for letter, digits in factors:
        qubit = int(digits)
        if qubit >= num_qubits:
            raise PauliError(f"found {letter}{digits}; the model has the qubits 0 to {num_qubits - 1}")
        if qubit in letters:
            raise PauliError(f"found qubit {qubit} twice in {text!r}; multiply its factors out")
        letters[qubit] = letter
    return label_of(letters, num_qubits)


def pauli_sum(written: str | Mapping[str, float | str], num_qubits: int) -> SparsePauliOp:
    """The Hermitian operator that a user wrote: ``SWAP``, ``0.5 Z0 - X0 X1``, or a map from Pauli to coefficient.

    Raises:
        PauliError: if it can't be read, is of another size, is not Hermitian, or is a multiple of the identity.
    """
    if isinstance(written, str):
        if written.strip().upper() == "SWAP":
            if num_qubits != 2:
                raise PauliError(
                    f"found SWAP with {num_qubits} qubits; it is an observable of 2, write a Pauli sum instead"
                )
            return SparsePauliOp.from_list([(label, 0.5) for label in ("II", "XX", "YY", "ZZ")])
        terms = _read_terms(written, num_qubits)
    else:
        terms = [(pauli_label(pauli, num_qubits), _number(value, pauli)) for pauli, value in written.items()]
    for label, coefficient in terms:
        if coefficient.imag:
            raise PauliError(
                f"found the coefficient {coefficient} of {label}; an observable is Hermitian, so coefficients are real"
            )
        if not np.isfinite(coefficient.real):
            raise PauliError(f"found the coefficient {coefficient.real} of {label}; wanted a finite number")
    operator = SparsePauliOp.from_list(terms or [("I" * num_qubits, 0.0)]).simplify()
    if not traceless(operator).coeffs.any():
        raise PauliError(
            f"found {written!r}, a multiple of the identity; its expectation value is the same for every state"
        )
    return operator


def traceless(operator: SparsePauliOp) -> SparsePauliOp:
    """The operator without its identity part (with a single zero term if nothing is left)."""
    keep = operator.paulis.x.any(axis=1) | operator.paulis.z.any(axis=1)
    return operator[keep] if keep.any() else 0 * operator[:1]


def identity_square(operators: Sequence[SparsePauliOp]) -> float:
    """The mean over the operators of the squared coefficient of the identity."""
    return float(np.mean([identity_part(operator) ** 2 for operator in operators]))


def identity_part(operator: SparsePauliOp) -> float:
    """The coefficient of the identity in a Hermitian operator."""
    return float(operator.coeffs[~(operator.paulis.x | operator.paulis.z).any(axis=1)].sum().real)


def _read_terms(text: str, num_qubits: int) -> list[tuple[str, complex]]:
    terms: list[tuple[str, complex]] = []
    position = 0
    while text[position:].strip():
        match = _TERM.match(text, position)
        if (
            match is None
            or match.end() == position
            or not (match["number"] or match["pauli"])
            or (terms and not match["sign"])
        ):
            raise PauliError(
                f"can't read {text[position:].strip()!r} in {text!r}; wanted a sum such as '0.5 Z0 + 0.25 X0 X1'"
            )
        number = complex(match["number"]) if match["number"] else 1.0 + 0j
        label = pauli_label(match["pauli"], num_qubits) if match["pauli"] else "I" * num_qubits
        terms.append((label, -number if match["sign"] == "-" else number))
        position = match.end()
    if not terms:
        raise PauliError("found an empty text; wanted an observable such as 'Z0' or '0.5 Z0 + 0.25 X0 X1'")
    return terms


def _number(value: float | str, pauli: str) -> complex:
    try:
        return complex(value.replace(" ", "")) if isinstance(value, str) else complex(value)
    except ValueError:
        raise PauliError(f"found the coefficient {value!r} of {pauli}; wanted a number") from None
