"""Sample weight × class weight, normalised once."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.class_weight import compute_sample_weight

from skshallow.data.targets import make_target
from skshallow.data.weights import Labels, make_weighting
from tests.problems import normalized_weights

CODES = np.array([0, 1, 1, 2, 1, 0])
CLASSES = np.array(["a", "b", "c"])
SAMPLE_WEIGHT = np.array([1.0, 0.0, 2.0, 5.0, 1.0, 3.0])


def weights(sample_weight=None, class_weight=None):
    """Return w̃ as a vector."""
    target = make_target(CLASSES)
    w = normalized_weights(CODES, target, sample_weight, float, class_weight)
    assert w.shape == (6, 1)
    return w[:, 0]


def test_without_weights_every_sample_counts_the_same_and_takes_no_memory():
    """One number, seen six times."""
    assert_array_equal(weights(), 1 / 6)
    assert weights().strides == (0,)


@pytest.mark.parametrize("class_weight", [None, "balanced", {"a": 3, "b": 0, "c": 0.5}])
def test_weights_equal_scikit_learn_up_to_their_sum(class_weight):
    """Class weights are as in compute_sample_weight."""
    expected = compute_sample_weight(class_weight, CLASSES[CODES])
    assert_allclose(weights(None, class_weight), expected / expected.sum(), rtol=1e-15)


def test_balanced_counts_sample_weights():
    """Each class has the same total weight."""
    totals = np.bincount(CODES, weights(SAMPLE_WEIGHT, "balanced"))
    assert_allclose(totals, 1 / 3, rtol=1e-15)


def test_balanced_holds_at_extreme_proportions():
    """A class whose weights are 10⁻³²⁰ of the others' counts the same."""
    totals = np.bincount(CODES, weights(np.where(CODES == 1, 1e-320, 1), "balanced"))
    assert_allclose(totals, 1 / 3, rtol=1e-3)  # subnormals have few digits


def test_balanced_leaves_a_class_without_weight_out():
    """Nothing is divided by zero."""
    totals = np.bincount(CODES, weights(np.array([1, 0, 0, 5, 0, 1.0]), "balanced"))
    assert_allclose(totals, [0.5, 0, 0.5], rtol=1e-15)


@pytest.mark.parametrize("factor", [2.0**-1000, 0.5, 2.0**900])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_powers_of_two_change_no_bit(factor, class_weight):
    """Scaling all weights changes nothing."""
    assert_array_equal(
        weights(SAMPLE_WEIGHT * factor, class_weight),
        weights(SAMPLE_WEIGHT, class_weight),
    )


@pytest.mark.parametrize("value", [1e308, 1e-320])
def test_extreme_weights_are_as_none(value):
    """Sums that would overflow or underflow do not."""
    assert_allclose(weights(np.full(6, value)), 1 / 6, rtol=1e-15)
    balanced = weights(np.full(6, value), "balanced")
    assert_allclose(balanced, weights(None, "balanced"), rtol=1e-15)


def test_zero_weights_are_refused():
    """By sample weights, or by class weights on what they leave."""
    with pytest.raises(ValueError, match="at least one non-zero"):
        weights(np.zeros(6))
    with pytest.raises(ValueError, match="at least one non-zero"):
        weights(np.array([1.0, 0, 0, 0, 0, 1]), {"a": 0, "b": 1, "c": 1})


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_class_weights_are_refused(bad):
    """With the dict as it was passed."""
    with pytest.raises(ValueError, match="class_weight must hold finite numbers"):
        weights(None, {"a": 1.0, "b": bad, "c": 1.0})


def test_class_weights_of_unknown_labels_are_refused():
    """In scikit-learn's words."""
    with pytest.raises(ValueError, match="are not in class_weight"):
        weights(None, {"a": 1.0, "b": 1.0, "d": 1.0})


def test_balanced_labels_count_sample_weights():
    """Integer weights are repeated rows for an indicator matrix, too."""
    random = np.random.default_rng(0)
    codes, repeats = random.integers(0, 2, (20, 3)), random.integers(1, 4, 20)
    target = make_target(np.arange(3), multilabel=True)
    weights = repeats.astype(float)
    once = normalized_weights(codes, target, weights, float, "balanced")
    repeated = codes.repeat(repeats, axis=0)
    again = normalized_weights(repeated, target, None, float, "balanced")
    rows = np.arange(20).repeat(repeats)
    assert_allclose(once[:, 0], np.bincount(rows, again[:, 0]), rtol=1e-12)
    expected = compute_sample_weight("balanced", codes)
    found = normalized_weights(codes, target, None, float, "balanced")[:, 0]
    assert_allclose(found, expected / expected.sum(), rtol=1e-12)


def test_class_weights_by_name_are_refused_for_labels():
    """A sample may have several."""
    target = make_target(np.arange(3), multilabel=True)
    with pytest.raises(ValueError, match="y is an indicator matrix of labels"):
        normalized_weights(np.eye(3, dtype=int), target, None, float, {0: 2.0})


def test_counts_are_of_weights_that_are_left_in_float32():
    """A class whose w̃ all become zero there is as good as not there."""
    labels = Labels(CODES, np.where(CODES == 0, 1e-60, 1.0))
    for dtype, count in ((np.float32, 0), (np.float64, 2)):
        target = make_target(CLASSES)
        weighting = make_weighting(labels, target, None, dtype, weighted=True)
        assert_array_equal(weighting.counts, [[count, 3, 1]])
        assert np.count_nonzero(weighting(labels, dtype)) == 4 + count
