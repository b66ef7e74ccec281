"""Predictions in float32 of columns far from zero: as exact as of scaled ones."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data.stream import Summary
from skshallow.places import host
from skshallow.sources.logits import SharedLogits
from tests.far_from_zero import FAR, far_from_zero, in_double

MODELS = {
    "linear": GDLogisticRegression(max_iter=20, tol=0),
    "network": ShallowNNClassifier(6, "tanh", max_iter=5, tol=0, random_state=0),
}
CASES = [
    ("linear", "binary"),
    ("linear", "multiclass"),
    ("network", "binary"),
    ("network", "multiclass"),
    ("network", "multilabel"),
]
# Some ε of float32, for sums of a few products.
TOLERANCE = 5e-7
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def in_single(columns, kind="binary"):
    """Return rows in float32, and labels."""
    X, y, _ = far_from_zero(columns, kind)
    return X.astype(np.float32), y


def assert_exact(model, X, rows=None):
    """Probabilities are those of the same parameters and rows in double precision."""
    expected = in_double(model).predict_proba(X.astype(np.float64))
    probabilities = model.predict_proba(X if rows is None else rows)
    assert probabilities.dtype == np.float32
    assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("name", "kind"), CASES)
@pytest.mark.parametrize("columns", FAR)
def test_predictions_far_from_zero_lose_no_digit(columns, name, kind):
    """Nor do those of a single row."""
    X, y = in_single(columns, kind)
    model = clone(MODELS[name]).fit(X, y)
    assert_exact(model, X)
    assert_exact(model, X[:1])


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize(
    "columns", ["years", "Unix times", "Unix times of an hour", "far below zero"]
)
def test_fits_far_from_zero_are_as_exact_as_their_intercepts(columns, kind):
    """The rounding of an intercept, large beside the logits, moves all of them."""
    X, y, distance = far_from_zero(columns, kind)
    single, double = (
        GDLogisticRegression().fit(rows, y).predict_proba(rows)
        for rows in (X.astype(np.float32), X.astype(np.float32).astype(np.float64))
    )
    epsilon = np.finfo(np.float32).eps
    assert_allclose(single, double, rtol=0, atol=4 * epsilon * distance)


@models
@pytest.mark.parametrize(
    "stored",
    [np.asfortranarray, lambda X: np.repeat(X, 2, axis=0)[::2], "mapped", "blocks"],
    ids=["Fortran", "strided", "mapped", "blocks"],
)
def test_predictions_far_from_zero_do_not_depend_on_storage(
    stored, model, tmp_path, monkeypatch
):
    """A center is subtracted from one block at a time, and X stays as it is."""
    X, y = in_single("years and Unix times")
    rows = X.copy()
    if stored == "mapped":
        np.save(tmp_path / "X.npy", X)
        rows = np.load(tmp_path / "X.npy", mmap_mode="r")
    elif stored == "blocks":
        monkeypatch.setattr(host, "L2_BYTES", 2**10)
        monkeypatch.setattr(host, "MIN_ROWS", 16)
        monkeypatch.setattr(host, "MIN_PRODUCTS", 0)
    else:
        rows = stored(rows)
    model = clone(model).fit(rows, y)
    assert_exact(model, X, rows)
    assert_array_equal(rows, X)


@models
def test_predictions_of_chunks_far_from_zero_lose_no_digit(model):
    """As those of arrays."""
    array = pytest.importorskip("dask.array")
    X, y = in_single("years and Unix times")
    model = clone(model).fit(array.from_array(X, chunks=(60, -1)), y)
    assert_exact(model, X)


@models
def test_a_stream_far_from_zero_is_predicted_exactly(model):
    """After each of its batches, and after a fit that a warm start goes on from."""
    X, y = in_single("Unix times")
    model = clone(model).set_params(warm_start=True)
    for part in np.array_split(np.arange(len(y)), 4):
        model.partial_fit(X[part], y[part], classes=[0, 1])
        assert_exact(model, X)
    assert_exact(model.fit(X, y), X)


@models
def test_copies_and_pickles_far_from_zero_predict_the_same(model):
    """To the last bit."""
    X, y = in_single("Unix times")
    model = clone(model).fit(X, y)
    expected = model.predict_proba(X)
    for other in (copy.copy(model), pickle.loads(pickle.dumps(model))):
        assert_array_equal(other.predict_proba(X), expected)


@models
def test_pickles_of_earlier_versions_predict_as_they_did(model):
    """They know no center, and lose the digits."""
    X, y = in_single("Unix times")
    model = clone(model).fit(X, y)
    del model._center
    expected = in_double(model).predict_proba(X.astype(np.float64))
    assert_allclose(model.predict_proba(X), expected, rtol=0, atol=0.01)
    assert_exact(model.partial_fit(X, y), X)


def test_coefficients_set_by_hand_are_those_that_count():
    """A center from the fit is right for any; of other columns it is not used."""
    X, y = in_single("years")
    model = clone(MODELS["linear"]).fit(X, y)
    peer = LogisticRegression().fit(X - X.mean(axis=0), 1 - y)
    model.coef_ = peer.coef_.astype(np.float32)
    model.intercept_ = peer.intercept_ - X.mean(axis=0, dtype=float) @ model.coef_.T
    model.intercept_ = model.intercept_.astype(np.float32)
    assert_exact(model, X)
    model.coef_, model.n_features_in_ = model.coef_[:, :1], 1
    expected = in_double(model).predict_proba(X[:, :1].astype(np.float64))
    assert_allclose(model.predict_proba(X[:, :1]), expected, rtol=0, atol=1e-4)


@models
def test_sparse_rows_far_from_zero_stay_sparse(model):
    """So there is no center to subtract, and digits are lost."""
    X, y = in_single("years")
    model = clone(model).fit(sparse.csr_array(X), y)
    expected = in_double(model).predict_proba(X.astype(np.float64))
    probabilities = model.predict_proba(sparse.csr_array(X))
    assert_allclose(probabilities, expected, rtol=0, atol=1e-4)
    assert_exact(model, X)


@models
def test_scaled_columns_have_no_center(model):
    """Predicting for them costs what it did."""
    X, y = in_single("a constant at a million")
    assert clone(model).fit(X, y)._center is None
    X, y = in_single("one far among scaled")
    center = clone(model).fit(X, y)._center
    assert_array_equal(center != 0, [False, False, False, False, True])


def test_center_is_the_mean_where_zero_would_be_a_wild_entry():
    """Farther from it than eight scales; not of columns that are constant."""
    mean, deviation = np.array([[7.9, 1.0], [-8.1, 1.0], [5.0, 0.0], [0.0, 1.0]]).T
    rows = Summary(np.full(4, 10.0), mean, deviation**2, mean, np.zeros(4))
    assert_array_equal(rows.center, [0, -8.1, 0, 0])
    assert rows._replace(mean=np.zeros(4)).center is None


@pytest.mark.parametrize("columns", FAR)
@models
def test_predictions_of_several_fits_lose_no_digit(model, columns):
    """Though a search predicts by products that these share."""
    X, y = in_single(columns)
    fits = [clone(model).set_params(alpha=alpha).fit(X, y) for alpha in (0.01, 0.1)]
    rows = np.arange(len(X))[::3]
    shared = SharedLogits(X, fits)
    for fitted in fits:
        predicted = shared.predicted(fitted, rows, "predict_proba")
        expected = in_double(fitted).predict_proba(X[rows].astype(np.float64))
        assert_allclose(predicted, expected, rtol=0, atol=TOLERANCE)
