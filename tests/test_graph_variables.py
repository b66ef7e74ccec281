"""Variables keep their values, can be copied and pickled, and say what they are not."""

import copy
import math
import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skshallow.computation_graph import Variable
from tests.graphs import GRAPHS


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


@pytest.mark.parametrize("value", [2.0, np.full(3, 2.0), np.full((2, 2), 2.0)], ids=str)
@pytest.mark.parametrize("new", [0.5, np.zeros(3), Variable(1.0)], ids=str)
def test_value_cannot_be_set(value, new):
    """The message says what to do; what was computed from it is as it was."""
    w = Variable(value)
    J = (w * w * w).sum()
    with pytest.raises(AttributeError, match=r"keeps its value.*make a new one"):
        w.value = new
    assert_array_equal(w.value, value)
    J.backward()
    assert_array_equal(w.derivative, np.full(np.shape(value), 12.0))
    assert_array_equal(w.relu().value, value)


def subtract_in_place(array):
    """Write to it by an operator."""
    array -= 1


WRITES = {
    "-=": subtract_in_place,
    "[0] =": lambda array: array.__setitem__(0, 1),
    "[...] =": lambda array: array.__setitem__(..., 1),
    "fill": lambda array: array.fill(1),
    "sort": lambda array: array.sort(),
    "out": lambda array: np.add(array, 1, out=array),
    "flags": lambda array: setattr(array.flags, "writeable", True),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    "array_of",
    [
        lambda w: w.value,
        lambda w: w.T.value,
        lambda w: w[:].value,
        lambda w: w.reshape(3, 1).value,
        lambda w: (w * 1).value,
        lambda w: w.derivative,
        lambda w: copy.deepcopy(w).value,
        lambda w: pickle.loads(pickle.dumps(w)).value,
        lambda w: Variable(pickle.loads(pickle.dumps(np.ones(3)))).value,
    ],
)
def test_array_cannot_be_written_to(array_of, write):
    """The value of an input, of a result, of a copy; the derivative."""
    w = Variable(np.full(3, 2.0))
    J = (w * w * w).sum()
    J.backward()
    array = array_of(w)
    with pytest.raises(ValueError, match=r"read-only|WRITEABLE"):
        write(array)
    J.backward()
    assert_array_equal(w.derivative, [12, 12, 12])


def test_value_of_a_number_cannot_be_changed_in_place():
    """Subtracting from it would set it."""
    w = Variable(2.0)
    with pytest.raises(AttributeError, match="make a new one"):
        w.value -= 1
    assert w.value == 2


def test_graph_does_not_see_what_its_user_writes_later():
    """To an array that was a variable's value, a constant, or an index."""
    array, constant, index = np.full(3, 2.0), np.ones(3), np.array([0, 0, 1])
    mask, rows = np.array([True, False, False]), [0, 1]
    w = Variable(array)
    parts = [w * w, w * constant, constant + w, w[index], w[mask], w[rows]]
    J = sum(part.sum() for part in parts)
    for changed in (array, constant, index):
        changed[:] = 2
    mask[:], rows[:] = True, [2, 2]
    J.backward()
    assert_array_equal(w.derivative, [4 + 1 + 1 + 2 + 1 + 1, 4 + 1 + 1 + 1 + 1, 6])


def test_descent_makes_a_new_variable_each_update():
    """And each knows the derivative of its own J."""
    w, past = Variable([3.0, -2.0], "w"), []
    for _ in range(100):
        J = ((w - [1, 2]) ** 2).sum()
        J.backward()
        past.append(w)
        w = Variable(w.value - 0.25 * w.derivative, "w")
    assert_array_equal(w.value, [1, 2])
    assert_array_equal(past[0].derivative, [4, -8])


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["deepcopy", "pickle"],
)
@pytest.mark.parametrize("graph", GRAPHS)
def test_copy_is_a_graph_of_its_own(graph, duplicate):
    """The same text; backward through it leaves the first one alone."""
    J = graph()
    twin = duplicate(J)
    assert twin.to_text() == J.to_text()
    twin.backward()
    assert J.derivative is None
    J.backward()
    assert twin.to_text() == J.to_text()
    assert duplicate(J).to_text() == J.to_text()


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["deepcopy", "pickle"],
)
def test_variables_copied_together_stay_together(duplicate):
    """An input, what follows from it, and two results that share both."""
    w = Variable([1.0, 2.0], "w")
    s = (w * w).sum()
    together = {"w": w, "J": 3 * s, "s": s, "K": s + w[0], "again": w}
    twin = duplicate(together)
    assert twin["w"] is twin["again"]
    twin["J"].backward()
    assert_array_equal(twin["w"].derivative, [6, 12])
    assert twin["s"].derivative == 3
    twin["K"].backward()
    assert_array_equal(twin["w"].derivative, [3, 4])
    (twin["J"] * twin["w"][0]).backward()
    assert_array_equal(twin["w"].derivative, [15 + 6, 12])
    assert w.derivative is None


