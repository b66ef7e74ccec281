"""The rate "auto" reaches the optimum, whatever the units of the features."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skshallow import GDLogisticRegression, ShallowNNClassifier


def noisy(n_classes, n_samples=300):
    """Return classes that no plane separates, so that alpha=0 has an optimum too."""
    return make_classification(
        n_samples,
        8,
        n_informative=6,
        n_redundant=0,
        n_classes=n_classes,
        flip_y=0.2,
        random_state=0,
    )


def reference(X, y, alpha, **params):
    """Return LogisticRegression at the optimum of the same J."""
    C = 1 / (alpha * len(y)) if alpha else np.inf
    model = LogisticRegression(
        C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000, **params
    )
    return model.fit(X, y)


# So says scikit-learn 1.8 of C=∞.
@pytest.mark.filterwarnings("ignore:Setting penalty=None")
@pytest.mark.parametrize("alpha", [0.0, 1e-3, 0.1])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_auto_reaches_the_optimum_of_logistic_regression(n_classes, alpha):
    """Probabilities within 1e-5 at tol=1e-7; J no higher than theirs."""
    X, y = noisy(n_classes)
    expected = reference(X, y, alpha)
    model = GDLogisticRegression(alpha=alpha, standardize=False, tol=1e-7).fit(X, y)
    assert model.stop_reason_ == "converged"
    assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=1e-5)
    theirs = log_loss(y, expected.predict_proba(X))
    theirs += alpha / 2 * (expected.coef_**2).sum()
    assert model.loss_ == pytest.approx(theirs, rel=1e-10)


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "digits"])
@pytest.mark.parametrize("raw", [False, True], ids=["standardised", "raw"])
def test_auto_reaches_the_optimum_on_real_data(name, raw, load):
    """Raw features are where LogisticRegression's users get "failed to converge".

    How far from the optimum a gradient of size tol leaves the probabilities depends on
    the smallest curvature; on these ill-conditioned data 1e-5 takes tol=1e-9.
    """
    X, y = load(name, raw)
    alpha = 1 / len(y)
    model = GDLogisticRegression(
        alpha=alpha, standardize=False, tol=1e-9, max_iter=3000
    ).fit(X, y)
    assert model.stop_reason_ == "converged"
    expected = reference(X, y, alpha)
    assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=1e-5)


def test_auto_without_intercept_reaches_the_optimum():
    """The scales are mean squares then, and nothing is centred."""
    X, y = noisy(3)
    X = X + np.arange(8)
    expected = reference(X, y, 1e-2, fit_intercept=False)
    model = GDLogisticRegression(
        alpha=1e-2, standardize=False, tol=1e-7, fit_intercept=False
    ).fit(X, y)
    assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=1e-5)
    assert_allclose(model.intercept_, 0)


def test_auto_reaches_the_optimum_with_weights_and_sparse_data():
    """Sample and class weights mean what they mean to LogisticRegression."""
    X, y = noisy(3)
    X = np.where(np.abs(X) > 1, X, 0)
    sample_weight = np.random.default_rng(0).integers(0, 4, len(y)).astype(float)
    class_weight = {0: 1.0, 1: 2.0, 2: 0.5}
    alpha = 1e-2
    total = (sample_weight * np.array([1.0, 2.0, 0.5])[y]).sum()
    expected = LogisticRegression(
        C=1 / (alpha * total),
        class_weight=class_weight,
        solver="newton-cholesky",
        tol=1e-12,
    ).fit(X, y, sample_weight)
    model = GDLogisticRegression(
        alpha=alpha, standardize=False, tol=1e-7, class_weight=class_weight
    )
    model.fit(sparse.csr_array(X), y, sample_weight)
    assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=1e-5)


def rescaled(X):
    """Return X with its columns in other units, scaled and shifted."""
    random = np.random.default_rng(1)
    scales = 10 ** random.uniform(-3, 3, X.shape[1])
    return X * scales + 10 * scales * random.normal(size=X.shape[1])


ESTIMATORS = [
    GDLogisticRegression(max_iter=200),
    ShallowNNClassifier(20, random_state=0, max_iter=200),
    ShallowNNClassifier(20, "relu", random_state=0, max_iter=200),
]


@pytest.mark.parametrize("model", ESTIMATORS, ids=str)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_auto_does_not_depend_on_the_units_of_the_features(model, n_classes):
    """Scaling and shifting columns leaves the first twenty losses as they are."""
    X, y = noisy(n_classes)
    model.set_params(tol=0, max_iter=20)
    expected = model.fit(X, y).loss_curve_
    rescaled_curve = model.fit(rescaled(X), y).loss_curve_
    assert_allclose(rescaled_curve, expected, rtol=1e-8)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_converged_predictions_do_not_depend_on_the_units_of_the_features(n_classes):
    """The optimum is the same model of the same rows."""
    X, y = noisy(n_classes)
    model = GDLogisticRegression(tol=1e-8)
    expected = model.fit(X, y).predict_proba(X)
    assert model.stop_reason_ == "converged"
    moved = rescaled(X)
    assert_allclose(model.fit(moved, y).predict_proba(moved), expected, atol=1e-6)


def test_converged_network_does_not_depend_on_the_units_of_the_features(load):
    """The network starts alike, goes alike and predicts alike."""
    X, y = load("iris", raw=True)
    model = ShallowNNClassifier(10, random_state=0, tol=1e-2)
    scales = np.array([1e3, 1e-2, 7.0, 1.0])
    expected = model.fit(X, y).predict_proba(X)
    assert model.stop_reason_ == "converged"
    moved = X * scales + 5 * scales
    assert_allclose(model.fit(moved, y).predict_proba(moved), expected, atol=1e-6)


def test_sum_of_probabilities_equals_sum_of_labels_at_the_optimum():
    """With an intercept, ∂J/∂b = 0 says so: Σ p = Σ y, for every class."""
    X, y = noisy(3)
    model = GDLogisticRegression(alpha=1e-2, tol=1e-10).fit(X, y)
    totals = model.predict_proba(X).sum(axis=0)
    assert_allclose(totals, np.bincount(y), atol=1e-10 * len(y))


def test_identity_network_of_one_unit_is_logistic_regression():
    """Logistic regression is a network of one neuron."""
    X, y = noisy(2)
    linear = GDLogisticRegression(tol=1e-8, alpha=0).fit(X, y)
    network = ShallowNNClassifier(
        1, "identity", tol=1e-8, alpha=0, max_iter=2000, random_state=0
    ).fit(X, y)
    assert network.stop_reason_ == "converged"
    assert_allclose(network.predict_proba(X), linear.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("breast_cancer", False),
        ("digits", False),
        ("wine", False),
        ("wine", True),
        ("iris", True),
    ],
)
def test_float32_finds_what_float64_finds(name, raw, load):
    """Parameters and probabilities are float32, and as close as the gradient can be."""
    X, y = load(name, raw)
    X = X.astype(np.float32)
    model = GDLogisticRegression(alpha=1e-2, tol=1e-5)
    expected = model.fit(X.astype(np.float64), y).predict_proba(X.astype(np.float64))
    P = model.fit(X, y).predict_proba(X)
    assert model.stop_reason_ == "converged"
    assert P.dtype == model.coef_.dtype == model.intercept_.dtype == np.float32
    assert_allclose(P, expected, atol=1e-3)


def test_network_in_float32_finds_what_float64_finds(load):
    """The same start, rounded, and a smooth activation."""
    X, y = load("wine", raw=True)
    model = ShallowNNClassifier(10, alpha=1e-2, tol=1e-3, random_state=0)
    expected = model.fit(X, y).predict_proba(X)
    X = X.astype(np.float32)
    P = model.fit(X, y).predict_proba(X)
    assert P.dtype == np.float32
    assert {a.dtype for a in (*model.coefs_, *model.intercepts_)} == {np.dtype("f4")}
    assert_allclose(P, expected, atol=1e-2)


@pytest.mark.parametrize(
    "activation", ["tanh", "relu", "leaky_relu", "logistic", "elu", "gelu"]
)
@pytest.mark.parametrize("name", ["moons", "digits", "breast_cancer"])
def test_network_converges_within_the_default_updates(name, activation, load):
    """No ConvergenceWarning, which would be an error here, and nothing lost by it."""
    X, y = (
        make_moons(500, noise=0.3, random_state=0)
        if name == "moons"
        else load(name, raw=True)
    )
    X, y = X[:900], y[:900]
    parts = train_test_split(X, y, stratify=y, random_state=0)
    X_train, X_test, y_train, y_test = parts
    model = ShallowNNClassifier(32, activation, random_state=0).fit(X_train, y_train)
    assert model.stop_reason_ in ("converged", "stalled")
    all_updates = clone(model).set_params(tol=0).fit(X_train, y_train)
    score = all_updates.score(X_test, y_test)
    assert model.score(X_test, y_test) >= score - 0.02  # four test rows of digits
