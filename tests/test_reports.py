"""Where users of such software ended in the wrong place, and were told "converged"."""

import warnings
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_circles
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, recall_score
from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV
from sklearn.model_selection import (
    TimeSeriesSplit,
    cross_val_score,
    train_test_split,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.utils import gen_batches, shuffle

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.model_selection import GridSearchCV, fit_together

BOTH = [GDLogisticRegression(), ShallowNNClassifier(8, random_state=0)]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
LEARNT = ("converged", "stalled", "max_iter")


def logistic_rows(n, seed):
    """Return rows whose labels follow a logistic model."""
    random = np.random.RandomState(seed)
    X = random.randn(n, 5)
    z = X @ [2, -1, 0.5, 0, 1] + random.logistic(size=n)
    return X, z > 0


@both
@pytest.mark.parametrize("n", [200, 2000])
@pytest.mark.parametrize("cell", [9999, -99999, 1e6, -1e8])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array, np.float32])
def test_a_wild_cell_costs_nothing(model, n, cell, storage):
    """As accurate as LogisticRegression on the same rows, all units as they are."""
    X, y = logistic_rows(n, seed=n)
    X[n // 3, 0] = cell
    peer = LogisticRegression(solver="newton-cholesky", max_iter=1000)
    expected = peer.fit(X, y).score(X, y)
    model = clone(model).fit(storage(X), y)
    assert model.stop_reason_ in LEARNT
    assert model.score(storage(X), y) > expected - 0.02


@both
@pytest.mark.parametrize("size", [1e4, 1e6])
def test_a_wild_cell_in_every_column_of_real_data(model, size, load):
    """One value a column is 10⁴ or 10⁶ times what it was."""
    X, y = load("breast_cancer", raw=True)
    parts = train_test_split(X, y, stratify=y, random_state=0)
    X_train, X_test, y_train, y_test = parts
    expected = clone(model).fit(X_train, y_train).score(X_test, y_test)
    rows = np.random.default_rng(0).permutation(len(X_train))[: X.shape[1]]
    X_train[rows, np.arange(X.shape[1])] *= size
    assert clone(model).fit(X_train, y_train).score(X_test, y_test) > expected - 0.1


@both
@pytest.mark.parametrize("n_rows", [1, 5, 20])
@pytest.mark.parametrize("when", [0, 100])
def test_a_stream_forgets_a_wild_row(model, n_rows, when, load):
    """At its beginning, or when much has been seen; within 300 others."""
    X, y = shuffle(*load("breast_cancer"), random_state=0)
    model = clone(model)
    for rows in gen_batches(when or n_rows, n_rows):
        wild = X[rows] * (1e6 if when == 0 else 1)
        model.partial_fit(wild, y[rows], classes=[0, 1])
    wild = X[:1].copy()
    wild[0, 0] = 1e6
    model.partial_fit(wild, y[:1])
    for rows in gen_batches(300, n_rows):
        model.partial_fit(X[rows], y[rows])
    assert model.score(X, y) >= 0.95


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_rare_categories_are_not_learnt_by_heart(seed, storage):
    """Four numbers say what y is; 200 categories of Zipf's frequencies do not."""
    random = np.random.RandomState(seed)
    numbers = random.randn(2000, 4)
    p = 1 / np.arange(1, 201)
    one_hot = np.eye(200)[random.choice(200, 2000, p=p / p.sum())]
    y = np.sin(2 * numbers[:, 0]) + numbers[:, 1] * numbers[:, 2] > 0
    X = storage(np.hstack([numbers, one_hot]))
    model = ShallowNNClassifier(random_state=seed).fit(X[:1000], y[:1000])
    assert model.score(X[1000:], y[1000:]) >= 0.88
    assert log_loss(y[1000:], model.predict_proba(X[1000:])) <= 0.3


CIRCLES = make_circles(400, noise=0.1, factor=0.5, random_state=0)
XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([0, 1, 1, 0])


@pytest.mark.filterwarnings("ignore:Gradient descent did not converge")
@pytest.mark.filterwarnings("ignore:The classes can be separated")
@pytest.mark.parametrize(
    ("data", "options"),
    [
        (CIRCLES, {"hidden_layer_size": 4, "learning_rate": 1.2}),
        (CIRCLES, {"hidden_layer_size": 4}),
        (CIRCLES, {"hidden_layer_size": 4, "activation": "logistic"}),
        (CIRCLES, {"hidden_layer_size": 4, "activation": "tanh"}),
        (CIRCLES, {"hidden_layer_size": 4, "solver": "adam"}),
        (CIRCLES, {"hidden_layer_size": 100}),
        (XOR, {"hidden_layer_size": 4}),
        (XOR, {"hidden_layer_size": 100}),
    ],
    ids=str,
)
def test_descent_leaves_the_saddle_at_the_start(data, options):
    """There, with tiny weights, the gradient is as small as at a minimum."""
    model = ShallowNNClassifier(**options, alpha=0, init="normal", random_state=0)
    model.fit(*data)
    assert model.loss_ < 0.1


@pytest.mark.parametrize("rate", ["auto", "spectral", 0.1])
def test_a_saddle_that_is_not_left_is_not_called_converged(rate):
    """XOR with one unit, and weights that are all zero: ConvergenceWarning."""
    with pytest.warns(ConvergenceWarning, match="Nothing was learnt|did not converge"):
        model = ShallowNNClassifier(1, init="zeros", learning_rate=rate).fit(*XOR)
    assert model.stop_reason_ in ("stalled", "max_iter")


def rare_centre(seed):
    """Return points of which the 1.2 % nearest the origin are a class."""
    X = np.random.RandomState(seed).randn(5000, 2)
    distance = (X**2).sum(axis=1)
    return X, distance <= np.quantile(distance, 0.012)


def chequered(seed):
    """Return the points of a board of 4 × 4 fields."""
    X = np.random.RandomState(seed).uniform(size=(3000, 2))
    return X, np.floor(4 * X).sum(axis=1) % 2


def spirals(seed):
    """Return two spirals of two turns."""
    random = np.random.RandomState(seed)
    t = 4 * np.pi * np.sqrt(random.uniform(size=500))
    one = np.c_[t * np.cos(t), t * np.sin(t)] / (4 * np.pi)
    X = np.vstack([one, -one]) + 0.02 * random.randn(1000, 2)
    return X, np.repeat([0, 1], 500)


@pytest.mark.filterwarnings("ignore:Gradient descent did not converge")
@pytest.mark.parametrize("seed", range(4))
def test_what_takes_long_is_learnt(seed):
    """A rare class, a board and two spirals, from every start."""
    model = ShallowNNClassifier(random_state=seed)
    X, y = rare_centre(seed)
    assert recall_score(y, model.set_params(alpha=1e-5).fit(X, y).predict(X)) >= 0.9
    model.set_params(alpha=1e-4)
    X, y = chequered(seed)
    assert model.fit(X, y).score(X, y) >= 0.9
    X, y = spirals(seed)
    assert model.fit(X, y).score(X, y) >= 0.95
    assert model.stop_reason_ in ("stalled", "max_iter")


@both
def test_validation_rows_of_another_kind_are_noticed(model, load):
    """Early stopping that never improves on its start says so, and what to look at."""
    scaled, y = load("breast_cancer")
    order = np.random.default_rng(0).permutation(len(y))
    fit, validate = order[:400], order[400:]
    model = clone(model).set_params(early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="in the same units"):
        model.fit(scaled[fit], y[fit], X_val=scaled[validate], y_val=1 - y[validate])
    assert model.stop_reason_ == "early_stopping"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(scaled[fit], y[fit], X_val=scaled[validate], y_val=y[validate])


@pytest.mark.parametrize("shape", [(60, 300), (209, 12288)])
def test_classes_that_can_be_separated_are_noticed(shape):
    """At alpha=0 the weights stop at tol alone; a penalty is the way out."""
    random = np.random.RandomState(0)
    X, y = random.rand(*shape), random.randint(0, 2, shape[0])
    with pytest.warns(ConvergenceWarning, match="alpha=0 the loss has no minimum"):
        GDLogisticRegression(alpha=0).fit(X, y)
    GDLogisticRegression().fit(X, y)


@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.5}, {"l1_ratio": 1.0}], ids=str)
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_two_starts_end_at_the_same_coefficients(options, name, load):
    """To what arithmetic allows, where J is well conditioned."""
    X, y = load(name)
    model = GDLogisticRegression(alpha=0.1, tol=1e-14, max_iter=10_000, **options)
    one = clone(model).fit(X, y)
    other = clone(model).set_params(warm_start=True)
    random = np.random.default_rng(0)
    other.fit(X, y)
    other.coef_ = random.normal(size=other.coef_.shape)
    other.coef_ -= other.coef_.mean(axis=0) if len(other.classes_) > 2 else 0
    other.fit(X, y)
    for fitted in (one, other):
        assert fitted.stop_reason_ == "converged"
    # The rate of L1, a number, converges more slowly where J no longer tells.
    tolerance = (1e-10 if options else 1e-11) * np.abs(one.coef_).max()
    assert_allclose(other.coef_, one.coef_, rtol=0, atol=tolerance)


