"""The L1 part of the penalty: the optimum of other solvers, with the same zeros."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.utils.fixes import parse_version

from skshallow import GDLogisticRegression, ShallowNNClassifier

# From 1.8 on l1_ratio alone says which penalty is meant.
PENALTY = (
    {}
    if parse_version(sklearn.__version__) >= parse_version("1.8")
    else {"penalty": "elasticnet"}
)


def reference(X, y, alpha, l1_ratio):
    """Return LogisticRegression(saga) at the optimum of the same J."""
    model = LogisticRegression(
        **PENALTY,
        C=1 / (alpha * len(y)),
        l1_ratio=l1_ratio,
        solver="saga",
        tol=1e-11,
        max_iter=100_000,
        random_state=0,
    )
    return model.fit(X, y)


@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_coefficients_and_zeros_equal_those_of_saga(name, l1_ratio, load):
    """At a constant rate and under "auto", binary and multinomial."""
    X, y = load(name)
    expected = reference(X, y, 0.02, l1_ratio)
    for rate in ("auto", 0.5):
        model = GDLogisticRegression(
            rate,
            alpha=0.02,
            l1_ratio=l1_ratio,
            standardize=False,
            tol=1e-9,
            max_iter=20_000,
        ).fit(X, y)
        assert model.stop_reason_ == "converged"
        assert_allclose(model.coef_, expected.coef_, atol=1e-5)
        # The intercepts of a softmax are free up to a common shift.
        assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=1e-5)
        assert 0 < (model.coef_ == 0).mean() < 1
        assert_array_equal(model.coef_ == 0, np.abs(expected.coef_) < 1e-10)


@pytest.mark.parametrize("model", [GDLogisticRegression(), ShallowNNClassifier(8)])
@pytest.mark.parametrize("rate", ["auto", 0.1])
def test_reported_loss_has_the_whole_penalty(model, rate, load):
    """J, L1 included, is what loss_ and loss_curve_ are."""
    X, y = load("wine")
    alpha, l1_ratio = 0.03, 0.7
    model.set_params(
        learning_rate=rate,
        alpha=alpha,
        l1_ratio=l1_ratio,
        standardize=False,
        tol=0,
        max_iter=30,
    )
    if isinstance(model, ShallowNNClassifier):
        weights = np.concatenate([W.ravel() for W in model.fit(X, y).coefs_])
    else:
        weights = model.fit(X, y).coef_.ravel()
    J = log_loss(y, model.predict_proba(X)) + alpha * (
        l1_ratio * np.abs(weights).sum() + (1 - l1_ratio) / 2 * (weights**2).sum()
    )
    assert model.loss_ == pytest.approx(J, rel=1e-10)


def test_optimality_of_zeros_is_what_tol_is_compared_with(load):
    """At the optimum |∂J/∂w| ≤ alpha · l1_ratio where w = 0, equal to it elsewhere."""
    X, y = load("breast_cancer")
    l1 = 0.05
    model = GDLogisticRegression(
        alpha=l1, l1_ratio=1.0, standardize=False, tol=1e-10
    ).fit(X, y)
    gradient = X.T @ (model.predict_proba(X)[:, 1] - y) / len(y)
    w = model.coef_[0]
    assert np.abs(gradient[w == 0]).max() <= l1
    assert_allclose(gradient[w != 0], -l1 * np.sign(w[w != 0]), atol=1e-8)


def test_a_large_penalty_leaves_the_prior_alone(load):
    """All weights zero, and the intercept says how frequent the classes are."""
    X, y = load("breast_cancer")
    model = GDLogisticRegression(alpha=10.0, l1_ratio=1.0, tol=1e-10).fit(X, y)
    assert_array_equal(model.coef_, 0)
    assert_allclose(model.predict_proba(X)[:, 1], y.mean(), rtol=1e-8)


@pytest.mark.parametrize("solver", ["momentum", "nesterov", "adam"])
def test_other_solvers_refuse_l1(solver, load):
    """Naming both parameters and the remedy."""
    model = GDLogisticRegression(solver=solver, alpha=0.1, l1_ratio=0.5)
    with pytest.raises(ValueError, match=r"l1_ratio=0.5 needs solver='gd'.*Use") as e:
        model.fit(*load("wine"))
    assert f"solver='{solver}'" in str(e.value)
