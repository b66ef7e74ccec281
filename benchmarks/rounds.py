"""An update's time on dask, beside a model of it whose constants are fitted to times.

    seconds ≈ c₁ + c₂ P + c₃ P d / W + (n / W) · (c₄, or c₅ h for a network)

for P chunks, W workers, d parameters, n rows of 50 features and h hidden units. Some of
the settings are held out of the fit of the constants.
"""

import sys
import time
import warnings
from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls
from sklearn.exceptions import ConvergenceWarning

from benchmarks.cluster import N_WORKERS, workers
from benchmarks.iteration import RATE
from benchmarks.measure import MOST_SECONDS, Mode, Record
from skshallow import GDLogisticRegression, ShallowNNClassifier

N_FEATURES = 50


class Setting(NamedTuple):
    """How many rows in how many chunks, and how many hidden units, 0 for none."""

    n_rows: int
    n_chunks: int
    n_hidden: int

    def __str__(self) -> str:
        hidden = f" h{self.n_hidden}" if self.n_hidden else ""
        return f"{self.n_rows}×{N_FEATURES}{hidden}, {self.n_chunks} chunks"

    def terms(self) -> list[float]:
        """Return what each constant of the model is multiplied by."""
        n, P, h = self
        d = h * (N_FEATURES + 2) + 1 if h else N_FEATURES + 1
        rows = n / N_WORKERS
        return [1, P, P * d / N_WORKERS, 0 if h else rows, rows * h]


FITTED = [
    Setting(160, 2, 0),
    Setting(640, 8, 0),
    Setting(1280, 16, 0),
    Setting(5120, 64, 0),
    Setting(20_480, 256, 0),
    Setting(1_000_000, 8, 0),
    Setting(640, 8, 1000),
    Setting(640, 8, 10_000),
    Setting(10_000, 8, 100),
    Setting(100_000, 8, 100),
]
HELD_OUT = [
    Setting(100_000, 8, 0),
    Setting(500_000, 32, 0),
    Setting(204_800, 128, 0),
    Setting(30_000, 24, 100),
    Setting(9600, 64, 1000),
]


class Stamps:
    """A constant rate that notes when it is asked for, which is once an update."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, k: int) -> float:
        """Return the rate."""
        self.times.append(time.perf_counter())
        return RATE


def seconds(setting: Setting, n_rounds: int) -> float:
    """Return the median time of an update, over fits of a second or so."""
    import dask
    import dask.array as da

    n_rows, n_chunks, n_hidden = setting
    shape = (n_rows, N_FEATURES)
    chunks = (n_rows // n_chunks, N_FEATURES)
    X = da.random.default_rng(0).standard_normal(shape, chunks=chunks)
    X, y = dask.persist(X, X[:, 0] > 0)

    def updates(max_iter: int) -> np.ndarray:
        stamps = Stamps()
        given = {"learning_rate": stamps, "tol": 0, "max_iter": max_iter}
        if n_hidden:
            ShallowNNClassifier(n_hidden, random_state=0, **given).fit(X, y)
        else:
            GDLogisticRegression(**given).fit(X, y)
        return np.diff(stamps.times)

    once = np.median(updates(4))
    n_updates = int(np.clip(MOST_SECONDS / 4 / once, 6, 100))
    return median(float(np.median(updates(n_updates))) for _ in range(n_rounds))


def rounds(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """An update at a constant rate by the clock, on two processes, on two threads."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    try:
        import dask
        import distributed  # noqa: F401
    except ImportError as error:
        print(f"rounds is left out: {error}", file=sys.stderr)
        return
    threads = partial(dask.config.set, scheduler="threads", num_workers=N_WORKERS)
    for name, scheduler in (("workers", workers), ("threads", threads)):
        with scheduler():
            times = {s: seconds(s, n_rounds) for s in (*FITTED, *HELD_OUT)}
        # Errors count by their part of the time.
        A = np.array([setting.terms() for setting in FITTED])
        b = np.array([times[setting] for setting in FITTED])
        # Constants of one size make the problem well conditioned.
        scale = 1 / A.max(axis=0)
        constants = nnls(A * scale / b[:, np.newaxis], np.ones(len(b)))[0] * scale
        notes = dict.fromkeys(HELD_OUT, "held out")
        notes[FITTED[0]] = "c₁ to c₅: " + ", ".join(f"{c:.2g} s" for c in constants)
        for setting, measured in times.items():
            predicted = float(np.dot(setting.terms(), constants))
            yield Record(
                "rounds",
                str(setting),
                "the model",
                f"{N_WORKERS} {name}",
                measured,
                predicted,
                measured / predicted,
                note=notes.get(setting, ""),
            )