IRIS_WEIGHTS = {0: 1, 1: 2, 2: 5}


@both
@pytest.mark.parametrize(
    "meta",
    [
        OneVsRestClassifier,
        lambda model: BaggingClassifier(model, 9, max_samples=12, random_state=0),
        OneVsOneClassifier,
    ],
    ids=["one versus rest", "bagging", "one versus one"],
)
def test_weights_of_classes_that_some_rows_lack(model, meta, load):
    """Parts of the rows have some of the classes, and the weights of these."""
    X, y = load("iris")
    model = clone(model).set_params(class_weight=IRIS_WEIGHTS)
    assert meta(model).fit(X, y).score(X, y) > 0.75


@both
@pytest.mark.parametrize("storage", ["array", "chunks"])
def test_weights_of_classes_that_y_lacks_are_ignored(model, storage, load):
    """If all others have theirs; else a name may be misspelt."""
    X, y = load("iris")
    given = X[y < 2], y[y < 2]
    if storage == "chunks":
        dask_array = pytest.importorskip("dask.array")
        given = [
            dask_array.from_array(each, chunks=(20, -1)[: each.ndim]) for each in given
        ]
    model = clone(model).set_params(max_iter=20, tol=0)
    found = clone(model).set_params(class_weight=IRIS_WEIGHTS).fit(*given)
    expected = clone(model).set_params(class_weight={0: 1, 1: 2}).fit(*given)
    assert found.loss_curve_ == expected.loss_curve_
    with pytest.raises(ValueError, match=r"lacks: \[2\].*not in class_weight: \[1\]"):
        clone(model).set_params(class_weight={0: 1, 2: 5}).fit(*given)


