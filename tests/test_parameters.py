"""θ and its named views."""

import numpy as np
from numpy.testing import assert_array_equal

from skshallow.objective.parameters import Layout

LAYOUT = Layout(weight_shapes=[(3, 2), (2, 1)], bias_shapes=[(2,), (1,)])


def test_weights_come_before_biases():
    """So the penalty acts on the first n_weights entries."""
    weights, biases = LAYOUT.views(np.arange(11))
    assert [W.tolist() for W in weights] == [[[0, 1], [2, 3], [4, 5]], [[6], [7]]]
    assert [b.tolist() for b in biases] == [[8, 9], [10]]
    assert (LAYOUT.n_weights, LAYOUT.size) == (8, 11)


def test_views_write_through():
    """Views are no copies."""
    theta = np.zeros(11)
    LAYOUT.views(theta).biases[1][...] = 5
    assert theta[-1] == 5


def test_pack_undoes_views():
    """The way back gives a fresh vector."""
    theta = np.arange(11.0)
    packed = LAYOUT.pack(LAYOUT.views(theta))
    assert_array_equal(packed, theta)
    assert not np.shares_memory(packed, theta)
