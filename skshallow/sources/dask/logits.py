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
from skshallow.sources.logits import SharedLogits, center_of, stacked_logits

Models = Sequence[tuple[Model, Parameters]]


class ChunkedLogits(SharedLogits):
    """The logits for chunks; accuracies are counted where the chunks are."""

    def __init__(self, X: Any, estimators: Sequence[Any], y: Any) -> None:
        super().__init__(X, estimators)
        self._y = y

    def _accuracies_on(self, rows: NDArray[np.intp], y: Any) -> dict[int, float]:
        """Return the share of labels that each predicts."""
        asked = self._asked(rows)
        if asked.sum() < len(rows):  # Some are there twice.
            return super()._accuracies_on(rows, y)
        labels, asked = beside(self.X, self._y, "y"), beside(self.X, asked, "rows")
        fitted = self.fitted()
        counts = Chunks.of(self.X, labels, asked).reduce(_n_right, add, fitted)
        shares = (counts / len(rows)).tolist()
        return dict(zip(map(id, fitted), shares, strict=True))

    def _of_rows_asked(self, models: Models, asked: NDArray[np.bool_]) -> list[Any]:
        """Return the logits of each model for the rows asked for."""
        chunks = Chunks.of(self.X, beside(self.X, asked, "rows"))
        parts = chunks.reduce(_logits, add, models, self.center)
        return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _logits(
    X: Any, asked: Any, models: Models, center: NDArray[np.float64] | None
) -> list[list[Any]] | None:
    """Return the logits of one chunk."""
    asked = np.asarray(asked)
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    return [stacked_logits(X, models, asked, center)] if asked.any() else None


def _n_right(
    X: Any, y: Any, asked: Any, estimators: Sequence[Any]
) -> NDArray[np.intp] | None:
    """Return how many of one chunk's labels each estimator predicts."""
    asked = np.asarray(asked)
    models = [estimator._fitted_model() for estimator in estimators]
    logits = _logits(X, asked, models, center_of(estimators))
    if logits is None:
        return None
    y = (y.toarray() if sparse.issparse(y) else np.asarray(y))[asked]
    predicted = (
        estimator._from_logits(Z, "predict")
        for estimator, Z in zip(estimators, logits[0], strict=True)
    )
    right = (np.reshape(each == y, (len(y), -1)).all(axis=1) for each in predicted)
    return np.array([each.sum() for each in right])
