"""How far to go: a learning rate takes one step and returns its point."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from typing import ClassVar, Protocol

import numpy as np

from skshallow.descent.solvers import Solver, State, evaluate
from skshallow.descent.types import Asking, Point

# The rate taken, the point that it led to, and the solver's state there.
Step = tuple[float, Point, State]


class LearningRate(Protocol):
    """The interface of a learning rate."""

    def step(self, solver: Solver, point: Point, state: State) -> Asking[Step]:
        """Take a step from a point, where the solver has this state."""


class Schedule:
    """A rate that depends on the number of updates done, by any function of it."""

    def __init__(self, rate_of: Callable[[int], float], n_updates: int = 0) -> None:
        self.rate_of = rate_of
        self.n_updates = n_updates

    def step(self, solver: Solver, point: Point, state: State) -> Asking[Step]:
        """Take the update, whatever J is there."""
        rate = self.rate_of(self.n_updates)
        if not (isinstance(rate, Real) and 0 < rate < np.inf):
            raise ValueError(
                f"learning_rate must return finite numbers > 0; for update "
                f"{self.n_updates} it returned {rate!r}."
            )
        self.n_updates += 1
        rate = float(rate)
        theta, state = solver.update(point, rate, state)
        return rate, (yield from evaluate(solver, theta)), state


class Constant(Schedule):
    """The same rate for every update."""

    def __init__(self, rate: float) -> None:
        super().__init__(lambda _: rate)


@dataclass
class LineSearch:
    """Rates that are halved until J has fallen enough below a ceiling.

    ``precision`` is the relative rounding error of J.
    """

    precision: float

    sufficient_decrease: ClassVar[float] = 1e-4
    max_halvings: ClassVar[int] = 100
    # Very large gradients would let it be halved to zero.
    least_rate: ClassVar[float] = float(np.finfo(np.float64).tiny)

    def search(
        self, solver: Solver, point: Point, state: State, rate: float, ceiling: float
    ) -> Asking[Step]:
        """Take the first rate at which J falls enough; if there is none, stay."""
        # A rise within the rounding error of J does not count.
        ceiling *= 1 + 4 * self.precision
        for _ in range(self.max_halvings):
            theta, next_state = solver.update(point, rate, state)
            trial = yield from evaluate(solver, theta)
            move = theta - point.theta
            decrease = self.sufficient_decrease / rate * float(move @ move)
            if trial.is_finite and trial.loss <= ceiling - decrease:
                return rate, trial, next_state
            rate = max(rate / 2, self.least_rate)
        return rate, point, state


@dataclass
class Backtracking(LineSearch):
    """Twice the last rate, halved until J falls by half of what ∇J predicts.

    For streams: each step is taken on other rows, so a smaller decrease would allow
    steps that fit the last rows alone (Armijo, 1966; Vaswani et al., "Painless
    stochastic gradient", 2019).
    """

    last_rate: float

    sufficient_decrease: ClassVar[float] = 0.5
    # Rows that are fitted well accept any rate, which the next rows would have to undo;
    # in standardised coordinates, rates up to about 1 are stable for a few rows.
    largest: ClassVar[float] = 1.0

    def step(self, solver: Solver, point: Point, state: State) -> Asking[Step]:
        """Halve the rate until the decrease suffices."""
        first = min(2 * self.last_rate, self.largest)
        search = self.search(solver, point, state, first, point.loss)
        rate, trial, state = yield from search
        if trial is not point:
            self.last_rate = rate
        return self.last_rate, trial, state


@dataclass
class BarzilaiBorwein(LineSearch):
    """Rates from the curvature along the last update, made safe by a line search.

    With s the last change of θ and y that of ∇J, ⟨s, s⟩/⟨s, y⟩ and ⟨s, y⟩/⟨y, y⟩ are
    inverse curvatures along the way, a long and a short one; they are tried in turn
    (Barzilai and Borwein, 1988). The rate is halved until J falls below the largest of
    the last ten by a sufficient decrease (Grippo, Lampariello and Lucidi, 1986; Raydan,
    1997; Wright, Nowak and Figueiredo, 2009). So J may rise for a moment, which such
    rates need to be fast, but never above where it started.

    Where J is not ``smooth``, ∇J jumps at kinks; there y is the size of the jump, the
    quotients are next to nothing, and descent would creep along the kink for ever. So
    then no trial is smaller than the first rate that was taken.
    """

    first_rate: float = 1.0
    smooth: bool = True

    memory: ClassVar[int] = 10
    _rate: float = 0.0
    _least_trial: float = 0.0
    _previous: Point | None = None
    _recent_losses: deque[float] = field(default_factory=partial(deque, maxlen=memory))
    _take_long: bool = False

    def step(self, solver: Solver, point: Point, state: State) -> Asking[Step]:
        """Search from one of the quotients, below the largest of the last ten J."""
        # With the minimum, a rise within rounding does not raise the ceiling.
        highest = max(self._recent_losses, default=np.inf)
        self._recent_losses.append(min(point.loss, highest))
        ceiling = max(self._recent_losses)
        if self._previous is None:
            first = self.first_rate
        else:
            first = self._first_trial(self._previous, point)
        self._previous = point
        step = yield from self.search(solver, point, state, first, ceiling)
        self._rate, _, _ = step
        if not self.smooth and self._least_trial == 0:
            self._least_trial = self._rate
        return step

    def _first_trial(self, previous: Point, point: Point) -> float:
        """Return one of the two Barzilai–Borwein rates where they are defined."""
        s = point.theta - previous.theta
        y = point.gradient - previous.gradient
        ss, sy, yy = float(s @ s), float(s @ y), float(y @ y)
        if ss == 0 or yy == 0:
            return self._rate
        if sy <= 0:
            # The curvature is negative: its size, the geometric mean of the two.
            rate = math.sqrt(ss / yy)
        else:
            rate = self._choose(long=ss / sy, short=sy / yy)
        return max(rate, self._least_trial) if 0 < rate < np.inf else self._rate

    def _choose(self, long: float, short: float) -> float:
        """Alternate between the two rates."""
        self._take_long = not self._take_long
        return long if self._take_long else short


@dataclass
class AdaptiveBarzilaiBorwein(BarzilaiBorwein):
    """The same for linear models, with another choice of the rate to be tried.

    While the two rates are near each other, the long one. Where they are not, ∇J has
    steep parts, which the smallest of the last few short ones removes ("ABBmin",
    Frassoldati, Zanni and Zanghirati, 2008). This takes an eighth fewer updates than
    alternating, but many more on networks, where alternating leaves poor valleys.
    """

    near: ClassVar[float] = 0.3
    _recent_short: deque[float] = field(default_factory=partial(deque, maxlen=5))

    def _choose(self, long: float, short: float) -> float:
        """Take the long one, or the smallest of the last short ones."""
        self._recent_short.append(short)
        return long if short > self.near * long else min(self._recent_short)
