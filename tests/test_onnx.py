"""The estimators as ONNX graphs: what onnxruntime computes is what they compute."""

import importlib
import sys

import numpy as np
import onnx
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from onnxruntime import InferenceSession
from scipy import sparse
from skl2onnx import to_onnx
from skl2onnx.common.data_types import Int64TensorType
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skshallow.onnx  # noqa: F401
from skshallow import GDLogisticRegression, ShallowNNClassifier
from tests.far_from_zero import FAR, far_from_zero, in_double
from tests.problems import N_CLASSES, NETWORKS

TOLERANCES = {np.float32: 1e-5, np.float64: 1e-13}
# onnxruntime has erf in single precision only.
ERF = 1e-6
MODELS = {
    "linear": GDLogisticRegression(alpha=0.01, max_iter=20, tol=0),
    **{
        activation: ShallowNNClassifier(
            6, activation, negative_slope=0.2, max_iter=5, tol=0, random_state=0
        )
        for activation in NETWORKS
    },
}
BOTH = ["linear", "tanh"]
dtypes = pytest.mark.parametrize("dtype", TOLERANCES, ids=lambda dtype: dtype.__name__)


def run(graph, X):
    """Return what onnxruntime makes of a valid graph and rows."""
    onnx.checker.check_model(graph, full_check=True)
    session = InferenceSession(graph.SerializeToString())
    (name,) = (given.name for given in session.get_inputs())
    return session.run(None, {name: X})


def assert_same(model, X):
    """Labels are equal, and probabilities as equal as the type of X can tell."""
    graph = to_onnx(model, X[:1], options={"zipmap": False})
    labels, probabilities = run(graph, X)
    expected = model.predict(X)
    assert_array_equal(labels, expected)
    assert labels.shape == expected.shape
    assert probabilities.dtype == X.dtype
    tolerance = TOLERANCES[X.dtype.type]
    if getattr(model, "activation", "") == "gelu":
        tolerance = max(tolerance, ERF)
    assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=tolerance)


@pytest.fixture
def wine(load):
    """Load the first classes of wine."""

    def wine(n_classes, dtype=np.float64, *, raw=False):
        X, y = load("wine", raw=raw)
        return X[y < n_classes].astype(dtype), y[y < n_classes]

    return wine


@dtypes
@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", MODELS)
def test_graph_computes_what_the_estimator_does(name, n_classes, dtype, wine):
    """A sigmoid for two classes, a softmax for more, after every activation."""
    X, y = wine(n_classes, dtype)
    model = clone(MODELS[name]).fit(X, y)
    assert_same(model, X)
    # Far out, where sigmoids are 0 and 1.
    assert_same(model, 1000 * X)


@dtypes
def test_multilabel_graph_computes_what_the_estimator_does(dtype, wine):
    """A sigmoid a label; the labels are an indicator matrix."""
    X, y = wine(3, dtype)
    model = clone(MODELS["relu"]).fit(X, np.eye(3, dtype=int)[y] | (X[:, :3] > 0))
    assert_same(model, X)
    labels, *columns = run(to_onnx(model, X[:1], options={"zipmap": "columns"}), X)
    assert_array_equal(labels, model.predict(X))
    assert_allclose(np.stack(columns, axis=1), model.predict_proba(X), atol=1e-5)


@dtypes
@pytest.mark.parametrize("name", BOTH)
def test_pipeline_and_search_are_one_graph(name, dtype, wine):
    """Raw rows go in; the scaler is a part of the graph."""
    X, y = wine(3, dtype, raw=True)
    pipeline = make_pipeline(StandardScaler(), clone(MODELS[name]))
    assert_same(pipeline.fit(X, y), X)
    grid = {f"{pipeline.steps[-1][0]}__alpha": [0.1]}
    assert_same(GridSearchCV(pipeline, grid, cv=2).fit(X, y), X)


@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", BOTH)
def test_ensembles_convert_their_estimators(name, n_classes, wine):
    """Calibration asks for logits, stacking for probabilities."""
    X, y = wine(n_classes, np.float32)
    model = clone(MODELS[name])
    assert_same(CalibratedClassifierCV(model, cv=2).fit(X, y), X)
    assert_same(
        StackingClassifier([("one", model)], LogisticRegression(), cv=2).fit(X, y), X
    )


