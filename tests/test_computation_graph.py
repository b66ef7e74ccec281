"""Computation graphs, and what they are there for: an oracle that shares no code."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.computation_graph import Variable
from tests import reference
from tests.graphs import neuron, product_with_sum, triple_of_sum
from tests.problems import N_CLASSES, NETWORKS, Problem

ACTIVATIONS = {
    "identity": lambda z: z,
    "logistic": lambda z: z.sigmoid(),
    "sigmoid": lambda z: z.sigmoid(),
    "tanh": lambda z: z.tanh(),
    "relu": lambda z: z.relu(),
    "leaky_relu": lambda z: z.relu() - 0.01 * (-z).relu(),
    "elu": lambda z: z.relu() + (-(-z).relu()).exp() - 1,
    "softplus": lambda z: z.softplus(),
    "gelu": lambda z: z * (1 + (z / np.sqrt(2)).erf()) / 2,
}


def graph_of_logits(X, parameters, activation_name=None):
    """Z of [W, b], or of [W1, W2, b1, b2]."""
    if activation_name is None:
        W, b = parameters
        return X @ W + b
    W1, W2, b1, b2 = parameters
    return ACTIVATIONS[activation_name](X @ W1 + b1) @ W2 + b2


def graph_of_losses(Z, codes, loss):
    """The losses, of shape (n_samples, n_outputs), still to be summed over both."""
    if Z.value.shape[1] == 1:
        Y = codes[:, None]
        if loss == "squared_error":
            return (Z.sigmoid() - Y) ** 2 / 2
        return -(Y * Z.log_sigmoid() + (1 - Y) * (-Z).log_sigmoid())
    Y = np.eye(Z.value.shape[1])[codes]
    if loss == "squared_error":
        return (Z.softmax(axis=1) - Y) ** 2 / 2
    return -Y * Z.log_softmax(axis=1)


def graph_of_cost(problem):
    """J of a problem, and its parameters."""
    parameters = [Variable(array) for array in problem.parameters(problem.theta)]
    w = problem.sample_weight
    w = np.ones(len(problem.codes)) if w is None else w
    Z = graph_of_logits(problem.X, parameters, **problem.network)
    J = (w / w.sum() @ graph_of_losses(Z, problem.codes, problem.loss)).sum()
    if problem.alpha:
        for W in parameters[: len(parameters) // 2]:
            J = J + problem.alpha / 2 * (W**2).sum()
    return J, parameters


@pytest.mark.parametrize("activation", [None, *NETWORKS], ids=str)
@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_objective_equals_its_graph(activation, n_classes, weighted, alpha, loss):
    """J and ∇J, each entry to 1e-12 of itself, or to 1e-14 of the largest one."""
    problem = Problem(n_classes, activation, weighted=weighted, alpha=alpha, loss=loss)
    J, parameters = graph_of_cost(problem)
    J.backward()
    expected = np.empty_like(problem.theta)
    for view, parameter in zip(problem.parameters(expected), parameters, strict=True):
        view[...] = parameter.derivative
    value, gradient = problem.objective().value_and_gradient(problem.theta)
    assert_allclose(value, J.value, rtol=1e-14)
    atol = 1e-14 * np.abs(expected).max()
    assert_allclose(gradient, expected, rtol=1e-12, atol=atol)


# Each operation, written for variables and for the complex arrays of the complex step.
BINARY = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
    "@": lambda x, y: x @ y,
}
UNARY = {
    "-": (lambda z: -z, lambda z: -z),
    "T": (lambda z: z.T, lambda z: z.T),
    "**": (lambda z: z**3 + z**-1, lambda z: z**3 + 1 / z),
    "exp": (lambda z: z.exp(), np.exp),
    "log": (lambda z: (z * z).log(), lambda z: np.log(z * z)),
    "abs": (abs, lambda z: np.where(np.real(z) > 0, z, -z)),
    "softplus": (lambda z: z.softplus(), lambda z: np.log1p(np.exp(z))),
    "log_sigmoid": (lambda z: z.log_sigmoid(), lambda z: -np.log1p(np.exp(-z))),
    **{
        name: (graph, lambda z, name=name: reference.activation(name, z))
        for name, graph in ACTIVATIONS.items()
    },
}
ELEMENTWISE = [operator for operator in BINARY if operator != "@"]
BROADCAST = [
    ((), ()),
    ((), (3,)),
    ((3,), ()),
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((1, 1), (2, 3)),
    ((4, 1, 3), (2, 1)),
]
MULTIPLIED = [
    *[((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,))],
    *[((2, 2, 2), (2, 2, 2)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4))],
    *[
        ((3,), (5, 3, 4)),
        ((5, 2, 3), (3,)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((0, 3), (3, 2)),
    ],
]


def check(graph, plain, *arrays):
    """Hold value and derivatives of Σ w · graph(…) against those of ``plain``."""
    arrays = [np.asarray(array) for array in arrays]
    variables = [Variable(array) for array in arrays]
    result = graph(*variables)
    assert_allclose(result.value, plain(*arrays), rtol=1e-14, atol=1e-15)

    w = np.random.default_rng(1).normal(size=np.shape(result.value))
    splits = np.cumsum([array.size for array in arrays])[:-1]

    def total(theta):
        parts = np.split(theta, splits)
        shaped = [p.reshape(x.shape) for p, x in zip(parts, arrays, strict=True)]
        return (w * plain(*shaped)).sum()

    theta = np.concatenate([array.ravel() for array in arrays])
    expected = np.split(reference.complex_step(total, theta), splits)
    (w * result).sum().backward()
    for variable, derivative in zip(variables, expected, strict=True):
        derivative = derivative.reshape(variable.value.shape)
        assert np.shape(variable.derivative) == derivative.shape
        assert_allclose(variable.derivative, derivative, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("operator", "shapes"),
    [(operator, shapes) for operator in ELEMENTWISE for shapes in BROADCAST]
    + [("@", shapes) for shapes in MULTIPLIED],
    ids=str,
)
def test_operator_equals_its_complex_step(operator, shapes):
    """By both variables; the derivatives of what was broadcast are summed."""
    random = np.random.default_rng(0)
    x, y = (random.uniform(0.5, 2, size=shape) for shape in shapes)
    check(BINARY[operator], BINARY[operator], x, y)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("shape", [(), (5,), (2, 3)], ids=str)
def test_function_equals_its_complex_step(name, shape):
    """At positive and negative entries."""
    graph, plain = UNARY[name]
    check(graph, plain, np.random.default_rng(0).normal(size=shape) * 2)


@pytest.mark.parametrize("method", ["sum", "mean"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sum_and_mean_equal_their_complex_step(method, axis, keepdims):
    """Over all entries, along one axis or several, kept or not."""

    def reduced(z):
        return getattr(z, method)(axis=axis, keepdims=keepdims)

    check(reduced, reduced, np.random.default_rng(0).normal(size=(2, 3, 4)))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_softmax_equals_its_complex_step(name, axis):
    """Along each axis, and over all entries."""

    def plain(z):
        a = np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)
        return np.log(a) if name == "log_softmax" else a

    z = np.random.default_rng(0).normal(size=(3, 4))
    check(lambda z: getattr(z, name)(axis=axis), plain, z)
    if axis == -1:
        check(lambda z: getattr(z, name)(), plain, z)


INDICES = {
    "entry": (1, 2),
    "row": 1,
    "last row": -1,
    "slices": (slice(1, None), slice(None, None, -2)),
    "nothing": slice(0, 0),
    "ellipsis": (..., 0),
    "new axis": (None, slice(None), None, 1),
    "list with repeats": [0, 2, 0, 0],
    "array with repeats": (slice(None), np.array([[1, 1], [3, 1]])),
    "an entry of each row": (np.arange(3), np.array([3, 0, 0])),
    "rows and columns": np.ix_([0, 2, 2], [1, 3]),
    "mask": np.arange(12).reshape(3, 4) % 5 < 2,
    "mask of rows": np.array([True, False, True]),
    "empty mask": np.zeros((3, 4), bool),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_index_equals_its_complex_step(index):
    """What was taken several times gets back the sum."""

    def taken(z):
        return z[index]

    check(taken, taken, np.random.default_rng(0).normal(size=(3, 4)))


@pytest.mark.parametrize("shape", [(6, 2), (-1,), (2, 1, -1), (12,)], ids=str)
def test_reshape_equals_its_complex_step(shape):
    """From rows, as one argument and as several."""
    z = np.random.default_rng(0).normal(size=(3, 4))
    check(lambda z: z.reshape(shape), lambda z: z.reshape(shape), z)
    check(lambda z: z.reshape(*shape), lambda z: z.reshape(*shape), z)


@pytest.mark.parametrize(
    ("function", "graph"),
    [
        (np.exp, lambda z: z.exp()),
        (np.log, lambda z: z.log()),
        (np.tanh, lambda z: z.tanh()),
        (np.abs, abs),
        (np.negative, lambda z: -z),
        (lambda z: np.add(z, np.eye(3)), lambda z: z + np.eye(3)),
        (lambda z: np.matmul(np.eye(3), z), lambda z: np.eye(3) @ z),
    ],
)
def test_ufunc_of_an_operation_is_the_operation(function, graph):
    """A formula may be written with NumPy's names."""
    results = []
    for formula in (function, graph):
        z = Variable([0.5, 1.0, 2.0], "z")
        J = formula(z).sum()
        J.backward()
        results.append(J.to_text())
        assert z.derivative.all()
    assert results[0] == results[1]


