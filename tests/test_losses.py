"""Losses against SciPy's slow and careful functions, also where logits are extreme."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, log_expit, log_softmax, softmax

from skshallow.objective.links import BinaryLink, LabelLink, MulticlassLink
from skshallow.objective.losses import (
    LOSSES,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
)
from tests import reference

EXTREMES = np.array([0.0, 1e-300, 1e-8, 0.3, 1.0, 20.0, 36.0, 40.0, 88.0, 89.0, 200.0])
HUGE = [354.0, 356.0, 709.0, 710.0, 1e4, 1e300]


def call(loss, Z, Y, w=None):
    """Return a loss's value and gradient without changing Z."""
    w = np.full((len(Z), 1), 1.0, Z.dtype) if w is None else w
    dZ = Z.copy(order="F")  # column by column, as losses want it
    with np.errstate(all="ignore"):
        return loss.value_and_gradient(dZ, Y, w, np.empty_like(dZ))


@pytest.mark.parametrize("z", [*EXTREMES, *HUGE, *-EXTREMES, *(-z for z in HUGE)])
@pytest.mark.parametrize("y", [0, 1])
def test_binary_loss_is_exact_at_every_logit(z, y):
    """ℓ = −log σ(±z) and dz = σ(z) − y, each to a few units of its own last digit."""
    sign = np.array([[1.0 - 2 * y]])
    value, dZ = call(SigmoidCrossEntropy(), np.array([[z]]), sign)
    assert_allclose(value, -log_expit(z if y else -z), rtol=1e-14)
    # expit underflows in its last digits below −709 where e^−|z| is subnormal.
    expected = -expit(-z) if y else expit(z)
    assert_allclose(dZ[0, 0], expected, rtol=1e-14, atol=1e-300)


def test_binary_loss_in_float32_does_not_overflow():
    """The limit of the exponential is the dtype's own."""
    Z = np.array([[-1e30], [-100.0], [100.0], [1e30]], np.float32)
    Y = np.array([[1.0], [-1.0], [1.0], [-1.0]], np.float32)
    value, dZ = call(SigmoidCrossEntropy(), Z, Y)
    assert_allclose(value, 200.0, rtol=1e-6)
    assert_allclose(dZ[:, 0], [0, -1, 1, 0], atol=1e-30)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e3, 1e300])
def test_multinomial_loss_equals_scipy(scale):
    """ℓ = −log softmax and dZ = w̃ (softmax − indicators), at every scale."""
    random = np.random.default_rng(0)
    Z = scale * random.normal(size=(50, 4))
    Y = random.integers(0, 4, 50)
    w = random.uniform(size=(50, 1))
    value, dZ = call(SoftmaxCrossEntropy(), Z, Y, w)
    rows = np.arange(50)
    assert_allclose(value, -(w[:, 0] * log_softmax(Z, axis=1)[rows, Y]).sum())
    expected = softmax(Z, axis=1)
    expected[rows, Y] -= 1
    assert_allclose(dZ, w * expected, rtol=1e-10, atol=1e-15)


def test_two_class_softmax_is_the_sigmoid_of_the_difference():
    """The two losses agree where both apply."""
    random = np.random.default_rng(0)
    Z, codes = random.normal(size=(30, 2)), random.integers(0, 2, 30)
    difference = Z[:, 1:] - Z[:, :1]
    softmax_value, dZ = call(SoftmaxCrossEntropy(), Z, codes)
    value, dz = call(SigmoidCrossEntropy(), difference, 1.0 - 2 * codes[:, np.newaxis])
    assert_allclose(softmax_value, value, rtol=1e-14)
    assert_allclose(dZ[:, 1:], dz, rtol=1e-10)
    assert_allclose(dZ[:, :1], -dz, rtol=1e-10)


