"""Rows with their labels and weights, before they are divided into blocks."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from skshallow.data.blocks import Block, Blocks, LocalBlocks, make_blocks
from skshallow.data.targets import Target
from skshallow.data.threads import Map
from skshallow.data.weights import LabelParts, Labels, Weighting
from skshallow.places import dtype_of, place_of

RandomState = int | np.random.RandomState | None


class Samples(Protocol):
    """What training asks of samples, wherever they are."""

    @property
    def X(self) -> Any:
        """The rows, which have a shape and a dtype."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """What J is computed in: float32 if X is, else float64."""

    @property
    def classes(self) -> NDArray[Any]:
        """The sorted classes, or the numbers of the labels."""

    @property
    def sample_weight(self) -> Any:
        """The weights as the user gave them, or None."""

    @property
    def labels(self) -> LabelParts:
        """The codes of the labels, and the weights."""

    def y(self) -> Any:
        """Return labels, or an indicator matrix, for those who ask: it may be made."""

    def hold_out(
        self, fraction: float, random_state: RandomState
    ) -> tuple["Samples", "Samples"]:
        """Return samples to train on and samples to validate on."""

    def blocks(
        self, target: Target, weighting: Weighting, floats_per_row: int, blockwise: Map
    ) -> Blocks:
        """Divide them into blocks, whose targets and weights are as J wants them."""


class LocalSamples(NamedTuple):
    """Samples of this process: rows, codes of labels, and weights."""

    X: Any
    codes: NDArray[np.integer[Any]]
    classes: NDArray[Any]
    sample_weight: NDArray[np.float64] | None

    @property
    def dtype(self) -> np.dtype[Any]:
        """What J is computed in, which is that of X."""
        return dtype_of(self.X)

    @property
    def labels(self) -> Labels:
        """The codes of the labels, and the weights."""
        return Labels(self.codes, self.sample_weight)

    def y(self) -> NDArray[Any]:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self.codes if self.codes.ndim == 2 else self.classes[self.codes]

    def take(self, rows: NDArray[np.intp]) -> "LocalSamples":
        """Return some of them."""
        codes, weights = self.labels.take(rows)
        X = place_of(self.X).rows(self.X, rows)
        return LocalSamples(X, codes, self.classes, weights)

    def hold_out(
        self, fraction: float, random_state: RandomState
    ) -> tuple["LocalSamples", "LocalSamples"]:
        """Return samples to train on and to validate on, as train_test_split divides.

        Classes are kept in proportion; for multilabel targets that is not possible.

        Raises
        ------
        ValueError
            If a class has too few members to be in both parts.
        """
        train, validation = train_test_split(
            np.arange(len(self.codes)),
            test_size=fraction,
            stratify=self.codes if self.codes.ndim == 1 else None,
            random_state=random_state,
        )
        return self.take(train), self.take(validation)

    def blocks(
        self, target: Target, weighting: Weighting, floats_per_row: int, blockwise: Map
    ) -> LocalBlocks:
        """Divide them into blocks, whose targets and weights are as J wants them."""
        blocks = weighted_blocks(self.X, self.labels, target, weighting, floats_per_row)
        return LocalBlocks(blocks, blockwise)


def weighted_blocks(
    X: Any, labels: Labels, target: Target, weighting: Weighting, floats_per_row: int
) -> list[Block]:
    """Divide rows into blocks, with targets as the loss wants them and weights w̃."""
    dtype = dtype_of(X)
    Y = target.encode(labels.codes, dtype)
    return make_blocks(X, Y, weighting(labels, dtype), floats_per_row)
