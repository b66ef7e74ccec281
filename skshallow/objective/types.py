"""The types that the modules of this folder share."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Array = NDArray[np.floating[Any]]


class Rows(Protocol):
    """Rows of X in whatever storage; the models multiply by them and no more."""

    n_rows: int

    def dot(self, W: Array, out: Array) -> None:
        """Write X W to ``out``."""

    def transpose_dot(self, D: Array, out: Array) -> None:
        """Write Xᵀ D to ``out``."""


class Block(Protocol):
    """Some rows with their encoded targets and their normalised weights."""

    @property
    def X(self) -> Rows:
        """The rows."""

    @property
    def Y(self) -> NDArray[Any]:
        """The targets as the loss wants them."""

    @property
    def w(self) -> Array:
        """The weights w̃, of shape (n_rows, 1)."""


class Blocks(Protocol):
    """All rows, in blocks."""

    def reduce(
        self,
        function: Callable[..., T],
        combine: Callable[[T, T], T],
        *shared: Any,
    ) -> T:
        """Return what ``function`` makes of all blocks, a run of them at a time.

        It is called with a run of blocks and what is ``shared`` by all, and its results
        are combined.
        """
