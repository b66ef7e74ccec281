"""Numbers at which arithmetic breaks: a finite model or a clear refusal, and soon."""

import warnings
from itertools import chain, product

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data.samples import Arguments
from skshallow.descent.learning_rates import (
    AdaptiveBarzilaiBorwein,
    Backtracking,
    BarzilaiBorwein,
    Constant,
)
from skshallow.descent.loop import Plan, minimize, run
from skshallow.descent.outcome import Stop
from skshallow.descent.solvers import GradientDescent
from skshallow.descent.stopping import Diverged, MaxIter, PrecisionReached

random = np.random.default_rng(0)
N_ROWS = 24
X = random.normal(size=(N_ROWS, 6))
Y = random.integers(0, 3, N_ROWS)

MODELS = {
    "linear": GDLogisticRegression(max_iter=20),
    "tanh": ShallowNNClassifier(4, "tanh", max_iter=20, random_state=0),
    "relu": ShallowNNClassifier(4, init="glorot", max_iter=20, random_state=0),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])
SOLVERS = ["gd", "momentum", "nesterov", "adam"]
RATES = [*((solver, "auto") for solver in SOLVERS), ("gd", 0.1)]
rates = pytest.mark.parametrize(("solver", "rate"), RATES)


def decades(dtype):
    """Return how many powers of ten there are, with room for sums."""
    return 300 if dtype == np.float64 else 36


def beside(column):
    """Return X with another column."""
    return np.column_stack([X, column])


HOSTILE = {
    "any unit": lambda t: X * 10.0 ** np.linspace(-decades(t), decades(t), 6),
    "huge": lambda t: X * 10.0 ** decades(t),
    "one huge": lambda t: beside(np.eye(1, N_ROWS, 3)[0] * 10.0 ** (decades(t) + 1)),
    "subnormal": lambda t: beside(Y * float(np.finfo(t).smallest_subnormal)),
    "subnormals": lambda t: X * float(np.finfo(t).tiny) / 8,
    "constant": lambda t: beside(np.full(N_ROWS, 1e7)),
    "all constant": lambda t: np.full((N_ROWS, 3), 0.1),
    "almost constant": lambda t: 1 + X * float(np.finfo(t).eps),
    "all zero": lambda t: np.zeros((N_ROWS, 2)),
    "one feature": lambda t: X[:, :1],
    "equal rows": lambda t: np.repeat(X[:8], 3, axis=0),
    "wide": lambda t: np.tile(X, 100),
}


def fit(model, X, y, sample_weight=None):
    """Return the fitted model, or None if it refuses, as it may, what overflows."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            return model.fit(X, y, sample_weight)
        except ValueError as error:
            if "Solver produced non-finite parameter weights" not in str(error):
                raise
            return None


def assert_finite(model, X):
    """All that is learnt, said and recorded are numbers, and J has not risen."""
    arrays = (
        [model.coef_, model.intercept_]
        if isinstance(model, GDLogisticRegression)
        else [*model.coefs_, *model.intercepts_]
    )
    with np.errstate(all="raise"):
        arrays.append(model.predict_proba(X))
        Z, log_P = model.decision_function(X), model.predict_log_proba(X)
    assert all(np.isfinite(array).all() for array in arrays)
    # A logit may be beyond the largest number, but it is not unknown.
    assert not np.isnan([*Z.flat, *log_P.flat]).any()
    if np.abs(Z).max() < np.finfo(X.dtype).max / 4:
        assert np.isfinite(log_P).all()
    curves = (model.loss_curve_, model.gradient_norm_curve_, model.learning_rate_curve_)
    assert np.isfinite([model.loss_, *chain(*curves)]).all()
    assert 1 <= model.n_iter_ <= model.max_iter
    rounding = 10 * float(np.finfo(X.dtype).eps)
    assert model.loss_ <= model.loss_curve_[0] * (1 + rounding)


@models
@dtypes
@rates
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_features_are_learnt_from_or_refused(model, dtype, solver, rate, kind):
    """Never NaN, never a floating-point error, whatever the columns hold."""
    features = HOSTILE[kind](dtype).astype(dtype)
    losses = (Y, "log_loss"), (Y % 2, "log_loss"), (Y, "squared_error")
    # In turns: each kind of columns meets each loss, and so does each rate.
    turn = [*HOSTILE].index(kind) + RATES.index((solver, rate))
    labels, loss = losses[(turn + (dtype == np.float32)) % 3]
    model = clone(model).set_params(solver=solver, learning_rate=rate, loss=loss)
    if fit(model, features, labels) is not None:
        assert_finite(model, features)


@models
@dtypes
@rates
@pytest.mark.parametrize("n_classes", [2, 4])
def test_one_sample_a_class_is_enough(model, dtype, solver, rate, n_classes):
    """With more features than samples, or one, or the classes balanced."""
    model = clone(model).set_params(solver=solver, learning_rate=rate)
    wide = np.tile(X[:n_classes], 100)
    # With a sample each, classes are balanced anyway.
    for features, class_weight in (
        (X[:n_classes], None),
        (X[:n_classes, :1], "balanced"),
        (wide, "balanced" if dtype == np.float32 else None),
    ):
        features = features.astype(dtype)
        model.set_params(class_weight=class_weight)
        fit(model, features, np.arange(n_classes))
        assert_finite(model, features)
        assert model.loss_ < model.loss_curve_[0]


@models
@dtypes
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", ["any unit", "one huge", "wide"])
def test_any_rate_ends_with_a_finite_model(model, dtype, solver, kind):
    """Momentum and Adam's memory may overflow, too."""
    features = HOSTILE[kind](dtype).astype(dtype)
    model = clone(model).set_params(solver=solver, max_iter=20)
    alphas = (1.0, 0.0) if kind == "one huge" else (0.0, 1.0)
    for rate, alpha in zip((1e-12, 1e-6, 1e6, 1e12), alphas * 2, strict=True):
        model.set_params(learning_rate=rate, alpha=alpha)
        if fit(model, features, Y % 2) is not None:
            assert_finite(model, features)


