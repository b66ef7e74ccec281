"""From parameters that are strings and numbers to the objects that descent works with.

Each name becomes an object here, once, from a table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from skshallow.descent.learning_rates import (
    AdaptiveBarzilaiBorwein,
    Backtracking,
    BarzilaiBorwein,
    Constant,
    LearningRate,
    Schedule,
)
from skshallow.descent.limited_memory import LimitedMemory
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
from skshallow.objective.coordinates import (
    AsGiven,
    Coordinates,
    conditioned,
    scaled,
)
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

    def coordinates(self, problem: Problem) -> Coordinates:
        """Return the coordinates of a fit."""

    def batch_coordinates(self, problem: Problem) -> Coordinates:
        """Return those of an update of a stream."""

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return the rate of a fit, and reasons to stop that come with it."""

    def batch_rate(self, problem: Problem, last_rates: list[float]) -> LearningRate:
        """Return the rate of an update of a stream."""


@dataclass(frozen=True)
class Spectral:
    """Rates found by line search, each one number, in coordinates made for it.

    In these, J has much the same curvature in every direction.
    """

    # With such rates J may rise for some updates, which may be the last ones.
    at_max_iter: ClassVar[Stop] = Stop.MAX_ITER_NON_MONOTONE
    advice: ClassVar[str] = "Increase max_iter or tol."
    tol: float

    def coordinates(self, problem: Problem) -> Coordinates:
        """Scale the columns, and decorrelate them where that helps.

        A network would learn noise in directions in which X hardly varies, and |W| is a
        sum over coordinates only where these are the columns.
        """
        model, objective = problem.model, problem.objective
        if not model.linear or objective.penalty.l1 > 0:
            return self.batch_coordinates(problem)
        return conditioned(
            model.layout,
            problem.scales,
            objective.dtype,
            curvature=objective.loss.typical_curvature(model.n_outputs),
            penalty=objective.penalty.of_columns(model.layout),
        )

    def batch_coordinates(self, problem: Problem) -> Coordinates:
        """Scale the columns."""
        return scaled(problem.model.layout, problem.scales, problem.objective.dtype)

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return Barzilai–Borwein rates, until nothing is left to gain by them."""
        precision, first_rate = problem.precision, problem.coordinates.first_rate
        if problem.model.linear:
            return AdaptiveBarzilaiBorwein(precision, first_rate), self._rules(problem)
        rate = BarzilaiBorwein(precision, first_rate, problem.model.smooth)
        return rate, self._rules(problem)

    def batch_rate(self, problem: Problem, last_rates: list[float]) -> LearningRate:
        """Return rates around the last; in standardised coordinates, try 1 first."""
        last = last_rates[-1] if last_rates else 0.5
        # It is 0 where a search found nothing.
        return Backtracking(problem.precision, last or 0.5)

    def _rules(self, problem: Problem) -> list[Rule]:
        """Return reasons to stop; with tol=0, all max_iter updates are to be done."""
        if self.tol == 0:
            return []
        rules: list[Rule] = [PrecisionReached(problem.precision, problem.ceiling)]
        if not problem.model.linear:
            # What is but little below may still be at a saddle.
            rules.append(Stalled(self.tol, 0.99 * problem.ceiling))
        return rules


@dataclass(frozen=True)
class Matrix(Spectral):
    """A rate that is a matrix: of the last updates and, for linear models, of J."""

    at_max_iter: ClassVar[Stop] = Stop.MAX_ITER

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return the matrix of limited-memory BFGS; L1 needs a rate of one number."""
        if problem.objective.penalty.l1 > 0:
            return super().rate_and_rules(problem)
        renewal = None
        if problem.model.linear:
            # So that it takes no more time than the updates between.
            renewal = max(3, problem.objective.blocks.n_features // 8)
        first_rate = problem.coordinates.first_rate
        # Newton's step, in coordinates made for it, where one logit is all there is.
        exact = first_rate != 1 and problem.model.n_outputs == 1
        rate = LimitedMemory(problem.precision, first_rate, self.tol, renewal, exact)
        return rate, self._rules(problem)


@dataclass(frozen=True)
class Given:
    """A rate that the user gave, with θ′ = θ."""

    at_max_iter: ClassVar[Stop] = Stop.MAX_ITER
    advice: ClassVar[str] = (
        "Increase max_iter, tol or learning_rate, or use learning_rate='auto' with "
        "solver='gd'."
    )
    rate: float | Callable[[int], float]

    def coordinates(self, problem: Problem) -> Coordinates:
        """Return the coordinates of θ itself."""
        return AsGiven()

    def batch_coordinates(self, problem: Problem) -> Coordinates:
        """Return those of a fit."""
        return self.coordinates(problem)

    def rate_and_rules(self, problem: Problem) -> tuple[LearningRate, list[Rule]]:
        """Return the rate, and no rule: J may change little since the rate is small."""
        return self.batch_rate(problem, []), []

    def batch_rate(self, problem: Problem, last_rates: list[float]) -> LearningRate:
        """Return the rate, which may depend on the number of updates."""
        if callable(self.rate):
            return Schedule(self.rate, len(last_rates))
        return Constant(float(self.rate))


@dataclass(frozen=True)
class Scaled(Given):
    """A constant that "auto" stands for, for inputs that are scaled."""

    advice: ClassVar[str] = (
        "Increase max_iter or tol, or use solver='gd', which needs fewer updates."
    )

    def coordinates(self, problem: Problem) -> Coordinates:
        """Scale the columns."""
        return scaled(problem.model.layout, problem.scales, problem.objective.dtype)


def make_strategy(estimator: Any) -> Strategy:
    """Return the strategy that an estimator's parameters stand for."""
    rate, solver = estimator.learning_rate, estimator.solver
    if rate == "spectral":
        if solver != "gd":
            raise ValueError(
                "learning_rate='spectral' is a rate of solver='gd', got solver="
                f"{solver!r}. Use that, or learning_rate='auto'."
            )
        return Spectral(estimator.tol)
    if rate != "auto":
        return Given(rate)
    if solver in AUTO_RATES:
        return Scaled(AUTO_RATES[solver])
    return Matrix(estimator.tol)


def plan_fit(
    estimator: Any,
    strategy: Strategy,
    problem: Problem,
    observers: Sequence[Observer],
) -> Plan:
    """Return the plan of a fit: updates until a rule stops them, without a state."""
    learning_rate, own_rules = strategy.rate_and_rules(problem)
    rules: list[Rule] = [Diverged(), Converged(estimator.tol, problem.ceiling)]
    rules += own_rules
    if estimator.early_stopping:
        rules.append(
            NoImprovement(estimator.n_iter_no_change, estimator.min_improvement)
        )
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
