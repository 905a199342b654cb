"""Werner states ρ(α) = (I - α SWAP)/(4 - 2α) as mixtures of the Bell states that the encoding prepares."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import DensityMatrix, concurrence

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.data import WernerData
from sggd_qiskit.data.werner import BELL_STATES, bell_weights, swap_expectation, werner_data, werner_states
from sggd_qiskit.model.encodings import bell_states

SWAP = np.eye(4)[[0, 2, 1, 3]]
ALPHAS = np.array([-1, -0.73, 0, 0.2, 0.5, 0.51, 0.9, 1])


def exact(alpha: float) -> np.ndarray:
    return (np.eye(4) - alpha * SWAP) / (4 - 2 * alpha)


def test_the_weighted_bell_states_are_the_werner_states():
    sample = werner_states(ALPHAS)
    states = prepared_states(rotation_form(bell_states()), sample.preparations)
    projectors = np.einsum("ap,bp->pab", states, states.conj())
    mixed = np.einsum("ip,pab->iab", sample.weights.toarray(), projectors)
    np.testing.assert_allclose(mixed, [exact(alpha) for alpha in ALPHAS], atol=1e-14)


def test_the_bell_states_are_orthonormal_and_the_last_is_the_singlet():
    states = prepared_states(rotation_form(bell_states()), BELL_STATES)
    np.testing.assert_allclose(states.conj().T @ states, np.eye(4), atol=1e-14)
    np.testing.assert_allclose(np.einsum("ap,ab,bp->p", states.conj(), SWAP, states), [1, 1, 1, -1], atol=1e-14)


def test_weights_are_probabilities():
    weights = bell_weights(np.linspace(-1, 1, 101))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-14)
    assert weights.min() >= -1e-15
    np.testing.assert_allclose(
        swap_expectation(ALPHAS), [np.trace(exact(alpha) @ SWAP) for alpha in ALPHAS], atol=1e-14
    )


@pytest.mark.parametrize("alpha", ALPHAS)
def test_the_label_is_minus_one_where_the_state_is_entangled(alpha):
    # The concurrence of two qubits is positive if and only if they are entangled (Wootters).
    entangled = concurrence(DensityMatrix(exact(alpha))) > 1e-7
    assert werner_states(np.array([alpha])).labels[0] == (-1 if entangled else 1)


IN_REGION = {
    "whole": lambda a: np.abs(a) <= 1,
    "d1": lambda a: (np.abs(a) <= 1) & ((a < 0) | (a > 0.5)),
    "d2": lambda a: (a > 0) & (a <= 0.5),
}


@pytest.mark.parametrize("sampling", ["grid", "random"])
@pytest.mark.parametrize("region", IN_REGION)
def test_training_states_come_from_the_region_and_test_states_from_everywhere(region, sampling):
    dataset = werner_data(WernerData(region=region, sampling=sampling, train=60, test=300, seed=4))
    train, test = dataset.train.points[:, 0], dataset.test.points[:, 0]
    assert dataset.invariant_states
    assert (len(train), len(test)) == (60, 300)
    assert dataset.train.columns == ("alpha",)
    assert IN_REGION[region](train).all()
    assert IN_REGION["whole"](test).all()
    for low, high in ((-1, 0), (0, 0.5), (0.5, 1)):
        # A share of the range; of random draws it is met within 4.5 standard deviations.
        share = np.mean((low <= test) & (test < high))
        assert abs(share - (high - low) / 2) < 4.5 * np.sqrt(0.25 / 300)


@pytest.mark.parametrize("train", [1, 2, 3, 6, 9, 50])
def test_a_grid_is_evenly_spaced_over_the_region(train):
    whole = werner_data(WernerData(train=train)).train.points[:, 0]
    np.testing.assert_allclose(whole, -1 + 2 * (np.arange(train) + 0.5) / train, atol=1e-14)
    parts = werner_data(WernerData(region="d1", train=train)).train.points[:, 0]
    along = np.where(parts < 0, parts + 1, parts + 0.5)  # the gap closed
    np.testing.assert_allclose(along, 1.5 * (np.arange(train) + 0.5) / train, atol=1e-14)


def test_random_draws_follow_the_seed_and_train_and_test_are_independent():
    def draw(seed: int, region: str = "whole", train: int = 40) -> tuple[np.ndarray, np.ndarray]:
        config = WernerData(sampling="random", train=train, test=40, seed=seed, region=region)
        dataset = werner_data(config)
        return dataset.train.points, dataset.test.points

    train, test = draw(1)
    np.testing.assert_array_equal(draw(1)[0], train)
    assert not np.isclose(draw(2)[0], train).any()
    assert not np.isin(train, test).any()
    np.testing.assert_array_equal(draw(1, "d2", 7)[1], test)  # the test set does not depend on the training set
