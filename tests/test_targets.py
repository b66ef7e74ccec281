"""Labels ⇄ numbers."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skshallow.data.targets import make_target


def test_two_classes_become_signs_and_one_logit():
    """+1 for the first class, −1 for the second; a logit of 0 is the first class."""
    classes = np.array(["no", "yes"])
    target = make_target(classes)
    assert (target.kind, target.n_outputs) == ("binary", 1)
    Y = target.encode(np.array([0, 1, 1]), np.float32)
    assert Y.dtype == np.float32
    assert_array_equal(Y, [[1], [-1], [-1]])
    Z = np.array([[-1.0], [0.0], [1e-300]])
    assert_array_equal(target.decide(Z, classes), ["no", "no", "yes"])


def test_more_classes_keep_their_positions_and_have_a_logit_each():
    """The largest logit wins, the first of equal ones."""
    classes = np.array([3, 5, 9])
    target = make_target(classes)
    assert (target.kind, target.n_outputs) == ("multiclass", 3)
    assert_array_equal(target.encode(np.array([2, 0]), np.float64), [2, 0])
    Z = np.array([[0.0, 1, 1], [2, 1, 0]])
    assert_array_equal(target.decide(Z, classes), [5, 3])


def test_one_class_is_refused():
    """Naming it."""
    with pytest.raises(ValueError, match=r"contains only one class: .*ham"):
        make_target(np.array(["ham"]))
