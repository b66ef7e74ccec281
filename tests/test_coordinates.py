"""Descent in the coordinates of standardised inputs, without standardising them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skshallow import GDLogisticRegression
from skshallow.data.rows import Moments
from skshallow.objective.coordinates import Standardization, Whitening
from skshallow.objective.models import LinearModel
from skshallow.objective.parameters import Parameters
from tests import reference
from tests.problems import N_CLASSES, NETWORKS, Problem, in_blocks


class InCoordinates:
    """J as a function of θ′."""

    def __init__(self, objective, coordinates):
        self.objective, self.coordinates = objective, coordinates
        self.first_rate = coordinates.first_rate

    def value_and_gradient(self, theta):
        """Return J and ∂J/∂θ′."""
        inputs = self.coordinates.to_inputs(theta)
        value, gradient = self.objective.value_and_gradient(inputs)
        return value, self.coordinates.chain_rule(gradient)


def standardized(problem, objective, **options):
    """Return the coordinates and J in them."""
    moments = objective.blocks.moments
    coordinates = Standardization(
        problem.model.layout, moments, objective.dtype, **options
    )
    return coordinates, InCoordinates(objective, coordinates)


def decorrelated(problem, objective, **options):
    """Return the coordinates in which the columns are uncorrelated, and J in them."""
    moments = objective.blocks.covariances
    coordinates = Standardization(
        problem.model.layout, moments, objective.dtype, **options
    )
    return coordinates, InCoordinates(objective, coordinates)


@pytest.mark.parametrize("activation", [None, *NETWORKS], ids=str)
@pytest.mark.parametrize("n_classes", N_CLASSES)
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_standardized_objective_is_the_objective_of_standardized_inputs(
    activation, n_classes, storage
):
    """At alpha=0, J(θ′) and its gradient are those of a model of X′ = (X − μ) / s."""
    problem = Problem(n_classes, activation, alpha=0.0)
    problem.X = problem.X * [1e-3, 1.0, 1e2, 1.0, 5.0] + [0.0, 3.0, -50.0, 1e-2, 7.0]
    _, objective = standardized(problem, problem.objective(storage, rows_per_block=7))
    w = problem.sample_weight
    mean = np.average(problem.X, axis=0, weights=w)
    variance = np.average((problem.X - mean) ** 2, axis=0, weights=w)
    problem.X = (problem.X - mean) / np.sqrt(variance)
    value, gradient = objective.value_and_gradient(problem.theta)
    expected = problem.objective().value_and_gradient(problem.theta)
    assert_allclose(value, expected[0], rtol=1e-12)
    assert_allclose(gradient, expected[1], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("n_classes", N_CLASSES)
def test_decorrelated_objective_is_the_objective_of_decorrelated_inputs(n_classes):
    """At alpha=0, J(θ′) and its gradient are those of a model of (X − μ) R⁻¹."""
    problem = Problem(n_classes, alpha=0.0)
    problem.X[:, 1] += 2 * problem.X[:, 0]
    coordinates, objective = decorrelated(problem, problem.objective())
    _, mean, covariance = problem.objective().blocks.covariances
    w = problem.sample_weight
    assert_allclose(covariance, np.cov(problem.X.T, aweights=w, ddof=0), atol=1e-14)
    ridge = Whitening.ridge * np.diag(covariance.diagonal())
    R = coordinates.root.multiply(np.eye(len(mean)))
    assert_allclose(R.T @ R, covariance + ridge, atol=1e-13)
    problem.X = (problem.X - mean) @ np.linalg.inv(R)
    value, gradient = objective.value_and_gradient(problem.theta)
    expected = problem.objective().value_and_gradient(problem.theta)
    assert_allclose(value, expected[0], rtol=1e-12)
    assert_allclose(gradient, expected[1], rtol=1e-10, atol=1e-13)


def test_first_rate_is_newtons_step_where_all_classes_are_equally_likely():
    """There the Hessian in the decorrelated coordinates is c · I but for the ridge."""
    random = np.random.default_rng(0)
    problem = Problem(2, alpha=0.2, weighted=False)
    problem.X = problem.X @ random.normal(size=(5, 5)) + 3
    _, objective = decorrelated(problem, problem.objective(), curvature=0.25, alpha=0.2)
    zero = np.zeros(problem.model.layout.size)
    h = 1e-6
    hessian = np.array(
        [
            (
                objective.value_and_gradient(zero + h * e)[1]
                - objective.value_and_gradient(zero - h * e)[1]
            )
            / (2 * h)
            for e in np.eye(len(zero))
        ]
    )
    curvatures = np.linalg.eigvalsh(objective.first_rate * hessian)
    assert curvatures.max() < 1 + 1e-6
    # Without the ridge the smallest would be 1, too.
    assert curvatures.min() > 0.9
    _, plain = standardized(problem, problem.objective())
    assert plain.first_rate == 1


def test_neither_sparse_nor_very_wide_rows_have_covariances():
    """They would cost many updates."""
    X = np.random.default_rng(0).normal(size=(300, 201))
    w = np.full((300, 1), 1 / 300)
    assert in_blocks(X, w, w, 2).covariances is None
    assert in_blocks(X[:4, :5], w[:4], w[:4], 2).covariances is None
    assert in_blocks(sparse.csr_array(X[:, :3]), w, w, 2).covariances is None
    assert in_blocks(X[:, :200], w, w, 2).covariances is not None


@pytest.mark.parametrize("shift", [0.0, 5.0, 1e8])
def test_covariances_equal_numpy(shift):
    """In blocks or not, near zero and far from it, weighted."""
    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 4)) @ random.normal(size=(4, 4))
    w = random.uniform(size=(3000, 1))
    exact = (X + shift) - shift
    expected = np.cov(exact.T, aweights=w[:, 0], ddof=0)
    for floats_per_row in (1, 10**4):
        moments = in_blocks(X + shift, w, w, floats_per_row).covariances
        assert_allclose(moments.covariance, expected, rtol=1e-7, atol=1e-12)
        if shift < 1e8:
            assert_allclose(moments.covariance, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("factor", [1e-200, 1e-170, 1e-155, 1e140])
def test_columns_whose_squares_leave_the_range_do_no_harm(factor):
    """Scales are kept where covariances under- or overflow."""
    X = np.random.default_rng(0).normal(size=(300, 3))
    y = X[:, 0] > 0
    X[:, 1] *= factor
    model = GDLogisticRegression(alpha=1e-2).fit(X, y)
    assert model.stop_reason_ == "converged"
    assert model.score(X, y) > 0.95


def test_rows_of_next_to_no_weight_do_not_spoil_the_coordinates():
    """However large they are."""
    random = np.random.default_rng(0)
    X = random.normal(size=(8000, 2))
    X[:, 1] = X[:, 0]
    y = X[:, 0] + random.normal(size=8000) > 0
    w = np.ones(8000)
    w[::4] = 1e-10
    X[::4] *= 1e3
    model = GDLogisticRegression(tol=1e-6)
    loss = model.fit(X, y, sample_weight=w).loss_
    expected = model.fit(X, y, sample_weight=np.where(w < 1, 0, w)).loss_
    assert_allclose(loss, expected, rtol=1e-4)


@pytest.mark.parametrize("activation", [None, "tanh"], ids=str)
def test_chain_rule_equals_complex_step(activation):
    """∂J/∂θ′, penalty on the weights as they are included."""
    problem = Problem(3, activation, alpha=0.3)
    coordinates, objective = standardized(problem, problem.objective(), alpha=1.7)

    def cost(theta):
        weights, biases = problem.model.layout.views(theta.copy())
        weights[0][...] = weights[0] / coordinates.root.scale
        biases[0][...] = biases[0] - coordinates.mean @ weights[0]
        return reference.cost(
            [*weights, *biases],
            problem.X,
            problem.codes,
            problem.sample_weight,
            problem.alpha,
            **problem.network,
        )

    value, gradient = objective.value_and_gradient(problem.theta)
    assert_allclose(value, cost(problem.theta), rtol=1e-13)
    assert_allclose(
        gradient,
        reference.complex_step(cost, problem.theta),
        rtol=1e-10,
        atol=1e-14,
    )


@pytest.mark.parametrize(
    ("activation", "decorrelates"), [(None, False), (None, True), ("tanh", False)]
)
def test_to_inputs_and_back_is_the_identity(activation, decorrelates):
    """θ → θ′ → θ."""
    problem = Problem(3, activation)
    make = decorrelated if decorrelates else standardized
    coordinates, _ = make(problem, problem.objective())
    there = coordinates.from_inputs(problem.theta)
    back = coordinates.to_inputs(there)
    assert_allclose(back, problem.theta, rtol=1e-13, atol=1e-14)


def test_to_inputs_compensates_the_rounding_of_weights():
    """In float32, far from zero, b is made for the W that is really used.

    The columns' means times W all but cancel, so b is small. Otherwise its own rounding
    would be as large as what the rounding of W does to the logits.
    """
    random = np.random.default_rng(0)
    layout = LinearModel(2, 1, fit_intercept=True).layout
    mean, variance = np.array([1e4, 3e4]), np.ones(2)
    coordinates = Standardization(layout, Moments(1.0, mean, variance), np.float32)
    for slope in random.normal(size=20):
        theta = coordinates.to_inputs(np.array([slope, -slope / 3, 0.3]))
        *W, b = theta.astype(np.float64)
        # What is left is the rounding of b itself, half a unit of its last digit.
        assert abs(mean @ W + b - 0.3) <= 0.51 * np.spacing(theta[2])


@pytest.mark.parametrize("activation", [None, "tanh"], ids=str)
@pytest.mark.parametrize("far", [0.0, 1e6])
def test_to_inputs_and_back_changes_no_bit_in_float32(activation, far):
    """θ′ is float64, so a warm start goes on exactly where it was."""
    problem = Problem(3, activation, dtype=np.float32)
    problem.X += np.float32(far)
    coordinates, _ = standardized(problem, problem.objective())
    back = coordinates.to_inputs(coordinates.from_inputs(problem.theta))
    assert_array_equal(back, problem.theta, strict=True)


@pytest.mark.parametrize("streams", [False, True], ids=["fit", "partial_fit"])
def test_float32_far_from_zero_predicts_what_float64_does(streams):
    """The rounding of coef_ moves no logit, since intercept_ is made for it.

    The first update is exact in float32: the columns hold whole numbers, and at zero,
    with a power of two of rows, ∇J is a sum of halves of them.
    """
    steps = np.random.default_rng(0).integers(-4, 5, size=(256, 10))
    y = (steps.sum(axis=1) > 2).astype(int)
    # In pairs, their means times coef_ all but cancel: intercept_ has digits to spare.
    X = np.hstack([8000 + steps, 24000 - 3 * steps]).astype(np.float64)
    logits = []
    for dtype in (np.float32, np.float64):
        model = GDLogisticRegression(max_iter=1, tol=0)
        if streams:
            model.partial_fit(X.astype(dtype), y, classes=[0, 1])
        else:
            model.fit(X.astype(dtype), y)
        assert model.coef_.dtype == dtype
        logits.append(model.decision_function(X))
    # The rounding of coef_, times 8000, would be 3e-5.
    assert_allclose(*logits, atol=1e-6)


def test_without_intercept_columns_are_scaled_but_not_centred():
    """s² is the mean square then, and R holds mean products."""
    layout = LinearModel(2, 1, fit_intercept=False).layout
    mean, variance = np.array([3.0, 0.0]), np.array([16.0, 4.0])
    coordinates = Standardization(layout, Moments(1.0, mean, variance), np.float64)
    assert_array_equal(coordinates.mean, [0, 0])
    assert_array_equal(coordinates.root.scale, [[5], [2]])
    covariance = np.array([[16.0, 1.0], [1.0, 4.0]])
    coordinates = Standardization(layout, Moments(1.0, mean, covariance), np.float64)
    assert_array_equal(coordinates.mean, [0, 0])
    R = coordinates.root.multiply(np.eye(2))
    ridge = 1 + Whitening.ridge
    assert_allclose(R.T @ R, [[25 * ridge, 1], [1, 4 * ridge]], rtol=1e-14)


def test_directions_without_variance_are_blown_up_by_ten_at_most():
    """Of two equal columns the difference, which tells nothing, but may be noise."""
    layout = LinearModel(2, 1, fit_intercept=True).layout
    covariance = np.full((2, 2), 49.0)
    coordinates = Standardization(
        layout, Moments(1.0, np.zeros(2), covariance), np.float64
    )
    standardized = 7 * coordinates.root.solve(np.eye(2))
    assert_allclose(np.linalg.norm(standardized, 2), 10, rtol=1e-12)


def test_columns_far_from_zero_are_scaled_as_long_as_they_vary():
    """Only what is within rounding of a constant is taken for one."""
    layout = LinearModel(2, 1, fit_intercept=True).layout
    mean, variance = np.array([1e12, 1e17]), np.array([4.0, 4.0])
    coordinates = Standardization(layout, Moments(1.0, mean, variance), np.float64)
    assert_array_equal(coordinates.root.scale, [[2], [1e17]])


@pytest.mark.parametrize("constant", [0.0, 0.1, -7e8])
@pytest.mark.parametrize("n_rows", [10, 3000])
def test_constant_columns_get_a_harmless_scale(constant, n_rows):
    """Rounding in a constant column's moments is not taken for variance."""
    X = np.full((n_rows, 1), constant)
    w = np.full((n_rows, 1), 1 / n_rows)
    moments = in_blocks(X, w, w, floats_per_row=10**4).moments
    layout = LinearModel(1, 1, fit_intercept=True).layout
    coordinates = Standardization(layout, moments, np.float64)
    assert_allclose(coordinates.root.scale, [[abs(constant) or 1.0]], rtol=1e-14)


def test_first_layer_alone_is_transformed():
    """W2 and b2 pass as they are."""
    problem = Problem(2, "tanh")
    coordinates, _ = standardized(problem, problem.objective())
    theta = coordinates.to_inputs(problem.theta)
    views = problem.model.layout.views
    before, after = views(problem.theta), views(theta)
    assert isinstance(before, Parameters)
    assert_array_equal(before.weights[1], after.weights[1])
    assert_array_equal(before.biases[1], after.biases[1])
