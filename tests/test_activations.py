"""Each activation and its derivative against the reference and the complex step."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.objective.activations import ACTIVATIONS, make_activation
from tests import reference

Z = np.linspace(-30, 30, 121).reshape(11, 11)


def forward(g, Z):
    """Return A, and what the backward pass is given, copies."""
    Z = Z.copy()
    A = g.forward(Z, out=np.empty_like(Z) if g.keeps_input else Z)
    return A.copy(), Z if g.keeps_input else A


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activation_equals_the_formula_and_its_complex_step(name):
    """A = g(Z), and dZ = dA ∘ g′(Z)."""
    g = make_activation(name, negative_slope=0.01)
    A, kept = forward(g, Z)
    assert_allclose(A, reference.activation(name, Z), rtol=1e-14, atol=1e-300)
    dA = np.random.default_rng(0).normal(size=Z.shape)
    slopes = reference.activation(name, Z + 1e-30j).imag / 1e-30
    dZ = g.backward(kept, dA.copy())
    # 1 − a² loses what lies below the rounding of a.
    assert_allclose(dZ, dA * slopes, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
def test_leaky_relu_spans_relu_to_identity(slope):
    """Slope 0 is the ReLU, slope 1 the identity, both to the bit."""
    g = make_activation("leaky_relu", negative_slope=slope)
    other = {0.0: "relu", 1.0: "identity"}.get(slope, "leaky_relu")
    h = make_activation(other, negative_slope=slope)
    (A, kept), (other_A, other_kept) = forward(g, Z), forward(h, Z)
    assert_array_equal(A, other_A)
    ones = np.ones_like(Z)
    assert_array_equal(
        g.backward(kept, ones.copy()), h.backward(other_kept, ones.copy())
    )


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activation_of_extreme_inputs_is_its_limit(name, dtype):
    """No overflow turns into NaN."""
    extremes = np.array([[-np.inf, -1e30, 1e30, np.inf]], dtype)
    with np.errstate(over="ignore"):
        A, _ = forward(make_activation(name, negative_slope=0.01), extremes)
    assert A.dtype == dtype
    expected = {
        "identity": extremes,
        "logistic": [[0, 0, 1, 1]],
        "sigmoid": [[0, 0, 1, 1]],
        "tanh": [[-1, -1, 1, 1]],
        "relu": np.maximum(extremes, 0),
        "leaky_relu": np.where(extremes > 0, extremes, dtype(0.01) * extremes),
        "elu": np.maximum(extremes, -1),
        "softplus": np.maximum(extremes, 0),
        "gelu": np.maximum(extremes, 0),
    }[name]
    assert_array_equal(A, expected)