@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    "labels",
    [
        np.array([-3, 7, 2**40]),
        np.array([1, 2, 200], np.uint8),
        np.array([-1.0, 0.0, 1.0]),
        np.array(["Öl", "vin", "ワイン"]),
        np.array(["Öl", "vin", "ワイン"], object),
    ],
    ids=["int64", "uint8", "whole floats", "str", "object"],
)
def test_labels_are_those_of_the_estimator(labels, name, n_classes, wine):
    """Whole numbers become int64, strings stay strings."""
    X, y = wine(n_classes)
    model = clone(MODELS[name]).fit(X, labels[y])
    assert_same(model, X)
    _, maps = run(to_onnx(model, X[:1].astype(np.float32)), X.astype(np.float32))
    assert {tuple(row) for row in maps} == {tuple(model.classes_)}


def test_boolean_labels_are_numbers(wine):
    """ONNX has no labels that are true or false; it is so with all of skl2onnx."""
    X, y = wine(2)
    model = clone(MODELS["linear"]).fit(X, y > 0)
    labels, _ = run(to_onnx(model, X[:1], options={"zipmap": False}), X)
    assert labels.dtype == np.int64
    assert_array_equal(labels, model.predict(X))


@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", BOTH)
def test_class_without_weight_is_never_a_label(name, n_classes, wine):
    """Nor in ``predict``, though far from the data it may be the most probable."""
    X, y = wine(n_classes)
    model = clone(MODELS[name]).set_params(learning_rate=0.01)
    model.fit(X, y, sample_weight=(y > 0).astype(float))
    far = np.vstack([X, 100 * X, -100 * X])
    assert (model.predict_proba(far).argmax(axis=1) == 0).any()
    assert_same(model, far)


def test_label_without_weight_is_never_there(wine):
    """One of several that a sample may have."""
    X, y = wine(3)
    Y = np.column_stack([y == 0, y == 1]).astype(int)
    model = clone(MODELS["tanh"]).set_params(learning_rate=0.01)
    model.fit(X, Y, sample_weight=(y != 1).astype(float))
    assert (model.decision_function(X)[:, 1] > 0).any()
    assert_same(model, X)


