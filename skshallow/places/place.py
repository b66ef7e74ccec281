"""The interface of a place: functions for its arrays, and what differs by place."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# Names of the Array API standard. The functions in WITH_OUT take ``out``.
# fmt: off
WITH_OUT = (
    "add", "exp", "expm1", "greater", "log", "log1p", "logaddexp", "matmul", "max",
    "maximum", "min", "minimum", "multiply", "negative", "reciprocal", "sqrt",
    "subtract", "sum", "tanh",
)
WITHOUT_OUT = (
    "arange", "argmax", "finfo", "float32", "float64", "full_like", "int64",
    "ones_like", "take", "where", "zeros_like",
)
# fmt: on


class Place(ABC):
    """Where arrays are stored, and the functions that work on them there.

    Sums over blocks are made of at most ``max_shards`` partial sums.
    """

    max_shards: int

    if TYPE_CHECKING:
        # At run time it would make every function slower to find.
        def __getattr__(self, name: str) -> Any:
            """Functions and dtypes of the Array API."""

    @abstractmethod
    def send(self, array: NDArray[Any]) -> Any:
        """Return a NumPy array as an array of this place."""

    @abstractmethod
    def publish(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return attributes, with NumPy arrays and lists of them sent to this place."""

    @abstractmethod
    def fetch(self, array: Any) -> NDArray[Any]:
        """Return an array of this place as a NumPy array."""

    @abstractmethod
    def dtype(self, array: Any) -> np.dtype[Any]:
        """Return the NumPy dtype of an array's floating-point type."""

    @abstractmethod
    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Return the rows with these indices, of an array or a sparse matrix."""

    @abstractmethod
    def multiplicable(self, X: Any) -> Any:
        """Return X, copied if it cannot be multiplied in its memory layout."""

    @abstractmethod
    def n_blocks(self, X: Any, floats_per_row: int) -> int:
        """Return the number of blocks that the rows of X are divided into.

        ``floats_per_row`` is how many numbers per row the model's buffers hold.
        """

    @abstractmethod
    def buffer(
        self, shape: tuple[int, ...], dtype: DTypeLike, *, by_column: bool = False
    ) -> NDArray[Any] | None:
        """Return an uninitialised buffer, or None where writes are not supported.

        It is C-contiguous, or Fortran-contiguous if ``by_column``.
        """

    @abstractmethod
    def flat(
        self, arrays: Sequence[Any], views: Sequence[Any], buffer: NDArray[Any] | None
    ) -> Any:
        """Return arrays as one vector, in the buffer; they may be its views."""

    @abstractmethod
    def stacked(self, arrays: Iterable[Any], shape: tuple[int, int], dtype: Any) -> Any:
        """Return matrices stacked by rows; each is copied before the next is made."""

    @abstractmethod
    def side_by_side(self, columns: Sequence[Any]) -> Any:
        """Return columns as one matrix, stored column by column."""

    @abstractmethod
    def column_sums(self, D: Any, out: Any) -> Any:
        """Return Σ over the rows of D."""

    @abstractmethod
    def extremes(self, X: Any) -> tuple[Any, Any]:
        """Return the smallest and the largest entry of each column."""

    @abstractmethod
    def masked(self, Z: Any, absent: Any, columns: slice = slice(None)) -> Any:
        """Return Z, or Z itself, with zeros in rows that are absent from columns."""

    @abstractmethod
    def capped_exp(self, U: Any) -> tuple[Any, Any]:
        """Return e^min(u, c), and max(u − c, 0) or 0; U may be overwritten.

        c is half of the logarithm of the largest number: e^c can still be squared, and
        1 + e^c is e^c.
        """

    @abstractmethod
    def log_of_sum(self, t: Any, one_plus_t: Any) -> Any:
        """Return log(1 + t) to the last digits, also of a small t ≥ 0."""

    @abstractmethod
    def ndtr(self, Z: Any, out: Any = None) -> Any:
        """Return the distribution function Φ of the standard normal."""

    @abstractmethod
    def true_entries(self, Z: Any, Y: Any) -> Any:
        """Return where in Z the true classes are, for ``picked`` and ``minus_true``."""

    @abstractmethod
    def picked(self, Z: Any, true: Any) -> Any:
        """Return the entry of each row's true class in Z, as a column."""

    @abstractmethod
    def minus_true(self, A: Any, w: Any, true: Any, out: Any) -> Any:
        """Return A − w Y, with Y as indicators."""
