"""Labels ⇄ numbers."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skshallow.data.targets import encode_labels, make_target


def test_two_classes_become_signs_and_one_logit():
    """+1 for the first class, −1 for the second; a logit of 0 is the first class."""
    classes = np.array(["no", "yes"])
    target = make_target(classes)
    assert (target.kind, target.n_outputs) == ("binary", 1)
    Y = target.encode(np.array([0, 1, 1]), np.float32)
    assert Y.dtype == np.float32
    assert_array_equal(Y, [[1], [-1], [-1]])
    Z = np.array([[-1.0], [0.0], [1e-300]])
    assert_array_equal(target.decide(Z), ["no", "no", "yes"])


def test_more_classes_keep_their_positions_and_have_a_logit_each():
    """The largest logit wins, the first of equal ones."""
    classes = np.array([3, 5, 9])
    target = make_target(classes)
    assert (target.kind, target.n_outputs) == ("multiclass", 3)
    assert_array_equal(target.encode(np.array([2, 0]), np.float64), [2, 0])
    Z = np.array([[0.0, 1, 1], [2, 1, 0]])
    assert_array_equal(target.decide(Z), [5, 3])


def test_indicator_matrices_become_signs():
    """One logit a label, dense or sparse."""
    y = np.array([[0, 1], [1, 1]])
    for indicators in (y, sparse.csr_array(y)):
        labels, codes = encode_labels(indicators)
        target = make_target(labels, multilabel=True)
        assert (target.kind, target.n_outputs) == ("multilabel", 2)
        assert_array_equal(target.encode(codes, np.float64), [[1, -1], [-1, -1]])
    Z = np.array([[0.0, 2.0], [-1.0, 1e-300]])
    assert_array_equal(target.decide(Z), [[0, 1], [0, 1]])


@pytest.mark.parametrize("values", [(-1, 1), (1, 2)])
def test_indicators_are_zeros_and_ones(values):
    """Anything else is no indicator."""
    with pytest.raises(ValueError, match="must hold zeros and ones only, got"):
        encode_labels(np.array([[values[0], values[1]], [values[1], values[0]]]))


def test_classes_for_several_outputs_are_refused():
    """Only indicators, one column a label."""
    with pytest.raises(ValueError, match="Unknown label type: multiclass-multioutput"):
        encode_labels(np.array([[0, 1], [2, 1], [1, 0]]))


def test_codes_among_known_classes():
    """A part of the classes keeps its codes; others are named."""
    classes = np.array(["a", "b", "c"])
    target = make_target(classes)
    found, codes = encode_labels(np.array(["c", "a"]))
    assert_array_equal(target.translate(found, codes, "y"), [2, 0])
    with pytest.raises(ValueError, match=r"`y_val` has classes not in.*\['d'\]"):
        target.translate(*encode_labels(np.array(["d", "a"])), "y_val")


@pytest.mark.parametrize("n_classes", [2, 128, 129, 300])
@pytest.mark.parametrize("dtype", ["i8", "U", "O"])
def test_labels_are_encoded_some_at_a_time_as_all_at_once(n_classes, dtype):
    """As np.unique does, whatever their number and kind, in the smallest integers."""
    random = np.random.default_rng(0)
    y = random.integers(0, n_classes, 150_000)
    y = y if dtype == "i8" else y.astype("U").astype(dtype)
    y[:70_000] = y[0]  # the first have seen but one class
    classes, codes = encode_labels(y)
    expected_classes, expected = np.unique(y, return_inverse=True)
    assert_array_equal(classes, expected_classes)
    assert_array_equal(codes, expected)
    assert codes.itemsize == (1 if n_classes <= 128 else 2)
