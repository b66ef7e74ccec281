"""Rows with their labels and weights, before they are divided into blocks."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing


class Samples(NamedTuple):
    """Rows of X, the codes of their labels, and weights as the user gave them."""

    X: Any
    codes: NDArray[np.integer[Any]]
    classes: NDArray[Any]
    sample_weight: NDArray[np.float64] | None

    def labels(self) -> NDArray[Any]:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self.codes if self.codes.ndim == 2 else self.classes[self.codes]

    def take(self, rows: NDArray[np.intp]) -> "Samples":
        """Return some of the rows."""
        weights = self.sample_weight
        return Samples(
            _safe_indexing(self.X, rows),
            self.codes[rows],
            self.classes,
            None if weights is None else weights[rows],
        )


def hold_out(
    samples: Samples,
    fraction: float,
    random_state: int | np.random.RandomState | None,
) -> tuple[Samples, Samples]:
    """Return rows to train on and rows to validate on, as train_test_split divides.

    Classes are kept in proportion; for multilabel targets that is not possible.

    Raises
    ------
    ValueError
        If a class has too few members to be in both parts.
    """
    train, validation = train_test_split(
        np.arange(len(samples.codes)),
        test_size=fraction,
        stratify=samples.codes if samples.codes.ndim == 1 else None,
        random_state=random_state,
    )
    return samples.take(train), samples.take(validation)
