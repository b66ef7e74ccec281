"""Both estimators out of the box on features as they come, beside scikit-learn's.

Ours get the features as they are; the peers, which need them scaled, a StandardScaler
before them, as their users would write it.
"""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.data import Data, load, read, tables
from benchmarks.measure import LEAST_SECONDS, Clock, Mode, Record, in_turns
from skshallow import GDLogisticRegression, ShallowNNClassifier

SHIPPED_OR_MADE = (
    "iris",
    "wine",
    "breast_cancer",
    "digits",
    "moons",
    "circles",
    "quantiles 2000×6",
    "1000×20",
    "1000×20, a fifth of the labels noise",
    "1000×20, a class of 5 %",
    "2000×20, 4 classes",
    "200×100",
    "1000×20, one wild cell",
    "1000×107, rare categories",
    "4000×30, badly scaled",
)
N_SPLITS = 3
Make = Callable[[int], Any]  # An estimator from a random state.
# Ours and the peer's by the peer's name.
PAIRS: dict[str, tuple[Make, Make]] = {
    "MLPClassifier": (
        lambda seed: ShallowNNClassifier(random_state=seed),
        lambda seed: make_pipeline(StandardScaler(), MLPClassifier(random_state=seed)),
    ),
    "LogisticRegression": (
        lambda seed: GDLogisticRegression(),
        lambda seed: make_pipeline(StandardScaler(), LogisticRegression()),
    ),
}
Split = list[np.ndarray]


def split(data: Data, random_state: int) -> Split:
    """Return X, X held out, y, y held out."""
    X, y = data
    return train_test_split(X, y, test_size=0.3, stratify=y, random_state=random_state)


class Trials:
    """Fits on one split after another, and how well each predicts what was held out.

    The random state of a fit is the number of its split.
    """

    def __init__(self, make: Make, splits: list[Split]) -> None:
        self.make, self.splits = make, splits
        self.n_rounds = 0
        self.accuracies: dict[int, float] = {}
        self.losses: dict[int, float] = {}

    def seconds(self, clock: Clock) -> float:
        """Return the time of the next fit; a short one is repeated."""
        number = self.n_rounds % len(self.splits)
        self.n_rounds += 1
        X, X_test, y, y_test = self.splits[number]
        model = self.make(number)
        n_fits, elapsed, start = 0, 0.0, clock()
        while elapsed < LEAST_SECONDS:
            model.fit(X, y)
            n_fits, elapsed = n_fits + 1, clock() - start
        self.accuracies[number] = accuracy_score(y_test, model.predict(X_test))
        self.losses[number] = log_loss(
            y_test, model.predict_proba(X_test), labels=model.classes_
        )
        return elapsed / n_fits


def compared(
    workload: str,
    case: str,
    peer: str,
    splits: list[Split],
    modes: list[Mode],
    n_rounds: int,
) -> Iterator[Record]:
    """Yield the time of a fit, and the accuracy and the log loss over the splits."""
    for mode in modes:
        ours, theirs = (Trials(make, splits) for make in PAIRS[peer])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            times = in_turns(ours, theirs, mode, n_rounds, idle=False)
        yield Record(workload, case, peer, mode.name, *times)
        for unit, mine, others in (
            ("accuracy", ours.accuracies, theirs.accuracies),
            ("log loss", ours.losses, theirs.losses),
        ):
            means = fmean(mine.values()), fmean(others.values())
            yield Record(
                f"{workload}, {unit}",
                case,
                peer,
                mode.name,
                *means,
                means[0] - means[1],
                unit,
            )


def sets(folder: Path | None) -> Iterator[tuple[str, Data]]:
    """Yield names and data."""
    for name in SHIPPED_OR_MADE:
        yield name, load(name, raw=True)
    for name, path in (tables(folder) if folder else {}).items():
        yield name, read(path)


def defaults(
    modes: list[Mode], n_rounds: int, folder: Path | None = None
) -> Iterator[Record]:
    """On sets that scikit-learn ships or makes, and on those of a folder.

    Of each set 30 % is held out, on three splits; there are as many rounds at least.
    """
    for name, data in sets(folder):
        splits = [split(data, random_state) for random_state in range(N_SPLITS)]
        for peer in PAIRS:
            yield from compared(
                "defaults", name, peer, splits, modes, max(n_rounds, N_SPLITS)
            )