def test_shallow_copy_is_the_same_node():
    """As a second name for a variable is."""
    x = Variable(3.0, "x")
    (x * copy.copy(x)).backward()
    assert x.derivative == copy.copy(x).derivative == 6


def test_operations_with_settings_are_pickled():
    """An axis, a shape, an index of any kind."""
    z = Variable(np.arange(12.0).reshape(3, 4), "z")
    rows, mask = np.array([0, 2]), np.arange(12).reshape(3, 4) % 2 == 0
    parts = [
        *(z.sum(axis=1, keepdims=True), z.softmax(0), z.mean(axis=(0, 1)), z.T),
        *(z.reshape(4, 3), z[1], z[..., None], z[1:, ::2], z[rows, [1, 1]], z[mask]),
    ]
    J = sum((part * part).sum() for part in parts)
    twin = pickle.loads(pickle.dumps({"J": J, "z": z}))
    J.backward()
    twin["J"].backward()
    assert_array_equal(twin["z"].derivative, z.derivative)


def test_deep_graph_needs_no_recursion():
    """Thousands of operations in a row are computed, shown, copied, pickled, freed."""
    n = 3 * sys.getrecursionlimit()
    x = y = Variable(2.0, "x")
    for _ in range(n):
        y = y + x
    y.backward()
    y.backward()
    assert (y.value, x.derivative) == (2.0 * (n + 1), n + 1)
    assert repr(y) == f"Variable({y.value:.4g}, name=None)"
    assert len(y.to_text().splitlines()) == n + 1
    assert y.to_mermaid().count("-->") == 2 * n - 1
    assert y.to_svg().count("<rect") == n + 1
    for twin, twin_of_x in (copy.deepcopy((y, x)), pickle.loads(pickle.dumps((y, x)))):
        (2 * twin).backward()
        assert twin_of_x.derivative == 2 * (n + 1)
    assert x.derivative == n + 1


def lines_run(function, argument):
    """How many lines of Python a call runs through, those of a loop each time."""
    before, lines = sys.gettrace(), 0

    def trace(frame, event, _):
        nonlocal lines
        lines += event == "line"
        return trace

    sys.settrace(trace)
    try:
        function(argument)
    finally:
        sys.settrace(before)
    return lines


def chain(n):
    """One input, used n times, in n operations of which each follows the last."""
    x = y = Variable(2.0)
    for _ in range(n):
        y = y * 0.9 + x
    return y


