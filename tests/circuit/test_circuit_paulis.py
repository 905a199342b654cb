"""Pauli strings as shuffles, and the sums that users write."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_pauli_sum, random_states
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Pauli, SparsePauliOp, Statevector

from sggd_qiskit.circuit.paulis import PauliError, PauliMap, label_of, pauli_label, pauli_sum, traceless

FUZZ = settings(deadline=None, max_examples=150)


@st.composite
def letters_on_qubits(draw):
    """(n, letters by qubit)."""
    num_qubits = draw(st.integers(1, 4))
    letters = draw(st.dictionaries(st.integers(0, num_qubits - 1), st.sampled_from("IXYZ")))
    return num_qubits, letters


@FUZZ
@given(letters_on_qubits())
def test_a_pauli_map_is_the_pauli_matrix(case):
    num_qubits, letters = case
    pauli = PauliMap.on(letters, num_qubits)
    states = random_states(np.random.default_rng(0), num_qubits, 3)
    assert pauli.label == label_of(letters, num_qubits)
    np.testing.assert_allclose(
        pauli.phase[:, None] * states[pauli.flip], Pauli(pauli.label).to_matrix() @ states, atol=1e-14
    )


@FUZZ
@given(letters_on_qubits(), st.sampled_from([" ", "", "*", " * ", "@", " @ ", "\t"]))
def test_a_string_reads_the_same_as_a_label_and_with_indices(case, joint):
    num_qubits, letters = case
    label = label_of(letters, num_qubits)
    assert pauli_label(f"  {label.lower()} ", num_qubits) == label
    if letters:
        written = joint.join(f"{letter}{q}" for q, letter in letters.items())
        assert pauli_label(written, num_qubits) == label


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ZZ", "found the label 'ZZ' of 2 letters; wanted one letter for each of 3 qubits"),
        ("ZZZZ", "4 letters; wanted one letter for each of 3 qubits"),
        ("Z3", "found Z3; the model has the qubits 0 to 2"),
        ("Z0 X0", "found qubit 0 twice"),
        ("ABC", "wanted a Pauli string such as 'ZIZI' or 'Z1 Z3'"),
        ("Z0 Q1", "wanted a Pauli string"),
        ("Z0X", "wanted a Pauli string"),
        ("Z0 + X1", "wanted a Pauli string"),
        ("", "wanted a Pauli string"),
        ("01", "wanted a Pauli string"),
    ],
)
def test_a_string_that_can_not_be_read(text, message):
    with pytest.raises(PauliError, match=_literally(message)):
        pauli_label(text, 3)


def _literally(message: str) -> str:
    return "".join(f"[{c}]" if c in "+*?.(){}|$" else c for c in message)


@st.composite
def written_sums(draw):
    """(n, the text, the same as (label, coefficient) pairs)."""
    num_qubits = draw(st.integers(1, 4))
    text, terms = "", []
    for number in range(draw(st.integers(1, 6))):
        letters = draw(st.dictionaries(st.integers(0, num_qubits - 1), st.sampled_from("IXYZ")))
        size = draw(st.floats(1e-3, 1e3) | st.integers(1, 20) | st.sampled_from([1, 0.25, 1e-3]))
        sign = draw(st.sampled_from(["+", "-"] if number else ["", "+", "-"]))
        label = label_of(letters, num_qubits)
        indexed = draw(st.sampled_from([" ", "", "*", " * "])).join(f"{p}{q}" for q, p in letters.items())
        pauli = draw(st.sampled_from([label, indexed] if letters else [label, ""]))
        shown = draw(st.sampled_from([repr(size), f"{size:e}"]))
        if size == 1 and pauli and draw(st.booleans()):
            shown = ""
        joint = draw(st.sampled_from([" ", "", "*", " * "])) if shown and pauli else ""
        gap = draw(st.sampled_from([" ", "", "  "]))
        text += f"{gap}{sign}{gap}{shown}{joint}{pauli}"
        terms.append((label, -float(shown or 1) if sign == "-" else float(shown or 1)))
    return num_qubits, text, terms


@FUZZ
@given(written_sums())
def test_a_written_sum_is_the_operator_that_it_says(case):
    num_qubits, text, terms = case
    wanted = SparsePauliOp.from_list(terms)
    coefficients = traceless(wanted.simplify(atol=1e-12)).coeffs
    assume(np.abs(coefficients).max() > 1e-6)
    np.testing.assert_allclose(pauli_sum(text, num_qubits).to_matrix(), wanted.to_matrix(), atol=1e-6)


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_random_sums_survive_being_written_and_read(num_qubits, seed):
    operator = random_pauli_sum(np.random.default_rng(seed), num_qubits, 6)
    text = " ".join(f"{c.real:+.17g} {label}" for label, c in operator.to_list())
    mapping = {label: c.real for label, c in operator.to_list()}
    for written in (text, mapping, {label: str(value) for label, value in mapping.items()}):
        np.testing.assert_allclose(pauli_sum(written, num_qubits).to_matrix(), operator.to_matrix(), atol=1e-14)


@FUZZ
@given(st.text("IXYZ0123 +-*.ej@\t", max_size=14), st.integers(1, 3))
def test_any_text_is_a_hermitian_sum_or_a_pauli_error(text, num_qubits):
    try:
        operator = pauli_sum(text, num_qubits)
    except PauliError as error:
        message = str(error)
        operator = None
    if operator is None:
        assert "found" in message or "can't read" in message
        assert ";" in message or "wanted" in message
    else:
        assert operator.num_qubits == num_qubits
        assert not operator.coeffs.imag.any()
        assert np.isfinite(operator.coeffs).all()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "found an empty text"),
        ("  \t ", "found an empty text"),
        ({}, "a multiple of the identity"),
        ("II", "a multiple of the identity"),
        ("3.5", "a multiple of the identity"),
        ("Z0 - Z0 + 2", "a multiple of the identity"),
        ("0 Z0", "a multiple of the identity"),
        ({"II": 1.0}, "a multiple of the identity"),
        ("Z2", "found Z2; the model has the qubits 0 to 1"),
        ("Z0 + ZZZ", "wanted one letter for each of 2 qubits"),
        ("Z0 Z0", "found qubit 0 twice"),
        ("z0", "can't read 'z0'"),
        ("Z0 X", "can't read 'X'"),
        ("ZZ XX", "can't read 'XX'"),
        ("Z0 +", "can't read '+'"),
        ("Z0 + + X0", "can't read '+ + X0'"),
        ("Z0 * 2", "can't read '* 2'"),
        ("2 * 3 Z0", "can't read '* 3 Z0'"),
        ("0.5 * - Z0", "can't read '* - Z0'"),
        ("0.5 * + Z0", "can't read '* + Z0'"),
        ("* Z0", "can't read '* Z0'"),
        ("Z0 + * X1", "can't read '+ * X1'"),
        ("0.5 *", "can't read '*'"),
        ("0.5 (Z0)", "can't read '(Z0)'"),
        ("Z0 / 2", "can't read '/ 2'"),
        ("1.2.3 Z0", "can't read '.3 Z0'"),
        ("hello", "can't read 'hello'"),
        ("nan Z0", "can't read 'nan Z0'"),
        ("1j Z0", "an observable is Hermitian, so coefficients are real"),
        ({"Z0": "0.5j"}, "an observable is Hermitian"),
        ({"Z0": "1 + 2j"}, "an observable is Hermitian"),
        ("1e999 Z0", "found the coefficient inf of IZ; wanted a finite number"),
        ({"Z0": float("nan")}, "wanted a finite number"),
        ({"Z0": "-inf"}, "wanted a finite number"),
        ({"Z0": "many"}, "found the coefficient 'many' of Z0; wanted a number"),
        ({"Z5": 1.0}, "found Z5"),
        ({"ZZZ": 1.0}, "wanted one letter for each of 2 qubits"),
        ({"0.5 Z0": 1.0}, "wanted a Pauli string"),
    ],
)
def test_a_sum_that_can_not_be_read(written, message):
    with pytest.raises(PauliError, match=_literally(message)):
        pauli_sum(written, 2)


def test_swap_is_the_swap():
    exchange = np.eye(4)[[0, 2, 1, 3]]
    for written in ("SWAP", " swap "):
        np.testing.assert_allclose(pauli_sum(written, 2).to_matrix(), exchange, atol=1e-15)
    with pytest.raises(PauliError, match="found SWAP with 3 qubits"):
        pauli_sum("SWAP", 3)


def test_equal_strings_are_added():
    np.testing.assert_allclose(
        pauli_sum({"IZ": 1, "Z0": 0.5, "Z0 X1": "2"}, 2).to_matrix(),
        (1.5 * Operator(Pauli("IZ")) + 2 * Operator(Pauli("XZ"))).data,
    )


@pytest.mark.parametrize("num_qubits", [1, 3])
def test_traceless_takes_the_identity_part_away(num_qubits):
    operator = random_pauli_sum(np.random.default_rng(0), num_qubits, 3)
    matrix = operator.to_matrix()
    rest = traceless(operator).to_matrix()
    np.testing.assert_allclose(rest, matrix - np.trace(matrix) / 2**num_qubits * np.eye(2**num_qubits), atol=1e-14)


def test_traceless_of_the_identity_is_zero():
    operator = traceless(SparsePauliOp(["II", "II"], [1.0, 2.0]))
    assert operator.num_qubits == 2
    assert not operator.to_matrix().any()


def test_random_pauli_sums_have_an_identity_part_and_do_not_commute():
    for num_qubits in (1, 2, 4):
        operator = random_pauli_sum(np.random.default_rng(1), num_qubits, 3)
        assert operator.coeffs[operator.paulis.to_labels().index("I" * num_qubits)]
        assert len(operator.paulis.group_commuting()) > 1
        state = Statevector.from_int(0, 2**num_qubits)
        assert abs(state.expectation_value(operator).imag) < 1e-14
