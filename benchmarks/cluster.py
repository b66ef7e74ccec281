"""Whole fits of logistic regression to its optimum, on a cluster of two processes.

The peer is dask-ml. Its lbfgs penalises the intercept with the weights, its newton
penalises nothing, so each has a J and an optimum of its own; the gap of each is that in
the J that it minimises. It scales the columns anew in each pass; as these are scaled,
it is measured without that, too. Its default solver, admm, does not get there.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning

from benchmarks.data import load
from benchmarks.measure import Mode, Record, Whole, in_turns
from benchmarks.optimum import iterations_to
from skshallow import GDLogisticRegression

DATA = "1000000×50"
ALPHA = 1e-4
GAP = 1e-6
N_CHUNKS = 8
N_WORKERS = 2


class Cost:
    """The mean cross-entropy plus ½ Σ penalties · θ², with its least value.

    θ are the weights and then the intercept.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> None:
        self.X, self.y, self.penalties = X, y, penalties
        theta = np.zeros(len(penalties))
        self.start = self(theta)
        self.lowest = self(self._newton(theta))

    def __call__(self, theta: np.ndarray) -> float:
        """Return J(θ)."""
        z = self._logits(theta)
        losses = np.logaddexp(0, z) - self.y * z
        return losses.mean() + self.penalties @ theta**2 / 2

    def gap(self, model: Any) -> float:
        """Return how far from the optimum a fitted model is."""
        theta = np.append(model.coef_, model.intercept_)
        return (self(theta) - self.lowest) / (self.start - self.lowest)

    def _logits(self, theta: np.ndarray) -> np.ndarray:
        return self.X @ theta[:-1] + theta[-1]

    def _newton(self, theta: np.ndarray) -> np.ndarray:
        """Return where the gradient is nothing but rounding."""
        ones = np.ones((len(self.y), 1))
        X = np.hstack([self.X, ones])
        gradient = np.inf
        while np.abs(gradient).max() > 1e-12:
            p = expit(self._logits(theta))
            gradient = X.T @ (p - self.y) / len(X) + self.penalties * theta
            hessian = (X.T * (p * (1 - p))) @ X / len(X) + np.diag(self.penalties)
            theta = theta - np.linalg.solve(hessian, gradient)
        return theta


@contextmanager
def workers() -> Iterator[Any]:
    """Lend a client of two processes, of one thread each, that work for dask."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=":0"
        ) as processes,
        Client(processes) as client,
    ):
        yield client


def on_workers(client: Any, array: np.ndarray) -> Any:
    """Return a dask array whose chunks are in the workers' memory, as many on each."""
    import dask
    import dask.array as da
    from distributed import wait

    parts = np.array_split(array, N_CHUNKS)
    there = client.scatter(parts)
    chunks = [
        da.from_delayed(dask.delayed(future), part.shape, part.dtype)
        for future, part in zip(there, parts, strict=True)
    ]
    whole = da.concatenate(chunks).persist()
    wait(whole)
    return whole


def cluster(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """Whole fits to a gap of 1e-6 by the clock, X and y in the workers' memory."""
    try:
        from dask_ml.linear_model import LogisticRegression
    except ImportError as error:
        print(f"cluster is left out: {error}", file=sys.stderr)
        return
    X, y = load(DATA)
    weights, intercept = np.ones(X.shape[1]), np.ones(1)
    peers = {
        "lbfgs": np.append(weights, intercept) * ALPHA,
        "newton": np.append(weights, intercept) * 0,
    }

    def ours(max_iter: int) -> GDLogisticRegression:
        return GDLogisticRegression(alpha=ALPHA, max_iter=max_iter, tol=0)

    def theirs(solver: str, max_iter: int, **solver_kwargs: bool) -> Any:
        return LogisticRegression(
            C=1 / (ALPHA * len(y)),
            solver=solver,
            max_iter=max_iter,
            tol=0,
            solver_kwargs=solver_kwargs,
        )

    mode = Mode(f"{N_WORKERS} workers", 1, time.perf_counter)
    with warnings.catch_warnings(), workers() as client, mode.held():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # dask-glm's, of a setting of dask's by its old name.
        warnings.simplefilter("ignore", FutureWarning)
        chunked = [on_workers(client, array) for array in (X, y)]

        def iterations(make: Callable[[int], Any], penalties: np.ndarray) -> int:
            cost = Cost(X, y, penalties)
            k, reached = iterations_to(GAP, lambda k: cost.gap(make(k).fit(*chunked)))
            assert reached <= GAP
            return k

        k_ours = iterations(ours, np.append(weights, 0) * ALPHA)
        for solver, penalties in peers.items():
            k_peer = iterations(partial(theirs, solver), penalties)
            for name, options in (
                (f"dask-ml ({solver})", {}),
                (f"dask-ml ({solver}, normalize=False)", {"normalize": False}),
            ):
                peer = theirs(solver, k_peer, **options)
                times = in_turns(
                    Whole(partial(ours(k_ours).fit, *chunked)),
                    Whole(partial(peer.fit, *chunked)),
                    mode,
                    n_rounds,
                )
                yield Record(
                    "cluster",
                    f"{DATA}, alpha 1e-4",
                    name,
                    mode.name,
                    *times,
                    note=f"{k_ours} : {k_peer} iterations",
                )
