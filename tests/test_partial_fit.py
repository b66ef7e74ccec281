"""One update on the rows given, and a stream of them."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.utils import gen_batches, shuffle

from skshallow import GDLogisticRegression, ShallowNNClassifier

SOLVERS = ["gd", "momentum", "nesterov", "adam"]
BOTH = [GDLogisticRegression(), ShallowNNClassifier(8, random_state=0)]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)


@both
@pytest.mark.parametrize("solver", SOLVERS)
def test_calls_on_the_same_rows_are_the_updates_of_a_fit(model, solver, load):
    """To the bit at a constant rate, momentum and Adam's memory included."""
    X, y = load("wine")
    model = clone(model).set_params(
        learning_rate=0.05, solver=solver, alpha=0, max_iter=10
    )
    whole = clone(model).set_params(tol=0).fit(X, y)
    stream = clone(model)
    for k in range(10):
        stream.partial_fit(X, y, classes=[0, 1, 2] if k == 0 else None)
        if k == 4:
            stream = pickle.loads(pickle.dumps(stream))
    assert stream.loss_curve_ == whole.loss_curve_
    assert_array_equal(stream.decision_function(X), whole.decision_function(X))
    assert (stream.n_iter_, stream.stop_reason_) == (10, "partial_fit")
    assert len(stream.learning_rate_curve_) == len(stream.gradient_norm_curve_) == 10


@both
@pytest.mark.parametrize("solver", SOLVERS)
def test_calls_after_a_fit_go_on_with_it(model, solver, load):
    """fit(5) and five calls are fit(10)."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=0.05, solver=solver, alpha=0, tol=0)
    whole = clone(model).set_params(max_iter=10).fit(X, y)
    half = clone(model).set_params(max_iter=5).fit(X, y)
    for _ in range(5):
        half.partial_fit(X, y)
    assert half.loss_curve_ == whole.loss_curve_
    assert half.n_iter_ == 10


@both
def test_auto_lowers_the_loss_of_the_rows_at_every_call(model, load):
    """Twice the last rate is tried, and halved until J falls."""
    X, y = load("wine", raw=True)
    model = clone(model)
    for k in range(20):
        model.partial_fit(X, y, classes=[0, 1, 2])
        assert model.loss_ < model.loss_curve_[-1]
        if k:
            ratio = 2 * model.learning_rate_curve_[-2] / model.learning_rate_curve_[-1]
            assert np.log2(ratio) == pytest.approx(round(np.log2(ratio)))
    assert model.loss_ < 0.3


def test_schedule_counts_on_from_call_to_call(load):
    """k is the number of updates done so far."""
    X, y = load("wine")
    model = GDLogisticRegression(lambda k: 0.1 / (k + 1))
    for _ in range(4):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.learning_rate_curve_ == [0.1 / (k + 1) for k in range(4)]


@pytest.mark.parametrize("params", [{}, {"learning_rate": 0.1}, {"solver": "adam"}])
def test_stream_of_batches_reaches_what_sgd_classifier_reaches(params, load):
    """The same batches in the same order: as accurate, and a lower loss."""
    X, y = load("breast_cancer")
    X, y = shuffle(X, y, random_state=0)
    ours = GDLogisticRegression(alpha=1e-4, **params)
    theirs = SGDClassifier(loss="log_loss", alpha=1e-4, random_state=0)
    for _ in range(10):
        for rows in gen_batches(len(y), 50):
            ours.partial_fit(X[rows], y[rows], classes=[0, 1])
            theirs.partial_fit(X[rows], y[rows], classes=[0, 1])
    assert ours.score(X, y) >= theirs.score(X, y) - 0.01
    assert log_loss(y, ours.predict_proba(X)) <= log_loss(y, theirs.predict_proba(X))


def test_stream_of_multilabel_batches(load):
    """The first call says how many labels there are."""
    X, digit = load("digits")
    y = np.column_stack([digit % 2, digit > 4]).astype(int)
    model = ShallowNNClassifier(10, learning_rate=0.5, random_state=0)
    for _ in range(3):
        model.partial_fit(X, y, classes=[0, 1])
    assert model.predict_proba(X).shape == (len(X), 2)
    with pytest.raises(ValueError, match="an indicator matrix with 2 columns"):
        model.partial_fit(X, digit)


@both
def test_weights_count_and_batches_may_lack_classes(model, load):
    """A batch of one class is a batch like any other."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=0.1)
    model.partial_fit(X[y == 1], y[y == 1], classes=[0, 1, 2])
    weights = np.zeros(len(y))
    weights[y == 1] = 3.0
    other = clone(model).partial_fit(X, y, classes=[0, 1, 2], sample_weight=weights)
    expected = model.decision_function(X)
    if isinstance(model, GDLogisticRegression):
        assert_allclose(other.decision_function(X), expected, rtol=1e-10, atol=1e-12)
    assert other.decision_function(X).shape == (len(X), 3)


@both
def test_what_a_stream_cannot_do_is_refused(model, load):
    """In scikit-learn's words where it has them; the model stays as it was."""
    X, y = load("wine")
    model = clone(model)
    with pytest.raises(ValueError, match="classes must be passed"):
        model.partial_fit(X, y)
    model.partial_fit(X, y, classes=[0, 1, 2])
    before = model.decision_function(X)
    with pytest.raises(ValueError, match=r"has classes not in `self.classes_`: \[9\]"):
        model.partial_fit(X, np.where(y == 2, 9, y))
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(X, y, classes=[0, 1, 9])
    with pytest.raises(ValueError, match="X has 4 features, but"):
        model.partial_fit(X[:, :4], y)
    for refused in ({"class_weight": "balanced"}, {"early_stopping": True}):
        with pytest.raises(ValueError, match=f"not support {next(iter(refused))}"):
            clone(model).set_params(**refused).partial_fit(X, y, classes=[0, 1, 2])
    assert_array_equal(model.decision_function(X), before)
    assert model.n_iter_ == 1


