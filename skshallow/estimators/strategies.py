"""From parameters that are strings and numbers to the objects that descent works with.

Each name becomes an object here, once, from a table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from skshallow.data.rows import Moments, merge_moments
from skshallow.descent.learning_rates import (
    AdaptiveBarzilaiBorwein,
    Backtracking,
    BarzilaiBorwein,
    Constant,
    LearningRate,
    Schedule,
)
from skshallow.descent.loop import Plan
from skshallow.descent.observers import Observer
from skshallow.descent.outcome import Stop
from skshallow.descent.solvers import (
    Adam,
    GradientDescent,
    HeavyBall,
    Nesterov,
    ProximalGradientDescent,
    Solver,
    State,
)
from skshallow.descent.stopping import (
    Converged,
    Diverged,
    MaxIter,
    NoImprovement,
    PrecisionReached,
    Requested,
    Rule,
    Stalled,
)
from skshallow.estimators.problem import Problem
from skshallow.objective.coordinates import AsGiven, Coordinates, Standardization
from skshallow.objective.objective import Objective
from skshallow.places import on_host

# By name, functions that make a solver from the momentum.
SOLVERS: Mapping[str, Callable[[float], Solver]] = {
    "gd": lambda momentum: GradientDescent(),
    "momentum": HeavyBall,
    "nesterov": Nesterov,
    "adam": lambda momentum: Adam(),
}
# What "auto" stands for with solvers whose state a line search would mislead.
AUTO_RATES: Mapping[str, float] = {"momentum": 0.1, "nesterov": 0.1, "adam": 0.01}


class Strategy(Protocol):
    """What `learning_rate` and `solver` together stand for.

    ``at_max_iter`` is the reason to stop at max_iter, which says what is kept, and
    ``advice`` what to do if that was too early.
    """

    at_max_iter: ClassVar[Stop]
    advice: ClassVar[str]

    def coordinates(self, objective: Objective) -> Coordinates:
        """Return the coordinates of a fit."""

    def batch_coordinates(
        self, earlier: Sequence[Any] | None, objective: Objective
    ) -> Coordinates:
        """Return those of an update of a stream, from the moments of earlier rows."""

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return the rate of a fit, and reasons to stop that come with it."""

    def batch_rate(self, problem: Problem, last_rates: list[float]) -> LearningRate:
        """Return the rate of an update of a stream."""


@dataclass(frozen=True)
class Adaptive:
    """Rates found by line search, in coordinates made for it.

    In these, J has much the same curvature in every direction.
    """

    # With such rates J may rise for some updates, which may be the last ones.
    at_max_iter: ClassVar[Stop] = Stop.MAX_ITER_NON_MONOTONE
    advice: ClassVar[str] = "Increase max_iter or tol."
    tol: float

    def coordinates(self, objective: Objective) -> Coordinates:
        """Scale the columns, and decorrelate them where that helps."""
        blocks = objective.blocks
        # A network would learn noise in directions in which X hardly varies, and |W| is
        # a sum over coordinates only where these are the columns.
        decorrelates = objective.model.linear and objective.penalty.l1 == 0
        moments = (blocks.covariances if decorrelates else None) or blocks.moments
        return self._standardization(
            objective, moments._replace(weight=float(blocks.n_rows))
        )

    def batch_coordinates(
        self, earlier: Sequence[Any] | None, objective: Objective
    ) -> Coordinates:
        """Scale the columns by the moments of all rows seen.

        A few rows alone are no estimate of the columns' scales.
        """
        blocks = objective.blocks
        moments = blocks.moments._replace(weight=float(blocks.n_rows))
        if earlier is not None:
            moments = merge_moments(Moments(*map(on_host, earlier)), moments)
        return self._standardization(objective, moments)

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return Barzilai–Borwein rates, until nothing is left to gain by them."""
        precision, first_rate = problem.precision, problem.coordinates.first_rate
        # With tol=0, all max_iter updates are to be done.
        stops = self.tol > 0
        rules: list[Rule] = [PrecisionReached(precision)] if stops else []
        if problem.model.linear:
            return AdaptiveBarzilaiBorwein(precision, first_rate), rules
        if stops:
            rules.append(Stalled(self.tol))
        smooth = problem.model.smooth
        return BarzilaiBorwein(precision, first_rate, smooth), rules

    def batch_rate(self, problem: Problem, last_rates: list[float]) -> LearningRate:
        """Return rates around the last; in standardised coordinates, try 1 first."""
        return Backtracking(problem.precision, last_rates[-1] if last_rates else 0.5)

    def _standardization(
        self, objective: Objective, moments: Moments
    ) -> Standardization:
        """Return the coordinates of scaled columns."""
        model = objective.model
        return Standardization(
            model.layout,
            moments,
            objective.dtype,
            curvature=objective.loss.typical_curvature(model.n_outputs),
            alpha=objective.penalty.l2,
        )


@dataclass(frozen=True)
class Given:
    """A rate that the user gave, or that "auto" stands for, with θ′ = θ."""

    at_max_iter: ClassVar[Stop] = Stop.MAX_ITER
    advice: ClassVar[str] = (
        "Increase max_iter, tol or learning_rate, standardise the features, or use "
        "solver='gd' with learning_rate='auto', which needs fewer updates."
    )
    rate: float | Callable[[int], float]

    def coordinates(self, objective: Objective) -> Coordinates:
        """Return the coordinates of θ itself."""
        return AsGiven()

    def batch_coordinates(
        self, earlier: Sequence[Any] | None, objective: Objective
    ) -> Coordinates:
        """Return the coordinates of θ itself."""
        return AsGiven()

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return the rate, and no rule: J may change little since the rate is small."""
        return self.batch_rate(problem, []), []

    def batch_rate(self, problem: Problem, last_rates: list[float]) -> LearningRate:
        """Return the rate, which may depend on the number of updates."""
        if callable(self.rate):
            return Schedule(self.rate, len(last_rates))
        return Constant(float(self.rate))


