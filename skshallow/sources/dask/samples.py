"""Samples in chunks: labels that the workers keep, and blocks that they make."""

from collections.abc import Callable, Sequence
from functools import partial
from numbers import Number
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.blocks import Block, Blocks, Division
from skshallow.data.joint import JointDivision
from skshallow.data.targets import Target, make_target
from skshallow.data.weights import NO_SAMPLE, Labels, among_present, present
from skshallow.sources.checks import check_weights_shape, checked_weights
from skshallow.sources.dask.arrays import beside, check_sizes, is_dask_array
from skshallow.sources.dask.chunks import Chunks

T = TypeVar("T")


class ChunkedLabels:
    """The labels of all chunks, which the workers keep."""

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(labels, *shared)`` of the samples in chunks, combined."""
        of_samples = partial(_of_samples, function)
        return self.chunks.reduce(of_samples, combine, *shared)


def _of_samples(function: Callable[..., T], labels: Labels, *shared: Any) -> T | None:
    """Call a function on the labels of one chunk, if it has any samples."""
    labels = labels.alone()
    return function(labels, *shared) if len(labels.codes) else None


class ChunkedSamples(NamedTuple):
    """Samples in dask arrays of the same chunks; the workers keep the labels."""

    X: Any
    y_given: Any
    sample_weight: Any
    labels: ChunkedLabels
    target: Target

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that J is computed in: float32 if X is, else float64."""
        return float_type(self.X)

    def y(self) -> Any:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self.y_given

    def among(self, target: Target, name: str) -> "ChunkedSamples":
        """Return the samples with codes among another target's classes."""
        labels = self.labels.chunks.kept(translated, self.target.classes, target, name)
        return self._replace(labels=ChunkedLabels(labels), target=target)

    def rows(self) -> Any:
        """Return X."""
        return self.X

    def shared(self) -> "ChunkedSamples":
        """Return the samples: the rows are nowhere copied but where they are used."""
        return self._with_labels(self.labels.chunks.kept(_shared))

    def part(self, rows: NDArray[np.bool_]) -> "ChunkedSamples":
        """Return some of the samples, with the classes that these have, as shared."""
        if not rows.any():
            raise ValueError(NO_SAMPLE)
        chosen = Chunks.of(beside(self.X, rows, "rows"))
        part = self._with_labels(self.labels.chunks.beside(chosen).kept(_chosen))
        if self.target.kind == "multilabel":
            return part
        found = part.labels.reduce(present, np.logical_or, self.target.n_codes)
        if found.all():
            return part
        labels = part.labels.chunks.kept(among_present, found)
        target = make_target(self.target.classes[found])
        return part._with_labels(labels)._replace(target=target)

    def weighted(self, sample_weight: Any) -> "ChunkedSamples":
        """Return the samples with other weights, checked."""
        weights = weights_beside(self.X, sample_weight)
        labels = self.labels.chunks.beside(Chunks.of(weights)).kept(_weighted)
        return self._with_labels(labels)._replace(sample_weight=weights)

    def _with_labels(self, labels: Chunks) -> "ChunkedSamples":
        """Return the samples with other labels."""
        return self._replace(labels=ChunkedLabels(labels))

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
        return ChunkedBlocks(self.X, self.labels.chunks, division, _of_chunk)

    def joint_blocks(
        self, division: JointDivision, others: Sequence["ChunkedSamples"]
    ) -> "ChunkedBlocks":
        """Return the chunks, with the labels of others as well."""
        labels = self.labels.chunks
        for other in others:
            labels = labels.beside(other.labels.chunks)
        return ChunkedBlocks(self.X, labels, division, _of_joint_chunk)


def _shared(labels: Labels) -> Labels:
    """Return the labels of one chunk, as of rows that others use."""
    return labels._replace(chosen=np.ones(len(labels.codes), bool))


def _chosen(labels: Labels, rows: NDArray[np.bool_]) -> Labels:
    """Return the labels of one chunk, of which some are chosen."""
    return labels._replace(chosen=np.asarray(rows))


def _weighted(labels: Labels, sample_weight: Any) -> Labels:
    """Return the labels of one chunk with other weights."""
    weights = checked_weights(sample_weight, len(labels.codes))
    return labels._replace(sample_weight=weights)


class ChunkedBlocks(Blocks):
    """The chunks of X, each divided into blocks by its worker, in each pass."""

    in_process = False

    def __init__(
        self, X: Any, labels: Chunks, division: Any, of_chunk: Callable[..., Any]
    ) -> None:
        self.n_features, self.dtype = X.shape[1], division.dtype
        self.is_sparse = sparse.issparse(X._meta)
        self._rows, self._of_chunk = Chunks.of(X).beside(labels), of_chunk
        self.division = division
        if isinstance(division, Division):
            self.n_rows = int(division.weighting.counts[0].sum())

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(blocks, *shared)`` of each chunk's blocks, combined."""
        of_chunk = partial(self._of_chunk, function, self.division)
        return self._rows.reduce(of_chunk, combine, *shared)


def _of_chunk(
    function: Callable[..., T],
    division: Division,
    X: Any,
    labels: Labels,
    *shared: Any,
) -> T | None:
    """Call a function on one chunk's blocks, if any row has positive weight."""
    blocks: list[Block] = division(_in_memory(X, division.dtype), labels)
    return function(blocks, *shared) if blocks else None


def _of_joint_chunk(
    function: Callable[..., T], division: JointDivision, X: Any, *arguments: Any
) -> T | None:
    """The same where several samples share the rows, whose labels come first."""
    n_parts = len(division.divisions)
    labels, shared = arguments[:n_parts], arguments[n_parts:]
    blocks = division(_in_memory(X, division.dtype), labels)
    return function(blocks, *shared) if blocks else None


def _in_memory(X: Any, dtype: Any) -> Any:
    """Return a chunk as an array or CSR of the dtype of computations."""
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    return X.astype(dtype, copy=False)


def weights_beside(X: Any, sample_weight: Any) -> Any:
    """Return the weights as a dask array with the row chunks of X."""
    if isinstance(sample_weight, Number):
        sample_weight = np.full(X.shape[0], sample_weight)
    if is_dask_array(sample_weight):
        check_sizes(sample_weight, "sample_weight")
    check_weights_shape(np.shape(sample_weight), X.shape[0])
    return beside(X, sample_weight, "sample_weight")


def translated(
    labels: Labels, found: NDArray[Any], target: Target, name: str
) -> Labels:
    """Return labels, whose codes are among the classes found, as the target's codes."""
    codes = target.translate(found, labels.codes, name)
    return labels._replace(codes=codes)


def float_type(X: Any) -> np.dtype[Any]:
    """Return the dtype of computations: float32 if X is, else float64."""
    return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)