def saturated(model, dtype, labels, exponent):
    """Return the model with logits of the order of 10^exponent, to go on with."""
    features = X.astype(dtype)
    model = clone(model).set_params(learning_rate=1e-300, alpha=0, tol=0)
    model.fit(features, labels).set_params(warm_start=True)
    if isinstance(model, GDLogisticRegression):
        model.coef_ = np.full_like(model.coef_, 10.0**exponent)
        model.coef_[::2] *= -1
    else:
        model.coefs_[1] = np.full_like(model.coefs_[1], 10.0**exponent)
        model.coefs_[1][:, ::2] *= -1
    return model


@models
@dtypes
@rates
def test_saturated_logits_are_learnt_from(model, dtype, solver, rate):
    """From where every σ(z) is 0 or 1, the right ones and the wrong ones."""
    features = X.astype(dtype)
    for labels, part in product((Y, Y % 2), (0.1, 0.4, 1.0)):
        resumed = saturated(model, dtype, labels, part * decades(dtype))
        resumed.set_params(solver=solver, learning_rate=rate)
        before = np.abs(resumed.decision_function(features)).max()
        assert np.log10(before) > part * decades(dtype) - 2
        if fit(resumed, features, labels) is not None:
            logits = resumed.decision_function(features)
            overflowed = np.isinf(logits.reshape(N_ROWS, -1)).any(axis=1)
            log_p = resumed.predict_log_proba(features)
            assert not np.isnan(log_p).any()
            assert np.isfinite(log_p[~overflowed]).all()
            assert np.isfinite([*resumed.loss_curve_, resumed.loss_]).all()
            assert np.isfinite(resumed.gradient_norm_curve_).all()


@models
@dtypes
@rates
def test_weights_from_the_smallest_to_the_largest(model, dtype, solver, rate):
    """Only their proportions count, and of those only what a number can hold."""
    features = X.astype(dtype)
    weights = 10.0 ** np.linspace(-320, 308, N_ROWS)
    model = clone(model).set_params(solver=solver, learning_rate=rate)
    for class_weight in (None, "balanced"):
        fit(model.set_params(class_weight=class_weight), features, Y % 2, weights)
        assert_finite(model, features)


def test_squares_that_underflow_leave_scales_where_they_leave_no_correlations():
    """Covariances of a few digits at most need not be those of any columns."""
    features = X * 10.0 ** np.linspace(-170, -140, 6)
    model = fit(clone(MODELS["linear"]), features, Y % 2)
    assert_finite(model, features)
    assert model.loss_ < model.loss_curve_[0]


class Counted:
    """An observer of how many evaluations of J each update takes."""

    asks_to_stop = False

    def __init__(self, answers):
        self.counts = []
        self.n_evaluations = 0
        self.answer, answers.cost = answers.cost, self.cost

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        self.n_evaluations += 1
        return self.answer(theta)

    def before(self, progress):
        """Begin to count, after the evaluation at the start."""
        self.n_evaluations = 0

    def after(self, progress):
        """Note the number of evaluations."""
        self.counts.append(self.n_evaluations)

    def end(self, outcome):
        """Note nothing."""


