"""A learning rate that is a matrix, made of the last updates and of the curvature."""

from collections import deque
from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar

import numpy as np

from skshallow.descent.learning_rates import LineSearch, Step
from skshallow.descent.solvers import Solver, State, evaluate
from skshallow.descent.types import Asking, Curvature, Point, Vector


class Memory:
    """H, an inverse of the curvature C of J as the last updates correct it.

    A pair (s, y) holds the changes of θ and of ∇J by an update, scaled so that
    sᵀy = 1. With pairs as the rows of S and Y, the matrix of limited-memory BFGS is

        H = γ C⁻¹ + Sᵀ T⁻ᵀ (I + γ U Yᵀ) T⁻¹ S − γ Sᵀ T⁻ᵀ U − γ Uᵀ T⁻¹ S

    with U = Y C⁻¹, T the upper triangle of S Yᵀ and γ = 1 / yᵀC⁻¹y of the last pair, or
    1 if C is exact (Byrd, Nocedal and Schnabel, 1994, eq. 3.1). So H ∇J is two products
    with some rows instead of two scalar products for each pair, one after the other.
    """

    n_pairs: ClassVar[int] = 10
    # J is not convex along s where sᵀy is not positive.
    least_cosine: ClassVar[float] = 1e-10

    def __init__(self, curvature: Curvature) -> None:
        self.curvature = curvature
        self.size = 0
        self.gamma = 1.0
        m = self.n_pairs
        # The rows s₀, u₀, s₁, u₁ …, the oldest first.
        self._rows: Vector | None = None
        self._T_inverse = np.eye(m)
        self._UY = np.empty((m, m))
        self._pairs: deque[tuple[Vector, Vector]] = deque(maxlen=m)

    def add(self, s: Vector, y: Vector) -> bool:
        """Add a pair and forget the oldest; return False if J is not convex along s."""
        sy = float(s @ y)
        if not sy > self.least_cosine * sqrt(float(s @ s) * float(y @ y)):
            return False
        scale = 1 / sqrt(sy)
        s, y = scale * s, scale * y
        self._pairs.append((s, y))
        rows = self._with_room(len(s), s.dtype)
        rows[-2], rows[-1] = s, self.curvature.solve(y)
        with_y = rows @ y
        k = self.size - 1
        T_inverse, UY = self._T_inverse, self._UY
        # The inverse of a triangle with another column and 1 on its diagonal.
        T_inverse[:k, k] = -(T_inverse[:k, :k] @ with_y[:-2:2])
        UY[k, : k + 1] = UY[: k + 1, k] = with_y[1::2]
        # What is exact needs no other scale.
        self.gamma = 1.0 if self.curvature.exact else 1 / float(with_y[-1])
        return True

    def with_curvature(self, curvature: Curvature) -> "Memory":
        """Return one of another curvature, which if it is exact needs no mending."""
        memory = Memory(curvature)
        if not curvature.exact:
            for s, y in self._pairs:
                memory.add(s, y)
        return memory

    def direction(self, gradient: Vector) -> Vector:
        """Return H ∇J."""
        direction = self.curvature.solve(gradient)
        if self._rows is None:
            return direction
        k, gamma = self.size, self.gamma
        rows, T_inverse = self._rows[: 2 * k], self._T_inverse[:k, :k]
        with_gradient = rows @ gradient
        t = T_inverse @ with_gradient[::2]
        r = self._UY[:k, :k] @ t
        r -= with_gradient[1::2]
        r *= gamma
        r += t
        weights = np.empty_like(with_gradient)
        weights[::2] = r @ T_inverse
        weights[1::2] = -gamma * t
        direction *= gamma
        direction += weights @ rows
        return direction

    def _with_room(self, size: int, dtype: np.dtype[Any]) -> Vector:
        """Return the rows with room for a pair at their end."""
        if self._rows is None:
            self._rows = np.empty((2 * self.n_pairs, size), dtype)
        if self.size == self.n_pairs:
            self._rows[:-2] = self._rows[2:]
            # What is left of a triangle's inverse is the inverse of what is left.
            self._T_inverse[:-1, :-1] = self._T_inverse[1:, 1:]
            self._UY[:-1, :-1] = self._UY[1:, 1:]
        else:
            self.size += 1
        return self._rows[: 2 * self.size]


@dataclass(frozen=True)
class Uniform:
    """The same curvature, 1/rate, in every direction."""

    rate: float
    exact: bool = False

    def solve(self, gradient: Vector) -> Vector:
        """Return rate · ∇J."""
        return self.rate * gradient

    def residual(self, gradient: Vector) -> Vector:
        """Return ∇J."""
        return gradient


@dataclass(frozen=True)
class Diagonal:
    """A curvature for each entry of θ."""

    sizes: Vector
    exact: bool = False

    def solve(self, gradient: Vector) -> Vector:
        """Return C⁻¹ ∇J."""
        return gradient / self.sizes

    def residual(self, gradient: Vector) -> Vector:
        """Return ∇J."""
        return gradient


