"""What several fitted estimators predict for chunks, where these are."""

from collections.abc import Sequence
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.objective.models import Model
from skshallow.objective.parameters import Parameters
from skshallow.sources.dask.arrays import beside
from skshallow.sources.dask.chunks import Chunks
from skshallow.sources.logits import SharedLogits, stacked_logits

Models = Sequence[tuple[Model, Parameters]]


class ChunkedLogits(SharedLogits):
    """The logits for chunks; accuracies are counted where the chunks are."""

    def __init__(self, X: Any, estimators: Sequence[Any], y: Any) -> None:
        super().__init__(X, estimators)
        self._y = y
        self._right: list[tuple[NDArray[np.intp], dict[int, int]]] = []

    def accuracy(
        self, estimator: Any, rows: NDArray[np.intp], y: Any, sample_weight: Any
    ) -> float:
        """Return the share of labels that are right; weights need them here."""
        once = len(np.unique(rows)) == len(rows)
        if sample_weight is not None or not once:
            return super().accuracy(estimator, rows, y, sample_weight)
        for known, right in self._right:
            if np.array_equal(known, rows):
                return right[id(estimator)] / len(rows)
        fitted = self.fitted()
        chunks = Chunks.of(self.X, beside(self.X, self._y, "y"), self._asked(rows))
        counts = chunks.reduce(_n_right, add, fitted)
        right = dict(zip(map(id, fitted), counts.tolist(), strict=True))
        self._right.append((rows, right))
        return right[id(estimator)] / len(rows)

    def _asked(self, rows: NDArray[np.intp]) -> Any:
        """Return which rows these are, in chunks."""
        asked = np.zeros(self.X.shape[0], bool)
        asked[rows] = True
        return beside(self.X, asked, "rows")

    def _of_rows_asked(self, models: Models, asked: NDArray[np.bool_]) -> list[Any]:
        """Return the logits of each model for the rows asked for."""
        chunks = Chunks.of(self.X, beside(self.X, asked, "rows"))
        parts = chunks.reduce(_logits, add, models)
        return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _logits(X: Any, asked: Any, models: Models) -> list[list[Any]] | None:
    """Return the logits of one chunk."""
    asked = np.asarray(asked)
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    return [stacked_logits(X, models, asked)] if asked.any() else None


def _n_right(
    X: Any, y: Any, asked: Any, estimators: Sequence[Any]
) -> NDArray[np.intp] | None:
    """Return how many of one chunk's labels each estimator predicts."""
    asked = np.asarray(asked)
    models = [estimator._fitted_model() for estimator in estimators]
    logits = _logits(X, asked, models)
    if logits is None:
        return None
    y = (y.toarray() if sparse.issparse(y) else np.asarray(y))[asked]
    predicted = (
        estimator._from_logits(Z, "predict")
        for estimator, Z in zip(estimators, logits[0], strict=True)
    )
    right = (np.reshape(each == y, (len(y), -1)).all(axis=1) for each in predicted)
    return np.array([each.sum() for each in right])