@models
@dtypes
@pytest.mark.parametrize("kind", HOSTILE)
def test_an_update_evaluates_J_a_hundred_times_at_most(model, dtype, kind):
    """The line search of "auto" gives up; at a constant rate there is none."""
    features = HOSTILE[kind](dtype).astype(dtype)
    for rate, most in (("auto", 100), (0.1, 1)):
        model = clone(model).set_params(learning_rate=rate, tol=0)
        observers = []

        def make(problem, observers=observers):
            observers.append(Counted(problem))
            return observers[0]

        with np.errstate(all="raise"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            try:
                data = Arguments(features, Y % 2), Arguments(None, None)
                model._fit(*data, [make])
            except ValueError as error:
                assert "non-finite parameter weights" in str(error)  # noqa: PT017
            else:
                counts = observers[0].counts
                assert len(counts) == model.n_iter_
                assert max(counts) <= most


PRECISION = float(np.finfo(np.float64).eps)


def descend(
    J, learning_rate, rules, *, precision=PRECISION, observers=(), started_afresh=True
):
    """Descend from ones."""
    plan = Plan(
        GradientDescent(),
        learning_rate,
        rules,
        precision,
        started_afresh=started_afresh,
    )
    return run(minimize(np.ones(3), plan, observers), J)


class Uphill:
    """∇J is large and has the wrong sign: no step lowers J."""

    def cost(self, theta):
        """Return J(θ) and −∇J(θ)."""
        return 1 + 5e29 * float(theta @ theta), -1e30 * theta


class Island(Uphill):
    """J is NaN everywhere but where descent starts."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        return (1.0 if (theta == 1).all() else np.nan), np.full_like(theta, 1e30)


class Steep(Uphill):
    """∇J is as large as can be, and J does not follow it but rises at once."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        return 1.0 + float((theta != 1).any()), np.full_like(theta, 1e308)


class Noise(Uphill):
    """J and ∇J are drawn."""

    def __init__(self):
        self.random = np.random.default_rng(0)

    def cost(self, theta):
        """Return two numbers without meaning."""
        return self.random.uniform(1, 2), self.random.normal(size=theta.shape)


@pytest.mark.parametrize("J", [Uphill, Island, Steep, Noise])
@pytest.mark.parametrize(
    "make_rate",
    [
        lambda: BarzilaiBorwein(PRECISION),
        lambda: BarzilaiBorwein(PRECISION, smooth=False),
        lambda: AdaptiveBarzilaiBorwein(PRECISION),
        lambda: Backtracking(PRECISION, 0.5),
    ],
    ids=["turns", "kinks", "adaptive", "stream"],
)
def test_line_search_gives_up_where_J_cannot_be_lowered(J, make_rate):
    """It stays where it is, and ten times of that are enough."""
    J = J()
    counted = Counted(J)
    last = MaxIter(40, Stop.MAX_ITER_NON_MONOTONE)
    rules = [Diverged(), PrecisionReached(PRECISION), last]
    with np.errstate(all="ignore"):
        outcome = descend(J, make_rate(), rules, observers=[counted])
    assert max(counted.counts) <= 100
    progress = outcome.progress
    assert outcome.kept.loss <= progress.start.loss
    assert np.isfinite([u.learning_rate for u in progress.updates]).all()
    if not isinstance(J, Noise):
        assert (outcome.stop.reason, progress.n_updates) == ("converged", 10)
        assert_array_equal(outcome.kept.theta, 1)


class Explosive(Uphill):
    """J is almost the largest number, and any step makes it infinite."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        return (1e306 if (theta == 1).all() else np.inf), theta


class Brink(Uphill):
    """J falls, but ∇J is more than a number can hold."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        start = (theta == 1).all()
        return (1.0 if start else 0.5), theta if start else theta * np.nan


@pytest.mark.parametrize("J", [Explosive, Brink])
def test_what_is_not_finite_ends_descent_at_once(J):
    """Neither a loss nor a gradient is kept or recorded that is no number."""
    rules = [Diverged(), MaxIter(9)]
    outcome = descend(J(), Constant(0.5), rules, started_afresh=False)
    assert (outcome.stop.reason, outcome.progress.n_updates) == ("diverged", 1)
    assert outcome.kept is outcome.progress.start


class Huge(Uphill):
    """J of a model in float32, but J itself is float64 and beyond float32."""

    def cost(self, theta):
        """Return J(θ) = 10⁶⁰ ‖θ‖²/2 and ∇J(θ)."""
        return 5e59 * float(theta @ theta), 1e60 * theta


def test_losses_beyond_the_range_of_float32_are_compared_all_the_same():
    """A rise is seen, by the line search and at the end; a fall is not missed."""
    precision = float(np.finfo(np.float32).eps)

    def found(learning_rate, *rules):
        rules = [*rules, MaxIter(20)]
        return descend(Huge(), learning_rate, rules, precision=precision)

    # The first rate goes too far: θ → −2θ.
    rate = BarzilaiBorwein(precision, first_rate=3e-60)
    searched = found(rate, MaxIter(1))
    assert searched.progress.updates[0].learning_rate == 1.5e-60
    assert searched.kept.loss == 0.25 * searched.progress.start.loss
    risen = found(Constant(3e-60), MaxIter(2))
    assert risen.stop.reason == "diverged"
    assert_array_equal(risen.kept.theta, 1)
    fallen = found(Constant(1e-61), PrecisionReached(precision))
    assert (fallen.stop.reason, fallen.progress.n_updates) == ("max_iter", 20)