def make_strategy(estimator: Any) -> Strategy:
    """Return the strategy that an estimator's parameters stand for."""
    if estimator.learning_rate != "auto":
        return Given(estimator.learning_rate)
    rate = AUTO_RATES.get(estimator.solver)
    return Adaptive(estimator.tol) if rate is None else Given(rate)


def plan_fit(
    estimator: Any,
    strategy: Strategy,
    problem: Problem,
    observers: Sequence[Observer],
) -> Plan:
    """Return the plan of a fit: updates until a rule stops them, without a state."""
    learning_rate, own_rules = strategy.rate_and_rules(problem)
    rules: list[Rule] = [Diverged(), Converged(estimator.tol)]
    rules += own_rules
    if estimator.early_stopping:
        rules.append(NoImprovement(estimator.n_iter_no_change))
    rules.append(MaxIter(estimator.max_iter, strategy.at_max_iter))
    if observers:
        rules.append(Requested(observers))
    return Plan(
        solver=_make_solver(estimator, problem),
        learning_rate=learning_rate,
        rules=rules,
        precision=problem.precision,
        started_afresh=not problem.resumes,
        validates=problem.held_out is not None,
        validation_decides=estimator.early_stopping,
    )


def plan_batch(estimator: Any, strategy: Strategy, problem: Problem) -> Plan:
    """Return the plan of one update, from the state that the last call left."""
    last_rates = getattr(estimator, "learning_rate_curve_", [])
    return Plan(
        solver=_make_solver(estimator, problem),
        learning_rate=strategy.batch_rate(problem, last_rates),
        rules=[Diverged(), MaxIter(1, Stop.PARTIAL_FIT)],
        precision=problem.precision,
        state=_last_state(estimator, problem),
        started_afresh=False,
    )


def _last_state(estimator: Any, problem: Problem) -> State:
    """Return the state that the last update left, if it is of this solver and model."""
    solver_name, *arrays = getattr(estimator, "_solver_memory", [None])
    state = list(map(on_host, arrays))
    same_size = not state or len(state[0]) == problem.model.layout.size
    return state if solver_name == estimator.solver and same_size else ()


def _make_solver(estimator: Any, problem: Problem) -> Solver:
    """Return the solver.

    Raises
    ------
    ValueError
        If there is an L1 penalty, whose proximal step no other solver than "gd" takes.
    """
    solver = SOLVERS[estimator.solver](estimator.momentum)
    if estimator.l1_ratio > 0 and not solver.plain:
        raise ValueError(
            f"l1_ratio={estimator.l1_ratio} needs solver='gd', whose proximal step "
            f"makes exact zeros; solver={estimator.solver!r} has none. Use solver='gd' "
            "or l1_ratio=0."
        )
    thresholds = problem.objective.thresholds
    if thresholds is not None:
        return ProximalGradientDescent(problem.coordinates.thresholds(thresholds))
    return solver
