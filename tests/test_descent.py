"""Descent on objectives whose answer is known: quadratics, and worse."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.descent.learning_rates import (
    AdaptiveBarzilaiBorwein,
    Backtracking,
    BarzilaiBorwein,
    Constant,
)
from skshallow.descent.loop import Plan, minimize, run
from skshallow.descent.observers import Report
from skshallow.descent.outcome import Stop
from skshallow.descent.progress import Progress
from skshallow.descent.solvers import GradientDescent
from skshallow.descent.stopping import (
    Converged,
    Diverged,
    MaxIter,
    PrecisionReached,
    Stalled,
)
from skshallow.descent.types import Point

EPS = float(np.finfo(np.float64).eps)


class Quadratic:
    """J(θ) = ½ Σ curvature θ² + offset, with its minimum at 0."""

    def __init__(self, *curvatures, offset=0.0):
        self.curvatures = np.array(curvatures)
        self.offset = offset

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        gradient = self.curvatures * theta
        return 0.5 * float(theta @ gradient) + self.offset, gradient


class Script(Quadratic):
    """J takes the values given, one after the other at the rate 1."""

    def __init__(self, values):
        super().__init__(1.0)
        self.values = values

    def cost(self, theta):
        """Return the value at θ, and a slope that has nothing to do with it."""
        return float(self.values[round(float(theta[0]))]), -self.curvatures


def descend(objective, learning_rate, rules, start=None, observers=(), **options):
    """Minimise from ``start``, ones if not given."""
    start = np.ones(len(objective.curvatures)) if start is None else start
    plan = Plan(GradientDescent(), learning_rate, rules, EPS, **options)
    return run(minimize(start, plan, observers), objective)


def losses_of(outcome):
    """Return J at every point that descent came to."""
    progress = outcome.progress
    return np.array(
        [*(update.loss for update in progress.updates), progress.point.loss]
    )


def test_constant_rate_follows_the_closed_form():
    """On a quadratic each update shrinks θ by 1 − η·curvature; every entry says so."""
    objective = Quadratic(1.0, 4.0)
    outcome = descend(objective, Constant(0.1), [MaxIter(20)])
    k = np.arange(21)[:, np.newaxis]
    path = (1 - 0.1 * objective.curvatures) ** k
    losses = 0.5 * (objective.curvatures * path**2).sum(axis=1)
    progress = outcome.progress
    assert outcome.stop.reason == "max_iter"
    assert progress.n_updates == 20
    assert_allclose(outcome.kept.theta, path[-1], rtol=1e-13)
    assert_allclose(losses_of(outcome), losses, rtol=1e-13)
    assert [update.learning_rate for update in progress.updates] == [0.1] * 20
    norms = np.abs(objective.curvatures * path).max(axis=1)[:-1]
    found = [update.gradient_norm for update in progress.updates]
    assert_allclose(found, norms, rtol=1e-13)


def test_start_is_not_written_to():
    """Points are never changed once they are made."""
    start = np.ones(2)
    descend(Quadratic(1.0, 4.0), BarzilaiBorwein(EPS), [MaxIter(5)], start)
    assert_array_equal(start, 1)


@pytest.mark.parametrize("rate", [BarzilaiBorwein, AdaptiveBarzilaiBorwein])
@pytest.mark.parametrize("condition", [1e1, 1e2, 1e3])
def test_barzilai_borwein_solves_ill_conditioned_quadratics(condition, rate):
    """It converges where a constant rate would need some 20 · ``condition`` updates."""
    objective = Quadratic(*np.geomspace(1, condition, 20))
    outcome = descend(objective, rate(EPS), [Converged(1e-9), MaxIter(2000)])
    assert outcome.stop.reason == "converged"
    assert np.abs(outcome.kept.theta).max() <= 1e-9


def test_barzilai_borwein_rates_are_the_two_quotients_in_turn():
    """⟨s, s⟩/⟨s, y⟩ and ⟨s, y⟩/⟨y, y⟩, where the line search leaves them alone."""
    objective = Quadratic(0.5, 1.0, 1.5)
    outcome = descend(objective, BarzilaiBorwein(EPS), [MaxIter(6)])
    rates = [update.learning_rate for update in outcome.progress.updates]
    theta = [np.ones(3)]
    for rate in rates:
        theta.append(theta[-1] * (1 - rate * objective.curvatures))
    for k in range(1, 6):
        s = theta[k] - theta[k - 1]
        y = objective.curvatures * s
        expected = (s @ s) / (s @ y) if k % 2 else (s @ y) / (y @ y)
        assert rates[k] == pytest.approx(expected, rel=1e-12)


def test_adaptive_barzilai_borwein_rates_are_long_unless_the_short_are_far_shorter():
    """Then the smallest of the last five short ones."""
    objective = Quadratic(*np.geomspace(1, 300, 6))
    rate = AdaptiveBarzilaiBorwein(EPS, first_rate=1 / 300)
    outcome = descend(objective, rate, [MaxIter(25)])
    rates = [update.learning_rate for update in outcome.progress.updates]
    assert rates[0] == 1 / 300
    theta = [np.ones(6)]
    for taken in rates:
        theta.append(theta[-1] * (1 - taken * objective.curvatures))
    shorts, kinds = [], set()
    for k in range(1, 25):
        s = theta[k] - theta[k - 1]
        y = objective.curvatures * s
        long, short = (s @ s) / (s @ y), (s @ y) / (y @ y)
        shorts.append(short)
        expected = long if short > 0.3 * long else min(shorts[-5:])
        kinds.add((short > 0.3 * long, min(shorts[-5:]) < short))
        # The line search may have halved it.
        halvings = np.log2(expected / rates[k])
        assert abs(halvings - round(halvings)) < 1e-6
        assert halvings > -1e-6
    assert len(kinds) == 3  # of the four that there can be


def test_barzilai_borwein_never_rises_above_the_last_ten():
    """The non-monotone condition holds at every update."""
    objective = Quadratic(*np.geomspace(1, 1e4, 30))
    outcome = descend(objective, BarzilaiBorwein(EPS), [MaxIter(300)])
    losses = losses_of(outcome)
    assert (np.diff(losses) > 0).any()  # it is not monotone, or nothing is tested
    for k in range(1, len(losses)):
        assert losses[k] < losses[max(0, k - 10) : k].max()


@pytest.mark.parametrize("rate", [BarzilaiBorwein, AdaptiveBarzilaiBorwein])
def test_rounding_does_not_lift_the_loss_step_by_step(rate):
    """A rise in the last digits is let pass, but the next one starts from no higher."""

    class Slope(Quadratic):
        """J rises by three units of its last digit where ∇J says that it falls."""

        def cost(self, theta):
            return 1 + 3 * EPS * float(theta[0]) / 1e-9, np.array([-1e-9])

    rules = [MaxIter(60)]
    losses = losses_of(descend(Slope(1.0), rate(EPS), rules, np.zeros(1)))
    assert losses[1] == 1 + 3 * EPS
    assert losses.max() <= 1 + 4 * EPS


@pytest.mark.parametrize(
    ("curvature", "expected"), [(0.1, 1.0), (0.99, 1.0), (1.01, 0.5), (2.01, 0.25)]
)
def test_backtracking_asks_for_half_of_what_the_slope_promises(curvature, expected):
    """On a quadratic that is a rate of 1 / curvature at most; no rate is above 1."""
    for last_rate in (0.5, 0.7):
        rate = Backtracking(EPS, last_rate)
        objective = Quadratic(curvature, curvature)
        outcome = descend(objective, rate, [MaxIter(1)])
        assert outcome.progress.updates[0].learning_rate == expected


class Cliff(Quadratic):
    """A quadratic that is NaN further than 2 from the minimum."""

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        value, gradient = super().cost(theta)
        return (value if np.abs(theta).max() < 2 else np.nan), gradient


def test_line_search_backs_away_from_what_is_not_finite():
    """A first rate that leads over the cliff is halved until it does not."""
    outcome = descend(
        Cliff(100.0), BarzilaiBorwein(EPS), [Converged(1e-8), MaxIter(50)]
    )
    assert outcome.stop.reason == "converged"
    assert outcome.progress.updates[0].learning_rate < 0.03


@pytest.mark.parametrize("rate", [BarzilaiBorwein(EPS), Backtracking(EPS, 2.0)])
def test_line_search_backs_away_from_a_gradient_that_is_not_finite(rate):
    """However low J is there."""

    class Brink(Quadratic):
        """J falls, but its slope is NaN at more than 0.3."""

        def cost(self, theta):
            slope = -1.0 if theta[0] <= 0.3 else np.nan
            return 1 - float(theta[0]), np.array([slope])

    rules = [MaxIter(1)]
    outcome = descend(Brink(1.0), rate, rules, np.zeros(1))
    assert_array_equal(outcome.kept.theta, [0.25])


def test_line_search_finds_very_small_rates():
    """A quadratic of curvature c needs rates below 2 / c."""
    rules = [MaxIter(1)]
    outcome = descend(Quadratic(1e25), BarzilaiBorwein(EPS), rules)
    assert 1 < 1e25 * outcome.progress.updates[0].learning_rate < 2


def test_backtracking_forgets_a_search_that_failed():
    """Its rate stays the one that was good, and so does the point."""

    class Island(Quadratic):
        """J is NaN but at the start; the slope is so large that any step leaves it."""

        def cost(self, theta):
            return (1.0 if (theta == 1).all() else np.nan), np.full_like(theta, 1e30)

    rules = [MaxIter(2)]
    outcome = descend(Island(1.0), Backtracking(EPS, 0.5), rules)
    assert [update.learning_rate for update in outcome.progress.updates] == [0.5] * 2
    assert_array_equal(outcome.kept.theta, [1])


def test_a_small_first_rate_makes_no_difference_at_kinks():
    """It is the first rate that no trial falls below, not the last."""
    paths = []
    for smooth in (True, False):
        objective = Quadratic(*np.geomspace(1, 100, 5))
        rate = BarzilaiBorwein(EPS, first_rate=1e-3, smooth=smooth)
        paths.append(descend(objective, rate, [MaxIter(20)]))
    assert_array_equal(*map(losses_of, paths))


def test_barzilai_borwein_escapes_negative_curvature():
    """cos has maxima and minima: from near a maximum it comes down to a minimum."""

    class Cosine(Quadratic):
        def cost(self, theta):
            return float(np.cos(theta).sum()), -np.sin(theta)

    outcome = descend(
        Cosine(1.0),
        BarzilaiBorwein(EPS),
        [Converged(1e-10), MaxIter(100)],
        np.array([0.1]),
    )
    assert outcome.stop.reason == "converged"
    assert outcome.kept.loss == pytest.approx(-1, abs=1e-12)


def test_at_least_one_update_is_done():
    """Even from the minimum."""
    rules = [Converged(1e-3), MaxIter(10)]
    outcome = descend(Quadratic(1.0), BarzilaiBorwein(EPS), rules, np.zeros(1))
    assert outcome.stop.reason == "converged"
    assert outcome.progress.n_updates == 1


def test_tol_zero_never_converges():
    """It means: run all max_iter."""
    rules = [Converged(0.0), MaxIter(10)]
    outcome = descend(Quadratic(1.0), Constant(0.5), rules, np.zeros(1))
    assert (outcome.stop.reason, outcome.progress.n_updates) == ("max_iter", 10)


def test_precision_reached_stops_where_the_loss_cannot_fall():
    """A large offset hides what is left to gain."""
    objective = Quadratic(1.0, 100.0, offset=1e9)
    rules = [
        Converged(1e-30),
        PrecisionReached(EPS),
        MaxIter(1000),
    ]
    outcome = descend(objective, BarzilaiBorwein(EPS), rules)
    assert outcome.stop.reason == "converged"
    assert outcome.progress.n_updates < 100


LEVEL = [1.0] * 30
PRECISION = {
    "level from the start": (LEVEL, 10),
    "level from the second update on": ([3.0, 2.0, *LEVEL], 12),
    "a fall after nine level updates": ([2.0] * 10 + LEVEL, 20),
    "a rise and a fall": ([1.0] * 9 + [2.0] + LEVEL, 20),
    "three units up and down": ([1 + 3 * EPS, 1.0] * 15, 10),
    "five units up and down": ([1 + 5 * EPS, 1.0] * 15, None),
    "three units of a large number": ([1e9 + 3e9 * EPS, 1e9] * 15, 10),
    "five units of a small number": ([1e-9 + 5e-9 * EPS, 1e-9] * 15, None),
    "a unit down at each update": (1 - EPS * np.arange(30), None),
}


@pytest.mark.parametrize("name", PRECISION)
def test_precision_is_reached_in_ten_updates_without_change(name):
    """Ten in a row; four units of the last digit are no change, all ten together."""
    values, n_updates = PRECISION[name]
    objective = Script(values)
    rules = [PrecisionReached(EPS), MaxIter(25)]
    outcome = descend(objective, Constant(1.0), rules, np.zeros(1))
    reason = "max_iter" if n_updates is None else "converged"
    assert outcome.stop.reason == reason
    assert outcome.progress.n_updates == (n_updates or 25)
    if n_updates:
        lowest = min(values[: n_updates + 1])
        assert lowest <= outcome.kept.loss <= lowest * (1 + 4 * EPS)


@pytest.mark.parametrize(("floor", "least_fall"), [(2.0, 0.02), (0.01, 1e-3)])
def test_stalled_stops_on_a_flat_floor(floor, least_fall):
    """Where J falls by less than tol · max(10, 100 J) in twenty updates, not before."""

    class Plane(Quadratic):
        """J falls by the same amount at every update."""

        def cost(self, theta):
            return floor + self.curvatures[0] * float(theta[0]), self.curvatures

    # An update lowers J by slope².
    for fall, reason in ((0.9, "stalled"), (1.1, "max_iter")):
        plane = Plane(np.sqrt(fall * least_fall / 20))
        rules = [Stalled(1e-4), MaxIter(30)]
        outcome = descend(plane, Constant(1.0), rules, np.zeros(1))
        assert outcome.stop.reason == reason
    outcome = descend(Plane(1e-5), Constant(1.0), [Stalled(1e-4)], np.zeros(1))
    assert outcome.progress.n_updates == 21


def test_stalled_looks_at_the_lowest_loss_so_far():
    """J may rise for a moment, also at first; the lowest point is the one kept."""
    falling = 2 - 0.03 / 20 * np.arange(31)
    falling[21] += 1
    rules = [Stalled(1e-4), MaxIter(30)]
    outcome = descend(Script(falling), Constant(1.0), rules, np.zeros(1))
    assert outcome.stop.reason == "max_iter"
    level = [2.0, 3.0, *[2.0] * 19, 2.5]
    outcome = descend(Script(level), Constant(1.0), [Stalled(1e-4)], np.zeros(1))
    assert outcome.progress.n_updates == 21
    assert outcome.kept.loss == 2


@pytest.mark.parametrize(
    ("start", "limit"), [(0.01, 1000.0), (1.0, 1000.0), (5.0, 5000.0)]
)
def test_divergence_is_a_thousand_times_the_start_or_one(start, limit):
    """Below, J may rise for a while; the best point is kept of one that diverges."""
    for factor, reason in ((0.999, "max_iter"), (1.001, "diverged")):
        losses = [start, start / 2, factor * limit]
        outcome = descend(
            Script(losses),
            Constant(1.0),
            [Diverged(), MaxIter(2)],
            np.zeros(1),
            started_afresh=False,
        )
        assert outcome.stop.reason == reason
        assert outcome.kept.loss == losses[1 if reason == "diverged" else 2]


def test_convergence_keeps_the_point_where_the_gradient_is_small():
    """Even if rounding has made J a little lower before."""
    losses = [1.0, 1 + 2 * EPS]
    outcome = descend(Script(losses), Constant(1.0), [Converged(1.0)], np.zeros(1))
    assert (outcome.stop.reason, outcome.kept.loss) == ("converged", losses[1])


def test_divergence_keeps_the_best_parameters():
    """A rate above 2/L grows without bound; the start was best."""
    outcome = descend(Quadratic(1.0), Constant(3.0), [Diverged(), MaxIter(1000)])
    assert outcome.stop.reason == "diverged"
    assert_array_equal(outcome.kept.theta, [1.0])
    assert outcome.progress.n_updates < 20


def test_infinite_loss_is_divergence():
    """NaN and infinity end descent at once."""
    objective = Cliff(1.0)
    outcome = descend(objective, Constant(5.0), [Diverged(), MaxIter(9)])
    assert (outcome.stop.reason, outcome.progress.n_updates) == ("diverged", 1)
    assert outcome.kept.loss == 0.5


@pytest.mark.parametrize("fresh", [True, False])
def test_ending_above_the_start_is_divergence_for_a_fresh_start(fresh):
    """A warm start goes on as it would have gone on."""
    outcome = descend(
        Quadratic(1.0),
        Constant(2.1),
        [Diverged(), MaxIter(3)],
        started_afresh=fresh,
    )
    assert outcome.stop.reason == ("diverged" if fresh else "max_iter")
    expected = 1.0 if fresh else (1 - 2.1) ** 3
    assert_allclose(outcome.kept.theta, [expected])


def test_interrupted_rise_keeps_the_best_point():
    """Non-monotone rates do not hand out a momentary rise when updates run out."""
    objective = Quadratic(*np.geomspace(1, 1e4, 30))
    for max_iter in range(20, 60):
        rules = [MaxIter(max_iter, Stop.MAX_ITER_NON_MONOTONE)]
        outcome = descend(objective, BarzilaiBorwein(EPS), rules)
        assert outcome.kept.loss == losses_of(outcome).min()


def test_start_that_is_not_finite_is_an_error():
    """There is nothing to keep."""
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weight"):
        descend(Cliff(1.0), Constant(0.1), [MaxIter(1)], np.array([5.0]))


def test_rules_are_asked_in_order_and_a_report_only_looks(capsys):
    """The first reason counts; printing goes on beside it."""
    rules = [
        lambda _: None,
        lambda progress: Stop.CALLBACK if progress.n_updates == 4 else None,
        lambda progress: Stop.CONVERGED if progress.n_updates == 4 else None,
    ]
    outcome = descend(Quadratic(1.0), Constant(0.5), rules, observers=[Report(2)])
    assert outcome.stop is Stop.CALLBACK
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["iteration", "loss", "learning", "rate", "time"]
    assert [line.split()[:3] for line in lines] == [
        ["2", f"{0.5 * 0.25**2:.8f}", "0.5"],
        ["4", f"{0.5 * 0.0625**2:.8f}", "0.5"],
    ]
    assert len({len(line) for line in (heading, *lines)}) == 1


def test_progress_knows_the_best_point():
    """NaN is never the best."""
    points = [
        Point(np.array([x]), x**2 / 2, np.array([x]), abs(x)) for x in (3.0, 1.0, 2.0)
    ]
    start, *others = points
    progress = Progress(start, start, start, None, None, validation_decides=False)
    for point in (*others, Point(np.zeros(1), np.nan, np.zeros(1), np.nan)):
        progress.record(0.1, point, None)
    assert progress.best is points[1]
    assert not progress.point.is_finite


class Broken(Quadratic):
    """A quadratic whose third evaluation is an error."""

    def __init__(self, error):
        super().__init__(1.0)
        self.error, self.n_evaluations = error, 0

    def cost(self, theta):
        """Return J(θ) and ∇J(θ), twice."""
        self.n_evaluations += 1
        if self.n_evaluations == 3:
            raise self.error
        return super().cost(theta)


def test_an_error_in_an_answer_goes_through_the_descent():
    """As if descent had computed J itself."""
    broken = Broken(RuntimeError("broken"))
    with pytest.raises(RuntimeError, match="broken"):
        descend(broken, Constant(0.5), [MaxIter(9)])
    assert broken.n_evaluations == 3


def test_ctrl_c_in_an_answer_ends_the_descent_with_what_it_has():
    """It had done one update."""
    outcome = descend(Broken(KeyboardInterrupt()), Constant(0.5), [MaxIter(9)])
    assert outcome.stop is Stop.INTERRUPTED
    assert outcome.progress.n_updates == 1
    assert_array_equal(outcome.kept.theta, [0.5])


def test_ctrl_c_before_the_first_point_is_passed_on():
    """There is nothing to keep."""
    broken = Broken(KeyboardInterrupt())
    broken.n_evaluations = 2
    with pytest.raises(KeyboardInterrupt):
        descend(broken, Constant(0.5), [MaxIter(9)])


def test_descents_side_by_side_are_the_same_as_alone():
    """Whoever drives them: here each is asked, and answered, in turn."""
    objectives = [Quadratic(1.0, c) for c in (2.0, 30.0, 400.0)]
    rules = [Converged(1e-9), MaxIter(100)]

    def start(objective):
        plan = Plan(GradientDescent(), BarzilaiBorwein(EPS), rules, EPS)
        return minimize(np.ones(2), plan)

    running = {k: start(objective) for k, objective in enumerate(objectives)}
    queries = {k: next(descent) for k, descent in running.items()}
    outcomes = {}
    while queries:
        answers = {k: objectives[k].cost(theta) for k, (_, theta) in queries.items()}
        queries = {}
        for k, answer in answers.items():
            try:
                queries[k] = running[k].send(answer)
            except StopIteration as finished:
                outcomes[k] = finished.value
    for k, objective in enumerate(objectives):
        alone = run(start(objective), objective)
        assert_array_equal(outcomes[k].kept.theta, alone.kept.theta)
        assert outcomes[k].progress.updates == alone.progress.updates