@both
def test_weights_of_classes_that_a_split_or_a_stream_lacks(model, load):
    """No score is NaN; and a stream may never see a class that it has named."""
    X, y = load("iris")
    model = clone(model).set_params(class_weight=IRIS_WEIGHTS)
    splits = TimeSeriesSplit(2)
    assert np.isfinite(cross_val_score(model, X[20:], y[20:], cv=splits)).all()
    X, y = X[y < 2], y[y < 2]
    for _ in range(20):
        model.partial_fit(X, y, classes=[0, 1])
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize(
    ("options", "n_kept"),
    [
        ({"l1_ratio": 1.0}, "weights that are not zero"),
        ({"l1_ratio": 1}, "weights that are not zero"),
        ({"l1_ratio": 0.5}, "weights above their mean"),
        ({}, "weights above their mean"),
    ],
    ids=str,
)
def test_features_are_selected_by_their_weights(options, n_kept, load):
    """As with LogisticRegression: under L1 all that have any."""
    X, y = load("breast_cancer")
    selector = SelectFromModel(GDLogisticRegression(alpha=0.02, **options)).fit(X, y)
    size = np.abs(selector.estimator_.coef_[0])
    least = 1e-5 if n_kept == "weights that are not zero" else size.mean()
    assert selector.threshold_ == pytest.approx(least)
    assert_array_equal(selector.get_support(), size >= least)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("labels", "classes", "an indicator matrix with columns .*now classes"),
        ("classes", "labels", "classes .*now an indicator matrix with columns"),
        ("classes", "words", r"classes \[0 1\], now classes \['a' 'b'\]"),
        ("classes", "more", r"classes \[0 1\], now classes \[0 1 2\]"),
    ],
)
def test_warm_start_says_what_differs(before, now, said, load):
    """Two labels of a row and two classes have the same names."""
    X, y = load("iris")
    ys = {
        "labels": np.column_stack([y > 0, y > 1]).astype(int),
        "classes": np.minimum(y, 1),
        "words": np.array(["a", "b"])[np.minimum(y, 1)],
        "more": y,
    }
    model = ShallowNNClassifier(2, warm_start=True, max_iter=2, tol=0).fit(
        X, ys[before]
    )
    with pytest.raises(ValueError, match=f"(?s)Previously {said}"):
        model.fit(X, ys[now])


