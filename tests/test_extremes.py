"""Units, magnitudes and roundings that must not change what is learnt, or break it."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [GDLogisticRegression(), ShallowNNClassifier(4, tol=1e-2, random_state=0)]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
X, Y = make_classification(200, 4, flip_y=0.2, random_state=0)


@both
@pytest.mark.parametrize(
    ("unit", "dtype"),
    [
        *((unit, np.float64) for unit in (1e-140, 1e-20, 1e20, 1e140)),
        *((unit, np.float32) for unit in (1e-35, 1e-20, 1e15)),
    ],
)
def test_the_unit_of_the_features_does_not_matter(model, unit, dtype):
    """Neither squares of tiny features nor weights for them spoil the loss."""
    expected = clone(model).fit(X.astype(dtype), Y)
    with np.errstate(all="raise"):
        fitted = clone(model).fit((X * unit).astype(dtype), Y)
    assert fitted.stop_reason_ == "converged"
    tolerance = 1e-8 if dtype == np.float64 else 1e-3
    assert fitted.loss_ == pytest.approx(expected.loss_, rel=tolerance)


@both
# scikit-learn looks for infinities by summing X, which may make some.
@pytest.mark.filterwarnings("ignore:invalid value encountered in reduce")
@pytest.mark.parametrize("rate", ["auto", 0.1])
@pytest.mark.parametrize(
    ("features", "dtype"),
    [
        (X * 1e-310, np.float64),
        (X * 1e-42, np.float32),
        (X + 1e8, np.float64),
        (X + 1e8, np.float32),
        (X * 1e150, np.float64),
        (X / np.abs(X).max() * 3e38, np.float32),
    ],
    ids=["subnormal", "subnormal32", "far", "far32", "huge", "huge32"],
)
def test_at_the_limits_of_a_dtype_the_model_is_finite_or_refused(
    model, rate, features, dtype
):
    """Never NaN, never a crash of a hint in a warning."""
    model = clone(model).set_params(learning_rate=rate, max_iter=50, tol=0)
    features = features.astype(dtype)
    refusal = "Solver produced non-finite parameter weights"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            model.fit(features, Y)
        except ValueError as error:
            if refusal not in str(error):
                raise
            return
    assert np.isfinite([*model.loss_curve_, model.loss_]).all()
    assert np.isfinite(model.predict_proba(features)).all()
    assert model.loss_ <= model.loss_curve_[0] * (1 + 1e-5)


# There is nothing to be learnt.
@pytest.mark.filterwarnings("ignore:Nothing was learnt")
@both
def test_auto_never_diverges_where_rounding_rules(model):
    """Far from zero in float32, J is mostly rounding; it still never creeps upwards."""
    random = np.random.default_rng(0)
    for _ in range(20):
        far = (random.normal(size=(60, 3)) + 1e8).astype(np.float32)
        labels = random.integers(0, 2, 60)
        fitted = clone(model).set_params(alpha=1e-3, tol=1e-6).fit(far, labels)
        assert fitted.stop_reason_ in ("converged", "stalled")
        lowest = min([*fitted.loss_curve_, fitted.loss_])
        assert fitted.loss_ <= lowest * (1 + 10 * np.finfo(np.float32).eps)


@both
@pytest.mark.parametrize("rate", ["auto", 0.1])
def test_a_row_without_weight_may_hold_anything(model, rate):
    """Even what would overflow."""
    model = clone(model).set_params(learning_rate=rate, tol=0, max_iter=20)
    expected = clone(model).fit(X, Y).loss_curve_
    rows, labels = np.vstack([X, np.full(4, 1e300)]), np.append(Y, 0)
    weights = np.append(np.ones(len(Y)), 0)
    assert_allclose(model.fit(rows, labels, weights).loss_curve_, expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("features", "rate"),
    [
        ((X * 1e30).astype(np.float32), 10.0),
        (X * 1e160, 10.0),
        (np.column_stack([X[:, 0], -X[:, 0]]), 1e6),
    ],
    ids=["float32", "overflow", "rows that sum to zero"],
)
def test_the_hint_of_a_safe_rate_never_fails_a_fit(features, rate):
    """Where it cannot be found, the warning does without it."""
    model = GDLogisticRegression(rate, fit_intercept=False)
    with pytest.warns(ConvergenceWarning, match="diverged") as seen:
        model.fit(features, np.random.default_rng(0).permutation(Y))
    assert "below nan" not in str(seen[0].message)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
@pytest.mark.parametrize("hidden_layer_size", [5, 30])
def test_auto_does_not_jam_at_kinks(activation, hidden_layer_size):
    """A constant rate finds next to nothing that it has left."""
    X, y = make_classification(500, 20, flip_y=0.1, random_state=0)
    model = ShallowNNClassifier(
        hidden_layer_size, activation, random_state=0, tol=0, warm_start=True
    )
    found = model.set_params(max_iter=500).fit(X, y).loss_
    model.set_params(learning_rate=0.05, max_iter=300).fit(X, y)
    assert min(model.loss_curve_) > 0.97 * found


@both
@pytest.mark.parametrize("rate", [1e-12, 1e-3, 1.0, 1e3, 1e12])
@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_any_rate_ends_with_a_model_no_worse_than_its_start(model, rate, unit):
    """Finite, and in as many updates as allowed at the most."""
    model = clone(model).set_params(learning_rate=rate, max_iter=100)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X * unit, Y)
        assert np.isfinite(model.predict_proba(X * unit)).all()
    assert model.loss_ <= model.loss_curve_[0]
    assert model.n_iter_ <= 100


# Of a network, as is right.
@pytest.mark.filterwarnings("ignore:Nothing was learnt")
@both
@pytest.mark.parametrize("alpha", [1e20, 1e300, 1e308])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_absurd_penalty_is_a_finite_model_or_refused(model, alpha, dtype):
    """Rates that would be zero, gradients that would be infinite."""
    model = clone(model).set_params(alpha=alpha)
    try:
        model.fit(X.astype(dtype), Y)
    except ValueError as error:
        if "Solver produced non-finite parameter weights" not in str(error):
            raise
        return
    assert np.isfinite(model.predict_proba(X)).all()
    assert np.isfinite([*model.loss_curve_, model.loss_]).all()
