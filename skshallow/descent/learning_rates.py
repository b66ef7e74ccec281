"""How far to go: a learning rate takes one step and returns where it led."""

from collections import deque
from typing import Protocol

import numpy as np

from skshallow.descent.solvers import Solver
from skshallow.descent.types import Objective, Point, evaluate


class LearningRate(Protocol):
    """What the loop asks of a learning rate."""

    def step(
        self, objective: Objective, solver: Solver, point: Point
    ) -> tuple[float, Point]:
        """Return the rate taken and the point that it led to."""


class Constant:
    """The same rate for every update."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def step(
        self, objective: Objective, solver: Solver, point: Point
    ) -> tuple[float, Point]:
        """Take the update as it comes."""
        theta = solver.update(point.theta, point.gradient, self.rate)
        return self.rate, evaluate(objective, theta)


class BarzilaiBorwein:
    """Rates from the curvature that the last update met, made safe by a line search.

    With s the last change of θ and y that of ∇J, ⟨s, s⟩/⟨s, y⟩ and ⟨s, y⟩/⟨y, y⟩ are
    inverse curvatures along the way; they are tried in turn (Barzilai and Borwein,
    1988). The rate is halved until J falls below the largest of the last ten by a
    sufficient decrease (Grippo, Lampariello and Lucidi, 1986; Raydan, 1997; Wright,
    Nowak and Figueiredo, 2009). So J may rise for a moment, which such rates need to be
    fast, but never above where it started.

    Where J is not ``smooth``, ∇J jumps at kinks; there y is the size of the jump, the
    quotients are next to nothing, and descent would creep along the kink for ever. So
    then no trial is smaller than the first rate that was taken.
    """

    memory = 10
    sufficient_decrease = 1e-4
    max_halvings = 100

    def __init__(self, *, smooth: bool = True) -> None:
        self.smooth = smooth
        # In standardised coordinates, curvatures are of the order of 1.
        self._rate = 1.0
        self._least_trial = 0.0
        self._previous: Point | None = None
        self._recent_losses: deque[float] = deque(maxlen=self.memory)
        self._take_long = False

    def step(
        self, objective: Objective, solver: Solver, point: Point
    ) -> tuple[float, Point]:
        """Halve the rate until the decrease suffices; if it never does, stay."""
        highest = max(self._recent_losses, default=np.inf)
        # A rise in the last digits of J is none; nor does it, by the minimum here,
        # become a height to rise from.
        self._recent_losses.append(min(point.loss, highest))
        ceiling = max(self._recent_losses) * (1 + 4 * np.finfo(objective.dtype).eps)
        rate = self._first_trial(point)
        self._previous = point
        for _ in range(self.max_halvings):
            theta = solver.update(point.theta, point.gradient, rate)
            trial = evaluate(objective, theta)
            move = theta - point.theta
            decrease = self.sufficient_decrease / rate * float(move @ move)
            if trial.is_finite and trial.loss <= ceiling - decrease:
                break
            rate /= 2
        else:
            trial = point
        if not self.smooth and self._least_trial == 0:
            self._least_trial = rate
        self._rate = rate
        return rate, trial

    def _first_trial(self, point: Point) -> float:
        """Return one of the two Barzilai–Borwein rates where they are defined."""
        if self._previous is None:
            return self._rate
        s = point.theta - self._previous.theta
        y = point.gradient - self._previous.gradient
        ss, sy, yy = float(s @ s), float(s @ y), float(y @ y)
        self._take_long = not self._take_long
        if ss == 0 or yy == 0:
            return self._rate
        if sy <= 0:
            # The curvature is negative: its size, the geometric mean of the two.
            rate = float(np.sqrt(ss / yy))
        else:
            rate = ss / sy if self._take_long else sy / yy
        return max(rate, self._least_trial)
