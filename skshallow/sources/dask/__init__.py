"""Dask arrays: chunks stay on their workers, where sums over their rows are made.

An update sends θ to the workers, which compute each chunk's share of J and ∇J and add
the shares in a tree. Nothing else in the package imports dask, and it is not imported
before a dask array is passed.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, check_X_y, get_tags
from sklearn.utils.validation import column_or_1d, validate_data

from skshallow.data.samples import Arguments
from skshallow.data.targets import Target, encode_labels, make_target
from skshallow.data.weights import Labels
from skshallow.places import float_dtypes
from skshallow.sources.checks import check_entries, check_shapes, checked_weights
from skshallow.sources.dask.arrays import beside, check_sizes, is_dask_array
from skshallow.sources.dask.chunks import Chunks
from skshallow.sources.dask.logits import ChunkedLogits
from skshallow.sources.dask.samples import (
    ChunkedLabels,
    ChunkedSamples,
    float_type,
    translated,
    weights_beside,
)
from skshallow.sources.dask.scoring import accuracy

__all__ = [
    "accuracy",
    "at_hand",
    "gathered",
    "is_dask_array",
    "predict",
    "read",
    "shared_logits",
]


def shared_logits(samples: ChunkedSamples, estimators: Sequence[Any]) -> ChunkedLogits:
    """Return the logits of some estimators for the samples' rows."""
    return ChunkedLogits(samples.X, estimators, samples.y_given)


def at_hand(array: Any) -> Any:
    """Return an array, computed if it is a dask array."""
    return array.compute() if is_dask_array(array) else array


def gathered(array: Any) -> Any:
    """Return a dask array as a NumPy array."""
    return array.compute()


def read(estimator: Any, arguments: Arguments, *, reset: bool) -> ChunkedSamples:
    """Return what the user passed, checked where it is, by one pass over it.

    X stays as it is, except that its columns become one chunk; y and the weights are
    rechunked like its rows.

    Raises
    ------
    ValueError
        If a chunk has what would not be valid in an array.
    """
    X, y, sample_weight = arguments
    X = _with_known_rows(estimator, X)
    check_shapes(estimator, X, y)
    validate_data(estimator, X, y, skip_check_array=True, reset=reset)
    y = beside(X, y, "y")
    if y.ndim == 2 and y.shape[1] == 1:
        column_or_1d(np.empty((1, 1)), warn=True)
        y = y[:, 0]
    if sample_weight is not None:
        sample_weight = weights_beside(X, sample_weight)
    multi_output = get_tags(estimator).classifier_tags.multi_label
    chunks = Chunks.of(X, y, sample_weight)
    examined = chunks.kept(_examined, type(estimator).__name__, multi_output)
    classes = examined.reduce(_classes, np.union1d)
    target = make_target(classes, multilabel=y.ndim == 2)
    labels = ChunkedLabels(examined.kept(_of_examined, target, "y"))
    return ChunkedSamples(X, y, sample_weight, labels, target)


def _with_known_rows(estimator: Any, X: Any) -> Any:
    """Return X with its columns in one chunk; check its shape and chunk sizes.

    Raises
    ------
    ValueError
        If these are not valid, with the message for an array of such a shape.
    """
    if X.ndim != 2:
        check_array(np.empty((0,) * X.ndim), estimator=estimator)
    check_sizes(X, "X")
    if 0 in X.shape:
        check_array(np.empty(X.shape), estimator=estimator)
    return X if len(X.chunks[1]) == 1 else X.rechunk({1: -1})


def _examined(
    X: Any, y: Any, sample_weight: Any, name: str, multi_output: bool
) -> tuple[NDArray[Any], Labels]:
    """Check one chunk as scikit-learn checks arrays, and encode its labels."""
    check_entries(X)
    X, y = check_X_y(
        X,
        y,
        accept_sparse="csr",
        dtype=float_dtypes(X),
        multi_output=multi_output,
        estimator=name,
    )
    classes, codes = encode_labels(y)
    return classes, Labels(codes, checked_weights(sample_weight, len(codes)))


def _classes(examined: tuple[NDArray[Any], Labels]) -> NDArray[Any]:
    """Return the classes that were found in one chunk."""
    return examined[0]


def _of_examined(
    examined: tuple[NDArray[Any], Labels], target: Target, name: str
) -> Labels:
    """Return the labels of one chunk, examined, as the target's codes."""
    found, labels = examined
    return translated(labels, found, target, name)


def predict(estimator: Any, X: Any, method: str) -> Any:
    """Return the predictions of a method of the estimator as a dask array.

    They are those of the present parameters, even if it is fitted again meanwhile.
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


def _checked(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Return X with known rows, and a copy of the estimator.

    Chunks have no feature names. scikit-learn warns of that once, here, and not for
    each chunk, since the copy of the estimator has no feature names either.
    """
    X = _with_known_rows(estimator, X)
    validate_data(estimator, X, skip_check_array=True, reset=False)
    estimator = copy(estimator)
    vars(estimator).pop("feature_names_in_", None)
    return X, estimator


def _predicted(X: Any, estimator: Any, method: str, like: NDArray[Any]) -> NDArray[Any]:
    """Return what a method predicts for one chunk, which may be empty."""
    predicted: NDArray[Any] = getattr(estimator, method)(X) if X.shape[0] else like
    return predicted
