"""Predictions for dask arrays, made chunk by chunk, and not before they are wanted."""

from copy import copy
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import validate_data

from skshallow.data.chunks import Chunks, float_type
from skshallow.estimators.chunked_reading import (
    checked_weights,
    labels_beside,
    weights_beside,
    with_known_rows,
)


def predicted_chunks(estimator: Any, X: Any, method: str) -> Any:
    """Return a dask array of what a method of the estimator predicts for each chunk.

    The estimator may be fitted again meanwhile: the predictions are those of now.
    """
    import dask

    X, estimator = _checked(estimator, X)
    one_row = np.zeros((1, X.shape[1]), float_type(X))
    like = getattr(estimator, method)(one_row)[:0]
    return X.map_blocks(
        _predicted,
        dask.delayed(estimator, traverse=False),
        method,
        like,
        meta=like,
        dtype=like.dtype,
        chunks=(X.chunks[0], *((n,) for n in like.shape[1:])),
        drop_axis=1 if like.ndim == 1 else None,
    )


def chunked_accuracy(estimator: Any, X: Any, y: Any, sample_weight: Any) -> float:
    """Return the weight of the rows whose prediction is right, as part of the whole.

    Raises
    ------
    ValueError
        If anything in a chunk would not do in an array, or every weight is zero.
    """
    X, estimator = _checked(estimator, X)
    y, weights = labels_beside(X, y), weights_beside(X, sample_weight)
    right, total = Chunks.of(X, y, weights).reduce(_right, add, estimator)
    if total == 0:
        raise ValueError("sample_weight must hold at least one non-zero number.")
    return float(right / total)


def _checked(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Return X with known rows, and the estimator as it is now.

    It is without names of features, which chunks do not have: that is told here, once.
    """
    X = with_known_rows(X)
    validate_data(estimator, X, skip_check_array=True, reset=False)
    estimator = copy(estimator)
    vars(estimator).pop("feature_names_in_", None)
    return X, estimator


def _predicted(X: Any, estimator: Any, method: str, like: NDArray[Any]) -> NDArray[Any]:
    """Return what a method predicts for one chunk, which may be empty."""
    predicted: NDArray[Any] = getattr(estimator, method)(X) if X.shape[0] else like
    return predicted


def _right(X: Any, y: Any, sample_weight: Any, estimator: Any) -> NDArray[np.float64]:
    """Return the weight of one chunk's rows whose prediction is right, and of all."""
    weights = checked_weights(sample_weight, type(estimator).__name__)
    predicted = estimator.predict(X)
    right = accuracy_score(y, predicted, normalize=False, sample_weight=weights)
    return np.array([right, len(predicted) if weights is None else weights.sum()])
