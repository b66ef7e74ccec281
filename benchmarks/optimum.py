"""Whole fits of logistic regression to its optimum, beside lbfgs.

Both are stopped by ``max_iter``, at the smallest that gets within a relative gap
(J − J*) / (J₀ − J*) of the optimum J*: newton-cholesky's or, where that fails, the
lower of ours at tol=1e-12 and a long run of lbfgs.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from benchmarks.data import Data, load
from benchmarks.measure import Mode, Record, Whole, in_turns
from skshallow import GDLogisticRegression

STANDARDISED = (
    "breast_cancer",
    "wine",
    "digits",
    "20000×50",
    "100000×20",
    "5000×300, 5 classes",
    "500×5000",
    "sparse 20000×5000",
)
RAW = ("breast_cancer", "wine", "digits", "4000×30, badly scaled")
MOST_ITERATIONS = 10_000


def cost(model: Any, X: Any, y: np.ndarray, alpha: float) -> float:
    """Return the mean cross-entropy plus alpha/2 ‖W‖², from the coefficients."""
    Z = X @ model.coef_.T + model.intercept_
    if Z.shape[1] == 1:
        Z = np.hstack([np.zeros_like(Z), Z])
    true = np.searchsorted(model.classes_, y)
    losses = logsumexp(Z, axis=1) - Z[np.arange(len(y)), true]
    return losses.mean() + alpha / 2 * np.sum(model.coef_**2)


def iterations_to(target: float, gap: Callable[[int], float]) -> tuple[int, float]:
    """Return the smallest max_iter that gets there, or the largest, and the gap."""
    failing, passing = 0, 1
    reached = gap(passing)
    while reached > target and passing < MOST_ITERATIONS:
        failing, passing = passing, min(2 * passing, MOST_ITERATIONS)
        reached = gap(passing)
    while passing - failing > 1 and reached <= target:
        middle = (failing + passing) // 2
        there = gap(middle)
        if there > target:
            failing = middle
        else:
            passing, reached = middle, there
    return passing, reached


class Problem:
    """A data set with its optimum."""

    def __init__(self, data: Data, alpha: float) -> None:
        self.X, self.y = data
        self.alpha = alpha
        self.C = 1 / (alpha * len(self.y))
        self.start = np.log(len(np.unique(self.y)))
        newton = LogisticRegression(
            C=self.C, solver="newton-cholesky", tol=1e-12, max_iter=1000
        )
        fits = newton, self.ours(3000, tol=1e-12), self.lbfgs(3000)
        self.lowest = min(map(self._cost, fits))

    def ours(self, max_iter: int, tol: float = 0.0) -> GDLogisticRegression:
        """Return ours with its default rate."""
        return GDLogisticRegression(
            alpha=self.alpha, standardize=False, max_iter=max_iter, tol=tol
        )

    def lbfgs(self, max_iter: int) -> LogisticRegression:
        """Return the peer."""
        return LogisticRegression(C=self.C, max_iter=max_iter, tol=0)

    def gap(self, model: Any) -> float:
        """Fit and return how far from the optimum it ends."""
        return (self._cost(model) - self.lowest) / (self.start - self.lowest)

    def iterations_to(
        self, make: Callable[[int], Any], target: float
    ) -> tuple[int, float]:
        """Return the smallest max_iter that gets there, or the largest, and the gap."""
        return iterations_to(target, lambda max_iter: self.gap(make(max_iter)))

    def _cost(self, model: Any) -> float:
        return cost(model.fit(self.X, self.y), self.X, self.y, self.alpha)


def optimum(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """On standardised data, to a gap of 1e-6."""
    yield from _to_gap("optimum", STANDARDISED, 1e-6, modes, n_rounds)


def raw(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """On data as it comes, to a gap of 1e-4."""
    yield from _to_gap("raw", RAW, 1e-4, modes, n_rounds)


def _to_gap(
    workload: str, names: tuple[str, ...], gap: float, modes: list[Mode], n_rounds: int
) -> Iterator[Record]:
    for name in names:
        data = load(name, raw=workload == "raw")
        for alpha_name, alpha in (("1/n", 1 / len(data[1])), ("1e-4", 1e-4)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.simplefilter("ignore", RuntimeWarning)
                with modes[0].held():
                    problem = Problem(data, alpha)
                    k_ours, gap_ours = problem.iterations_to(problem.ours, gap)
                    k_peer, gap_peer = problem.iterations_to(problem.lbfgs, gap)
                note = f"{k_ours} : {k_peer} iterations"
                for who, reached in (("ours", gap_ours), ("lbfgs", gap_peer)):
                    if reached > gap:
                        note += f"; {who} ends at a gap of {reached:.0e}"
                for mode in modes:
                    times = in_turns(
                        Whole(partial(problem.ours(k_ours).fit, *data)),
                        Whole(partial(problem.lbfgs(k_peer).fit, *data)),
                        mode,
                        n_rounds,
                    )
                    yield Record(
                        workload,
                        f"{name}, alpha {alpha_name}",
                        "LogisticRegression (lbfgs)",
                        mode.name,
                        *times,
                        note=note,
                    )