NUMBERS = [2, 2.5, np.float32(0.3), np.float64(3), np.array(4)]
ARRAYS = [np.arange(1, 4), [1.5, 2.5, 3.5], np.eye(3) + 0.5]


@pytest.mark.parametrize(
    ("operator", "other"),
    [(operator, other) for operator in ELEMENTWISE for other in NUMBERS + ARRAYS]
    + [("@", other) for other in ARRAYS],
    ids=repr,
)
@pytest.mark.parametrize("swap", [False, True], ids=["right", "left"])
def test_plain_operand_is_a_constant(operator, other, swap):
    """A number or an array on either side does what a variable of its value does."""
    start = np.array([[0.5, 1.5, 2.0], [1.0, 3.0, 0.7], [2.0, 0.3, 1.1]])

    def value_and_derivative(other):
        variable = Variable(start)
        operands = (other, variable) if swap else (variable, other)
        result = BINARY[operator](*operands)
        result.sum().backward()
        return result.value, variable.derivative

    value, derivative = value_and_derivative(other)
    expected = value_and_derivative(Variable(other))
    assert_array_equal(value, expected[0])
    assert_array_equal(derivative, expected[1])


def nodes_by_name(result):
    """The nodes that a result was made of."""
    return {node.name: node for node in result._node.graph()}