@both
@pytest.mark.parametrize(
    ("n_rows", "fraction", "said"),
    [
        (19, 0.1, "should be greater or equal to the number of classes"),
        (150, 0.01, "should be greater or equal to the number of classes"),
        (4, 0.5, "least populated class"),
        (3, 0.5, "least populated class"),
    ],
)
def test_too_few_rows_to_hold_some_out(model, n_rows, fraction, said, load):
    """The message names the parameters, and what to do."""
    X, y = load("iris")
    rows = np.linspace(0, 149, n_rows).astype(int)
    model = clone(model).set_params(early_stopping=True, validation_fraction=fraction)
    message = f"validation_fraction={fraction} of {n_rows} samples.*{said}.*pass X_val"
    with pytest.raises(ValueError, match=message):
        model.fit(X[rows], y[rows])


@both
@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
@pytest.mark.parametrize("weightless", ["holds out", "leaves to train on"])
def test_rows_held_out_or_left_that_weigh_nothing(model, together, weightless, load):
    """It is those that are named, and the seed that chose them."""
    X, y = load("breast_cancer")
    halves = train_test_split(
        np.arange(len(y)), test_size=0.1, stratify=y, random_state=3
    )
    weights = np.ones(len(y))
    weights[halves[weightless == "holds out"]] = 0
    model = clone(model).set_params(early_stopping=True, random_state=3)
    fit = partial(fit_together, [model]) if together else model.fit
    with pytest.raises(ValueError, match=f"early_stopping {weightless} .*random_state"):
        fit(X, y, sample_weight=weights)


@pytest.mark.parametrize("own", [True, False], ids=["ours", "scikit-learn's"])
@both
def test_warnings_of_a_search_are_short_and_name_what_was_searched(model, own, load):
    """The rate, and the strength of the penalty that "auto" stands for."""
    X, y = load("breast_cancer", raw=True)
    rates, alphas = ["auto", 0.01, 1000.0], ["auto", 0.5]
    search = (GridSearchCV if own else SklearnGridSearchCV)(
        clone(model).set_params(max_iter=2),
        {"learning_rate": rates, "alpha": alphas},
        cv=2,
        refit=False,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y)
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == 12
    for message in messages:
        assert len(message) < 250
        assert "\n" not in message
    for rate in ("learning_rate='auto'", "learning rate 0.01", "learning rate 1e+03"):
        assert sum(rate in message.split("Every")[0] for message in messages) >= 4
    assert sum("alpha=0.5" in message for message in messages) == 6
    auto = GDLogisticRegression(max_iter=1, tol=0).fit(X[:284], y[:284]).alpha_
    auto *= 3 if isinstance(model, ShallowNNClassifier) else 1
    assert any(f"alpha={auto:.3g}" in message for message in messages)
