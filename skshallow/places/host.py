"""NumPy, on the host."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import special

from skshallow.places.place import WITH_OUT, WITHOUT_OUT, Place

# The size of a core's cache, in which a block and the model's buffers should fit.
L2_BYTES = 2**20
# Smaller blocks make matrix products inefficient, or have too little work to pay for
# some ten calls and a switch of threads.
MIN_ROWS = 512
MIN_PRODUCTS = 1_750_000
# Numbers in a row that reductions over rows are efficient for.
LONG_ROW = 512
# The cost of an exponential, in multiplications.
EXPONENTIAL = 16
# By dtype, half of the logarithm of the largest number.
LARGEST_EXPONENTS = {
    np.dtype(dtype): float(np.log(np.finfo(dtype).max) / 2)
    for dtype in (np.float32, np.float64)
}


class Host(Place):
    """In NumPy."""

    # Partial sums are added in order, and do not depend on the number of threads.
    max_shards = 16

    def __init__(self) -> None:
        functions = {name: getattr(np, name) for name in (*WITH_OUT, *WITHOUT_OUT)}
        # np.sum, max and reshape only call the array's methods, and take a microsecond
        # for it.
        functions |= {
            name: getattr(np.ndarray, name) for name in ("sum", "max", "min", "reshape")
        }
        vars(self).update(functions)
        # NumPy 1 lacks these names.
        self.concat = np.concatenate
        self.astype = partial(np.ndarray.astype, copy=False)

    def __str__(self) -> str:
        return "numpy"

    def __reduce__(self) -> str:
        """Unpickle as the singleton."""
        return "HOST"

    def send(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array unchanged."""
        return array

    def publish(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes unchanged."""
        return attributes

    def fetch(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array unchanged."""
        return array

    def dtype(self, array: NDArray[Any]) -> np.dtype[Any]:
        """Return the dtype of the array."""
        return array.dtype

    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Index the array."""
        return array[indices]

    def multiplicable(self, X: NDArray[Any]) -> NDArray[Any]:
        """Copy X if BLAS cannot read it.

        It can if the entries of a row, or of a column, are contiguous, and the rows, or
        columns, a whole number of entries apart, without overlap.
        """
        if X.flags.forc:
            return X
        (near, length), (far, _) = sorted(zip(X.strides, X.shape, strict=True))
        contiguous = near == X.itemsize and far >= length * near and far % near == 0
        return X if contiguous else np.ascontiguousarray(X)

    def n_blocks(self, X: Any, floats_per_row: int) -> int:
        """Make blocks that fit in L2, so that the backward pass finds X in the cache.

        Blocks with little to multiply are larger: function calls, and threads that wait
        for each other, would cost more than the cache saves.
        """
        n_rows, n_features = X.shape
        stored = max(X.size / n_rows, 1)
        rows_per_block = max(
            L2_BYTES / X.dtype.itemsize / (stored + floats_per_row),
            MIN_ROWS,
            MIN_PRODUCTS / ((stored + EXPONENTIAL) * floats_per_row),
            # Each block costs a pass over a gradient of n_features rows, for sparse X
            # too.
            8 * n_features / stored,
        )
        return max(1, int(n_rows / rows_per_block))

    def buffer(
        self, shape: tuple[int, ...], dtype: DTypeLike, *, by_column: bool = False
    ) -> NDArray[Any]:
        """Return an uninitialised array."""
        return np.empty(shape, dtype, "F" if by_column else "C")

    def flat(
        self, arrays: Sequence[Any], views: Sequence[Any], buffer: Any
    ) -> NDArray[Any]:
        """Return the buffer, after copying arrays that are not its views."""
        for array, view in zip(arrays, views, strict=True):
            if array is not view:
                view[...] = array
        return buffer

    def stacked(
        self, arrays: Iterable[Any], shape: tuple[int, int], dtype: Any
    ) -> NDArray[Any]:
        """Copy matrices, which may share one buffer, into one array."""
        whole, stop = np.empty(shape, dtype), 0
        for array in arrays:
            start, stop = stop, stop + len(array)
            whole[start:stop] = array
        return whole

    def side_by_side(self, columns: Sequence[Any]) -> NDArray[Any]:
        """Stack them as rows, and turn these."""
        whole: NDArray[Any] = np.concatenate([column.T for column in columns]).T
        return whole

    def column_sums(self, D: NDArray[Any], out: Any) -> NDArray[Any]:
        """Σ of long columns, or 1ᵀ D: NumPy sums short rows five times slower."""
        if D.flags.f_contiguous:
            return D.sum(axis=0, out=out)
        return np.matmul(np.ones_like(D[:, 0]), D, out=out)

    def extremes(self, X: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Take many short rows as one long one, over which loops are fast."""
        n_rows, n_columns = X.shape
        n_together = LONG_ROW // n_columns
        if not X.flags.c_contiguous or n_together < 2 or n_rows < n_together:
            return X.min(axis=0), X.max(axis=0)
        whole = n_rows - n_rows % n_together
        long = X[:whole].reshape(-1, n_together * n_columns)
        low, high = long.min(axis=0), long.max(axis=0)
        rest, shape = X[whole:], (n_together, n_columns)
        return (
            np.vstack([low.reshape(shape), rest]).min(axis=0),
            np.vstack([high.reshape(shape), rest]).max(axis=0),
        )

    def masked(
        self, Z: NDArray[Any], absent: NDArray[Any], columns: slice = slice(None)
    ) -> NDArray[Any]:
        """Write zeros to Z."""
        np.copyto(Z[:, columns], 0, where=absent)
        return Z

    def capped_exp(self, U: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any] | int]:
        """Test first whether any entry exceeds the cap."""
        cap = LARGEST_EXPONENTS[U.dtype]
        if U.max() <= cap:
            return np.exp(U, out=U), 0
        excess = np.maximum(U - cap, 0)
        return np.exp(np.minimum(U, cap, out=U), out=U), excess

    def log_of_sum(self, t: NDArray[Any], one_plus_t: NDArray[Any]) -> NDArray[Any]:
        """Return log u + (t − (u − 1)) / u, with u = 1 + t as it is rounded.

        The second term is what rounding left out. This takes half as long as log1p.
        """
        rest = one_plus_t - 1
        np.subtract(t, rest, out=rest)
        rest /= one_plus_t
        rest += np.log(one_plus_t)
        return rest

    def ndtr(self, Z: NDArray[Any], out: NDArray[Any] | None = None) -> Any:
        """By SciPy."""
        return special.ndtr(Z, out=out)

    def true_entries(self, Z: NDArray[Any], Y: NDArray[Any]) -> NDArray[Any]:
        """Return positions in memory, column by column."""
        n_rows = len(Z)
        return np.arange(n_rows) + n_rows * Y.astype(np.intp)

    def picked(self, Z: NDArray[Any], true: NDArray[Any]) -> NDArray[Any]:
        """Index the memory, which is column-major."""
        return Z.T.reshape(-1)[true][:, None]

    def minus_true(
        self, A: NDArray[Any], w: Any, true: NDArray[Any], out: NDArray[Any] | None
    ) -> NDArray[Any]:
        """Subtract w where the true classes are, in ``out`` if there is one."""
        out = np.empty(A.shape, A.dtype, "F") if out is None else out
        if out is not A:
            np.copyto(out, A)
        out.T.reshape(-1)[true] -= np.reshape(w, -1)
        return out


HOST = Host()
