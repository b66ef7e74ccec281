"""The rate that is a matrix: its algebra, and where it leads."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skshallow.descent.limited_memory import LimitedMemory, Memory, Uniform
from skshallow.descent.stopping import Converged, MaxIter
from tests.test_descent import EPS, Quadratic, descend

random = np.random.default_rng(0)
N = 7
HESSIAN = np.diag(np.geomspace(0.1, 10, N)) + 0.1


class Full:
    """A curvature with all entries."""

    exact = False

    def __init__(self, C):
        self.C = C

    def solve(self, gradient):
        """Return C⁻¹ ∇J."""
        return np.linalg.solve(self.C, gradient)

    def residual(self, gradient):
        """Return L⁻¹ ∇J."""
        return np.linalg.solve(np.linalg.cholesky(self.C), gradient)


CURVATURES = [Uniform(0.5), Full(np.diag(np.arange(1.0, N + 1)) + 0.2)]


def pairs(n):
    """Return changes of θ with those of ∇J."""
    return [(s, HESSIAN @ s) for s in random.normal(size=(n, N))]


def two_loops(remembered, gradient, curvature):
    """Return H ∇J as Nocedal and Wright's algorithm 7.4 computes it."""
    q, parts = gradient.copy(), []
    for s, y in reversed(remembered):
        parts.append(s @ q / (s @ y))
        q -= parts[-1] * y
    r = curvature.solve(q)
    if remembered:
        s, y = remembered[-1]
        r *= (s @ y) / (y @ curvature.solve(y))
    for (s, y), part in zip(remembered, reversed(parts), strict=True):
        r += (part - y @ r / (s @ y)) * s
    return r


@pytest.mark.parametrize("curvature", CURVATURES, ids=lambda c: type(c).__name__)
@pytest.mark.parametrize("n_pairs", [0, 1, 2, 9, 10, 11, 25])
def test_direction_is_that_of_the_two_loops(curvature, n_pairs):
    """Of the last ten pairs, also with another curvature than they came with."""
    memory, remembered = Memory(Uniform(1.0)), pairs(n_pairs)
    for s, y in remembered:
        assert memory.add(s, y)
    memory, last = memory.with_curvature(curvature), remembered[-10:]
    gradient = random.normal(size=N)
    expected = two_loops(last, gradient, curvature)
    assert_allclose(memory.direction(gradient), expected, rtol=1e-10, atol=1e-12)
    H = np.array([memory.direction(e) for e in np.eye(N)])
    assert_allclose(H, H.T, atol=1e-12)
    assert np.linalg.eigvalsh(H).min() > 0
    if n_pairs:
        s, y = last[-1]
        assert_allclose(memory.direction(y), s, rtol=1e-10, atol=1e-12)


def test_pairs_along_which_J_is_not_convex_are_refused():
    """They would make H indefinite."""
    memory, s = Memory(Uniform(1.0)), np.ones(N)
    assert not memory.add(s, -s)
    assert not memory.add(s, 0 * s)
    assert_allclose(memory.direction(s), s)


class Rosenbrock(Quadratic):
    """J = (1 − x)² + 100 (y − x²)², plus a constant."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        x, y = theta
        value = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        slope = [-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)]
        return float(value) + self.offset, np.array(slope)


class Saddle(Quadratic):
    """J = x² − y² + y⁴, whose minima are at y² = ½."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        x, y = theta
        return float(x**2 - y**2 + y**4), np.array([2 * x, 4 * y**3 - 2 * y])


@pytest.mark.parametrize(
    ("objective", "start"),
    [
        (Quadratic(*np.geomspace(1e-2, 1e2, 12)), np.ones(12)),
        (Rosenbrock(1.0), np.array([-1.2, 1.0])),
        # There J is rounding, and ∇J tells.
        (Quadratic(*np.geomspace(1, 100, 12), offset=1e6), np.ones(12)),
        (Rosenbrock(1.0, offset=1e3), np.array([-1.2, 1.0])),
        (Saddle(1.0), np.array([1e-3, 1e-9])),
    ],
    ids=["ill-conditioned", "Rosenbrock", "offset", "Rosenbrock + 1000", "saddle"],
)
def test_descent_ends_where_the_gradient_is_zero(objective, start):
    """However J is curved, and whatever it is at the minimum."""
    rules = [Converged(1e-9), MaxIter(500)]
    if isinstance(objective, Saddle):
        rules[0] = Converged(1e-9, ceiling=-0.1)
    outcome = descend(objective, LimitedMemory(EPS), rules, start)
    assert outcome.stop.reason == "converged"
    assert np.abs(objective.cost(outcome.kept.theta)[1]).max() <= 1e-9
    if isinstance(objective, Saddle):
        assert outcome.kept.loss == pytest.approx(-0.25)


def test_rate_is_the_length_of_the_update_over_that_of_the_gradient():
    """At each update, the first one included."""
    objective = Quadratic(*np.geomspace(0.7, 30, 12))
    thetas = []

    class Recorder:
        """Keeps θ."""

        asks_to_stop = False

        def before(self, progress):
            """Keep it."""
            thetas.append(progress.point.theta)

        def after(self, progress):
            """Nothing."""

    rules = [MaxIter(4)]
    outcome = descend(objective, LimitedMemory(EPS), rules, observers=[Recorder()])
    thetas.append(outcome.progress.point.theta)
    for k, update in enumerate(outcome.progress.updates):
        moved = np.linalg.norm(thetas[k + 1] - thetas[k])
        gradient = objective.curvatures * thetas[k]
        expected = moved / np.linalg.norm(gradient)
        assert update.learning_rate == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("known", [True, False])
def test_with_the_hessian_the_step_is_newtons(known):
    """It is asked for before J is said to have converged, and where descent is slow."""
    asked = []

    class Asked(Quadratic):
        """A quadratic that knows its curvature, or does not."""

        def curvature(self, theta):
            """Return the Hessian."""
            asked.append(theta)
            if not known:
                return None
            full = Full(np.diag(self.curvatures))
            full.exact = True
            return full

    objective = Asked(*np.geomspace(1e-4, 1e4, 10))
    rate = LimitedMemory(EPS, tol=1e-6, renewal=1)
    outcome = descend(objective, rate, [Converged(1e-6), MaxIter(400)])
    assert asked
    if known:
        assert outcome.stop.reason == "converged"
        assert outcome.progress.n_updates <= 5
        assert outcome.kept.loss < 1e-10
