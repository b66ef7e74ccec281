"""Whole default fits of the network, beside MLPClassifier's default.

Each round has a random state of its own, the same for both; the accuracies are means
over the rounds on one split.
"""

import warnings
from collections.abc import Iterator
from statistics import mean
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from benchmarks.data import load
from benchmarks.measure import Clock, Mode, Record, in_turns
from skshallow import ShallowNNClassifier

DATA = ("moons", "breast_cancer", "digits", "20000×50, 5 classes")


class Fits:
    """Fits with one random state after another, and their accuracy."""

    def __init__(self, make: Any, parts: list[np.ndarray]) -> None:
        self.make = make
        self.X, self.X_test, self.y, self.y_test = parts
        self.scores: list[float] = []

    def seconds(self, clock: Clock) -> float:
        """Return the time of the next fit."""
        model = self.make(random_state=len(self.scores))
        start = clock()
        model.fit(self.X, self.y)
        elapsed = clock() - start
        self.scores.append(model.score(self.X_test, self.y_test))
        return elapsed


def accuracy(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """Hidden 64, relu and tanh."""
    for name in DATA:
        parts = train_test_split(*load(name), random_state=0)
        for activation in ("relu", "tanh"):
            for mode in modes:
                ours = Fits(
                    lambda random_state, g=activation: ShallowNNClassifier(
                        64, g, random_state=random_state
                    ),
                    parts,
                )
                peer = Fits(
                    lambda random_state, g=activation: MLPClassifier(
                        (64,), g, random_state=random_state
                    ),
                    parts,
                )
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ConvergenceWarning)
                    times = in_turns(ours, peer, mode, n_rounds)
                case = f"{name}, {activation}"
                mine, theirs = mean(ours.scores), mean(peer.scores)
                yield Record("accuracy", case, "MLPClassifier", mode.name, *times)
                yield Record(
                    "accuracy lost",
                    case,
                    "MLPClassifier",
                    mode.name,
                    mine,
                    theirs,
                    theirs - mine,
                    unit="",
                )
