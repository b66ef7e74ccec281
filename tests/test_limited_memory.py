"""The rate that is a matrix: its algebra, and where it leads."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.descent.limited_memory import LimitedMemory, Memory, Uniform
from skshallow.descent.stopping import Converged, MaxIter
from tests.test_descent import EPS, Quadratic, descend

random = np.random.default_rng(0)
N = 7
HESSIAN = np.diag(np.geomspace(0.1, 10, N)) + 0.1


class Full:
    """A curvature with all entries."""

    def __init__(self, C, exact=False):
        self.C, self.exact = C, exact

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
    if remembered and not curvature.exact:
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


def test_what_is_exact_is_neither_mended_nor_scaled():
    """But for the updates made with it."""
    exact, memory = Full(CURVATURES[1].C, exact=True), Memory(Uniform(1.0))
    remembered, gradient = pairs(12), random.normal(size=N)
    for n, (s, y) in enumerate(remembered):
        if n == 9:
            memory = memory.with_curvature(exact)
            assert_allclose(memory.direction(gradient), exact.solve(gradient))
        memory.add(s, y)
    expected = two_loops(remembered[9:], gradient, exact)
    assert_allclose(memory.direction(gradient), expected, rtol=1e-10, atol=1e-12)


def test_pairs_along_which_J_is_not_convex_are_refused():
    """They would make H indefinite."""
    memory, s = Memory(Uniform(1.0)), np.ones(N)
    assert not memory.add(s, -s)
    assert not memory.add(s, 0 * s)
    assert_allclose(memory.direction(s), s)


class Rotated(Quadratic):
    """A quadratic that no coordinate knows how to solve."""

    def __init__(self, *curvatures, offset=0.0):
        super().__init__(*curvatures, offset=offset)
        n = len(curvatures)
        Q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(n, n)))
        self.hessian = Q * self.curvatures @ Q.T

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        gradient = self.hessian @ theta
        return 0.5 * float(theta @ gradient) + self.offset, gradient


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
    ("objective", "start", "at_most"),
    [
        (Rotated(*np.geomspace(1e-1, 1e2, 12)), np.ones(12), 300),
        (Rosenbrock(1.0), np.array([-1.2, 1.0]), 60),
        # There J is rounding, and ∇J tells.
        (Rotated(*np.geomspace(1, 100, 12), offset=1e6), np.ones(12), 150),
        (Rosenbrock(1.0, offset=1e3), np.array([-1.2, 1.0]), 60),
        (Saddle(1.0), np.array([1e-3, 1e-9]), 20),
    ],
    ids=["ill-conditioned", "Rosenbrock", "offset", "Rosenbrock + 1000", "saddle"],
)
def test_descent_ends_where_the_gradient_is_zero(objective, start, at_most):
    """However J is curved, whatever it is at the minimum, and in not much time."""
    rules = [Converged(1e-9), MaxIter(at_most)]
    if isinstance(objective, Saddle):
        rules[0] = Converged(1e-9, ceiling=-0.1)
    outcome = descend(objective, LimitedMemory(EPS), rules, start)
    assert outcome.stop.reason == "converged"
    assert np.abs(objective.cost(outcome.kept.theta)[1]).max() <= 1e-9
    if isinstance(objective, Saddle):
        assert outcome.kept.loss == pytest.approx(-0.25)


def path_of(*args):
    """Return every θ that descent came to, and how it ended."""
    thetas = []

    class Recorder:
        """Keeps θ."""

        asks_to_stop = False

        def before(self, progress):
            """Keep it."""
            thetas.append(progress.point.theta)

        def after(self, progress):
            """Nothing."""

    outcome = descend(*args, observers=[Recorder()])
    return [*thetas, outcome.progress.point.theta], outcome


def changes(thetas, gradients):
    """Return the changes of θ with those of ∇J."""
    return list(zip(np.diff(thetas, axis=0), np.diff(gradients, axis=0), strict=True))


def rate_of(s, direction, theta):
    """Return the rate 1, ½ … at which an update from θ is along a direction."""
    length = np.linalg.norm(s)
    rate = 2.0 ** np.round(np.log2(length / np.linalg.norm(direction)))
    rounding = 1e-12 * length + 4 * EPS * np.abs(theta).max()
    assert_allclose(s, -rate * direction, rtol=0, atol=rounding)
    return rate


# Entries of ∇J are above 1 never, at first, and always.
@pytest.mark.parametrize("size", [1e-4, 3, 1e6])
@pytest.mark.parametrize("first_rate", [1.0, 0.3])
def test_every_update_is_along_what_the_last_ten_say(size, first_rate):
    """Of a curvature that is the same in all entries but for those of ∇J above 1.

    Its rate is the first of 1, ½ … at which J falls, and is reported as its length over
    that of ∇J.
    """
    objective = Rotated(*np.geomspace(0.1, 30, 15))
    start = size * np.random.default_rng(1).normal(size=15)
    rate = LimitedMemory(EPS, first_rate)
    thetas, outcome = path_of(objective, rate, [MaxIter(25)], start)
    losses, gradients = zip(*map(objective.cost, thetas), strict=True)
    updates = changes(thetas, gradients)
    for k, (s, _) in enumerate(updates):
        theta, g = thetas[k], gradients[k]
        curvature = Full(np.diag(np.maximum(np.abs(g), 1) / first_rate))
        direction = two_loops(updates[max(k - 10, 0) : k], g, curvature)
        rate = rate_of(s, direction, theta)
        enough = 1e-4 * (g @ direction)
        assert losses[k + 1] <= losses[k] - rate * enough
        if rate < 1:
            before, _ = objective.cost(theta - 2 * rate * direction)
            assert before > losses[k] - 2 * rate * enough
        taken = outcome.progress.updates[k].learning_rate
        expected = np.linalg.norm(s) / np.linalg.norm(g)
        assert taken == pytest.approx(expected, rel=1e-9)


def test_no_entry_moves_farther_than_the_first_rate():
    """And where some of ∇J are large, the others are not held back with them."""
    objective = Quadratic(1e6, 2.0, 0.7, 0.3, 0.0)
    start = np.array([1.0, -1.0, 1.0, 1.0, -1.0])
    rules = [MaxIter(1)]
    (before, after), _ = path_of(objective, LimitedMemory(EPS, 0.5), rules, start)
    expected = 0.5 * np.array([1.0, -1.0, 0.7, 0.3, 0.0])
    assert_allclose(before - after, expected, rtol=1e-14)


def interpolated(objective, theta, direction, rate):
    """Return the rate that is found from the first one tried.

    Where J is not low enough, the next is where the parabola through J at both ends,
    with the slope at the first, is lowest; but no less than a twentieth, no more than a
    half.
    """
    before, gradient = objective.cost(theta)
    slope = gradient @ direction
    while True:
        after, _ = objective.cost(theta - rate * direction)
        if after <= before - 1e-4 * rate * slope:
            return rate
        curvature = 2 * (after - before + rate * slope) / rate**2
        rate = np.clip(slope / curvature, 0.05 * rate, 0.5 * rate)


class Asked(Rotated):
    """A quadratic that keeps the points where its curvature was asked for."""

    def __init__(self, curvatures, known):
        super().__init__(*curvatures)
        self.asked = []
        self.known = {
            "Hessian": Full(self.hessian, exact=True),
            "diagonal": Full(np.diag(np.diag(self.hessian))),
            "nothing": None,
        }[known]

    def curvature(self, theta):
        """Return what is known."""
        self.asked.append(theta)
        return self.known


@pytest.mark.parametrize("renewal", [1, 5])
@pytest.mark.parametrize("known", ["Hessian", "diagonal", "nothing"])
def test_curvature_is_asked_for_where_descent_is_slow(known, renewal):
    """And before J is said to have converged.

    From the Hessian the step is Newton's; and where nothing is known, descent goes on
    as if it had not asked.
    """
    objective, rules = Asked(np.geomspace(0.3, 10, 10), known), [Converged(1e-9)]
    rate = LimitedMemory(EPS, tol=1e-9, renewal=renewal)
    thetas, outcome = path_of(objective, rate, rules)
    last, progress = outcome.progress.n_updates, outcome.progress
    norms = [update.gradient_norm for update in progress.updates]
    slow = [
        k for k in range(renewal, last, renewal) if norms[k] > 0.03 * norms[k - renewal]
    ]
    assert_array_equal(objective.asked, [thetas[k] for k in [*slow, last]])
    gradients = [objective.cost(theta)[1] for theta in thetas]
    if known == "diagonal":
        # What was remembered before is as true of another curvature.
        updates, rate = changes(thetas, gradients), 1.0
        for k, (s, _) in enumerate(updates):
            curvature = objective.known if k >= slow[0] else Full(np.eye(len(s)))
            recent = updates[max(k - 10, 0) : k]
            direction = two_loops(recent, gradients[k], curvature)
            rate = interpolated(objective, thetas[k], direction, min(4 * rate, 1))
            length = np.linalg.norm(s)
            rounding = 1e-12 * length + 4 * EPS * np.abs(thetas[k]).max()
            assert_allclose(s, -rate * direction, rtol=0, atol=rounding)
    if objective.known is not None:
        for k in range(slow[0] + 1, last + 1):
            gradients[k] = objective.known.residual(gradients[k])
    expected = [np.abs(gradient).max() for gradient in gradients]
    assert_allclose([*norms, progress.point.gradient_norm], expected, rtol=1e-12)
    if known == "Hessian":
        assert last == renewal + 1
        assert_allclose(thetas[last], 0, atol=1e-13)
    if known == "nothing":
        never = LimitedMemory(EPS, renewal=1000)
        assert_array_equal(thetas, path_of(objective, never, rules)[0])


@pytest.mark.parametrize("known", ["Hessian", "diagonal"])
def test_small_gradient_is_not_believed_before_it_is_measured(known):
    """Where J is hardly curved, ∇J may be small far from the minimum."""
    objective, tol = Asked(np.geomspace(1e-6, 1, 10), known), 1e-3
    rate = LimitedMemory(EPS, tol=tol, renewal=1000)
    outcome = descend(objective, rate, [Converged(tol)])
    gradients = [objective.cost(theta)[1] for theta in objective.asked]
    first, last = (np.abs(objective.known.residual(g)).max() for g in gradients)
    assert np.abs(gradients[0]).max() <= tol < first
    assert last <= tol
    assert_array_equal(objective.asked[1], outcome.kept.theta)