SHAPES = {
    "chain": chain,
    "many inputs": lambda n: sum(Variable(1.0) * 2 for _ in range(n)),
    "many uses": lambda n: sum([Variable(1.0)] * n),
    "every other": lambda n: chain(n // 2) * sum(Variable(1.0) for _ in range(n // 2)),
}


@pytest.mark.parametrize("graph", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    "work",
    [
        lambda J: J.backward(),
        lambda J: J.to_text(),
        lambda J: J.to_mermaid(),
        lambda J: J.to_svg(),
        pickle.dumps,
        copy.deepcopy,
    ],
    ids=["backward", "text", "mermaid", "svg", "pickle", "copy"],
)
def test_work_grows_as_the_graph_does(graph, work):
    """Twice as large, twice the work, and not four times."""
    small, large = (lines_run(work, graph(n)) for n in (100, 200))
    assert 1.8 < large / small < 2.2


def test_iteration_yields_the_entries():
    """Rows of a matrix; a, b = x takes an array apart."""
    x = Variable([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2
    first, second = x
    (first * second).sum().backward()
    assert_array_equal(x.derivative, [[3, 4], [1, 2]])
    assert [float(entry.value) for entry in second] == [3, 4]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{:.3f}", "1234.568"),
        ("{:>12.2e}", "    1.23e+03"),
        ("{:g}", "1234.57"),
        ("{:,.0f}", "1,235"),
        ("{}", "Variable(1235, name='J')"),
        ("{!r}", "Variable(1235, name='J')"),
    ],
)
def test_number_is_formatted_as_a_float(text, shown):
    """Without a specification as by str."""
    assert text.format(Variable(1234.5678, "J")) == shown


# What is done with x, an array, and s, a number; what the error says.
MISUSES = {
    "string": (lambda x, s: Variable("5"), "not str '5'"),
    "None": (lambda x, s: Variable(None), "not NoneType None"),
    "complex": (lambda x, s: Variable(1j), "not complex 1j"),
    "complex list": (lambda x, s: Variable([1j]), r"not list \[1j\]"),
    "object": (lambda x, s: Variable(object()), "not object <object"),
    "dates": (lambda x, s: Variable(np.datetime64("2020")), "not datetime64"),
    "huge": (lambda x, s: Variable(10**400), r"not int 1000+\.\.\.0+\.$"),
    "ragged": (lambda x, s: Variable([[1], [2, 3]]), "not list .*inhomogeneous"),
    "+ string": (lambda x, s: x + "1", "not str '1'"),
    "None *": (lambda x, s: None * x, "not NoneType None"),
    "+ complex": (lambda x, s: x + 1j, "not complex 1j"),
    "a variable": (lambda x, s: Variable(s), r"is a variable already.*\(x\.value\)"),
    "a result": (lambda x, s: Variable(x * 2), "is a variable already"),
    "named variable": (lambda x, s: Variable(x, "y"), "is a variable already"),
    "variables": (lambda x, s: Variable([s, s]), r"not list \[Variable.*x\.value"),
    "* variables": (lambda x, s: x * [s, s, s], r"not list \[Variable"),
    "name 3": (lambda x, s: Variable(1.0, name=3), "string or None, not int 3"),
    "name 3.5": (lambda x, s: Variable(1.0, 3.5), "string or None, not float 3.5"),
    "name b''": (lambda x, s: Variable(1.0, b"w"), "string or None, not bytes b'w'"),
    "name list": (lambda x, s: Variable(1.0, ["w"]), r"not list \['w'\]"),
    "named": (lambda x, s: s.named(3), "string or None, not int 3"),
    ".name": (lambda x, s: setattr(s, "name", 3), "string or None, not int 3"),
    "np.sum": (lambda x, s: np.sum(x), "np.sum takes no Variable: use its .*methods"),
    "np.dot": (lambda x, s: np.dot(np.ones(3), x), "np.dot takes no Variable"),
    "np.vstack": (lambda x, s: np.vstack([x, x]), "np.vstack takes no Variable"),
    "np.where": (lambda x, s: np.where([True], x, 0), "np.where takes no Variable"),
    "np.maximum": (lambda x, s: np.maximum(x, 0), "np.maximum takes no Variable"),
    "np.asarray": (lambda x, s: np.asarray(x), "np.array takes no Variable"),
    "np.array": (lambda x, s: np.array([s, s]), "np.array takes no Variable"),
    "out": (lambda x, s: np.exp(x, out=np.ones(3)), "np.exp with out takes"),
    "reduce": (lambda x, s: np.add.reduce(x), "np.add.reduce takes no Variable"),
    "<": (lambda x, s: x < 1, "is not compared: compare values"),
    "> array": (lambda x, s: x > np.arange(3), "is not compared"),
    "array >": (lambda x, s: np.arange(3) > x, "np.greater takes no Variable"),
    "==": (lambda x, s: s == 2.0, "is not compared"),
    "!=": (lambda x, s: x != x, "is not compared"),
    "max": (lambda x, s: max(s, s), "is not compared"),
    "in": (lambda x, s: 2.0 in x, "is not compared"),
    "if": (lambda x, s: 1 if s else 0, "neither true nor false: ask its value"),
    "not": (lambda x, s: not x, "neither true nor false"),
    "and": (lambda x, s: s and x, "neither true nor false"),
    "float": (lambda x, s: float(s), r"no plain number.*its number is x\.value"),
    "int": (lambda x, s: int(s), "no plain number"),
    "complex()": (lambda x, s: complex(s), "no plain number"),
    "math": (lambda x, s: math.exp(s), "no plain number"),
    "len": (lambda x, s: len(s), "is a number: it has no length"),
    "list": (lambda x, s: list(s), "is a number: it has no length"),
    "format": (lambda x, s: f"{x:.3f}", r"is an array: '\.3f' is for a number"),
}


@pytest.mark.parametrize(("misuse", "message"), MISUSES.values(), ids=MISUSES)
def test_misuse_is_a_type_error(misuse, message):
    """Never an array of objects, or a number that has left the graph unseen."""
    with pytest.raises(TypeError, match=message):
        misuse(Variable([1.0, 2.0, 3.0], "x"), Variable(2.0, "s"))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (3, "out of bounds"),
        ((0, 0), "too many indices"),
        (1.5, "only integers"),
        ([True, False], "boolean"),
    ],
    ids=str,
)
def test_index_that_does_not_fit_is_an_index_error(index, message):
    """In NumPy's words."""
    with pytest.raises(IndexError, match=message):
        Variable([1.0, 2.0, 3.0])[index]


def test_variables_are_told_apart_by_identity():
    """In sets and as keys."""
    x, y = Variable(1.0), Variable(1.0)
    assert len({x, y, x}) == 2
    assert {x: "x", y: "y"}[x] == "x"
    assert x in [x, y]


def test_series_of_pandas_is_a_constant_on_both_sides():
    """And not a series of variables."""
    pd = pytest.importorskip("pandas")
    x, series = Variable([1.0, 2.0, 3.0]), pd.Series([1.0, 2.0, 3.0])
    for result in (x * series, series * x):
        assert isinstance(result, Variable)
        assert_array_equal(result.value, [1, 4, 9])
