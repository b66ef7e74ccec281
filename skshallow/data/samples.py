"""What the user passed, and the samples that it becomes, for every kind of data."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skshallow.data.blocks import Blocks, Division
from skshallow.data.targets import Target
from skshallow.data.weights import AllLabels

RandomState = int | np.random.RandomState | None


class Arguments(NamedTuple):
    """The arguments of a method, as the user passed them.

    ``suffix`` ends the names under which the user knows them: "_val" of X_val.
    """

    X: Any
    y: Any
    sample_weight: Any = None
    suffix: str = ""


class Samples(Protocol):
    """Rows with their labels and weights, before they are divided into blocks."""

    @property
    def X(self) -> Any:
        """The rows, which have a shape and a dtype."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """In which J is computed: float32 if X is, else float64."""

    @property
    def target(self) -> Target:
        """The classes, or labels."""

    @property
    def labels(self) -> AllLabels:
        """The codes of the labels, and the weights."""

    @property
    def sample_weight(self) -> Any:
        """The weights as the user gave them, or None."""

    def y(self) -> Any:
        """Return labels, or an indicator matrix, which may be made for the purpose."""

    def hold_out(
        self, fraction: float, random_state: RandomState
    ) -> tuple["Samples", "Samples"]:
        """Return samples to train on and samples to validate on."""

    def blocks(self, division: Division) -> Blocks:
        """Divide them into blocks."""


class Table(Protocol):
    """Rows with labels that have been checked, before the classes are settled."""

    @property
    def classes(self) -> NDArray[Any]:
        """The sorted classes that were found in y, or the numbers of the labels."""

    @property
    def multilabel(self) -> bool:
        """Whether y is an indicator matrix."""

    def samples(self, target: Target) -> Samples:
        """Return the samples, with their labels as codes among the target's classes.

        Raises
        ------
        ValueError
            If y has other classes, or is of another kind.
        """


class Source(Protocol):
    """A kind of data: how it is recognised, read, predicted, scored and gathered."""

    def holds(self, X: Any) -> bool:
        """Whether X is of this kind."""

    def read(self, estimator: Any, given: Arguments, *, reset: bool) -> Table:
        """Return what the user passed, checked; ``reset`` the number of features."""

    def predict(self, estimator: Any, X: Any, method: str) -> Any:
        """Return what a method of a fitted estimator predicts."""

    def score(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> float:
        """Return the accuracy of a fitted estimator's predictions."""

    def gathered(self, array: Any) -> Any:
        """Return an array of this kind as one of this process, in NumPy."""
