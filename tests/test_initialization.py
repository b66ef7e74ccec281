"""The distributions that starting weights are drawn from."""

import numpy as np
import pytest

from skshallow.objective.initialization import INITS, starting_parameters
from skshallow.objective.parameters import Layout

SHAPE = (300, 200)
VARIANCES = {
    "glorot": 2 / (300 + 200),
    "he": 2 / 300,
    "normal": 0.01**2,
    "zeros": 0.0,
}


@pytest.mark.parametrize("name", sorted(INITS))
def test_init_has_the_variance_of_its_source(name):
    """Mean 0 and the stated variance, within five standard errors."""
    W = INITS[name](np.random.RandomState(0), SHAPE)
    assert W.shape == SHAPE
    assert abs(W.mean()) <= 5 * np.sqrt(VARIANCES[name] / W.size)
    assert W.var() == pytest.approx(VARIANCES[name], rel=5 * np.sqrt(2 / W.size))


def test_glorot_is_uniform_within_its_bound():
    """No weight exceeds √(6 / (fan_in + fan_out)), and some come close."""
    W = INITS["glorot"](np.random.RandomState(0), SHAPE)
    bound = np.sqrt(6 / 500)
    assert 0.999 * bound < np.abs(W).max() <= bound


def test_starting_biases_are_zero():
    """Only weights are drawn, and the same random state draws the same."""
    layout = Layout(weight_shapes=[(3, 2), (2, 1)], bias_shapes=[(2,), (1,)])
    one, other = (
        starting_parameters(INITS["he"], layout, np.random.RandomState(0))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)
    assert (one[: layout.n_weights] != 0).all()
    assert (one[layout.n_weights :] == 0).all()