@both
@pytest.mark.parametrize("n_rows", [1, 2, 5])
@pytest.mark.parametrize("raw", [False, True], ids=["standardised", "raw"])
def test_auto_learns_from_a_few_rows_at_a_time(model, n_rows, raw, load):
    """The scales of the columns are those of all rows seen, not of the last few."""
    X, y = load("breast_cancer", raw)
    X, y = shuffle(X, y, random_state=0)
    model = clone(model)
    for rows in gen_batches(200, n_rows):
        model.partial_fit(X[rows], y[rows], classes=[0, 1])
    assert max(model.learning_rate_curve_) <= 1
    assert model.score(X, y) > 0.94


def test_auto_scales_the_columns_of_all_rows_seen_and_leaves_them_correlated():
    """coef_ moves by −η ∇J / s² about the means, with the scales s up to now.

    A few rows may be correlated by chance, which would be learnt from.
    """
    random = np.random.default_rng(0)
    X = random.normal(size=(100, 4)) @ random.normal(size=(4, 4)) + [
        0.0,
        3.0,
        -9.0,
        1.0,
    ]
    y = (X[:, 0] + random.normal(size=100) > 0).astype(int)
    alpha = 0.02
    model = GDLogisticRegression(alpha=alpha)
    w, b = np.zeros(4), 0.0
    for rows in (slice(0, 50), slice(50, 70), slice(70, 100)):
        model.partial_fit(X[rows], y[rows], classes=[0, 1])
        rate = model.learning_rate_curve_[-1]
        mean, variance = X[: rows.stop].mean(axis=0), X[: rows.stop].var(axis=0)
        residual = expit(X[rows] @ w + b) - y[rows]
        dw, db = residual @ X[rows] / len(residual), residual.mean()
        b_at_mean = b + mean @ w - rate * db
        w = w - rate * ((dw - mean * db) / variance + alpha * w)
        b = b_at_mean - mean @ w
        assert_allclose(model.coef_[0], w, rtol=1e-9)
        assert_allclose(model.intercept_, b, rtol=1e-9)


def test_rows_without_gradient_do_not_spoil_the_rate():
    """They accept any rate, and the next ones still learn."""
    model = GDLogisticRegression(fit_intercept=False)
    zeros, labels = np.zeros((4, 2)), [0, 1, 0, 1]
    for _ in range(50):
        model.partial_fit(zeros, labels, classes=[0, 1])
    assert max(model.learning_rate_curve_) <= 1
    X = np.array([[1.0, 0], [-1, 0], [2, 1], [-2, 1]])
    for _ in range(20):
        model.partial_fit(X, [1, 0, 1, 0])
    assert model.loss_ < 0.3


@both
def test_a_batch_that_diverged_leaves_no_memory_behind(model, load):
    """Nor does a solver take another's memory."""
    X, y = load("wine")
    model = clone(model).set_params(solver="momentum", learning_rate=0.05)
    model.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.warns(ConvergenceWarning, match="diverged"):
        model.set_params(learning_rate=1e300).partial_fit(1e9 * X, y)
    model.set_params(learning_rate=0.05)
    for solver in ("momentum", "adam", "nesterov", "gd", "adam"):
        model.set_params(solver=solver).partial_fit(X, y)
    assert np.isfinite(model.decision_function(X)).all()
    assert model.loss_ < model.loss_curve_[0]


def test_memory_of_another_size_is_forgotten(load):
    """An intercept less is another vector."""
    X, y = load("wine")
    model = GDLogisticRegression(0.05, solver="momentum")
    model.partial_fit(X, y, classes=[0, 1, 2])
    model.set_params(fit_intercept=False).partial_fit(X, y)
    assert_array_equal(model.intercept_, 0)


@both
@pytest.mark.parametrize("first", ["fit", "partial_fit"])
def test_a_copy_goes_on_without_the_original(model, first, load):
    """Its curves are its own, also those of a shallow copy."""
    X, y = load("wine")
    original = clone(model).set_params(learning_rate=0.1, max_iter=3, tol=0)
    original.fit(X, y)
    if first == "partial_fit":
        original.partial_fit(X, y)
    before = copy.deepcopy(vars(original))
    expected = copy.deepcopy(original).partial_fit(X, y)
    copied = copy.copy(original).partial_fit(X, y)
    assert copied.loss_curve_ == expected.loss_curve_
    for name in ("loss_curve_", "learning_rate_curve_", "gradient_norm_curve_"):
        assert getattr(original, name) == before[name]
    assert original.n_iter_ == before["n_iter_"]
    assert_array_equal(copied.predict_proba(X), expected.predict_proba(X))


@both
def test_a_warning_points_to_the_line_that_called(model, load):
    """Not to a line of the package, or of scikit-learn."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=1e30, max_iter=3)
    for method in (model.fit, lambda *rows: model.partial_fit(*rows)):
        with pytest.warns(ConvergenceWarning, match="diverged") as seen:
            method(X * 1e3, y)
        assert [warning.filename for warning in seen] == [__file__]
