"""Dask arrays, whose chunks stay where they are: sums are made there.

An update sends θ out, each chunk makes its share of J and ∇J of it, and the shares are
added on their way back. Nothing else in the package knows dask, and dask is not
imported before a dask array is passed.
"""

import sys
from collections.abc import Callable
from copy import copy
from functools import partial
from numbers import Number
from operator import add
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import accuracy_score
from sklearn.utils import check_consistent_length, check_X_y, get_tags
from sklearn.utils.validation import column_or_1d, validate_data

from skshallow.data.blocks import Block, Blocks, Division
from skshallow.data.samples import Arguments
from skshallow.data.targets import Target, encode_labels, make_target
from skshallow.data.weights import Labels
from skshallow.places import float_dtypes
from skshallow.sources.dask.chunks import Chunks
from skshallow.sources.local import check_weights_shape, checked_weights

T = TypeVar("T")


def is_dask_array(X: Any) -> bool:
    """Whether X is a dask array.

    Raises
    ------
    TypeError
        If X is a DataFrame or Series of dask, which does not know how many rows it
        has.
    """
    if hasattr(X, "to_dask_array"):
        raise TypeError(
            f"A dask {type(X).__name__} was passed, where a dask array is required. "
            "Use its method to_dask_array(lengths=True)."
        )
    dask_array = sys.modules.get("dask.array")
    return dask_array is not None and isinstance(X, dask_array.Array)


def gathered(array: Any) -> Any:
    """Return a dask array as an array of this process."""
    return array.compute()


def read(estimator: Any, arguments: Arguments, *, reset: bool) -> "ChunkedSamples":
    """Return what the user passed, checked where it is, by one pass over it.

    X stays as it is, but for its columns, which become one chunk; y and the weights are
    given the chunks of its rows.

    Raises
    ------
    ValueError
        If there is anything in a chunk that would not do in an array.
    """
    X, y, sample_weight = arguments
    if y is None:
        validate_data(estimator, X, None, skip_check_array=True, reset=False)
    X = _with_known_rows(X)
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    y = _beside(X, y, "y")
    if y.ndim == 2 and y.shape[1] == 1:
        column_or_1d(np.empty((1, 1)), warn=True)
        y = y[:, 0]
    if sample_weight is not None:
        sample_weight = _weights_beside(X, sample_weight)
    multi_output = get_tags(estimator).classifier_tags.multi_label
    chunks = Chunks.of(X, y, sample_weight)
    examined = chunks.kept(_examined, type(estimator).__name__, multi_output)
    classes = examined.reduce(_classes, np.union1d)
    target = make_target(classes, multilabel=y.ndim == 2)
    labels = examined.kept(_translated, target, "y")
    return ChunkedSamples(X, y, sample_weight, labels, target)


def _with_known_rows(X: Any) -> Any:
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


def _weights_beside(X: Any, sample_weight: Any) -> Any:
    """Return the weights as a dask array with the chunks of X's rows."""
    if isinstance(sample_weight, Number):
        sample_weight = np.full(X.shape[0], sample_weight)
    check_weights_shape(np.shape(sample_weight), X.shape[0])
    return _beside(X, sample_weight, "sample_weight")


def _beside(X: Any, array: Any, name: str) -> Any:
    """Return a dask array with the chunks of X's rows."""
    import dask.array

    if is_dask_array(array):
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
) -> tuple[NDArray[Any], Labels]:
    """Check one chunk as scikit-learn checks arrays, and encode its labels."""
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


def _translated(
    examined: tuple[NDArray[Any], Labels], target: Target, name: str
) -> Labels:
    """Return the labels of one chunk as codes among the target's classes."""
    classes, (codes, weights) = examined
    return Labels(target.translate(classes, codes, name), weights)


def _translated_again(
    found: NDArray[Any], labels: Labels, target: Target, name: str
) -> Labels:
    """Return labels whose codes are among the classes found as the target's codes."""
    return _translated((found, labels), target, name)


