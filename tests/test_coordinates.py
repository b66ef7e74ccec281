"""Descent in the coordinates of standardised inputs, without standardising them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skshallow import GDLogisticRegression
from skshallow.data.rows import Moments
from skshallow.data.scales import ColumnScales, column_scales
from skshallow.objective.coordinates import (
    Scales,
    Standardization,
    Whitening,
    conditioned,
    scaled,
)
from skshallow.objective.models import LinearModel
from skshallow.objective.parameters import Parameters
from tests import reference
from tests.problems import N_CLASSES, NETWORKS, Problem, deviations, in_blocks


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


def standardized(problem, objective):
    """Return the coordinates of scaled columns, and J in them."""
    coordinates = scaled(
        problem.model.layout, column_scales(objective.blocks), objective.dtype
    )
    return coordinates, InCoordinates(objective, coordinates)


def decorrelated(problem, objective, curvature=1.0):
    """Return the coordinates in which the columns are uncorrelated, and J in them."""
    layout = problem.model.layout
    coordinates = conditioned(
        layout,
        column_scales(objective.blocks),
        objective.dtype,
        curvature=curvature,
        penalty=objective.penalty.of_columns(layout),
    )
    return coordinates, InCoordinates(objective, coordinates)


def scales_of(mean, covariance):
    """Return the scales of columns with these moments, none of them odd."""
    moments = Moments(1.0, mean, covariance)
    return ColumnScales(moments, np.sqrt(moments.variance), mean, np.zeros(len(mean)))


def unpenalized(layout, scales, dtype):
    """Return the coordinates of the loss alone."""
    none = np.zeros(len(scales.scale))
    return conditioned(layout, scales, dtype, curvature=1.0, penalty=none)


def hessian_at_zero(objective, size, h=1e-6):
    """Return differences of the gradients."""

    def gradient(theta):
        return objective.value_and_gradient(theta)[1]

    return np.array(
        [(gradient(h * e) - gradient(-h * e)) / (2 * h) for e in np.eye(size)]
    )


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
    problem.X = (problem.X - mean) / deviations(problem.X, w)
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
    _, mean, covariance = problem.objective().blocks.survey.moments
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


@pytest.mark.parametrize("standardize", [False, True])
def test_first_rate_is_newtons_step_where_all_classes_are_equally_likely(standardize):
    """There the Hessian in the decorrelated coordinates is c · I but for the ridge."""
    random = np.random.default_rng(0)
    problem = Problem(2, alpha=0.2, weighted=False, standardize=standardize)
    problem.X = problem.X @ random.normal(size=(5, 5)) + 3
    _, objective = decorrelated(problem, problem.objective(), curvature=0.25)
    hessian = hessian_at_zero(objective, problem.model.layout.size)
    curvatures = np.linalg.eigvalsh(objective.first_rate * hessian)
    assert curvatures.max() < 1 + 1e-6
    # Without the ridge the smallest would be 1, too.
    assert curvatures.min() > 0.9
    _, plain = standardized(problem, problem.objective())
    assert plain.first_rate == 1


@pytest.mark.parametrize("standardize", [False, True])
def test_without_covariances_J_is_curved_alike_along_every_coordinate(standardize):
    """Penalty included, in whatever units the columns are."""
    problem = Problem(2, alpha=0.2, weighted=False, standardize=standardize)
    problem.X = problem.X * [1e-2, 1.0, 1e2, 1.0, 5.0] + [0.0, 3.0, -50.0, 1e-2, 7.0]
    J = problem.objective(sparse.csr_array)
    _, objective = decorrelated(problem, J, curvature=0.25)
    hessian = hessian_at_zero(objective, problem.model.layout.size)
    assert_allclose(hessian.diagonal(), 0.25, rtol=1e-6)


def test_neither_sparse_nor_very_wide_rows_have_covariances():
    """They would cost many updates."""
    X = np.random.default_rng(0).normal(size=(300, 201))
    w = np.full((300, 1), 1 / 300)
    for correlates, blocks in (
        (False, in_blocks(X, w, w, 2)),
        (False, in_blocks(X[:4, :5], w[:4], w[:4], 2)),
        (False, in_blocks(sparse.csr_array(X[:, :3]), w, w, 2)),
        (True, in_blocks(X[:, :200], w, w, 2)),
    ):
        assert blocks.correlates == correlates
        assert blocks.survey.moments.covariance.ndim == 1 + correlates


@pytest.mark.parametrize("shift", [0.0, 5.0, 1e8])
def test_covariances_equal_numpy(shift):
    """In blocks or not, near zero and far from it, weighted."""
    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 4)) @ random.normal(size=(4, 4))
    w = random.uniform(size=(3000, 1))
    exact = (X + shift) - shift
    expected = np.cov(exact.T, aweights=w[:, 0], ddof=0)
    for floats_per_row in (1, 10**4):
        moments = in_blocks(X + shift, w, w, floats_per_row).survey.moments
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
@pytest.mark.parametrize("make", [standardized, decorrelated])
def test_chain_rule_equals_complex_step(make, activation):
    """∂J/∂θ′, penalty on the weights as they are included."""
    problem = Problem(3, activation, alpha=0.3)
    coordinates, objective = make(problem, problem.objective())
    R = coordinates.root.multiply(np.eye(problem.X.shape[1]))

    def cost(theta):
        weights, biases = problem.model.layout.views(theta.copy())
        weights[0][...] = np.linalg.solve(R, weights[0])
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


@pytest.mark.parametrize("activation", [None, "tanh"], ids=str)
@pytest.mark.parametrize("make", [standardized, decorrelated])
def test_to_inputs_and_back_is_the_identity(make, activation):
    """θ → θ′ → θ."""
    problem = Problem(3, activation)
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
    mean = np.array([1e4, 3e4])
    coordinates = Standardization(layout, mean, Scales(np.ones((2, 1))), np.float32)
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
    """By s; or as J is curved, which takes mean squares and mean products."""
    layout = LinearModel(2, 1, fit_intercept=False).layout
    mean, variance = np.array([3.0, 0.0]), np.array([16.0, 4.0])
    scales = scales_of(mean, variance)
    for make, expected in ((scaled, [[4], [2]]), (unpenalized, [[5], [2]])):
        coordinates = make(layout, scales, np.float64)
        assert_array_equal(coordinates.mean, [0, 0])
        assert_array_equal(coordinates.root.scale, expected)
    covariance = np.array([[16.0, 1.0], [1.0, 4.0]])
    coordinates = unpenalized(layout, scales_of(mean, covariance), np.float64)
    assert_array_equal(coordinates.mean, [0, 0])
    R = coordinates.root.multiply(np.eye(2))
    ridge = 1 + Whitening.ridge
    assert_allclose(R.T @ R, [[25 * ridge, 1], [1, 4 * ridge]], rtol=1e-14)


def test_directions_without_variance_are_blown_up_by_ten_at_most():
    """Of two equal columns the difference, which tells nothing, but may be noise."""
    layout = LinearModel(2, 1, fit_intercept=True).layout
    scales = scales_of(np.zeros(2), np.full((2, 2), 49.0))
    coordinates = unpenalized(layout, scales, np.float64)
    standardized = 7 * coordinates.root.solve(np.eye(2))
    assert_allclose(np.linalg.norm(standardized, 2), 10, rtol=1e-12)


@pytest.mark.parametrize("make", [scaled, unpenalized])
def test_columns_far_from_zero_are_scaled_as_long_as_they_vary(make):
    """Only what is within rounding of a constant is taken for one."""
    layout = LinearModel(2, 1, fit_intercept=True).layout
    scales = scales_of(np.array([1e12, 1e17]), np.array([4.0, 4.0]))
    assert_array_equal(make(layout, scales, np.float64).root.scale, [[2], [1e17]])


@pytest.mark.parametrize("constant", [0.0, 0.1, -7e8])
@pytest.mark.parametrize("n_rows", [10, 3000])
@pytest.mark.parametrize("make", [scaled, unpenalized])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_constant_columns_get_a_harmless_scale(storage, make, n_rows, constant):
    """Rounding in a constant column's moments is not taken for variance."""
    X = storage(np.full((n_rows, 1), constant))
    w = np.full((n_rows, 1), 1 / n_rows)
    scales = column_scales(in_blocks(X, w, w, floats_per_row=10**4))
    layout = LinearModel(1, 1, fit_intercept=True).layout
    root = make(layout, scales, np.float64).root
    scale = root.multiply(np.eye(1))
    if isinstance(root, Whitening):
        scale /= np.sqrt(1 + Whitening.ridge)
    assert_allclose(scale, [[abs(constant) or 1.0]], rtol=1e-14)


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
