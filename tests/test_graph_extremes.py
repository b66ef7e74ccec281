"""A graph's operations far from 0, at their kinks, and against torch's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.computation_graph import Variable

T = np.exp(-40.0)
Z = [-np.inf, -1000.0, -40.0, 0.0, 40.0, 1000.0, np.inf]
# Of each operation at Z, its values and its derivatives.
EXACT = {
    "sigmoid": ([0, 0, T, 0.5, 1, 1, 1], [0, 0, T, 0.25, T, 0, 0]),
    "log_sigmoid": (
        [-np.inf, -1000, -40, -np.log(2), -T, 0, 0],
        [1, 1, 1, 0.5, T, 0, 0],
    ),
    "softplus": ([0, 0, T, np.log(2), 40, 1000, np.inf], [0, 0, T, 0.5, 1, 1, 1]),
    "tanh": ([-1, -1, -1, 0, 1, 1, 1], [0, 0, 0, 1, 0, 0, 0]),
    "relu": ([0, 0, 0, 0, 40, 1000, np.inf], [0, 0, 0, 0, 1, 1, 1]),
    "abs": ([np.inf, 1000, 40, 0, 40, 1000, np.inf], [-1, -1, -1, 0, 1, 1, 1]),
}


@pytest.mark.parametrize("name", EXACT)
def test_function_is_accurate_far_from_zero(name):
    """No overflow, no NaN, no warning; at ±∞ what its limit is."""
    z = Variable(Z)
    result = getattr(z, name)()
    value, derivative = EXACT[name]
    assert_allclose(result.value, value, rtol=1e-15)
    result.sum().backward()
    assert_allclose(z.derivative, derivative, rtol=1e-15)


@pytest.mark.parametrize(
    ("loss", "z", "value", "derivative"),
    [
        (lambda z: -z.log_sigmoid(), -1000.0, 1000, -1),
        (lambda z: -z.log_sigmoid(), 1000.0, 0, 0),
        (lambda z: -(-z).log_sigmoid(), 1000.0, 1000, 1),
        (lambda z: z.softplus() - z, -1000.0, 1000, -1),
        (lambda z: -z.log_softmax()[1], [1000.0, -1000.0], 2000, [1, -1]),
        (lambda z: -z.log_softmax()[0], [1000.0, -1000.0], 0, [0, 0]),
        (lambda z: -z.log_softmax()[0], [1000.0, 1000.0], np.log(2), [-0.5, 0.5]),
        (lambda z: z.softmax()[0], [-1000.0, 0.0], 0, [0, 0]),
        (lambda z: -z.log_softmax()[1], [-np.inf, 0.0], 0, [0, 0]),
    ],
)
def test_cross_entropy_is_accurate_far_from_zero(loss, z, value, derivative):
    """It grows like |z| where a label is all but excluded, and is not NaN."""
    z = Variable(z)
    L = loss(z)
    L.backward()
    assert_allclose(L.value, value, rtol=1e-15)
    assert_allclose(z.derivative, derivative, rtol=1e-15)


def test_log_of_a_sigmoid_overflows_where_log_sigmoid_does_not():
    """Which is why there is one: σ(−1000) is 0 in floating-point numbers."""
    z = Variable(-1000.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        naive = -z.sigmoid().log()
        naive.backward()
    assert naive.value == np.inf
    assert np.isnan(z.derivative)


# Each operation, and what torch calls it.
AS_IN_TORCH = {
    "sigmoid": lambda z, torch: (z.sigmoid(), torch.sigmoid),
    "log_sigmoid": lambda z, torch: (z.log_sigmoid(), torch.nn.functional.logsigmoid),
    "softplus": lambda z, torch: (
        *[z.softplus()],
        lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    ),
    "tanh": lambda z, torch: (z.tanh(), torch.tanh),
    "erf": lambda z, torch: (z.erf(), torch.erf),
    "relu": lambda z, torch: (z.relu(), torch.relu),
    "abs": lambda z, torch: (abs(z), torch.abs),
    "softmax": lambda z, torch: (z.softmax(1), lambda z: torch.softmax(z, 1)),
    "softmax of columns": lambda z, torch: (
        *[z.softmax(axis=0)],
        lambda z: torch.softmax(z, 0),
    ),
    "log_softmax": lambda z, torch: (
        *[z.log_softmax()],
        lambda z: torch.log_softmax(z, -1),
    ),
    "log_softmax of columns": lambda z, torch: (
        *[z.log_softmax(axis=0)],
        lambda z: torch.log_softmax(z, 0),
    ),
    "log of relu": lambda z, torch: (
        (1 + z.relu()).log(),
        lambda z: (1 + torch.relu(z)).log(),
    ),
    "reshape": lambda z, torch: (z.reshape(-1, 1), lambda z: z.reshape(-1, 1)),
    "row": lambda z, torch: (z[1], lambda z: z[1]),
    "slices": lambda z, torch: (z[:, 1:3], lambda z: z[:, 1:3]),
    "array with repeats": lambda z, torch: (z[[0, 1, 0, 0]], lambda z: z[[0, 1, 0, 0]]),
    "an entry of each row": lambda z, torch: (
        *[z[np.arange(3), [3, 0, 3]]],
        lambda z: z[torch.arange(3), torch.tensor([3, 0, 3])],
    ),
    "mask": lambda z, torch: (z[z.value > 0], lambda z: z[z > 0]),
}


@pytest.mark.parametrize("name", AS_IN_TORCH)
@pytest.mark.parametrize("scale", [1, 40, 1000])
def test_operation_equals_that_of_torch(name, scale):
    """Value and derivative, also of zeros and of logits that are far apart."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    start = np.array([[0, 1, -1, 0.5], [-0.2, 0, 0.3, 1], [1, 1, 1, -1]]) * scale
    z = Variable(start)
    result, theirs = AS_IN_TORCH[name](z, torch)
    z_torch = torch.tensor(start, requires_grad=True)
    result_torch = theirs(z_torch)
    assert_allclose(result.value, result_torch.detach(), rtol=1e-14, atol=1e-300)

    w = np.random.default_rng(0).normal(size=result.value.shape)
    (w * result).sum().backward()
    (torch.tensor(w) * result_torch).sum().backward()
    assert_allclose(z.derivative, z_torch.grad, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "**", "@"])
def test_tensor_is_a_constant_on_both_sides(dtype, operator):
    """It does what the array of its numbers does."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    apply = eval(f"lambda x, y: x {operator} y")
    tensor = torch.ones(3, dtype=getattr(torch, dtype))
    for forward in (apply, lambda x, y: apply(y, x)):
        x = Variable([0.5, 1.0, 2.0])
        results = [forward(x, constant) for constant in (tensor, tensor.numpy())]
        assert all(isinstance(result, Variable) for result in results)
        assert_array_equal(results[0].value, results[1].value)


def test_tensor_with_a_gradient_of_its_own_is_refused():
    """Which the graph could not carry on; torch says what to do."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    tensor, x = torch.ones(3, requires_grad=True), Variable(np.ones(3))
    for misuse in (lambda: x * tensor, lambda: tensor * x, lambda: Variable(tensor)):
        with pytest.raises(TypeError, match=r"not Tensor .*detach\(\)"):
            misuse()
