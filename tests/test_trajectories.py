"""The path of batch descent against three oracles, update by update, at 1e-10.

scikit-learn's MLPClassifier, torch's autograd, and loops in plain Python after the
pseudo-code of the course.
"""

import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data.scales import column_scales, usable
from skshallow.objective.activations import ACTIVATIONS
from tests.problems import in_blocks

TOLERANCE = {"rtol": 1e-10, "atol": 1e-12}
N_UPDATES = 50
# The J of the blackboard.
UNPENALIZED = {"alpha": 0, "standardize": False}
standardize = pytest.mark.parametrize("standardize", [False, True])


@pytest.fixture(params=["breast_cancer", "digits"])
def data(request, load):
    """Two classes and ten."""
    X, y = load(request.param)
    return X[:400], y[:400]


def continued(model, coefs, intercepts, X, y, **fit_params):
    """Fit ``model`` from the weights given, by way of its public attributes."""
    model = clone(model).set_params(max_iter=1, tol=0).fit(X, y)
    model.coefs_ = [W.copy() for W in coefs]
    model.intercepts_ = [b.copy() for b in intercepts]
    model.set_params(max_iter=N_UPDATES, warm_start=True)
    return model.fit(X, y, **fit_params)


def mlp_trajectory(X, y, activation, rate, sample_weight=None, **solver):
    """Return MLPClassifier's starting weights and the estimator after its descent."""
    mlp = MLPClassifier(
        20,
        activation,
        **{"solver": "sgd", "momentum": 0, "nesterovs_momentum": False, **solver},
        batch_size=len(X),
        shuffle=False,
        alpha=0,
        warm_start=True,
        n_iter_no_change=10 * N_UPDATES,
        # So small a rate leaves the starting weights as they are.
        learning_rate_init=1e-300,
        max_iter=1,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mlp.fit(X, y)
        start = [W.copy() for W in mlp.coefs_], [b.copy() for b in mlp.intercepts_]
        mlp.set_params(learning_rate_init=rate, max_iter=N_UPDATES)
        mlp.loss_curve_.clear()
        mlp.fit(X, y, sample_weight)
    return *start, mlp


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_path_equals_that_of_mlp_classifier(data, activation, weighted):
    """The same losses and the same weights after fifty updates."""
    X, y = data
    weights = np.random.default_rng(0).uniform(size=len(X)) if weighted else None
    *start, mlp = mlp_trajectory(X, y, activation, 0.2, weights)
    model = ShallowNNClassifier(20, activation, learning_rate=0.2, **UNPENALIZED)
    model = continued(model, *start, X, y, sample_weight=weights)
    assert_allclose(model.loss_curve_, mlp.loss_curve_, **TOLERANCE)
    for ours, theirs in zip(model.coefs_, mlp.coefs_, strict=True):
        assert_allclose(ours, theirs, **TOLERANCE)
    for ours, theirs in zip(model.intercepts_, mlp.intercepts_, strict=True):
        assert_allclose(ours, theirs, **TOLERANCE)
    assert_allclose(model.predict_proba(X), mlp.predict_proba(X), **TOLERANCE)
    assert model.out_activation_ == mlp.out_activation_


MLP_SOLVERS = {
    "momentum": {"solver": "sgd", "momentum": 0.8, "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd", "momentum": 0.8, "nesterovs_momentum": True},
    "adam": {"solver": "adam"},
}


@pytest.mark.parametrize("solver", MLP_SOLVERS)
def test_solvers_take_the_path_of_mlp_classifier(data, solver):
    """Momentum, Nesterov's momentum and Adam."""
    X, y = data
    rate = 0.01 if solver == "adam" else 0.1
    *start, mlp = mlp_trajectory(X, y, "tanh", rate, **MLP_SOLVERS[solver])
    model = ShallowNNClassifier(
        20, "tanh", learning_rate=rate, solver=solver, momentum=0.8, **UNPENALIZED
    )
    model = continued(model, *start, X, y)
    assert_allclose(model.loss_curve_, mlp.loss_curve_, **TOLERANCE)
    for ours, theirs in zip(
        (*model.coefs_, *model.intercepts_),
        (*mlp.coefs_, *mlp.intercepts_),
        strict=True,
    ):
        assert_allclose(ours, theirs, **TOLERANCE)


def test_multilabel_path_equals_that_of_mlp_classifier(load):
    """One sigmoid a label, the loss summed over the labels; the same predictions."""
    X, digit = load("digits")
    X, digit = X[:300], digit[:300]
    y = np.column_stack([digit % 2, digit > 4, digit % 3 == 0]).astype(int)
    *start, mlp = mlp_trajectory(X, y, "tanh", 0.2)
    model = ShallowNNClassifier(20, "tanh", learning_rate=0.2, **UNPENALIZED)
    model = continued(model, *start, X, y)
    assert_allclose(model.loss_curve_, mlp.loss_curve_, **TOLERANCE)
    assert_allclose(model.predict_proba(X), mlp.predict_proba(X), **TOLERANCE)
    np.testing.assert_array_equal(model.predict(X), mlp.predict(X))
    assert model.score(X, y) == mlp.score(X, y)
    np.testing.assert_array_equal(model.classes_, mlp.classes_)
    assert model.out_activation_ == mlp.out_activation_


def test_logistic_regression_equals_the_loops_of_the_course(load):
    """Accumulate J, dw₁ … dwₙ and db over the samples, divide by m, update."""
    X, y = load("breast_cancer")
    X, y = X[:60, :3], y[:60]
    m, n, rate = len(X), X.shape[1], 0.3
    w, b, costs = [0.0] * n, 0.0, []
    for _ in range(N_UPDATES):
        J, dw, db = 0.0, [0.0] * n, 0.0
        for i in range(m):
            z = b
            for j in range(n):
                z += w[j] * X[i, j]
            a = 1 / (1 + math.exp(-z))
            J += -(y[i] * math.log(a) + (1 - y[i]) * math.log(1 - a))
            dz = a - y[i]
            for j in range(n):
                dw[j] += X[i, j] * dz
            db += dz
        costs.append(J / m)
        for j in range(n):
            w[j] -= rate * dw[j] / m
        b -= rate * db / m
    model = GDLogisticRegression(rate, max_iter=N_UPDATES, tol=0, **UNPENALIZED)
    model.fit(X, y)
    assert_allclose(model.loss_curve_, costs, **TOLERANCE)
    assert_allclose(model.coef_, [w], **TOLERANCE)
    assert_allclose(model.intercept_, [b], **TOLERANCE)


def test_shallow_network_equals_the_loops_of_the_course(load):
    """Four tanh units: forward and backward sample by sample, unit by unit."""
    X, y = load("breast_cancer")
    X, y = X[:40, :3], y[:40]
    m, n, h, rate = len(X), 3, 4, 0.3
    random = np.random.default_rng(0)
    start = random.normal(size=(n, h)), random.normal(size=(h, 1))
    W1, W2 = start[0].T.tolist(), start[1][:, 0].tolist()
    b1, b2, costs = [0.0] * h, 0.0, []
    for _ in range(N_UPDATES):
        J, db2, dW2, db1 = 0.0, 0.0, [0.0] * h, [0.0] * h
        dW1 = [[0.0] * n for _ in range(h)]
        for i in range(m):
            a1 = []
            for k in range(h):
                z1 = b1[k] + sum(W1[k][j] * X[i, j] for j in range(n))
                a1.append(math.tanh(z1))
            z2 = b2 + sum(W2[k] * a1[k] for k in range(h))
            a2 = 1 / (1 + math.exp(-z2))
            J += -(y[i] * math.log(a2) + (1 - y[i]) * math.log(1 - a2))
            dz2 = a2 - y[i]
            db2 += dz2
            for k in range(h):
                dW2[k] += dz2 * a1[k]
                dz1 = W2[k] * dz2 * (1 - a1[k] ** 2)
                db1[k] += dz1
                for j in range(n):
                    dW1[k][j] += dz1 * X[i, j]
        costs.append(J / m)
        b2 -= rate * db2 / m
        for k in range(h):
            W2[k] -= rate * dW2[k] / m
            b1[k] -= rate * db1[k] / m
            for j in range(n):
                W1[k][j] -= rate * dW1[k][j] / m
    model = ShallowNNClassifier(h, "tanh", learning_rate=rate, **UNPENALIZED)
    model = continued(model, start, (np.zeros(h), np.zeros(1)), X, y)
    assert_allclose(model.loss_curve_, costs, **TOLERANCE)
    assert_allclose(model.coefs_[0].T, W1, **TOLERANCE)
    assert_allclose(model.coefs_[1][:, 0], W2, **TOLERANCE)
    assert_allclose(model.intercepts_[0], b1, **TOLERANCE)
    assert_allclose(model.intercepts_[1], [b2], **TOLERANCE)


def scales_of(X):
    """Return the columns' scales, as a column."""
    w = np.full((len(X), 1), 1 / len(X))
    return usable(column_scales(in_blocks(X, w, w)), X.dtype)[:, np.newaxis]


def torch_trajectory(start, forward, X, y, rate, alpha, scale):
    """Return the losses and the weights after descent by autograd.

    The penalty is on the first weights times ``scale``, and on the others.
    """
    torch = pytest.importorskip("torch", reason="torch is not installed")
    parameters = [torch.tensor(array, requires_grad=True) for array in start]
    X, y = torch.tensor(X), torch.tensor(y)
    functional, n_classes = torch.nn.functional, len(set(y.tolist()))
    scales = [torch.tensor(scale), *[1.0] * (len(parameters) // 2 - 1)]
    costs = []
    for _ in range(N_UPDATES):
        Z = forward(torch, X, parameters)
        data_term = (
            functional.binary_cross_entropy_with_logits(Z[:, 0], y.double())
            if n_classes == 2
            else functional.cross_entropy(Z, y)
        )
        penalty = sum(
            ((s * W) ** 2).sum() for s, W in zip(scales, parameters, strict=False)
        )
        J = data_term + alpha / 2 * penalty
        costs.append(J.item())
        for parameter, gradient in zip(
            parameters, torch.autograd.grad(J, parameters), strict=True
        ):
            parameter.data -= rate * gradient
    return costs, [parameter.detach().numpy() for parameter in parameters]


@pytest.mark.parametrize(
    "activation",
    sorted(ACTIVATIONS),
)
@standardize
def test_network_equals_torch_autograd(data, standardize, activation):
    """Every activation, with a penalty."""
    X, y = data
    random, n_outputs = np.random.default_rng(0), len(set(y)) if len(set(y)) > 2 else 1
    weights = (
        random.normal(size=(X.shape[1], 10)) / 5,
        random.normal(size=(10, n_outputs)) / 3,
    )
    biases = random.normal(size=10), random.normal(size=n_outputs)

    def forward(torch, X, parameters):
        W1, W2, b1, b2 = parameters
        g = {
            "identity": lambda Z: Z,
            "logistic": torch.sigmoid,
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
            "relu": torch.relu,
            "leaky_relu": lambda Z: torch.nn.functional.leaky_relu(Z, 0.05),
            "elu": torch.nn.functional.elu,
            "softplus": torch.nn.functional.softplus,
            "gelu": torch.nn.functional.gelu,
        }[activation]
        return g(X @ W1 + b1) @ W2 + b2

    scale = scales_of(X) if standardize else 1.0
    costs, expected = torch_trajectory(
        [*weights, *biases], forward, X, y, 0.1, 1e-2, scale
    )
    model = ShallowNNClassifier(
        10,
        activation,
        learning_rate=0.1,
        negative_slope=0.05,
        alpha=1e-2,
        standardize=standardize,
    )
    model = continued(model, weights, biases, X, y)
    assert_allclose(model.loss_curve_, costs, **TOLERANCE)
    for ours, theirs in zip((*model.coefs_, *model.intercepts_), expected, strict=True):
        assert_allclose(ours, theirs, **TOLERANCE)


@standardize
def test_logistic_regression_equals_torch_autograd(data, standardize):
    """Binary and multinomial, from zeros."""
    X, y = data
    n_classes = len(set(y))
    n_outputs = n_classes if n_classes > 2 else 1
    costs, (W, b) = torch_trajectory(
        [np.zeros((X.shape[1], n_outputs)), np.zeros(n_outputs)],
        lambda torch, X, parameters: X @ parameters[0] + parameters[1],
        X,
        y,
        0.1,
        1e-2,
        scales_of(X) if standardize else 1.0,
    )
    model = GDLogisticRegression(0.1, max_iter=N_UPDATES, tol=0, alpha=1e-2)
    model.set_params(standardize=standardize).fit(X, y)
    assert_allclose(model.loss_curve_, costs, **TOLERANCE)
    assert_allclose(model.coef_, W.T, **TOLERANCE)
    assert_allclose(model.intercept_, b, **TOLERANCE)