@pytest.mark.parametrize("scale", [1.0, 50.0, 1e4])
def test_binary_probabilities_equal_scipy(scale):
    """P and log P, which stays finite where P underflows."""
    Z = scale * np.random.default_rng(0).normal(size=(40, 1))
    with np.errstate(all="ignore"):
        P = BinaryLink().probabilities(Z)
        log_P = BinaryLink().log_probabilities(Z)
    assert_allclose(P, expit(np.hstack([-Z, Z])), rtol=1e-14, atol=1e-300)
    assert_allclose(log_P, log_expit(np.hstack([-Z, Z])), rtol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 50.0, 1e4])
def test_multinomial_probabilities_equal_scipy(scale):
    """P and log P, which stays finite where P underflows."""
    Z = scale * np.random.default_rng(0).normal(size=(40, 5))
    with np.errstate(all="ignore"):
        P = MulticlassLink().probabilities(Z)
        log_P = MulticlassLink().log_probabilities(Z)
    assert_allclose(P, softmax(Z, axis=1), rtol=1e-12, atol=1e-300)
    assert_allclose(log_P, log_softmax(Z, axis=1), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["log_loss", "squared_error"])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_typical_curvature_is_that_where_all_classes_are_equally_likely(
    name, n_classes
):
    """∂²ℓ/∂z² at z = 0, in the mean over the true class; the same for every output."""
    n_outputs = 1 if n_classes == 2 else n_classes

    def gradient(z, code):
        return reference.complex_step(
            lambda z: reference.losses(z[np.newaxis], np.array([code]), name)[0], z
        )

    h = 1e-4
    curvatures = [
        [
            (gradient(h * e, code) - gradient(-h * e, code)) @ e / (2 * h)
            for e in np.eye(n_outputs)
        ]
        for code in range(n_classes)
    ]
    loss = LOSSES[name, "binary" if n_classes == 2 else "multiclass"]
    typical = loss.typical_curvature(n_outputs)
    assert_allclose(np.mean(curvatures, axis=0), typical, rtol=1e-7)


@pytest.mark.parametrize("name", ["log_loss", "squared_error"])
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_no_curvature_exceeds_the_largest(name, n_classes):
    """No eigenvalue of ∂²ℓ/∂z∂z does, by differences of the gradient.

    The bound on the squared error of a softmax is not tight; the others are.
    """
    random = np.random.default_rng(0)
    n_outputs = 1 if n_classes == 2 else n_classes
    Z = 3 * random.normal(size=(2000, n_outputs))
    Z[:1000, 2:] -= 10  # the worst is when two classes are likely, and no other
    codes = random.integers(0, n_classes, 2000)
    Y = 1.0 - 2 * codes[:, np.newaxis] if n_classes == 2 else codes
    loss = LOSSES[name, "binary" if n_classes == 2 else "multiclass"]
    h = 1e-5
    columns = [
        (call(loss, Z + h * e, Y)[1] - call(loss, Z - h * e, Y)[1]) / (2 * h)
        for e in np.eye(n_outputs)
    ]
    curvatures = np.linalg.eigvalsh(np.stack(columns, axis=2))
    bound = loss.largest_curvature(n_outputs)
    assert curvatures.max() <= bound * (1 + 1e-6)
    if name == "log_loss" or n_classes == 2:
        assert curvatures.max() > 0.99 * bound


def test_losses_with_zero_weight_contribute_nothing():
    """A row of weight zero counts neither in the value nor in the gradient."""
    Z = np.array([[3.0], [-2.0]])
    Y = np.array([[1.0], [1.0]])
    value, dZ = call(SigmoidCrossEntropy(), Z, Y, np.array([[0.0], [1.0]]))
    assert_allclose(value, np.log1p(np.exp(-2.0)))
    assert_array_equal(dZ[0], [0])


def test_label_probabilities_are_sigmoids():
    """Each label has its own."""
    Z = np.random.default_rng(0).normal(size=(10, 3))
    assert_allclose(LabelLink().probabilities(Z), expit(Z), rtol=1e-14)
    assert_allclose(LabelLink().log_probabilities(Z), log_expit(Z), rtol=1e-14)
