from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sggd_qiskit.config.training import AdamConfig, GradientDescentConfig
from sggd_qiskit.train.optimizers import build_optimizer, state_from_plain, state_to_plain

ADAM = AdamConfig(learning_rate=0.05)
DESCENT = GradientDescentConfig(learning_rate=0.3)
BOTH = pytest.mark.parametrize("config", [ADAM, DESCENT], ids=lambda config: config.kind)
NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)


def vectors(size: int = 5):
    return arrays(float, size, elements=NUMBERS)


def frozen(state):
    for array in state.values():
        array.setflags(write=False)
    return state


def textbook_adam(config: AdamConfig, theta: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Algorithm 1 of arXiv:1412.6980, the moments as explicit sums over all gradients so far."""
    path = []
    for t in range(1, len(gradients) + 1):
        ages = np.arange(t - 1, -1, -1)[:, None]
        first = ((1 - config.beta1) * config.beta1**ages * gradients[:t]).sum(axis=0)
        second = ((1 - config.beta2) * config.beta2**ages * gradients[:t] ** 2).sum(axis=0)
        m_hat, v_hat = first / (1 - config.beta1**t), second / (1 - config.beta2**t)
        theta = theta - config.learning_rate * m_hat / (v_hat**0.5 + config.epsilon)
        path.append(theta)
    return np.array(path)


def run(config, theta: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    optimizer = build_optimizer(config)
    state, path = optimizer.init(theta), []
    for gradient in gradients:
        theta, state = optimizer.update(gradient, state)
        path.append(theta)
    return np.array(path)


@BOTH
@given(theta=vectors(), gradients=arrays(float, (3, 5), elements=NUMBERS))
def test_inputs_are_not_changed(config, theta, gradients):
    optimizer = build_optimizer(config)
    theta.setflags(write=False)
    gradients.setflags(write=False)
    state = frozen(dict(optimizer.init(theta)))
    for gradient in gradients:
        before = {name: array.copy() for name, array in state.items()}
        _, following = optimizer.update(gradient, state)
        again, _ = optimizer.update(gradient, state)
        assert all(np.array_equal(state[name], before[name]) for name in before)
        assert np.array_equal(again, following["theta"])
        state = frozen(dict(following))


@BOTH
def test_the_state_does_not_share_memory_with_theta(config):
    theta = np.zeros(3)
    state = build_optimizer(config).init(theta)
    theta += 1
    assert not state["theta"].any()


@given(theta=vectors(), gradient=arrays(float, 5, elements=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)))
def test_the_first_step_of_adam_is_the_learning_rate(theta, gradient):
    (moved,) = run(ADAM, theta, gradient[None])
    # ε is 1e-8 of a gradient of 1, so 1e-5 of the smallest here.
    np.testing.assert_allclose(theta - moved, ADAM.learning_rate * np.sign(gradient), rtol=2e-5, atol=1e-12)


def test_a_constant_gradient_moves_adam_by_the_learning_rate_each_step():
    path = run(ADAM, np.zeros(2), np.tile([2.0, -0.1], (50, 1)))
    np.testing.assert_allclose(np.diff(path, axis=0), np.tile([-0.05, 0.05], (49, 1)), rtol=1e-6)


@given(
    theta=vectors(),
    gradients=arrays(float, (12, 5), elements=NUMBERS),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0, 0.999),
)
def test_adam_is_the_textbooks(theta, gradients, beta1, beta2):
    config = AdamConfig(learning_rate=0.1, beta1=beta1, beta2=beta2)
    np.testing.assert_allclose(
        run(config, theta, gradients), textbook_adam(config, theta, gradients), rtol=1e-9, atol=1e-7
    )


@given(theta=vectors(), gradients=arrays(float, (4, 5), elements=NUMBERS))
def test_gradient_descent_subtracts_the_gradients(theta, gradients):
    expected = theta - DESCENT.learning_rate * np.cumsum(gradients, axis=0)
    np.testing.assert_allclose(run(DESCENT, theta, gradients), expected, atol=1e-9)


@BOTH
@given(theta=vectors(), gradients=arrays(float, (4, 5), elements=NUMBERS))
def test_a_state_is_exact_after_its_way_through_json(config, theta, gradients):
    optimizer = build_optimizer(config)
    state = optimizer.init(theta)
    for gradient in gradients:
        _, state = optimizer.update(gradient, state)
        back = state_from_plain(json.loads(json.dumps(state_to_plain(state))), optimizer.init(np.zeros(5)))
        assert back.keys() == state.keys()
        assert all(np.array_equal(back[name], state[name]) for name in state)
        assert all(back[name].shape == np.shape(state[name]) for name in state)
        state = back


@pytest.mark.parametrize(("mine", "theirs"), [(ADAM, DESCENT), (DESCENT, ADAM)])
def test_another_optimizers_state_is_refused(mine, theirs):
    plain = state_to_plain(build_optimizer(theirs).init(np.zeros(3)))
    with pytest.raises(ValueError, match="the checkpoint holds"):
        state_from_plain(plain, build_optimizer(mine).init(np.zeros(3)))


@BOTH
@pytest.mark.parametrize("size", [0, 2, 4])
def test_another_networks_state_is_refused(config, size):
    optimizer = build_optimizer(config)
    with pytest.raises(ValueError, match="this training needs"):
        state_from_plain(state_to_plain(optimizer.init(np.zeros(size))), optimizer.init(np.zeros(3)))
