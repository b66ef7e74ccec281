"""From parameters that are strings and numbers to the objects that descent works with.

Each name becomes an object here, once, from a table.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from skshallow.data.blocks import Blocks
from skshallow.data.rows import Moments, merge_moments
from skshallow.descent.learning_rates import (
    AdaptiveBarzilaiBorwein,
    Backtracking,
    BarzilaiBorwein,
    Constant,
    LearningRate,
    Schedule,
)
from skshallow.descent.solvers import (
    Adam,
    GradientDescent,
    HeavyBall,
    Nesterov,
    Solver,
)
from skshallow.descent.stopping import (
    Converged,
    Diverged,
    MaxIter,
    NoImprovement,
    PrecisionReached,
    Report,
    Rule,
    Stalled,
)
from skshallow.objective.coordinates import AsGiven, Coordinates, Standardization
from skshallow.objective.models import Model
from skshallow.objective.objective import Objective
from skshallow.places import on_host

# By name, from the momentum.
SOLVERS: Mapping[str, Callable[[float], Solver]] = {
    "gd": lambda momentum: GradientDescent(),
    "momentum": HeavyBall,
    "nesterov": Nesterov,
    "adam": lambda momentum: Adam(),
}
# What "auto" stands for with the solvers whose memory a line search would mislead.
AUTO_RATES: Mapping[str, float] = {"momentum": 0.1, "nesterov": 0.1, "adam": 0.01}


def is_adaptive(estimator: Any) -> bool:
    """Whether rates are found by line search, in coordinates made for it."""
    return bool(estimator.learning_rate == "auto" and estimator.solver == "gd")


@dataclass
class Plan:
    """How an objective is to be minimised.

    Descent begins at ``fresh`` parameters or where the estimator stands. If it
    ``streams``, the objective is but a part of what is learnt from.
    """

    solver: Solver
    learning_rate: LearningRate
    rules: list[Rule]
    fresh: bool
    streams: bool


def plan_fit(estimator: Any, model: Model, dtype: np.dtype[Any], warm: bool) -> Plan:
    """Return the plan of a fit: as many updates as it takes, by a fresh solver."""
    adaptive = is_adaptive(estimator)
    rules: list[Rule] = [Diverged(), Converged(estimator.tol)]
    if estimator.verbose:
        rules.insert(0, Report(int(estimator.verbose)))
    if adaptive and estimator.tol > 0:
        rules.append(PrecisionReached(dtype))
        if not model.linear:
            rules.append(Stalled(estimator.tol))
    if estimator.early_stopping:
        rules.append(NoImprovement(estimator.n_iter_no_change))
    # Adaptive rates let J rise for a moment, which may be the last one.
    rules.append(MaxIter(estimator.max_iter, keep_best=adaptive))
    return Plan(
        solver=_solver(estimator, memory=[]),
        learning_rate=(
            _adaptive_rate(model) if adaptive else _given_rate(estimator, n_updates=0)
        ),
        rules=rules,
        fresh=not warm,
        streams=False,
    )


def plan_partial_fit(estimator: Any, model: Model, first: bool) -> Plan:
    """Return the plan of one update, by the solver as the last call left it."""
    last_rates = getattr(estimator, "learning_rate_curve_", [])
    solver_name, *memory = getattr(estimator, "_solver_memory", [None])
    memory = list(map(on_host, memory))
    if solver_name != estimator.solver or (
        memory and len(memory[0]) != model.layout.size
    ):
        memory = []
    return Plan(
        solver=_solver(estimator, memory),
        learning_rate=(
            # In standardised coordinates, 1 is the first rate to try.
            Backtracking(last_rates[-1] if last_rates else 0.5)
            if is_adaptive(estimator)
            else _given_rate(estimator, n_updates=len(last_rates))
        ),
        rules=[Diverged(), MaxIter(1, keep_best=False, reason="partial_fit")],
        fresh=first,
        streams=True,
    )


def _solver(estimator: Any, memory: list[Any]) -> Solver:
    """Return the solver, with what it remembers.

    Raises
    ------
    ValueError
        If there is an L1 penalty, whose proximal step no other solver than "gd" takes.
    """
    if estimator.solver != "gd" and estimator.l1_ratio > 0:
        raise ValueError(
            f"l1_ratio={estimator.l1_ratio} needs solver='gd', whose proximal step "
            f"makes exact zeros; solver={estimator.solver!r} has none. Use solver='gd' "
            "or l1_ratio=0."
        )
    solver = SOLVERS[estimator.solver](estimator.momentum)
    solver.memory = list(memory)
    return solver


def _adaptive_rate(model: Model) -> LearningRate:
    """Return the rate that "auto" stands for with gradient descent."""
    if model.linear:
        return AdaptiveBarzilaiBorwein()
    return BarzilaiBorwein(smooth=model.smooth)


def _given_rate(estimator: Any, n_updates: int) -> LearningRate:
    """Return the rate that the user chose, or that "auto" stands for."""
    rate = estimator.learning_rate
    if callable(rate):
        return Schedule(rate, n_updates)
    return Constant(AUTO_RATES[estimator.solver] if rate == "auto" else float(rate))


def make_coordinates(
    estimator: Any, objective: Objective, blocks: Blocks, plan: Plan
) -> tuple[Coordinates, Moments | None]:
    """Return coordinates in which J has much the same curvature in every direction.

    Only adaptive rates have them, with the moments of X that they come from. In a
    stream those are the moments of all rows seen, which grow with every call: a few
    rows alone would say next to nothing of the columns' scales.
    """
    if not is_adaptive(estimator):
        return AsGiven(), None
    model, penalty = objective.model, objective.penalty
    # A network would learn the noise of directions in which X hardly varies, and a sum
    # of |W| is one in no other directions than the columns'.
    decorrelates = model.linear and penalty.l1 == 0 and not plan.streams
    moments = (blocks.covariances if decorrelates else None) or blocks.moments
    moments = moments._replace(weight=blocks.n_rows)
    earlier = getattr(estimator, "_moments", None)
    if plan.streams and not plan.fresh and earlier is not None:
        moments = merge_moments(Moments(*map(on_host, earlier)), moments)
    coordinates = Standardization(
        model.layout,
        moments.mean,
        moments.covariance,
        objective.dtype,
        curvature=objective.loss.typical_curvature(model.n_outputs),
        alpha=penalty.l2,
    )
    return coordinates, moments._replace(covariance=moments.variance)


@contextmanager
def restored_on_error(estimator: Any) -> Iterator[None]:
    """Give an estimator its attributes back if anything fails or interrupts."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
