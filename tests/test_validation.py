"""Rows held out, or given: the loss on them, and what it decides."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [
    GDLogisticRegression(max_iter=2000, random_state=0),
    ShallowNNClassifier(20, max_iter=2000, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
rates = pytest.mark.parametrize("rate", [0.5, "auto"])


@pytest.fixture(scope="module")
def noisy():
    """Data that are soon overfitted."""
    random = np.random.default_rng(0)
    X = random.normal(size=(120, 20))
    y = (X[:, 0] + 2 * random.normal(size=120) > 0).astype(int)
    return X, y


@both
@rates
def test_early_stopping_keeps_the_best_parameters(model, rate, noisy):
    """best_validation_loss_ is the least, and that of the parameters held."""
    X, y = noisy
    model = clone(model).set_params(learning_rate=rate, early_stopping=True, tol=0)
    model.set_params(validation_fraction=0.3).fit(X, y)
    assert model.stop_reason_ == "early_stopping"
    assert len(model.validation_loss_curve_) == model.n_iter_
    assert model.best_validation_loss_ == min(model.validation_loss_curve_)
    best = int(np.argmin(model.validation_loss_curve_))
    assert model.n_iter_ == best + model.n_iter_no_change
    _, X_val, _, y_val = train_test_split(
        X, y, test_size=0.3, stratify=y, random_state=0
    )
    expected = log_loss(y_val, model.predict_proba(X_val))
    assert model.best_validation_loss_ == pytest.approx(expected, rel=1e-10)


@both
@rates
def test_rows_held_out_are_those_of_train_test_split(model, rate, noisy):
    """To hold rows out is to pass them."""
    X, y = noisy
    weights = np.random.default_rng(0).uniform(size=len(y))
    model = clone(model).set_params(learning_rate=rate, early_stopping=True)
    X1, X2, y1, y2, w1, w2 = train_test_split(
        X, y, weights, test_size=0.1, stratify=y, random_state=0
    )
    within = clone(model).fit(X, y, weights)
    given = clone(model).fit(X1, y1, w1, X_val=X2, y_val=y2, sample_weight_val=w2)
    assert within.validation_loss_curve_ == given.validation_loss_curve_
    assert within.loss_curve_ == given.loss_curve_
    assert_array_equal(within.predict_proba(X), given.predict_proba(X))


@both
def test_validation_rows_without_early_stopping_are_watched_only(model, noisy):
    """The fit is the same as without them; the curve has no penalty in it."""
    X, y = noisy
    model = clone(model).set_params(alpha=0.1, tol=1e-3)
    watched = clone(model).fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    alone = clone(model).fit(X[:80], y[:80])
    assert watched.loss_curve_ == alone.loss_curve_
    assert not hasattr(alone, "validation_loss_curve_")
    expected = log_loss(y[80:], watched.predict_proba(X[80:]))
    assert watched.best_validation_loss_ == pytest.approx(expected, rel=1e-10)
    assert not hasattr(watched.fit(X, y), "validation_loss_curve_")


@both
def test_validation_takes_strings_and_frames(model, noisy):
    """Labels of any kind, columns with names."""
    X, y = noisy
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(20)])
    labels = np.array(["no", "yes"])[y]
    model = clone(model).set_params(early_stopping=True, alpha=0.5)
    named = clone(model).fit(
        table[:80], labels[:80], X_val=table[80:], y_val=labels[80:]
    )
    plain = clone(model).fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    # Frames are stored column by column, so sums are rounded in another order.
    found, expected = named.validation_loss_curve_, plain.validation_loss_curve_
    assert_allclose(found, expected, rtol=1e-10)


@both
def test_validation_rows_pass_through_a_pipeline(model, noisy):
    """``transform_input`` scales X_val as X is scaled."""
    X, y = noisy
    with sklearn.config_context(enable_metadata_routing=True):
        last = clone(model).set_params(early_stopping=True, alpha=0.5)
        last.set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline(
            [("scale", StandardScaler()), ("model", last)], transform_input=["X_val"]
        )
        pipeline.fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    scaler = StandardScaler().fit(X[:80])
    expected = (
        clone(model)
        .set_params(early_stopping=True, alpha=0.5)
        .fit(
            scaler.transform(X[:80]),
            y[:80],
            X_val=scaler.transform(X[80:]),
            y_val=y[80:],
        )
    )
    found = pipeline[-1].validation_loss_curve_
    assert_allclose(found, expected.validation_loss_curve_, rtol=1e-10)


@both
def test_validation_that_cannot_be_is_refused(model, noisy):
    """Unseen classes, half of a pair, other columns, too few members."""
    X, y = noisy
    model = clone(model)
    with pytest.raises(ValueError, match=r"`y_val` has classes not in.*\[7\]"):
        model.fit(X, y, X_val=X[:5], y_val=[0, 1, 0, 1, 7])
    with pytest.raises(ValueError, match="y_val is missing"):
        model.fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="X_val is missing"):
        model.fit(X, y, sample_weight_val=np.ones(len(y)))
    with pytest.raises(ValueError, match="X has 3 features, but"):
        model.fit(X, y, X_val=X[:, :3], y_val=y)
    lonely = y.copy()
    lonely[0] = 2
    with pytest.raises(ValueError, match="least populated class"):
        model.set_params(early_stopping=True).fit(X, lonely)


def test_multilabel_early_stopping_divides_at_random(load):
    """There are no classes to keep in proportion."""
    X, digit = load("digits")
    y = np.column_stack([digit % 2, digit > 4]).astype(int)
    model = ShallowNNClassifier(10, early_stopping=True, random_state=0).fit(X, y)
    assert len(model.validation_loss_curve_) == model.n_iter_
    assert model.score(X, y) > 0.8


@both
def test_early_stopping_keeps_nothing_worse_than_the_start(model):
    """What validates well by chance is not kept where J has risen."""
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 3))
    X[:3] *= 300  # outliers, on which a large rate goes astray
    y = (X[:, 0] > 0).astype(int)
    y[:3] = 1 - y[:3]
    model = clone(model).set_params(
        learning_rate=1.0, early_stopping=True, tol=0, max_iter=50, alpha=0.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y, X_val=X[3:], y_val=y[3:])
    assert model.loss_ <= model.loss_curve_[0]


def test_parameters_that_are_not_finite_are_never_kept():
    """Even if they give a loss of zero."""
    X = np.array([[1.0], [-1.0], [2.0], [-2.0]]) * 1e140
    y = np.array([1, 0, 1, 0])
    model = GDLogisticRegression(1e300, early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        model.fit(X, y, X_val=X * 1e-300, y_val=y)
    assert np.isfinite(model.coef_).all()
