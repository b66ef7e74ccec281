"""What the user passed, and the interfaces of samples and sources."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skshallow.data.blocks import Blocks, Division
from skshallow.data.joint import JointDivision
from skshallow.data.targets import Target
from skshallow.data.weights import AllLabels

RandomState = int | np.random.RandomState | None


class Arguments(NamedTuple):
    """The arguments of a method, as the user passed them."""

    X: Any
    y: Any
    sample_weight: Any = None


class Samples(Protocol):
    """Rows with their labels and weights, before they are divided into blocks."""

    @property
    def X(self) -> Any:
        """The rows, which have a shape and a dtype."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that J is computed in: float32 if X is, else float64."""

    @property
    def target(self) -> Target:
        """The classes, or labels, of y."""

    @property
    def labels(self) -> AllLabels:
        """The codes of the labels, and the weights."""

    @property
    def sample_weight(self) -> Any:
        """The weights as the user gave them, or None."""

    def rows(self) -> Any:
        """Return X, a copy where it has other rows as well."""

    def y(self) -> Any:
        """Return labels, or an indicator matrix, which may be computed by this call."""

    def among(self, target: Target, name: str) -> "Samples":
        """Return the samples with codes among another target's classes.

        Raises
        ------
        ValueError
            If y, called ``name`` in the message, has other classes, or is of another
            kind.
        """

    def hold_out(
        self, fraction: float, random_state: RandomState
    ) -> tuple["Samples", "Samples"]:
        """Return samples to train on and samples to validate on."""

    def shared(self) -> "Samples":
        """Return the samples, parts of which share the rows instead of copying them."""

    def part(self, rows: NDArray[np.bool_]) -> "Samples":
        """Return some of the samples, with the classes that these have, as shared."""

    def weighted(self, sample_weight: Any) -> "Samples":
        """Return the samples with other weights, checked."""

    def blocks(self, division: Division) -> Blocks:
        """Divide the samples into blocks."""

    def joint_blocks(self, division: JointDivision, others: Sequence[Any]) -> Blocks:
        """Divide the rows into blocks that have the labels of others as well."""


class Source(Protocol):
    """A kind of data: how it is read, predicted, scored and gathered."""

    def read(self, estimator: Any, arguments: Arguments, *, reset: bool) -> Samples:
        """Return what the user passed, checked, with the classes that y has.

        ``reset`` is whether X sets the number of features, and their names.
        """

    def predict(self, estimator: Any, X: Any, method: str) -> Any:
        """Return the predictions of a method of a fitted estimator."""

    def shared_logits(self, samples: Any, estimators: Sequence[Any]) -> Any:
        """Return the logits of some fitted estimators for the samples' rows."""

    def at_hand(self, array: Any) -> Any:
        """Return labels or weights in this process, as splitters and scorers do."""

    def accuracy(self, y: Any, predicted: Any, sample_weight: Any) -> float:
        """Return the accuracy of predictions, as scikit-learn's accuracy_score does."""

    def gathered(self, array: Any) -> Any:
        """Return an array of this kind as a NumPy array."""