@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", ["linear", "identity"])
def test_ties_go_to_the_first_class(name, n_classes, wine):
    """A logit of 0, or logits that are equal, at rows of zeros and no biases."""
    X, y = wine(n_classes)
    model = clone(MODELS[name]).fit(X, y)
    for b in getattr(model, "intercepts_", None) or [model.intercept_]:
        b[:] = 0
    X = np.zeros_like(X[:2])
    assert_array_equal(model.predict(X), [0, 0])
    assert_same(model, X)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"zipmap": False},
        {"zipmap": "columns"},
        {"zipmap": False, "output_class_labels": True},
        {"nocl": True},
        {"zipmap": False, "raw_scores": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", BOTH)
def test_options_give_the_outputs_of_logistic_regression(
    name, n_classes, options, wine
):
    """Their names, types and shapes; with the same coefficients their values, too."""
    X, y = wine(n_classes, np.float32)
    y = np.array(["a", "b", "c"])[y]
    model, peer = clone(MODELS[name]).fit(X, y), LogisticRegression().fit(X, y)
    if name == "linear":
        model.coef_, model.intercept_ = peer.coef_, peer.intercept_
    ours, theirs = (to_onnx(fitted, X[:1], options=options) for fitted in (model, peer))
    assert list(ours.graph.output) == list(theirs.graph.output)
    if name == "linear":
        for our, their in zip(run(ours, X), run(theirs, X), strict=True):
            if isinstance(our, list):
                assert [list(row) for row in our] == [list(row) for row in their]
                our, their = ([list(row.values()) for row in r] for r in (our, their))
            if np.asarray(our).dtype == object:
                assert_array_equal(our, their)
            else:
                assert_allclose(our, their, rtol=0, atol=1e-5)


@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", BOTH)
def test_raw_scores_are_the_logits(name, n_classes, wine):
    """Of two classes −z and z."""
    X, y = wine(n_classes)
    model = clone(MODELS[name]).fit(X, y)
    graph = to_onnx(model, X[:1], options={"zipmap": False, "raw_scores": True})
    Z = model.decision_function(X)
    assert_allclose(
        run(graph, X)[1],
        np.stack([-Z, Z], axis=1) if n_classes == 2 else Z,
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize("opset", [11, 13, 18])
def test_older_opsets_can_be_asked_for(opset, wine):
    """For runtimes that are older than the converter."""
    X, y = wine(3, np.float32)
    for name in MODELS:
        model = clone(MODELS[name]).fit(X, y)
        graph = to_onnx(
            model, X[:1], options={"zipmap": False}, target_opset={"": opset}
        )
        assert {domain.version for domain in graph.opset_import} == {opset}
        assert_allclose(run(graph, X)[1], model.predict_proba(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", BOTH)
def test_whole_numbers_are_computed_with_in_float32(name):
    """As skl2onnx has it for every estimator."""
    X = np.arange(24).reshape(8, 3) % 5
    model = clone(MODELS[name]).fit(X, X[:, 0] > 2)
    types = [("X", Int64TensorType([None, 3]))]
    graph = to_onnx(model, initial_types=types, options={"zipmap": False})
    probabilities = run(graph, X)[1]
    assert probabilities.dtype == np.float32
    assert_allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)


def operators(graph):
    """Return the names of a graph's operators, in order."""
    return [node.op_type for node in graph.graph.node]


@dtypes
@pytest.mark.parametrize("fitted_to", TOLERANCES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize(
    ("columns", "name", "kind"),
    [
        *((columns, "linear", "binary") for columns in FAR),
        *((columns, "tanh", "multiclass") for columns in FAR),
        ("years and Unix times", "linear", "multiclass"),
        ("years and Unix times", "relu", "binary"),
        ("years and Unix times", "tanh", "multilabel"),
    ],
)
def test_far_from_zero_no_digit_is_lost(columns, name, kind, fitted_to, dtype):
    """What counts is what the model's parameters give in float64 for the same rows."""
    X, y, distance = far_from_zero(columns, kind)
    model = clone(MODELS[name]).fit(X.astype(fitted_to), y)
    rows = X.astype(dtype)
    graph = to_onnx(model, rows[:1], options={"zipmap": False})
    expected = in_double(model).predict_proba(rows.astype(np.float64))
    # Of float64, too, the first digits cancel in what is expected.
    tolerance = max(1e-14, 4 * np.finfo(np.float64).eps * distance)
    atol = 1e-6 if dtype == np.float32 else tolerance
    assert_allclose(run(graph, rows)[1], expected, rtol=0, atol=atol)
    assert_allclose(run(graph, rows[:1])[1], expected[:1], rtol=0, atol=atol)


@dtypes
@pytest.mark.parametrize("name", BOTH)
def test_columns_may_pass_beside_others_that_are_scaled(name, dtype):
    """The center is that of the columns as the estimator gets them."""
    X, y, _ = far_from_zero("years and Unix times")
    columns = make_column_transformer((StandardScaler(), [2]), remainder="passthrough")
    pipeline = make_pipeline(columns, clone(MODELS[name])).fit(X, y)
    rows = X.astype(dtype)
    graph = to_onnx(pipeline, rows[:1], options={"zipmap": False})
    expected = pipeline.predict_proba(rows.astype(np.float64))
    tolerance = {np.float32: 1e-6, np.float64: 1e-11}[dtype]
    assert_allclose(run(graph, rows)[1], expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", BOTH)
def test_a_center_is_subtracted_only_from_columns_far_from_zero(name, wine):
    """Graphs of scaled features have one operator less."""
    X, y = wine(3, np.float32)
    graph = to_onnx(clone(MODELS[name]).fit(X, y), X[:1])
    assert operators(graph)[:2] == ["MatMul", "Add"]
    graph = to_onnx(clone(MODELS[name]).fit(X + 100, y), X[:1])
    assert operators(graph)[:3] == ["Sub", "MatMul", "Add"]


@dtypes
@pytest.mark.parametrize("name", BOTH)
def test_missing_entries_make_only_their_own_rows_missing(name, dtype):
    """With and without a center; the estimators themselves refuse them."""
    for columns in ("years", "a constant at a million"):
        X, y, _ = far_from_zero(columns)
        model = clone(MODELS[name]).fit(X, y)
        rows = X.astype(dtype)
        graph = to_onnx(model, rows[:1], options={"zipmap": False})
        whole = run(graph, rows)[1]
        rows[1, 0] = np.nan
        probabilities = run(graph, rows)[1]
        assert np.isnan(probabilities[1]).all()
        others = np.arange(len(rows)) != 1
        assert_array_equal(probabilities[others], whole[others])


@dtypes
@pytest.mark.parametrize("n_classes", N_CLASSES)
def test_sparse_coefficients_make_the_same_graph(n_classes, dtype, wine):
    """As ``sparsify`` stores them."""
    X, y = wine(n_classes, dtype)
    model = clone(MODELS["linear"]).set_params(alpha=0.05, l1_ratio=1.0).fit(X + 100, y)
    dense = to_onnx(model, X[:1])
    assert not model.coef_.all()
    model.coef_ = sparse.csr_matrix(model.coef_)
    assert to_onnx(model, X[:1]).graph == dense.graph


def test_missing_skl2onnx_is_named(monkeypatch):
    """And what to install."""
    monkeypatch.delitem(sys.modules, "skshallow.onnx")
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"needs skl2onnx.*'skshallow\[onnx\]'"):
        importlib.import_module("skshallow.onnx")
