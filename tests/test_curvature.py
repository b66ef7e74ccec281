"""The curvature of a linear model's J, and what is to be had without X."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.stats import entropy

from skshallow.data.scales import column_scales
from skshallow.data.targets import make_target
from skshallow.objective.coordinates import conditioned, scaled
from skshallow.objective.curvature import (
    LinearCurvature,
    curvature_at,
    largest_safe_rate,
)
from skshallow.objective.losses import LOSSES, cost_of_shares
from skshallow.objective.models import LinearModel
from tests.problems import N_CLASSES, N_FEATURES, Problem, deviations

# Rows whose columns' covariances are known, and rows of which only variances are.
DENSE, SPARSE = np.asarray, sparse.csr_array

of_each_kind = pytest.mark.parametrize(
    ("n_classes", "storage", "fit_intercept", "standardize"),
    list(product(N_CLASSES, [DENSE, SPARSE], [True, False], [True, False])),
)


def made(n_classes, storage, fit_intercept, standardize):
    """Return a problem of columns of different scales, and its objective."""
    problem = Problem(n_classes, alpha=0.5, l1_ratio=0.4, standardize=standardize)
    problem.X = problem.X * [1, 20, 1, 0.1, 1] + [0, 5, 0, 0, -2]
    n_outputs = problem.model.n_outputs
    problem.model = LinearModel(N_FEATURES, n_outputs, fit_intercept=fit_intercept)
    problem.theta = 0.1 * problem.theta[: problem.model.layout.size]
    return problem, problem.objective(storage, rows_per_block=7)


def coordinates_of(objective):
    """Return coordinates such as descent takes for these rows."""
    layout, scales = objective.model.layout, column_scales(objective.blocks)
    if objective.blocks.is_sparse:
        return scaled(layout, scales, np.float64)
    of_penalty = objective.penalty.of_columns(layout)
    return conditioned(layout, scales, np.float64, curvature=0.25, penalty=of_penalty)


def weights_of(objective):
    """Return w̃ of all rows."""
    return np.concatenate([block.w for block in objective.blocks])


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


def block_of(H, total, full):
    """Return from a logit's Hessian, with Σ h, what its curvature should be."""
    C, p = H.copy(), N_FEATURES
    C[:p, :p] += LinearCurvature.ridge * total * np.eye(p)
    if not full:
        # Columns are uncorrelated where they are centred by the intercept.
        of_means = np.outer(C[:p, p:], C[p:, :p]) / total if len(C) > p else 0.0
        C[:p, :p] = np.diag(np.diag(C[:p, :p] - of_means)) + of_means
    return C


@of_each_kind
def test_it_is_the_hessian_in_each_logit(
    n_classes, storage, fit_intercept, standardize
):
    """But for a ridge; of sparse rows the diagonal, where columns are centred.

    And the residual R satisfies ‖R ∇J‖² = Σ h · ∇Jᵀ C⁻¹ ∇J, whatever ∇J is.
    """
    problem, objective = made(n_classes, storage, fit_intercept, standardize)
    coordinates, m = coordinates_of(objective), problem.model.n_outputs
    curvature = curvature_at(objective, problem.theta, coordinates)
    assert curvature.exact == (storage is DENSE and m == 1)

    H = hessian(objective, coordinates, coordinates.from_inputs(problem.theta))
    (W,), b = problem.model.layout.views(problem.theta)
    Z = np.asfortranarray(problem.X @ W + sum(b))
    totals = objective.loss.curvatures(Z, weights_of(objective)).sum(axis=0)
    B = np.zeros_like(H)
    for k, total in enumerate(totals):
        block = block_of(H[k::m, k::m], total, full=storage is DENSE)
        B[k::m, k::m] = np.linalg.inv(block)

    identity = np.eye(len(H))
    R = np.array([curvature.residual(e) for e in identity])
    size = np.abs(B).max()
    expected = B * np.tile(totals, len(H) // m)
    assert_allclose(R @ R.T, expected, rtol=1e-7, atol=1e-8 * size)
    if m > 1:
        # What logits have in common, and what is left, are kept apart.
        common = np.kron(np.eye(len(H) // m), np.full((m, m), 1 / m))
        apart = identity - common
        B = apart @ B @ apart + common @ B @ common
    solved = np.array([curvature.solve(e) for e in identity])
    assert_allclose(solved, B, rtol=1e-7, atol=1e-8 * size)


@of_each_kind
def test_safe_rate_is_2_over_the_largest_eigenvalue(
    n_classes, storage, fit_intercept, standardize
):
    """Of c X̃ᵀ diag(w̃) X̃ + P, with all entries."""
    problem, objective = made(n_classes, storage, fit_intercept, standardize)
    X = np.hstack([problem.X, np.ones((len(problem.X), 1))])
    c = objective.loss.largest_curvature(problem.model.n_outputs)
    l2 = problem.alpha * (1 - problem.l1_ratio)
    s = deviations(problem.X, problem.sample_weight) if standardize else 1.0
    P = np.append(l2 * s**2 * np.ones(N_FEATURES), 0)
    matrix = c * (X.T * weights_of(objective)[:, 0]) @ X + np.diag(P)
    size = N_FEATURES + fit_intercept
    largest = np.linalg.eigvalsh(matrix[:size, :size]).max()
    assert largest_safe_rate(objective) == pytest.approx(2 / largest, rel=1e-12)


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
