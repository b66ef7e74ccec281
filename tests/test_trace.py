"""The trace of one pass is ∇J of the fit, and its formulas give its values."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.stats import norm
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import check_gradient, trace_propagation
from skshallow.objective.activations import ACTIVATIONS, Tanh
from tests.problems import deviations
from tests.reference import sigmoid

KINDS = ["binary", "multiclass", "multilabel"]
LOSSES = ["log_loss", "squared_error"]
NETWORK_NAMES = [
    *("X", "Y", "W1", "b1", "Z1", "A1", "W2", "b2", "Z2", "A2", "J"),
    *("dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"),
]
LINEAR_NAMES = ["X", "Y", "w", "b", "z", "a", "J", "dz", "dw", "db"]
RATE = 0.5
PENALTIES = {
    "no penalty": {"alpha": 0.0},
    "plain": {"alpha": 0.1, "standardize": False},
    "standardized": {"alpha": 0.1, "standardize": True},
}
penalties = pytest.mark.parametrize("penalty", PENALTIES)


def rows(kind="binary", n_samples=40, n_features=3):
    """Return X, y and sample weights."""
    random = np.random.default_rng(0)
    X = random.normal(size=(n_samples, n_features))
    y = {
        "binary": random.integers(0, 2, n_samples),
        "multiclass": random.integers(0, 3, n_samples),
        "multilabel": random.integers(0, 2, (n_samples, 3)),
    }[kind]
    return X, y, random.integers(0, 4, n_samples).astype(float)


def estimators(kind=None, loss="log_loss", **common):
    """Return the models for a kind of labels, the linear one first, or each model.

    Of the activations each kind has a third: neither knows anything of the other.
    """
    common = {"loss": loss, "alpha": 0.0, "learning_rate": RATE, **common}
    common |= {"max_iter": 3, "tol": 0}
    activations = sorted(ACTIVATIONS)
    if kind is not None:
        activations = activations[KINDS.index(kind) :: len(KINDS)]
    networks = [
        ShallowNNClassifier(4, activation, random_state=0, negative_slope=0.1, **common)
        for activation in activations
    ]
    if kind == "multilabel":
        return networks
    return [GDLogisticRegression(**common), *networks]


def gradient_in(trace):
    """Return ∇J as the trace has it."""
    names = ("dw", "db") if "dw" in trace.names else ("dW1", "dW2", "db1", "db2")
    return [getattr(trace, name) for name in names]


def parameters_of(estimator):
    """Return the fitted weights and biases, in the same order and shapes."""
    if isinstance(estimator, GDLogisticRegression):
        return [estimator.coef_.T.copy(), estimator.intercept_.copy()]
    return [*estimator.coefs_, *estimator.intercepts_]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@penalties
def test_trace_has_the_step_that_descent_takes_next(kind, loss, weighted, penalty):
    """The θ of one more update is θ − η ∇J, and J is ``loss_``."""
    X, y, weights = rows(kind)
    weights = weights if weighted else None
    for estimator in estimators(kind, loss, **PENALTIES[penalty]):
        estimator.fit(X, y, sample_weight=weights)
        trace = trace_propagation(estimator, X, y, weights)
        assert_allclose(trace.J, estimator.loss_, rtol=1e-13)
        before = parameters_of(estimator)
        after = parameters_of(estimator.partial_fit(X, y, sample_weight=weights))
        for old, new, derivative in zip(before, after, gradient_in(trace), strict=True):
            assert_allclose(new, old - RATE * derivative, rtol=1e-12, atol=1e-14)


def evaluated(formula, quantities, *, axis):
    """Return what a formula of the table says, read as NumPy would have it."""
    text = formula.translate(
        {ord("∘"): "*", ord("−"): "-", ord("ᵀ"): ".T", ord("²"): "**2", ord("σ"): "σ"}
    )
    text = re.sub(r"\((\S+) where (.+?), else (\S+)\)", r"where(\2, \1, \3)", text)
    text = re.sub(r"Σ (\(.*?\)|\w+)", r"total(\1)", text)
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", " @ ", text)
    text = re.sub(r"(?<![\w.])([\d.]+) @ ", r"\1 * ", text)
    # A sum over the samples has the shape of a bias.
    return eval(
        text,
        {
            **quantities,
            "m": 40,
            "σ": sigmoid,
            "softmax": lambda z: np.exp(z) / np.exp(z).sum(1 - axis, keepdims=True),
            "tanh": np.tanh,
            "max": np.maximum,
            "min": np.minimum,
            "exp": np.exp,
            "log": np.log,
            "Φ": norm.cdf,
            "φ": norm.pdf,
            "where": np.where,
            "total": lambda a: a.sum(axis, keepdims=axis == 1),
        },
    )


@pytest.mark.parametrize("convention", ["rows", "columns"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@penalties
def test_formulas_give_the_values(convention, kind, loss, weighted, penalty):
    """Each line of the table, computed as it is written, is what stands there."""
    X, y, weights = rows(kind)
    weights = weights if weighted else None
    axis = 0 if convention == "rows" else 1
    params = PENALTIES[penalty]
    for estimator in estimators(
        kind, loss, **params, l1_ratio=0.3 if params["alpha"] else 0
    ):
        estimator.fit(X, y, sample_weight=weights)
        trace = trace_propagation(estimator, X, y, weights, convention)
        values = {q.name: q.value for q in trace.quantities}
        s = deviations(X, weights)
        # A column, or where W1 is turned a row.
        scales = s if "W1" in values and axis == 1 else s[:, np.newaxis]
        with_formula = [q for q in trace.quantities if q.formula and q.name != "J"]
        assert len(with_formula) == (5 if "w" in values else 11)
        for quantity in with_formula:
            if kind == "multiclass" and quantity.formula.startswith(("A2 ∘", "a ∘")):
                # A sum over the classes, as that over the samples is written.
                A = values["A2" if "A2" in values else "a"]
                R = A - values["Y"]
                expected = A * (R - (A * R).sum(1 - axis, keepdims=True))
            else:
                expected = evaluated(
                    quantity.formula, {**values, "s": scales}, axis=axis
                )
            expected = np.broadcast_to(expected, np.shape(quantity.value))
            assert_allclose(
                quantity.value, expected, rtol=1e-12, atol=1e-15, err_msg=quantity.name
            )


@pytest.mark.parametrize(
    ("kind", "loss", "formula"),
    [
        ("binary", "log_loss", "−[Y log a + (1 − Y) log(1 − a)]"),
        ("binary", "squared_error", "½ (a − Y)²"),
        ("multiclass", "log_loss", "−Σ Y log a"),
        ("multiclass", "squared_error", "½ Σ (a − Y)²"),
    ],
)
def test_cost_is_explained(kind, loss, formula):
    """J is the mean of a loss, which the table writes out, and the penalty."""
    X, y, weights = rows(kind)
    model = GDLogisticRegression(loss=loss, alpha=0).fit(X, y)
    (J,) = (q for q in trace_propagation(model, X, y).quantities if q.name == "J")
    assert (J.formula, J.meaning) == ("Σ L / m", f"the cost; L = {formula}")
    model.set_params(alpha=0.1).fit(X, y)
    (J,) = (
        q for q in trace_propagation(model, X, y, weights).quantities if q.name == "J"
    )
    assert J.formula == "Σ (weight ∘ L) + penalty"


def test_rows_without_weight_have_no_part_in_sums():
    """Even where their own loss overflows, as in the fit."""
    X, y, weights = rows()
    X, weights = X * 1e-3, weights + 1
    X[0], weights[0] = 1e306, 0
    for estimator in estimators():
        estimator.set_params(learning_rate="auto").fit(X, y, weights)
        trace = trace_propagation(estimator, X, y, weights)
        assert_allclose(trace.J, estimator.loss_, rtol=1e-12)
        assert all(np.isfinite(derivative).all() for derivative in gradient_in(trace))
        assert check_gradient(estimator, X, y, weights) < 1e-9


def test_network_in_columns_has_the_shapes_of_the_blackboard():
    """m samples in columns, n features, 4 hidden units, one output."""
    X, y, _ = rows()
    m, n = X.shape
    network = ShallowNNClassifier(4, alpha=0, random_state=0).fit(X, y)
    trace = trace_propagation(network, X, y, convention="columns")
    shapes = {name: np.shape(getattr(trace, name)) for name in trace.names}
    assert shapes == {
        "X": (n, m),
        "Y": (1, m),
        "W1": (4, n),
        "b1": (4, 1),
        "Z1": (4, m),
        "A1": (4, m),
        "W2": (1, 4),
        "b2": (1, 1),
        "Z2": (1, m),
        "A2": (1, m),
        "J": (),
        "dZ2": (1, m),
        "dW2": (1, 4),
        "db2": (1, 1),
        "dA1": (4, m),
        "dZ1": (4, m),
        "dW1": (4, n),
        "db1": (4, 1),
    }
    assert trace.names == NETWORK_NAMES


def test_logistic_regression_in_columns_has_the_shapes_of_the_blackboard():
    """w is a column in z = wᵀx + b."""
    X, y, _ = rows()
    m, n = X.shape
    model = GDLogisticRegression().fit(X, y)
    trace = trace_propagation(model, X, y, convention="columns")
    shapes = {name: np.shape(getattr(trace, name)) for name in trace.names}
    assert shapes == {
        "X": (n, m),
        "Y": (1, m),
        "w": (n, 1),
        "b": (1, 1),
        "z": (1, m),
        "a": (1, m),
        "J": (),
        "dz": (1, m),
        "dw": (n, 1),
        "db": (1, 1),
    }
    assert trace.names == LINEAR_NAMES


def test_derivatives_at_the_logits_are_those_of_single_samples():
    """dz = a − y, whatever the weights; those are in dw and db."""
    X, y, weights = rows()
    model = GDLogisticRegression(class_weight="balanced").fit(X, y, weights)
    trace = trace_propagation(model, X, y, weights)
    assert_allclose(trace.dz, trace.a - y[:, np.newaxis], rtol=1e-10)
    assert_allclose(trace.weight.sum(), 1, rtol=1e-14)
    expected = (trace.weight * trace.dz).sum(axis=0)
    assert_allclose(trace.db, expected, rtol=1e-13, atol=1e-16)


def test_trace_of_sparse_rows_is_that_of_dense_ones():
    """In every quantity."""
    X, y, _ = rows()
    network = ShallowNNClassifier(4, alpha=0, random_state=0).fit(X, y)
    dense = trace_propagation(network, X, y)
    thin = trace_propagation(network, sparse.csr_array(X), y)
    for name in dense.names:
        assert_array_equal(getattr(thin, name), getattr(dense, name))


def test_trace_does_not_lend_out_the_parameters():
    """Writing to a trace leaves the estimator as it is."""
    X, y, _ = rows()
    for estimator in estimators():
        estimator.fit(X, y)
        before = estimator.decision_function(X)
        trace = trace_propagation(estimator, X, y)
        for name in trace.names:
            if name not in ("J", "X"):
                getattr(trace, name)[...] = 0
        assert_array_equal(estimator.decision_function(X), before)


@pytest.mark.parametrize("convention", ["rows", "columns"])
def test_table_shows_every_quantity(convention):
    """As text, one line each, and as well-formed HTML."""
    X, y, _ = rows()
    network = ShallowNNClassifier(4, "relu", alpha=0, random_state=0).fit(X, y)
    trace = trace_propagation(network, X, y, convention=convention)
    lines = repr(trace).splitlines()
    assert [line.split()[0] for line in lines] == ["name", *NETWORK_NAMES]
    html = trace._repr_html_()
    cells = [cell.text for cell in ElementTree.fromstring(html).iter("td")]
    assert cells[::5] == NETWORK_NAMES
    assert "(Z1 > 0)" in html.replace("&gt;", ">")


@pytest.mark.parametrize("make", [ShallowNNClassifier, GDLogisticRegression])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("convention", ["rows", "columns"])
def test_each_quantity_is_said_to_be_computed_from_those_above(
    make, weighted, convention
):
    """Those in its formula; what has none is given."""
    X, y, _ = rows()
    weight = np.arange(1.0, len(y) + 1) if weighted else None
    trace = trace_propagation(
        make(max_iter=5, tol=0).fit(X, y), X, y, weight, convention
    )
    above = []
    for row in ElementTree.fromstring(trace._repr_html_()).iter("tr"):
        if not row.get("data-name"):
            continue
        used, formula = row.get("data-from").split(), row[2].text
        assert set(used) <= set(above)
        assert bool(used) == bool(formula)
        above.append(row.get("data-name"))
    assert above == trace.names


def test_trace_refuses_what_it_cannot_pass():
    """And says what to do."""
    X, y, _ = rows()
    model = GDLogisticRegression()
    with pytest.raises(NotFittedError):
        trace_propagation(model, X, y)
    model.fit(X, y)
    with pytest.raises(ValueError, match="'rows' or 'columns', got 'row'"):
        trace_propagation(model, X, y, convention="row")
    with pytest.raises(ValueError, match="classes not in"):
        trace_propagation(model, X, y + 1)
    with pytest.raises(ValueError, match="features"):
        trace_propagation(model, X[:, :2], y)
    pipeline = make_pipeline(StandardScaler(), model).fit(X, y)
    with pytest.raises(TypeError, match=r"Of a Pipeline pass the last step"):
        trace_propagation(pipeline, X, y)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_check_gradient_finds_no_difference(kind, loss, dtype):
    """For any model, penalty and weights, also on columns of odd scales."""
    X, y, weights = rows(kind)
    X = (X * [1, 1000, 0.01]).astype(dtype)
    for penalty in PENALTIES.values():
        l1_ratio = 0.5 if penalty["alpha"] else 0.0
        for estimator in estimators(kind, loss, **penalty, l1_ratio=l1_ratio):
            estimator.set_params(learning_rate="auto")
            estimator.fit(X, y, sample_weight=weights)
            assert check_gradient(estimator, X, y, weights) < 1e-7


def test_check_gradient_where_biases_are_large():
    """Far from the origin θ itself is rounded."""
    X, y, _ = rows()
    for estimator in estimators():
        estimator.set_params(learning_rate="auto", max_iter=50).fit(X + 2000, y)
        assert check_gradient(estimator, X + 2000, y) < 1e-4


def test_check_gradient_is_of_the_parameters_as_fitted():
    """Whatever has been set since."""
    X, y, _ = rows()
    network = ShallowNNClassifier(4, alpha=0, random_state=0).fit(X, y)
    expected = check_gradient(network, X, y)
    assert check_gradient(network.set_params(hidden_layer_size=7), X, y) == expected


def test_check_gradient_is_relative_where_the_gradient_is_large():
    """A gradient of 1e6 is found to 1e-9 of it, not to 1e-9."""
    X, y, _ = rows()
    X = X * 1e7
    model = GDLogisticRegression(1e-30, max_iter=1, tol=0).fit(X, y)
    assert np.abs(trace_propagation(model, X, y).dw).max() > 1e5
    assert check_gradient(model, X, y) < 1e-9


def test_check_gradient_without_intercept():
    """Then b is no parameter."""
    X, y, _ = rows()
    model = GDLogisticRegression(fit_intercept=False).fit(X, y)
    assert check_gradient(model, X, y) < 1e-9


def test_check_gradient_finds_a_wrong_derivative(monkeypatch):
    """tanh′ = 1 − a instead of 1 − a²."""
    X, y, _ = rows()
    network = ShallowNNClassifier(4, "tanh", random_state=0, max_iter=3, tol=0)
    network.fit(X, y)
    monkeypatch.setattr(Tanh, "backward", lambda self, A, dA: dA * (1 - A))
    assert check_gradient(network, X, y) > 1e-3
