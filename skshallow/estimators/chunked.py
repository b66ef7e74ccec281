"""Dask arrays: checked chunk by chunk, and predicted chunk by chunk when asked for."""

import warnings
from collections.abc import Callable
from copy import copy
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array, check_consistent_length, check_X_y, get_tags
from sklearn.utils.validation import check_non_negative, validate_data

from skshallow.data.chunks import ChunkedSamples, Chunks, is_chunked
from skshallow.data.targets import Target, encode_labels, make_target

FLOAT_DTYPES = (np.float64, np.float32)


class ChunkedTable:
    """Dask arrays of the same chunks, checked, whose labels are not yet encoded."""

    def __init__(
        self, X: Any, y: Any, sample_weight: Any, found: tuple[bool, NDArray[Any]]
    ) -> None:
        self._X, self._y, self._sample_weight = X, y, sample_weight
        self.multilabel, self._classes = found

    def samples(self) -> ChunkedSamples:
        """Return the samples, which say what the classes are."""
        target = make_target(self._classes, multilabel=self.multilabel)
        return self.samples_among(self._classes, target, name="y")

    def samples_among(
        self, classes: NDArray[Any], target: Target, *, name: str
    ) -> ChunkedSamples:
        """Return samples of known classes."""
        return ChunkedSamples(
            self._X, self._y, self._sample_weight, classes, target, name
        )


def read_chunks(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, reset: bool
) -> ChunkedTable:
    """Return what the user passed, checked where it is, by one pass over it.

    X stays as it is, but for its columns, which become one chunk; y and the weights are
    given the chunks of its rows.

    Raises
    ------
    ValueError
        If there is anything in a chunk that would not do in an array.
    """
    X = _with_known_rows(X)
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    check_consistent_length(X, y)
    y = _beside(X, y)
    if y.ndim == 2 and y.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=5,
        )
        y = y[:, 0]
    if isinstance(sample_weight, Number):
        sample_weight = np.full(X.shape[0], sample_weight)
    if sample_weight is not None:
        check_consistent_length(X, sample_weight)
        sample_weight = _beside(X, sample_weight)
    found = Chunks.of(X, y, sample_weight).reduce(
        _examined,
        _found_in_both,
        type(estimator).__name__,
        get_tags(estimator).classifier_tags.multi_label,
    )
    return ChunkedTable(X, y, sample_weight, found)


def _with_known_rows(X: Any) -> Any:
    """Return X, of two dimensions and known chunks, in one chunk from left to right."""
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got a dask array of {X.ndim} dimensions instead. "
            "Reshape your data, for example by X.reshape(-1, 1) if it has a single "
            "feature."
        )
    if np.isnan(X.shape).any():
        raise ValueError(
            "The chunks of X have unknown sizes. Use X.compute_chunk_sizes(), or of a "
            "dask DataFrame df.to_dask_array(lengths=True)."
        )
    if 0 in X.shape:
        raise ValueError(
            f"Found array of shape {X.shape}; at least one sample and one feature are "
            "required."
        )
    return X if len(X.chunks[1]) == 1 else X.rechunk({1: -1})


def _beside(X: Any, array: Any) -> Any:
    """Return a dask array with the chunks of X's rows."""
    import dask.array

    if not is_chunked(array):
        dense = array.toarray() if hasattr(array, "toarray") else array
        array = dask.array.asarray(np.asarray(dense))
    return array.rechunk({0: X.chunks[0], **dict.fromkeys(range(1, array.ndim), -1)})


def _examined(
    X: Any, y: Any, sample_weight: Any, name: str, multi_output: bool
) -> tuple[bool, NDArray[Any]]:
    """Check one chunk; return whether y is an indicator matrix, and its classes."""
    X, y = check_X_y(
        X,
        y,
        accept_sparse="csr",
        dtype=FLOAT_DTYPES,
        multi_output=multi_output,
        estimator=name,
    )
    if sample_weight is not None:
        weights = check_array(
            sample_weight,
            dtype=np.float64,
            ensure_2d=False,
            estimator=name,
            input_name="sample_weight",
        )
        if weights.ndim != 1:
            raise ValueError("Sample weights must be 1D array or scalar")
        check_non_negative(weights, "`sample_weight`")
    classes, codes = encode_labels(y)
    return codes.ndim == 2, classes


def _found_in_both(
    one: tuple[bool, NDArray[Any]], other: tuple[bool, NDArray[Any]]
) -> tuple[bool, NDArray[Any]]:
    """Return what was found in two chunks together."""
    (multilabel, classes), (multilabel_too, more) = one, other
    if multilabel != multilabel_too:
        raise ValueError(
            "y has chunks that are indicator matrices and chunks that are not."
        )
    return multilabel, np.union1d(classes, more)


def predicted_chunks(
    estimator: Any, X: Any, function: Callable[[Any, NDArray[Any]], NDArray[Any]]
) -> Any:
    """Return a dask array of what ``function`` makes of the logits of each chunk.

    The estimator may be fitted again meanwhile: the predictions are those of now.
    """
    import dask

    X = _with_known_rows(X)
    validate_data(estimator, X, skip_check_array=True, reset=False)
    n_outputs = estimator._fitted_model()[0].n_outputs
    dtype = np.result_type(X.dtype, np.float32)
    like = function(estimator, np.zeros((1, n_outputs), dtype))[:0]
    return X.map_blocks(
        _predicted,
        dask.delayed(copy(estimator), traverse=False),
        function,
        like,
        meta=like,
        dtype=like.dtype,
        chunks=(X.chunks[0], *((n,) for n in like.shape[1:])),
        drop_axis=1 if like.ndim == 1 else None,
    )


def _predicted(
    X: Any,
    estimator: Any,
    function: Callable[[Any, NDArray[Any]], NDArray[Any]],
    like: NDArray[Any],
) -> NDArray[Any]:
    """Return what ``function`` makes of the logits of one chunk, which may be empty."""
    if X.shape[0] == 0:
        return like
    with np.errstate(all="ignore"):
        return function(estimator, estimator._logits(X))


def chunked_accuracy(estimator: Any, X: Any, y: Any, sample_weight: Any) -> float:
    """Return the (weighted) part of rows whose prediction is right."""
    import dask.array

    check_consistent_length(X, y, sample_weight)
    predicted = estimator.predict(X)
    right = predicted == _beside(predicted, y)
    if right.ndim == 2:
        right = right.all(axis=1)
    if sample_weight is not None:
        sample_weight = _beside(predicted, sample_weight)
    return float(dask.array.average(right, weights=sample_weight).compute())
