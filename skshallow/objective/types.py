"""The types that the modules of this folder share."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from skshallow.places import Place

T = TypeVar("T")
# Formulas see arrays as if all were NumPy's, wherever they lie.
Array = NDArray[np.floating[Any]]
# A sum that is fetched later: a number, or elsewhere an array without axes.
Total = Any


class Rows(Protocol):
    """Rows of X in whatever storage; the models multiply by them and no more."""

    n_rows: int
    place: Place

    def dot(self, W: Array, out: Array | None) -> Array:
        """Return X W; ``out`` may be written over."""

    def transpose_dot(self, D: Array, out: Array | None) -> Array:
        """Return Xᵀ D; ``out`` may be written over."""


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
