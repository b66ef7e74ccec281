"""The curvature of a linear model's J, and what is to be had without X."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.stats import entropy

from skshallow.data.scales import column_scales
from skshallow.data.targets import make_target
from skshallow.objective.coordinates import conditioned, scaled
from skshallow.objective.curvature import LinearCurvature, curvature_at
from skshallow.objective.losses import LOSSES, cost_of_shares
from skshallow.objective.models import LinearModel
from tests.problems import N_CLASSES, N_FEATURES, Problem


def made(n_classes, storage=np.asarray, *, loss="log_loss", fit_intercept=True):
    """Return a problem, its objective, and coordinates for it."""
    problem = Problem(n_classes, loss=loss)
    problem.X = problem.X * [1, 20, 1, 0.1, 1] + [0, 5, 0, 0, -2]
    n_outputs = problem.model.n_outputs
    problem.model = LinearModel(N_FEATURES, n_outputs, fit_intercept=fit_intercept)
    problem.theta = problem.theta[: problem.model.layout.size]
    objective = problem.objective(storage, rows_per_block=7)
    layout, scales = objective.model.layout, column_scales(objective.blocks)
    coordinates = (
        scaled(layout, scales, np.float64)
        if storage is sparse.csr_array
        else conditioned(
            layout,
            scales,
            np.float64,
            curvature=0.25,
            penalty=objective.penalty.of_columns(layout),
        )
    )
    return problem, objective, coordinates


def hessian(objective, coordinates, theta):
    """Return ∂²J/∂θ′² by central differences of ∇J."""

    def gradient(theta):
        inputs = coordinates.to_inputs(theta)
        return coordinates.chain_rule(objective.value_and_gradient(inputs)[1])

    h = 1e-5
    rows = [
        (gradient(theta + h * e) - gradient(theta - h * e)) / (2 * h)
        for e in np.eye(len(theta))
    ]
    return np.array(rows)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_of_two_classes_it_is_the_hessian(fit_intercept):
    """But for the ridge; and the residual is ∇J where that is a multiple of 1."""
    problem, objective, coordinates = made(2, fit_intercept=fit_intercept)
    inputs = 0.1 * problem.theta
    curvature = curvature_at(objective, inputs, coordinates)
    H = hessian(objective, coordinates, coordinates.from_inputs(inputs))
    assert curvature.exact
    solved = np.array([curvature.solve(row) for row in H])
    assert_allclose(solved, np.eye(len(H)), atol=100 * LinearCurvature.ridge)
    gradient = np.random.default_rng(0).normal(size=len(H))
    residual = curvature.residual(gradient)
    total = (
        H[-1, -1]
        if fit_intercept
        else (residual @ residual) / (gradient @ np.linalg.solve(H, gradient))
    )
    expected = total * (gradient @ np.linalg.solve(H, gradient))
    assert residual @ residual == pytest.approx(expected, rel=1e-4)


def test_of_sparse_rows_it_is_the_diagonal():
    """In coordinates centred for the weights of the curvature."""
    problem, objective, coordinates = made(2, sparse.csr_array)
    inputs = 0.1 * problem.theta
    curvature = curvature_at(objective, inputs, coordinates)
    H = hessian(objective, coordinates, coordinates.from_inputs(inputs))
    assert not curvature.exact
    shifts, total = H[:-1, -1] / H[-1, -1], H[-1, -1]
    variances = H.diagonal()[:-1] - total * shifts**2
    gradient = np.random.default_rng(0).normal(size=len(H))
    W = (gradient[:-1] - shifts * gradient[-1]) / variances
    expected = np.append(W, gradient[-1] / total - shifts @ W)
    assert_allclose(curvature.solve(gradient), expected, rtol=1e-4)


def test_of_more_classes_it_has_a_block_for_each():
    """And what all logits have in common stays out of a direction."""
    problem, objective, coordinates = made(3)
    inputs = 0.1 * problem.theta
    curvature = curvature_at(objective, inputs, coordinates)
    H = hessian(objective, coordinates, coordinates.from_inputs(inputs))
    blocks = np.zeros_like(H)
    for k in range(3):
        blocks[k::3, k::3] = np.linalg.inv(H[k::3, k::3])
    gradient = np.random.default_rng(0).normal(size=(N_FEATURES + 1, 3))
    gradient -= gradient.mean(axis=1, keepdims=True)
    expected = (blocks @ gradient.ravel()).reshape(-1, 3)
    expected -= expected.mean(axis=1, keepdims=True)
    found = curvature.solve(gradient.ravel()).reshape(-1, 3)
    assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    assert_allclose(found.sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("name", ["log_loss", "squared_error"])
def test_curvatures_are_those_of_the_logits(n_classes, name):
    """Second differences; for squares those of ½ ‖a(z) − a₀‖² where a(z) is a₀."""
    target = make_target(np.arange(n_classes))
    loss = LOSSES[name, target.kind]
    random = np.random.default_rng(0)
    n_outputs = target.n_outputs
    Z, w = random.normal(size=(5, n_outputs)), random.uniform(size=(5, 1))

    def probabilities(Z):
        E = np.exp(np.hstack([np.zeros((5, 1)), Z]) if n_outputs == 1 else Z)
        return (E / E.sum(axis=1, keepdims=True))[:, -n_outputs:]

    h = 1e-6
    expected = np.empty_like(Z)
    for k in range(n_outputs):
        step = h * np.eye(n_outputs)[k]
        slopes = (probabilities(Z + step) - probabilities(Z - step)) / (2 * h)
        diagonal = slopes[:, k] if name == "log_loss" else (slopes**2).sum(axis=1)
        expected[:, k] = w[:, 0] * diagonal
    assert_allclose(loss.curvatures(np.asfortranarray(Z), w), expected, rtol=1e-7)


@pytest.mark.parametrize(
    "shares", [[0.5, 0.5], [0.9, 0.1], [1.0, 0.0], [0.2, 0.3, 0.5]]
)
def test_cost_without_X_is_the_entropy_or_the_variance(shares):
    """Of the labels; of an indicator matrix it is the sum over the labels."""
    q = np.array(shares)
    target = make_target(np.arange(len(q)))
    cost = cost_of_shares(LOSSES["log_loss", target.kind], target, q[np.newaxis])
    assert cost == pytest.approx(entropy(q), abs=1e-15)
    squares = LOSSES["squared_error", target.kind]
    cost = cost_of_shares(squares, target, q[np.newaxis])
    variances = q * (1 - q) / 2
    expected = variances[1] if len(q) == 2 else variances.sum()
    assert cost == pytest.approx(expected, abs=1e-15)
    labels = make_target(np.arange(2), multilabel=True)
    two = np.array([[0.9, 0.1], [0.5, 0.5]])
    cost = cost_of_shares(LOSSES["log_loss", "multilabel"], labels, two)
    assert cost == pytest.approx(sum(map(entropy, two)))
