"""Computation graphs, and what they are there for: an oracle that shares no code."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.computation_graph import Variable
from tests import reference
from tests.problems import N_CLASSES, NETWORKS, Problem

ACTIVATIONS = {
    "identity": lambda z: z,
    "logistic": lambda z: z.sigmoid(),
    "sigmoid": lambda z: z.sigmoid(),
    "tanh": lambda z: z.tanh(),
    "relu": lambda z: z.relu(),
    "leaky_relu": lambda z: z.relu() - 0.01 * (-z).relu(),
    "elu": lambda z: z.relu() + (-(-z).relu()).exp() - 1,
    "softplus": lambda z: (1 + z.exp()).log(),
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
        return -(Y * Z.sigmoid().log() + (1 - Y) * (-Z).sigmoid().log())
    Y = np.eye(Z.value.shape[1])[codes]
    E = Z.exp()
    A = E / E.sum(axis=1, keepdims=True)
    return (A - Y) ** 2 / 2 if loss == "squared_error" else -Y * A.log()


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


def triple_of_sum():
    """J = 3(a + bc)."""
    a, b, c = Variable(5, "a"), Variable(3, "b"), Variable(2, "c")
    return (3 * (a + (b * c).named("u")).named("v")).named("J")


def product_with_sum():
    """J = (2a + b)c."""
    a, b, c = Variable(3, "a"), Variable(4, "b"), Variable(5, "c")
    return (((2 * a).named("u") + b).named("v") * c).named("J")


def neuron():
    """L of one sample under logistic regression."""
    x1, x2, y = Variable(1.2, "x1"), Variable(-0.5, "x2"), Variable(1, "y")
    w1, w2, b = Variable(0.3, "w1"), Variable(0.8, "w2"), Variable(0.1, "b")
    z = (w1 * x1 + w2 * x2 + b).named("z")
    a = z.sigmoid().named("a")
    return (-(y * a.log() + (1 - y) * (1 - a).log())).named("L")


def network():
    """J of a shallow network with a penalty, everything a variable."""
    random = np.random.default_rng(0)
    shapes = {"X": (6, 2), "W1": (2, 4), "b1": (4,), "W2": (4, 1), "b2": (1,)}
    X, W1, b1, W2, b2 = (
        Variable(random.normal(size=shape), name) for name, shape in shapes.items()
    )
    Y = Variable(random.integers(0, 2, (6, 1)), "Y")
    A1 = (X @ W1 + b1).named("Z1").tanh().named("A1")
    A2 = (A1 @ W2 + b2).named("Z2").sigmoid().named("A2")
    J = -(Y * A2.log() + (1 - Y) * (1 - A2).log()).mean()
    return (J + (W1**2).sum() + (W2**2).sum()).named("J")


GRAPHS = [triple_of_sum, product_with_sum, neuron, network, lambda: Variable(1.0)]


def nodes_by_name(result):
    """The named variables that a result was made of, from the objects themselves."""
    found, rest = {}, [result]
    while rest:
        node = rest.pop()
        found[node.name] = node
        rest.extend(parent for parent, _ in node._parents)
    return found


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


def test_deep_graph_needs_no_recursion():
    """Ten thousand operations in a row are computed, shown and freed."""
    x = y = Variable(2.0, "x")
    for _ in range(10_000):
        y = y + x
    y.backward()
    assert (y.value, x.derivative) == (20_002, 10_001)
    assert len(y.to_text().splitlines()) == 10_001
    assert len(boxes(y)) == 10_001


def test_every_node_is_gone_through_once():
    """There are 2^1000 ways from the result back to x."""
    x = y = Variable(1.0)
    for _ in range(1000):
        y = y + y / 1
    y.backward()
    assert x.derivative == 2.0**1000


@pytest.mark.parametrize(
    ("value", "kept"),
    [(5, 5.0), ([1, 2], [1.0, 2.0]), (np.float32(0.5), 0.5), (True, 1.0)],
    ids=repr,
)
def test_value_is_of_floats(value, kept):
    """Of a number a float, of anything else an array."""
    variable = Variable(value)
    assert_array_equal(variable.value, kept)
    assert isinstance(variable.value, float if np.ndim(value) == 0 else np.ndarray)
    assert np.asarray(variable.value).dtype == np.float64


@pytest.mark.parametrize(
    "value",
    ["5", None, 1j, [1j], object()],
    ids=lambda v: type(v).__name__,
)
def test_value_that_is_no_real_number_is_refused(value):
    """With a message that shows it."""
    with pytest.raises(TypeError, match="A variable is a real number or an array"):
        Variable(value)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda x: x + "1",
        lambda x: None * x,
        lambda x: x + 1j,
        lambda x: np.exp(x),
        lambda x: x < 1,
        lambda x: np.arange(3) > x,
        lambda x: np.dot(np.ones(3), x),
        lambda x: np.vstack([x, x]),
        lambda x: Variable(x),
    ],
)
def test_unsupported_operation_is_a_type_error(misuse):
    """Never an array of objects."""
    with pytest.raises(TypeError):
        misuse(Variable([1.0, 2.0, 3.0]))


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


def test_variable_has_a_value_of_its_own():
    """Neither side sees what the other writes."""
    array = np.ones(3)
    variable = Variable(array)
    J = (variable * variable).sum()
    array[:] = 5
    J.backward()
    assert_array_equal(variable.derivative, 2)
    variable.value -= 0.1
    variable.T.value[:] = 7
    assert_array_equal(variable.value, 0.9)
    assert_array_equal(array, 5)


def test_backward_from_an_array_is_refused():
    """The message has its shape."""
    with pytest.raises(ValueError, match=r"starts at a number.*\(2, 3\)"):
        Variable(np.ones((2, 3))).backward()


SVG = "{http://www.w3.org/2000/svg}"


def elements(variable, tag):
    """The elements of the picture of this kind."""
    return list(ET.fromstring(variable.to_svg()).iter(SVG + tag))


def boxes(variable):
    """The boxes of the picture: left, top, right, bottom."""
    sides = (
        [float(rect.get(key)) for key in ("x", "y", "width", "height")]
        for rect in elements(variable, "rect")
    )
    return [(x, y, x + width, y + height) for x, y, width, height in sides]


def wires(variable):
    """The arrows: from (x0, y0) level to x1, then by a curve to (x, y)."""
    for path in elements(variable, "path"):
        numbers = path.get("d").translate(str.maketrans("MHCml", "     ")).split()
        x0, y0, x1, *_, x, y = map(float, numbers[:9])
        yield x0, y0, x1, x, y


def test_text_has_a_line_a_node():
    """Formula, value and derivative, inputs first; no derivatives before backward."""
    J = triple_of_sum()
    assert J.to_text().splitlines() == [
        "a = 5",
        "b = 3",
        "c = 2",
        "u = b · c = 6",
        "v = a + u = 11",
        "J = 3 · v = 33",
    ]
    J.backward()
    assert J.to_text().splitlines() == [
        "a = 5           da = 3",
        "b = 3           db = 6",
        "c = 2           dc = 9",
        "u = b · c = 6   du = 3",
        "v = a + u = 11  dv = 3",
        "J = 3 · v = 33  dJ = 1",
    ]


def test_mermaid_has_a_box_a_node_and_an_arrow_a_parent():
    """A parent that is used twice has one arrow."""
    x = Variable(3, "x")
    J = (x * x + 1).named("J")
    assert '    n0["x<br>= 3"]' in J.to_mermaid().splitlines()
    J.backward()
    assert J.to_mermaid().splitlines() == [
        "flowchart LR",
        '    n0["x<br>= 3<br>dx = 6"]',
        '    n1["v1 = x · x<br>= 9<br>dv1 = 1"]',
        "    n0 --> n1",
        '    n2["J = v1 + 1<br>= 10<br>dJ = 1"]',
        "    n1 --> n2",
    ]


def test_svg_shows_formula_value_and_derivative():
    """In a colour each."""
    J = product_with_sum()
    J.backward()
    lines = [(text.text, text.get("fill")) for text in elements(J, "text")]
    colors = [{color for _, color in lines[k::3]} for k in range(3)]
    assert [len(kind) for kind in colors] == [1, 1, 1]
    assert len(set.union(*colors)) == 3
    assert [text for text, _ in lines] == [
        *("a", "= 3", "da = 10"),
        *("b", "= 4", "db = 5"),
        *("c", "= 5", "dc = 10"),
        *("u = 2 · a", "= 6", "du = 5"),
        *("v = u + b", "= 10", "dv = 5"),
        *("J = v · c", "= 50", "dJ = 1"),
    ]


@pytest.mark.parametrize("graph", GRAPHS)
def test_svg_keeps_boxes_apart_and_on_the_canvas(graph):
    """A letter of the font is less than 8 pixels wide, so its text is inside, too."""
    result = graph()
    result.backward()
    picture = ET.fromstring(result.to_svg())
    width, height = float(picture.get("width")), float(picture.get("height"))
    drawn = boxes(result)
    assert len(drawn) == len(result.to_text().splitlines())
    for left, top, right, bottom in drawn:
        assert 0 < left < right < width
        assert 0 < top < bottom < height
    for one, other in combinations(drawn, 2):
        apart = one[2] < other[0] or other[2] < one[0]
        assert apart or one[3] < other[1] or other[3] < one[1]
    for k, text in enumerate(elements(result, "text")):
        left, top, right, bottom = drawn[k // 3]
        half = 4 * len(text.text or "")
        assert left <= float(text.get("x")) - half
        assert float(text.get("x")) + half <= right
        assert top < float(text.get("y")) < bottom


@pytest.mark.parametrize("graph", GRAPHS)
def test_svg_leads_each_arrow_from_box_to_box_through_none(graph):
    """Level in the row of its parent, then by a curve between the columns."""
    result = graph()
    drawn = boxes(result)
    ends = {(right, (top + bottom) / 2) for _, top, right, bottom in drawn}
    starts = {(left, (top + bottom) / 2) for left, top, _, bottom in drawn}
    arrows = list(wires(result))
    assert len(arrows) == result.to_mermaid().count("-->")
    for x0, y0, x1, x, y in arrows:
        assert x0 <= x1 < x
        assert (x0, y0) in ends
        assert (x, y) in starts
        for left, top, right, bottom in drawn:
            assert not (top <= y0 <= bottom and x0 < right and left < x1)
            assert right <= x1 or x <= left


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, "0.1235"),
        (-0.0, "0"),
        (1e-9, "1e-09"),
        ([1, 0.5, -2], "[1 0.5 -2]"),
        ([[1], [2]], "[[1] [2]]"),
        (np.ones(4), "[4 numbers]"),
        (np.ones((40, 5)), "[40×5 numbers]"),
    ],
    ids=str,
)
def test_numbers_are_shown_if_there_are_few(value, shown):
    """With four digits; of others the shape."""
    assert Variable(value, "x").to_text() == f"x = {shown}"
    assert repr(Variable(value, "x")) == f"Variable({shown}, name='x')"
    assert (Variable(1) + value).to_text().endswith(f"v1 + {shown} = {shown}") is (
        "numbers" in shown
    )


@pytest.mark.parametrize("name", ["a<b", "a & b", 'the "x"', "{x}", "#1;", "`x`", "θ₁"])
def test_names_are_escaped(name):
    """In XML and in Mermaid, where # and a number mean a character."""
    J = (2 * Variable(3, name)).named("J")
    J.backward()
    texts = [text.text for text in elements(J, "text")]
    assert texts[:4] == [name, "= 3", f"d{name} = 2", f"J = 2 · {name}"]
    assert J.to_text().startswith(f"{name} = 3")
    _, box, *_ = J.to_mermaid().splitlines()
    label = box.removeprefix('    n0["').removesuffix('"]')
    shown, value, derivative = label.split("<br>")
    assert not set('<>"`&') & set(shown + derivative)
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), shown) == name
    assert value == "= 3"


def test_variables_without_a_name_get_one_that_is_free():
    """In order, and only in what is shown."""
    x = Variable(3, "v1")
    square = x * x
    result = square + Variable(1)
    assert result.to_text().splitlines() == [
        "v1 = 3",
        "v2 = 1",
        "v3 = v1 · v1 = 9",
        "v4 = v3 + v2 = 10",
    ]
    square.name = "s"
    assert "s = v1 · v1 = 9" in result.to_text()
    assert result.name is None


def test_notebook_shows_the_picture():
    """In a box that scrolls."""
    J = triple_of_sum()
    assert J.to_svg() in J._repr_html_()
