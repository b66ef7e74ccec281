"""What fit leaves behind, and what it says when it did not go well."""

import re
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [
    GDLogisticRegression(max_iter=50),
    ShallowNNClassifier(8, max_iter=50, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
rates = pytest.mark.parametrize("rate", [0.1, "auto", "spectral"])


@both
@rates
@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_curves_describe_every_update(model, rate, name, load):
    """One entry an update; J at the start is ln K from zeros."""
    X, y = load(name)
    model = clone(model).set_params(learning_rate=rate, tol=0).fit(X, y)
    assert model.n_iter_ == model.max_iter == len(model.loss_curve_)
    assert len(model.learning_rate_curve_) == len(model.gradient_norm_curve_) == 50
    assert all(type(loss) is float for loss in model.loss_curve_)
    if isinstance(model, GDLogisticRegression):
        assert model.loss_curve_[0] == pytest.approx(np.log(len(set(y))), rel=1e-14)
    if rate == 0.1:
        assert model.learning_rate_curve_ == [0.1] * 50


@both
@rates
@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_loss_is_log_loss_of_the_predictions(model, rate, name, load):
    """With alpha=0, loss_ = log_loss(y, predict_proba(X)), of what is held."""
    X, y = load(name)
    model = clone(model).set_params(learning_rate=rate, alpha=0, tol=0).fit(X, y)
    assert model.loss_ == pytest.approx(log_loss(y, model.predict_proba(X)), rel=1e-10)


@both
@rates
def test_one_more_update_goes_on_where_the_curve_ends(model, rate, load):
    """loss_ after k updates is loss_curve_[k] of a longer run."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=rate, tol=0)
    losses = model.set_params(max_iter=12).fit(X, y).loss_curve_
    shorter = model.set_params(max_iter=8).fit(X, y)
    assert shorter.loss_curve_ == losses[:8]
    # "spectral" may be in the middle of a rise; then the best is kept.
    expected = min(losses[:9]) if rate == "spectral" else losses[8]
    assert shorter.loss_ == expected


@both
def test_loss_falls_at_every_update_of_a_small_rate(model, load):
    """∇J points uphill."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=0.1, tol=0).fit(X, y)
    assert (np.diff([*model.loss_curve_, model.loss_]) < 0).all()


@both
def test_tol_is_compared_with_the_gradient_norm(model, load):
    """The first update after which the largest entry is at most tol is the last."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=0.5, max_iter=5000)
    model.set_params(tol=1e-2).fit(X, y)
    assert model.stop_reason_ == "converged"
    assert min(model.gradient_norm_curve_) > 1e-2
    longer = clone(model).set_params(tol=0, max_iter=model.n_iter_ + 1).fit(X, y)
    assert longer.gradient_norm_curve_[-1] <= 1e-2


@both
@rates
def test_too_few_updates_warn_and_say_what_to_do(model, rate, load):
    """ConvergenceWarning, unless tol=0 asked for just that."""
    X, y = load("digits")
    model = clone(model).set_params(learning_rate=rate, max_iter=3)
    with pytest.warns(ConvergenceWarning, match=r"within max_iter=3.*Increase") as seen:
        model.fit(X, y)
    assert [warning.filename for warning in seen] == [__file__]
    # What is in use already is no advice.
    assert ("use learning_rate='auto'" in str(seen[0].message)) == (rate == 0.1)
    assert model.stop_reason_ == "max_iter"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(tol=0).fit(X, y)
    assert model.stop_reason_ == "max_iter"


@both
@pytest.mark.parametrize("rate", [1e3, 1e12])
def test_divergence_is_reported_and_the_best_parameters_kept(model, rate, load):
    """The warning names the iteration, the rate and the way out."""
    X, y = load("wine", raw=True)
    model = clone(model).set_params(learning_rate=rate, alpha=0)
    if isinstance(model, ShallowNNClassifier):
        model.set_params(init="normal")
    with pytest.warns(
        ConvergenceWarning, match=r"diverged: after \d+ updates?"
    ) as seen:
        model.fit(X, y)
    message = str(seen[0].message)
    assert f"learning rate {rate:.3g}" in message
    assert "learning_rate='auto' cannot diverge" in message
    assert model.stop_reason_ == "diverged"
    assert model.loss_ == min([*model.loss_curve_, model.loss_])
    assert model.loss_ == pytest.approx(log_loss(y, model.predict_proba(X)), rel=1e-9)
    assert np.isfinite(model.loss_curve_).all()


@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_safe_rate_in_the_warning_is_two_over_the_largest_curvature(
    name, fit_intercept, alpha, load
):
    """It is 2 / (c λmax(X̃ᵀ W̃ X̃) + alpha), and just below it descent is safe."""
    X, y = load(name)
    random = np.random.default_rng(0)
    y = random.permutation(y)  # no plane separates it, so a large rate must fail
    weights = random.uniform(size=len(y))
    model = GDLogisticRegression(1e4, fit_intercept=fit_intercept, alpha=alpha)
    model.set_params(standardize=False)
    with pytest.warns(ConvergenceWarning, match="diverged") as seen:
        model.fit(X, y, weights)
    X1 = np.column_stack([X, np.ones(len(X))]) if fit_intercept else X
    gram = X1.T @ (weights[:, np.newaxis] / weights.sum() * X1)
    c = 0.25 if name == "breast_cancer" else 0.5
    safe = 2 / (c * np.linalg.eigvalsh(gram)[-1] + alpha)
    said = float(re.search(r"below (\S+) is safe", str(seen[0].message))[1])
    assert 0.99 * safe < said <= safe
    model.set_params(learning_rate=0.99 * safe, max_iter=200, tol=0).fit(X, y, weights)
    assert (np.diff(model.loss_curve_) <= 1e-12).all()


def test_safe_rate_is_known_for_a_single_feature_without_intercept(load):
    """One parameter: the smallest problem there is."""
    X, y = load("breast_cancer")
    model = GDLogisticRegression(1e4, fit_intercept=False, alpha=0)
    with pytest.warns(ConvergenceWarning, match="below 8 is safe"):
        model.fit(X[:, :1], y)


@both
def test_warm_start_continues_to_the_bit(model, load):
    """At a constant rate fit(20) is fit(10) and fit(10)."""
    X, y = load("digits")
    model = clone(model).set_params(learning_rate=0.3, tol=0)
    whole = clone(model).set_params(max_iter=20).fit(X, y)
    half = clone(model).set_params(max_iter=10, warm_start=True).fit(X, y)
    first_half = half.loss_curve_
    half.fit(X, y)
    assert whole.loss_curve_ == [*first_half, *half.loss_curve_]
    assert_array_equal(whole.decision_function(X), half.decision_function(X))
    assert half.n_iter_ == 10


@both
def test_warm_start_at_the_optimum_is_done_at_once(model, load):
    """In the standardised coordinates the way there and back loses nothing."""
    X, y = load("wine", raw=True)
    model = clone(model).set_params(warm_start=True, max_iter=500, alpha=1e-2, tol=1e-3)
    expected = model.fit(X, y).predict_proba(X)
    assert model.stop_reason_ == "converged"
    assert model.fit(X, y).n_iter_ == 1
    assert_allclose(model.predict_proba(X), expected, atol=1e-2)


@both
def test_warm_start_refuses_other_classes_features_and_sizes(model, load):
    """Each with both values in the message."""
    X, y = load("wine")
    model = clone(model).set_params(warm_start=True, tol=0).fit(X, y)
    with pytest.raises(ValueError, match="warm_start can only be used where"):
        model.fit(X[y < 2], y[y < 2])
    with pytest.raises(ValueError, match=r"X has 5 features, but .* is expecting 13"):
        model.fit(X[:, :5], y)
    if isinstance(model, ShallowNNClassifier):
        model.set_params(hidden_layer_size=9)
        with pytest.raises(
            ValueError, match=r"the 8 hidden units.*hidden_layer_size=9"
        ):
            model.fit(X, y)


@both
def test_refit_forgets_the_first_fit(model, load):
    """Without warm_start other classes and features are no obstacle."""
    model = clone(model).set_params(tol=0).fit(*load("digits"))
    model.fit(*load("wine"))
    assert model.predict_proba(load("wine")[0]).shape == (178, 3)


@pytest.mark.parametrize("init", ["auto", "glorot", "he", "normal"])
def test_random_state_draws_the_same_weights_each_time(init, load):
    """And another draws others."""
    X, y = load("iris", raw=True)
    model = ShallowNNClassifier(5, init=init, max_iter=1, tol=0, random_state=0)
    first, again = (clone(model).fit(X, y).coefs_[0] for _ in range(2))
    other = clone(model).set_params(random_state=1).fit(X, y).coefs_[0]
    assert_array_equal(first, again)
    assert (first != other).all()


def test_zeros_do_not_break_symmetry(load):
    """Hidden units that start alike stay alike, at whatever rate."""
    X, y = load("breast_cancer")
    model = ShallowNNClassifier(4, "logistic", init="zeros", tol=0, max_iter=50)
    for rate in (0.5, "auto"):
        W1 = model.set_params(learning_rate=rate).fit(X, y).coefs_[0]
        assert np.abs(W1).max() > 0
        assert_allclose(W1, np.repeat(W1[:, :1], 4, axis=1), rtol=1e-10)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_init_auto_neither_saturates_nor_starves_raw_features(activation, load):
    """Before the first update the hidden inputs are of the order of 1.

    Their means are zero, or with wild entries, which scales leave out, near it.
    """
    X, y = load("breast_cancer", raw=True)
    ordinary = (np.abs(X - X.mean(axis=0)) < 5 * X.std(axis=0)).all(axis=1)
    for rows, farthest in ((ordinary, 1e-10), (slice(None), 0.1)):
        model = ShallowNNClassifier(
            50, activation, learning_rate=1e-300, max_iter=1, tol=0, random_state=0
        ).fit(X[rows], y[rows])
        Z1 = X[rows] @ model.coefs_[0] + model.intercepts_[0]
        assert_allclose(Z1.mean(axis=0), 0, atol=farthest)
        assert 0.3 < Z1.std() < 3


@both
def test_verbose_prints_every_k_updates(model, load, capsys):
    """Silent by default."""
    X, y = load("wine")
    clone(model).set_params(tol=0).fit(X, y)
    assert capsys.readouterr().out == ""
    clone(model).set_params(tol=0, verbose=20).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["iteration", "20", "40"]
    assert lines[-1].startswith("max iter after 50 updates, loss ")
    model = clone(model).set_params(tol=0, verbose=20, early_stopping=True)
    model.set_params(n_iter_no_change=100).fit(X, y)
    heading, first, *_ = capsys.readouterr().out.splitlines()
    assert "validation loss" in heading
    printed = float(first.split()[2])
    assert printed == pytest.approx(model.validation_loss_curve_[20], abs=1e-8)


@both
@pytest.mark.parametrize("n_rows", [20, 5000])
def test_blocks_make_no_difference_to_a_fit(model, n_rows, monkeypatch):
    """Many small blocks or one: the same to rounding."""
    random = np.random.default_rng(0)
    X = random.normal(size=(n_rows, 6))
    y = (X[:, 0] + random.normal(size=n_rows) > 0).astype(int)
    model = clone(model).set_params(learning_rate=0.3, tol=0)
    expected = model.fit(X, y).decision_function(X)
    monkeypatch.setattr("skshallow.places.host.L2_BYTES", 1)
    monkeypatch.setattr("skshallow.places.host.MIN_ROWS", 7)
    assert_allclose(
        model.fit(X, y).decision_function(X), expected, rtol=1e-9, atol=1e-11
    )


@both
@pytest.mark.parametrize("solver", ["gd", "momentum", "nesterov", "adam"])
@pytest.mark.parametrize("rate", [0.1, "auto"])
def test_float32_stays_float32_with_every_solver(model, solver, rate, load):
    """Parameters and probabilities have the dtype of X."""
    X, y = load("wine")
    X = X.astype(np.float32)
    model = clone(model).set_params(solver=solver, learning_rate=rate, tol=0).fit(X, y)
    weights = model.coef_ if hasattr(model, "coef_") else model.coefs_[0]
    assert weights.dtype == model.predict_proba(X).dtype == np.float32
    assert model.partial_fit(X, y).predict_proba(X).dtype == np.float32


@pytest.mark.parametrize("solver", ["momentum", "nesterov", "adam"])
def test_no_safe_rate_is_promised_to_solvers_with_memory(solver, load):
    """The bound 2/L is that of plain gradient descent."""
    X, y = load("breast_cancer")
    y = np.random.default_rng(0).permutation(y)
    model = GDLogisticRegression(1e4, solver=solver, tol=0)
    with pytest.warns(ConvergenceWarning, match="Try a smaller learning_rate"):
        model.fit(X, y)
