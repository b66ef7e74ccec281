"""Dask arrays: chunks stay on their workers, where sums over their rows are made.

An update sends θ to the workers, which compute each chunk's share of J and ∇J and add
the shares in a tree. Nothing else in the package imports dask, and it is not imported
before a dask array is passed.
"""

from collections.abc import Callable
from copy import copy
from functools import partial
from numbers import Number
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_array, check_X_y, get_tags
from sklearn.utils.validation import column_or_1d, validate_data

from skshallow.data.blocks import Block, Blocks, Division
from skshallow.data.samples import Arguments
from skshallow.data.targets import Target, encode_labels, make_target
from skshallow.data.weights import Labels
from skshallow.places import float_dtypes
from skshallow.sources.dask.arrays import beside, check_sizes, is_dask_array
from skshallow.sources.dask.chunks import Chunks
from skshallow.sources.dask.scoring import accuracy
from skshallow.sources.local import check_weights_shape, checked_weights

T = TypeVar("T")

__all__ = ["accuracy", "gathered", "is_dask_array", "predict", "read"]


def gathered(array: Any) -> Any:
    """Return a dask array as a NumPy array."""
    return array.compute()


def read(estimator: Any, arguments: Arguments, *, reset: bool) -> "ChunkedSamples":
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
    validate_data(estimator, X, y, skip_check_array=True, reset=reset)
    y = beside(X, y, "y")
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
    labels = examined.kept(_of_examined, target, "y")
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


def _weights_beside(X: Any, sample_weight: Any) -> Any:
    """Return the weights as a dask array with the row chunks of X."""
    if isinstance(sample_weight, Number):
        sample_weight = np.full(X.shape[0], sample_weight)
    if is_dask_array(sample_weight):
        check_sizes(sample_weight, "sample_weight")
    check_weights_shape(np.shape(sample_weight), X.shape[0])
    return beside(X, sample_weight, "sample_weight")


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
    labels: Labels, found: NDArray[Any], target: Target, name: str
) -> Labels:
    """Return labels, whose codes are among the classes found, as the target's codes."""
    codes = target.translate(found, labels.codes, name)
    return labels._replace(codes=codes)


def _of_examined(
    examined: tuple[NDArray[Any], Labels], target: Target, name: str
) -> Labels:
    """Return the labels of one chunk, examined, as the target's codes."""
    found, labels = examined
    return _translated(labels, found, target, name)


class ChunkedSamples(NamedTuple):
    """Samples in dask arrays of the same chunks; the workers keep the labels."""

    X: Any
    y_given: Any
    sample_weight: Any
    labels: Chunks
    target: Target

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that J is computed in: float32 if X is, else float64."""
        return _float_type(self.X)

    def y(self) -> Any:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self.y_given

    def among(self, target: Target, name: str) -> "ChunkedSamples":
        """Return the samples with codes among another target's classes."""
        labels = self.labels.kept(_translated, self.target.classes, target, name)
        return self._replace(labels=labels, target=target)

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
        """Return the chunks, which the workers divide into blocks."""
        return ChunkedBlocks(self, division)


class ChunkedBlocks(Blocks):
    """The chunks of X, each divided into blocks by its worker, in each pass."""

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
    """Call a function on one chunk's blocks, if any row has positive weight."""
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    blocks: list[Block] = division(X.astype(division.dtype, copy=False), labels)
    return function(blocks, *shared) if blocks else None


def _float_type(X: Any) -> np.dtype[Any]:
    """Return the dtype of computations: float32 if X is, else float64."""
    return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)


def predict(estimator: Any, X: Any, method: str) -> Any:
    """Return the predictions of a method of the estimator as a dask array.

    They are those of the present parameters, even if it is fitted again meanwhile.
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
