"""minimize(): the one training loop.

It knows neither the model nor the solver nor why it stops: it takes steps, notes them
and asks the rules.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from skshallow.descent.learning_rates import LearningRate
from skshallow.descent.progress import Progress, Validation
from skshallow.descent.solvers import Solver
from skshallow.descent.stopping import Rule, Stop
from skshallow.descent.types import Objective, Point, Vector, evaluate


class Watcher(Protocol):
    """Somebody to be told of each update; ``after`` may ask to stop."""

    def before(self, progress: Progress) -> None:
        """Hear that an update begins."""

    def after(self, progress: Progress) -> Stop | None:
        """Hear that it is done."""


class Outcome(NamedTuple):
    """How descent ended: the point that is kept, why it stopped, and how it went."""

    kept: Point
    validation_loss: float | None
    stop_reason: str
    progress: Progress


def minimize(
    objective: Objective,
    theta: Vector,
    *,
    solver: Solver,
    learning_rate: LearningRate,
    rules: Sequence[Rule],
    started_afresh: bool,
    validation: Validation | None = None,
    watcher: Watcher | None = None,
) -> Outcome:
    """Descend from ``theta`` until one of ``rules`` gives a reason to stop.

    At least one update is done. To have started afresh and to end above the start is
    to diverge, whatever the rules say. A KeyboardInterrupt is a reason to stop, too:
    the outcome has it, and the caller is to raise it again.

    Raises
    ------
    ValueError
        If J or ∇J is not finite at the start.
    """
    progress = Progress(evaluate(objective, theta), validation)
    if not progress.start.is_finite:
        raise ValueError(
            "Solver produced non-finite parameter weights: the starting parameters "
            f"have the loss {progress.start.loss} and a gradient of size "
            f"{progress.start.gradient_norm}. The input data may contain large values "
            "and need to be preprocessed, for example by StandardScaler."
        )
    stop = None
    try:
        while stop is None:
            if watcher is not None:
                watcher.before(progress)
            progress.record(*learning_rate.step(objective, solver, progress.point))
            stop = next(filter(None, (rule(progress) for rule in rules)), None)
            if watcher is not None:
                asked = watcher.after(progress)
                stop = stop or asked
    except KeyboardInterrupt:
        stop = Stop("interrupted", keep_best=True)
    keeps_best = stop.keep_best or (validation is not None and validation.decides)
    kept = progress.best if keeps_best else progress.point
    rises = started_afresh and _is_above(kept, progress.start, objective.dtype)
    is_lost = not all(map(_has_finite_theta, (kept, progress.point)))
    if stop.reason != "interrupted" and (rises or is_lost):
        stop = Stop("diverged", keep_best=True)
        best, start = progress.best, progress.start
        kept = best if _has_finite_theta(best) else start
    validation_loss = (
        progress.validation_loss
        if kept is progress.point
        else progress.best_validation_loss
    )
    return Outcome(kept, validation_loss, stop.reason, progress)


def _is_above(point: Point, start: Point, dtype: np.dtype[Any]) -> bool:
    """Whether a point's loss exceeds the start's by more than its rounding."""
    return not point.loss <= start.loss * (1 + 10 * float(np.finfo(dtype).eps))


def _has_finite_theta(point: Point) -> bool:
    """Whether these are parameters to be kept, whatever their loss."""
    return bool(np.isfinite(point.theta).all())