class ChunkedSamples(NamedTuple):
    """Samples in dask arrays of the same chunks; the workers keep the labels."""

    X: Any
    y_given: Any
    sample_weight: Any
    labels: Chunks
    target: Target

    @property
    def dtype(self) -> np.dtype[Any]:
        """In which J is computed: float32 if X is, else float64."""
        return _float_type(self.X)

    def y(self) -> Any:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self.y_given

    def among(self, target: Target, name: str) -> "ChunkedSamples":
        """Return them with codes among another target's classes."""
        found = partial(_translated_again, self.target.classes)
        return self._replace(
            labels=self.labels.kept(found, target, name), target=target
        )

    def hold_out(
        self, fraction: float, random_state: Any
    ) -> tuple["ChunkedSamples", "ChunkedSamples"]:
        """Refuse: the rows left in each chunk would have to be copied.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(
            "early_stopping=True takes rows to validate on out of X, which is not done "
            "with dask arrays. Pass such rows as X_val and y_val."
        )

    def blocks(self, division: Division) -> "ChunkedBlocks":
        """Divide each chunk into blocks; dask says who works on them."""
        return ChunkedBlocks(self, division)


class ChunkedBlocks(Blocks):
    """The chunks of X, each divided into blocks when it is worked on."""

    in_process = False

    def __init__(self, samples: ChunkedSamples, division: Division) -> None:
        X = samples.X
        self.n_rows = int(division.weighting.counts[0].sum())
        self.n_features, self.dtype = X.shape[1], division.dtype
        self.is_sparse = sparse.issparse(X._meta)
        self._rows = Chunks.of(X).beside(samples.labels)
        self.division = division

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(blocks, *shared)`` of each chunk's blocks, combined."""
        of_chunk = partial(_of_chunk, function, self.division)
        return self._rows.reduce(of_chunk, combine, *shared)


def _of_chunk(
    function: Callable[..., T],
    division: Division,
    X: Any,
    labels: Labels,
    *shared: Any,
) -> T | None:
    """Call a function on one chunk's blocks, if any row has weight."""
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    blocks: list[Block] = division(X.astype(division.dtype, copy=False), labels)
    return function(blocks, *shared) if blocks else None


def _float_type(X: Any) -> np.dtype[Any]:
    """Return the dtype of computations: float32 if X is, else float64."""
    return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)


def predict(estimator: Any, X: Any, method: str) -> Any:
    """Return a dask array of what a method of the estimator predicts for each chunk.

    The estimator may be fitted again meanwhile: the predictions are those of now.
    """
    import dask

    X, estimator = _checked(estimator, X)
    one_row = np.zeros((1, X.shape[1]), _float_type(X))
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
    """Return X with known rows, and the estimator as it is now.

    Chunks have no feature names, of which scikit-learn warns here, once; the copy of
    the estimator has none either.
    """
    X = _with_known_rows(X)
    validate_data(estimator, X, skip_check_array=True, reset=False)
    estimator = copy(estimator)
    vars(estimator).pop("feature_names_in_", None)
    return X, estimator


def _predicted(X: Any, estimator: Any, method: str, like: NDArray[Any]) -> NDArray[Any]:
    """Return what a method predicts for one chunk, which may be empty."""
    predicted: NDArray[Any] = getattr(estimator, method)(X) if X.shape[0] else like
    return predicted


def score(estimator: Any, X: Any, y: Any, sample_weight: Any) -> float:
    """Return scikit-learn's accuracy_score, from sums over the chunks."""
    X, estimator = _checked(estimator, X)
    y = _beside(X, y, "y")
    if sample_weight is not None:
        sample_weight = _weights_beside(X, sample_weight)
    weights = Chunks.of(X, y, sample_weight).reduce(_right_and_wrong, add, estimator)
    return float(accuracy_score([1, 0], [1, 1], sample_weight=weights))


def _right_and_wrong(
    X: Any, y: Any, sample_weight: Any, estimator: Any
) -> NDArray[np.float64]:
    """Return the weights of one chunk's rows whose prediction is right, and wrong."""
    predicted = estimator.predict(X)
    right = accuracy_score(y, predicted, normalize=False, sample_weight=sample_weight)
    total = len(predicted) if sample_weight is None else np.sum(sample_weight)
    return np.array([right, total - right])