@pytest.mark.parametrize(
    ("graph", "values", "derivatives"),
    [
        (triple_of_sum, {"u": 6, "v": 11, "J": 33}, {"a": 3, "b": 6, "c": 9}),
        (product_with_sum, {"u": 6, "v": 10, "J": 50}, {"a": 10, "b": 5, "c": 10}),
    ],
)
def test_textbook_graph_has_the_stated_numbers(graph, values, derivatives):
    """Exactly."""
    J = graph()
    J.backward()
    nodes = nodes_by_name(J)
    assert {name: nodes[name].value for name in values} == values
    assert {name: nodes[name].derivative for name in derivatives} == derivatives


def test_neuron_sends_back_a_minus_y():
    """Of one sample: dz = a − y, dw = x dz, db = dz."""
    L = neuron()
    L.backward()
    nodes = nodes_by_name(L)
    dz = nodes["a"].value - nodes["y"].value
    expected = {"z": dz, "w1": 1.2 * dz, "w2": -0.5 * dz, "b": dz}
    for name, derivative in expected.items():
        assert_allclose(nodes[name].derivative, derivative, rtol=1e-14)


def test_sigmoid_is_accurate_where_it_saturates():
    """No overflow and no warning, and σ′ is as good at z as at −z."""
    z = Variable([-1000.0, -40.0, 40.0, 1000.0])
    a = z.sigmoid()
    a.sum().backward()
    t = np.exp(-40.0)
    assert_allclose(a.value, [0, t, 1, 1], rtol=1e-15)
    assert_allclose(z.derivative, [0, t, t, 0], rtol=1e-15)


def test_relu_has_the_derivative_0_at_0():
    """Of the two slopes that meet there."""
    z = Variable([-1.0, 0.0, 1.0])
    z.relu().sum().backward()
    assert_array_equal(z.derivative, [0, 0, 1])


@pytest.mark.parametrize(
    ("graph", "derivative"),
    [
        (lambda x: x + x, 2),
        (lambda x: x - x, 0),
        (lambda x: x * x, 6),
        (lambda x: x / x, 0),
        (lambda x: x**x, 27 * (np.log(3) + 1)),
        (lambda x: (x + 1) * (x + 1) * x, 40),
    ],
)
def test_variable_used_twice_adds_up_its_shares(graph, derivative):
    """At x = 3."""
    x = Variable(3)
    graph(x).backward()
    assert_allclose(x.derivative, derivative, rtol=1e-15)


def test_backward_twice_gives_the_same():
    """Nothing is left over from the first time, or written to in place."""
    x = Variable(np.arange(3.0))
    J = (x * x.exp() + x).sum()
    J.backward()
    first = x.derivative
    copy = first.copy()
    J.backward()
    assert_array_equal(x.derivative, copy)
    assert_array_equal(first, copy)


def test_derivative_is_that_of_the_last_result():
    """Two results may share variables."""
    x = Variable(3)
    square = x * x
    first, second = 5 * square, square + x
    assert x.derivative is None
    first.backward()
    assert (x.derivative, square.derivative) == (30, 5)
    second.backward()
    assert (x.derivative, square.derivative) == (7, 1)


def test_every_node_is_gone_through_once():
    """There are 2^1000 ways from the result back to x."""
    x = y = Variable(1.0)
    for _ in range(1000):
        y = y + y / 1
    y.backward()
    assert x.derivative == 2.0**1000


def test_shapes_that_do_not_match_are_a_value_error():
    """In NumPy's words."""
    x, y = Variable(np.ones(3)), Variable(np.ones((2, 4)))
    with pytest.raises(ValueError, match="broadcast"):
        x + y
    with pytest.raises(ValueError, match="mismatch"):
        x @ y
    with pytest.raises(ValueError, match="enough dimensions"):
        2 @ x


def test_power_has_the_derivative_zero_where_it_is_constant():
    """x⁰ at 0, and 0ʸ for y > 0: no 0 · ∞."""
    x, y = Variable([0.0, 0.0, 2.0]), Variable([0.0, 2.0, 0.0])
    (x**y).sum().backward()
    assert_array_equal(x.derivative, [0, 0, 0])
    assert_array_equal(y.derivative, [0, 0, np.log(2)])


def test_backward_from_an_array_is_refused():
    """The message has its shape."""
    with pytest.raises(ValueError, match=r"starts at a number.*\(2, 3\)"):
        Variable(np.ones((2, 3))).backward()
