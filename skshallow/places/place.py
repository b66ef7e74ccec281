"""What a place is: functions for arrays that lie there, and what differs by place."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# Under the names of the Array API's standard. The first take ``out``.
# fmt: off
WITH_OUT = (
    "add", "exp", "greater", "log", "log1p", "logaddexp", "matmul", "max", "maximum",
    "minimum", "multiply", "negative", "reciprocal", "sqrt", "subtract", "sum", "tanh",
)
WITHOUT_OUT = (
    "arange", "argmax", "finfo", "float32", "float64", "full_like", "int64",
    "ones_like", "take", "where", "zeros_like",
)
# fmt: on


class Place(ABC):
    """Where arrays lie, and the functions that work on them there.

    Blocks are added up in at most ``max_shards`` partial sums.
    """

    max_shards: int

    def __getattr__(self, name: str) -> Any:
        """Functions and dtypes are attributes of the instance; this finds no other."""
        raise AttributeError(name)

    @abstractmethod
    def send(self, array: NDArray[Any]) -> Any:
        """Return a NumPy array as one that lies here."""

    @abstractmethod
    def publish(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return NumPy's arrays, and lists of such, here; all else as is."""

    @abstractmethod
    def fetch(self, array: Any) -> NDArray[Any]:
        """Return an array that lies here as NumPy's."""

    @abstractmethod
    def dtype(self, array: Any) -> np.dtype[Any]:
        """Return NumPy's name for the floating-point type of an array."""

    @abstractmethod
    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Return some rows of an array that lies here, or of a sparse matrix."""

    @abstractmethod
    def multiplicable(self, X: Any) -> Any:
        """Return X, copied if it cannot be multiplied in its memory layout."""

    @abstractmethod
    def n_blocks(self, X: Any, floats_per_row: int) -> int:
        """Return in how many blocks the rows of X are worked on.

        ``floats_per_row`` counts what the model keeps of a row beside the row itself.
        """

    @abstractmethod
    def buffer(
        self, shape: tuple[int, ...], dtype: DTypeLike, *, by_column: bool = False
    ) -> NDArray[Any] | None:
        """Return an uninitialised buffer, or None where writes are not supported.

        Its rows are contiguous in memory, or its columns.
        """

    @abstractmethod
    def flat(
        self, arrays: Sequence[Any], views: Sequence[Any], buffer: NDArray[Any] | None
    ) -> Any:
        """Return arrays as one vector: the buffer, whose views they may be."""

    @abstractmethod
    def stacked(self, arrays: Iterable[Any], shape: tuple[int, int], dtype: Any) -> Any:
        """Return matrices one below the other; each is copied before the next."""

    @abstractmethod
    def column_sums(self, D: Any, out: Any) -> Any:
        """Return Σ over the rows of D."""

    @abstractmethod
    def capped_exp(self, U: Any) -> tuple[Any, Any]:
        """Return e^min(u, c), and max(u − c, 0) or 0; U is used up.

        c is half of the logarithm of the largest number: e^c can still be squared, and
        1 + e^c is e^c.
        """

    @abstractmethod
    def true_entries(self, Z: Any, Y: Any) -> Any:
        """Return where in Z the true classes Y are, for the two functions below."""

    @abstractmethod
    def picked(self, Z: Any, true: Any) -> Any:
        """Return a column of the entries of Z of the true classes."""

    @abstractmethod
    def minus_true(self, A: Any, w: Any, true: Any, out: Any) -> Any:
        """Return A − w Y, Y as indicators."""
