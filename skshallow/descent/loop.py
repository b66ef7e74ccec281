"""minimize(): the one training loop.

It knows neither the model nor the solver nor why it stops: it takes steps, notes them
and asks the rules.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from skshallow.descent.learning_rates import LearningRate
from skshallow.descent.progress import Progress
from skshallow.descent.solvers import Solver
from skshallow.descent.stopping import Rule, Stop
from skshallow.descent.types import Objective, Point, Vector, evaluate


class Outcome(NamedTuple):
    """How descent ended: the point that is kept, why it stopped, and how it went."""

    kept: Point
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
) -> Outcome:
    """Descend from ``theta`` until one of ``rules`` gives a reason to stop.

    At least one update is done. To have started afresh and to end above the start is
    to diverge, whatever the rules say.

    Raises
    ------
    ValueError
        If J or ∇J is not finite at the start.
    """
    progress = Progress(evaluate(objective, theta))
    if not progress.start.is_finite:
        raise ValueError(
            "Solver produced non-finite parameter weights: the starting parameters "
            f"have the loss {progress.start.loss} and a gradient of size "
            f"{progress.start.gradient_norm}. The input data may contain large values "
            "and need to be preprocessed, for example by StandardScaler."
        )
    stop = None
    while stop is None:
        progress.record(*learning_rate.step(objective, solver, progress.point))
        stop = next(filter(None, (rule(progress) for rule in rules)), None)
    if started_afresh and _ended_above_start(progress, objective.dtype):
        stop = Stop("diverged", keep_best=True)
    kept = progress.best if stop.keep_best else progress.point
    return Outcome(kept, stop.reason, progress)


def _ended_above_start(progress: Progress, dtype: np.dtype[Any]) -> bool:
    """Whether the last loss exceeds the first by more than its rounding."""
    first, last = progress.start.loss, progress.point.loss
    return not last <= first * (1 + 10 * np.finfo(dtype).eps)
