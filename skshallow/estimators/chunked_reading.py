"""From dask arrays that the user passed to samples, each chunk checked where it is."""

import warnings
from numbers import Number
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_array, check_consistent_length, check_X_y, get_tags
from sklearn.utils.validation import check_non_negative, validate_data

from skshallow.data.chunks import ChunkedSamples, Chunks, is_chunked
from skshallow.data.targets import Target, codes_from, encode_labels, make_target
from skshallow.data.weights import Labels
from skshallow.places import float_dtypes


class Examined(NamedTuple):
    """What was found in one chunk: codes among the classes that it has, and weights."""

    multilabel: bool
    classes: NDArray[Any]
    labels: Labels


class ChunkedTable:
    """Dask arrays of the same chunks, checked; the workers keep what was found."""

    def __init__(self, X: Any, y: Any, sample_weight: Any, examined: Chunks) -> None:
        self._X, self._y, self._sample_weight = X, y, sample_weight
        self._examined = examined
        self.multilabel, self._classes = examined.reduce(_found, _found_in_both)

    def samples(self) -> tuple[ChunkedSamples, Target]:
        """Return the samples, which say what the classes are."""
        target = make_target(self._classes, multilabel=self.multilabel)
        return self.samples_among(self._classes, target, name="y"), target

    def samples_among(
        self, classes: NDArray[Any], target: Target, *, name: str
    ) -> ChunkedSamples:
        """Return samples of known classes."""
        labels = self._examined.kept(_labels, classes, target, name)
        return ChunkedSamples(self._X, self._y, self._sample_weight, classes, labels)


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
    name = type(estimator).__name__
    if y is None:
        raise ValueError(
            f"This {name} estimator requires y to be passed, but the target y is None."
        )
    X = with_known_rows(X)
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    y = labels_beside(X, y)
    weights = weights_beside(X, sample_weight)
    multi_output = get_tags(estimator).classifier_tags.multi_label
    examined = Chunks.of(X, y, weights).kept(_examined, name, multi_output)
    return ChunkedTable(X, y, weights, examined)


def with_known_rows(X: Any) -> Any:
    """Return X, of two dimensions and known chunks, in one chunk from left to right."""
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got a dask array of {X.ndim} dimensions instead. "
            "Reshape your data, for example by X.reshape(-1, 1) if it has a single "
            "feature."
        )
    _check_sizes(X, "X")
    if 0 in X.shape:
        raise ValueError(
            f"Found array of shape {X.shape}; at least one sample and one feature are "
            "required."
        )
    return X if len(X.chunks[1]) == 1 else X.rechunk({1: -1})


def labels_beside(X: Any, y: Any) -> Any:
    """Return y as a dask array with the chunks of X's rows, one column as a vector."""
    y = _beside(X, y, "y")
    if y.ndim == 2 and y.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=2,
        )
        y = y[:, 0]
    return y


def weights_beside(X: Any, sample_weight: Any) -> Any:
    """Return the weights as a dask array with the chunks of X's rows, or None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Number):
        sample_weight = np.full(X.shape[0], sample_weight)
    return _beside(X, sample_weight, "sample_weight")


def _beside(X: Any, array: Any, name: str) -> Any:
    """Return a dask array with the chunks of X's rows."""
    import dask.array

    if is_chunked(array):
        _check_sizes(array, name)
        check_consistent_length(X, array)
        columns = dict.fromkeys(range(1, array.ndim), -1)
        return array.rechunk({0: X.chunks[0], **columns})
    array = np.asarray(array.toarray() if hasattr(array, "toarray") else array)
    check_consistent_length(X, array)
    return dask.array.from_array(array, chunks=(X.chunks[0], *array.shape[1:]))


def _check_sizes(array: Any, name: str) -> None:
    """Raise a ValueError if dask does not know how many rows each chunk has."""
    if np.isnan(array.shape).any():
        raise ValueError(
            f"The chunks of {name} have unknown sizes. Use {name}.compute_chunk_sizes()"
            ", or of a dask DataFrame its method to_dask_array(lengths=True)."
        )


def _examined(
    X: Any, y: Any, sample_weight: Any, name: str, multi_output: bool
) -> Examined:
    """Check one chunk, as scikit-learn checks arrays."""
    X, y = check_X_y(
        X,
        y,
        accept_sparse="csr",
        dtype=float_dtypes(X),
        multi_output=multi_output,
        estimator=name,
    )
    classes, codes = encode_labels(y)
    weights = checked_weights(sample_weight, name)
    return Examined(codes.ndim == 2, classes, Labels(codes, weights))


def checked_weights(sample_weight: Any, name: str) -> NDArray[np.float64] | None:
    """Return the weights of one chunk, finite and not negative."""
    if sample_weight is None:
        return None
    weights: NDArray[np.float64] = check_array(
        sample_weight,
        dtype=np.float64,
        ensure_2d=False,
        estimator=name,
        input_name="sample_weight",
    )
    if weights.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    check_non_negative(weights, "`sample_weight`")
    return weights


def _found(examined: Examined) -> tuple[bool, NDArray[Any]]:
    """Return whether y is an indicator matrix, and its classes."""
    return examined.multilabel, examined.classes


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


def _labels(
    examined: Examined, classes: NDArray[Any], target: Target, name: str
) -> Labels:
    """Return the labels of one chunk as codes among all classes."""
    codes, weights = examined.labels
    return Labels(
        codes_from(examined.classes, codes, classes, target, name=name), weights
    )