@dataclass
class LimitedMemory(LineSearch):
    """θ := θ − η H ∇J with η = 1, shortened until J falls by a sufficient decrease.

    H is the inverse of a curvature of J, corrected by the last ten updates (Liu and
    Nocedal, 1989); of one update and a curvature that is a number, it would be a
    Barzilai–Borwein rate. The curvature is 1/``first_rate`` or, with ``renewal``, that
    of J at a point that descent came to: it is asked for where ``renewal`` updates have
    not made ∇J much smaller, and whenever ∇J is at most ``tol``, since only then it is
    known what that means. At the start it is ``exact`` if 1/``first_rate`` is J's own.

    The rate that is reported is the length of the update over that of ∇J.
    """

    first_rate: float = 1.0
    tol: float = 0.0
    renewal: int | None = None
    exact: bool = False

    # What part of a trial's way to go next, and how much longer the next update may be,
    # where curvatures are those of a point that may be far from where J is lowest.
    shortest: ClassVar[float] = 0.05
    longest: ClassVar[float] = 0.5
    longer: ClassVar[float] = 4.0
    # Where the updates between make ∇J so much smaller, no curvature is needed.
    much: ClassVar[float] = 0.03
    _norm_before: float = 0.0
    _first_trial: float = 1.0
    _n_since: int = 0
    _lowest: float = np.inf

    def __post_init__(self) -> None:
        self._memory = Memory(Uniform(self.first_rate, self.exact))

    def step(self, solver: Solver, point: Point, state: State) -> Asking[Step]:
        """Take a step along H ∇J."""
        if self.renewal is not None and self._is_slow(point, self.renewal):
            point = yield from self._renewed(point)
        elif self.renewal is None:
            self._hold_back(point)
        step = yield from self._along(solver, point, state)
        if step[1] is point and self._memory.size > 0:
            # What is remembered is of no use here.
            self._memory = Memory(self._memory.curvature)
            step = yield from self._along(solver, point, state)
        rate, trial, state = step
        self._n_since += 1
        trial = self._judged(trial)
        if self.renewal is not None and trial.gradient_norm <= self.tol:
            trial = yield from self._renewed(trial)
        return rate, trial, state

    def _hold_back(self, point: Point) -> None:
        """Let no entry of C⁻¹ ∇J exceed 1/C, in whose coordinates weights are about 1.

        Where rows are far from all others, or penalties absurd, ∇J is as large, and a
        rate for all entries would be as small.
        """
        # Here the gradient norm is that of ∇J itself.
        if point.gradient_norm > 1:
            sizes = np.maximum(np.abs(point.gradient), 1)
            curvature: Curvature = Diagonal(sizes / self.first_rate)
            self._memory = self._memory.with_curvature(curvature)
        elif isinstance(self._memory.curvature, Diagonal):
            self._memory = self._memory.with_curvature(Uniform(self.first_rate))

    def _is_slow(self, point: Point, n_updates: int) -> bool:
        """Whether so many updates have not made ∇J much smaller."""
        if self._n_since == 0:
            self._norm_before = point.gradient_norm
        if self._n_since < n_updates:
            return False
        self._n_since = 0
        before, self._norm_before = self._norm_before, point.gradient_norm
        return point.gradient_norm > self.much * before

    def _along(self, solver: Solver, point: Point, state: State) -> Asking[Step]:
        """Search along H ∇J, and remember what the update shows."""
        direction = self._memory.direction(point.gradient)
        slope = float(direction @ point.gradient)
        if not slope > 0:
            return 0.0, point, state
        self._lowest = min(self._lowest, point.loss)
        along = point._replace(gradient=direction)
        rate = self._first_trial
        for _ in range(self.max_halvings):
            theta, next_state = solver.update(along, rate, state)
            trial = yield from evaluate(solver, theta)
            if trial.is_finite and self._falls(point, trial, direction, rate * slope):
                break
            rate *= self._shortened(point, trial, rate * slope)
        else:
            return 0.0, point, state
        convex = self._memory.add(theta - point.theta, trial.gradient - point.gradient)
        full = 1.0 if self.renewal is None else min(1.0, self.longer * rate)
        # Where J curves downwards, as around a saddle, it is not known how far.
        self._first_trial = full if convex else 2 * rate
        length = float(np.linalg.norm(direction) / np.linalg.norm(point.gradient))
        return rate * length, trial, next_state

    def _shortened(self, point: Point, trial: Point, predicted: float) -> float:
        """Return what part of a trial's way to go next: half of it.

        With curvatures, to the lowest point of the parabola through J at both ends with
        the slope here, within limits (Nocedal and Wright, 2006, sec. 3.5).
        """
        if self.renewal is None:
            return self.longest
        above = trial.loss - (point.loss - predicted)
        part = predicted / (2 * above) if above > 0 else self.longest
        return min(max(part, self.shortest), self.longest)

    def _falls(
        self, point: Point, trial: Point, direction: Vector, predicted: float
    ) -> bool:
        """Whether J falls by enough of what ∇J predicts.

        Where that is less than J's rounding, ∇J tells: it may rise along the way by
        what it would on a parabola (Hager and Zhang, 2005, eq. 4.1).
        """
        rounding = 4 * self.precision * abs(point.loss)
        decrease = self.sufficient_decrease * predicted
        if trial.loss <= point.loss - decrease and decrease > rounding:
            return True
        rise = -float(trial.gradient @ direction)
        most = (1 - 2 * self.sufficient_decrease) * float(point.gradient @ direction)
        return trial.loss <= self._lowest + rounding and rise <= most

    def _renewed(self, point: Point) -> Asking[Point]:
        """Ask for the curvature at a point, and return it as judged by that."""
        curvature = yield "curvature", point.theta
        self._n_since = 0
        if curvature is not None:
            self._memory = self._memory.with_curvature(curvature)
            if curvature.exact:
                self._first_trial = 1.0  # Newton's
        return self._judged(point)

    def _judged(self, point: Point) -> Point:
        """Return a point with its gradient measured in the curvature."""
        if self.renewal is None or isinstance(self._memory.curvature, Uniform):
            return point
        residual = self._memory.curvature.residual(point.gradient)
        return point._replace(gradient_norm=float(np.abs(residual).max()))
