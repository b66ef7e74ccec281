"""A namespace of the Array API other than NumPy's, on one of its devices."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import special

from skshallow._sklearn import array_api_compat, convert_to_numpy
from skshallow.places.place import WITH_OUT, WITHOUT_OUT, Place

# Numbers in a block: many, since each operation has the overhead of a call.
DEVICE_NUMBERS = 2**28


class Device(Place):
    """In a namespace that is not NumPy's, on one of its devices."""

    # A device runs one operation after the other, and each partial sum is fetched.
    max_shards = 1

    def __init__(self, namespace: Any, device: Any) -> None:
        self.namespace, self.device = namespace, device
        self._known_to_scipy = array_api_compat.is_torch_namespace(
            namespace
        ) or array_api_compat.is_cupy_namespace(namespace)
        self._numbers: dict[tuple[float, Any], Any] = {}
        functions = {name: getattr(namespace, name) for name in WITHOUT_OUT}
        functions |= {
            name: self._taking_out(getattr(namespace, name)) for name in WITH_OUT
        }
        vars(self).update(functions)
        self.reshape, self.concat = namespace.reshape, namespace.concat
        self.astype = partial(namespace.astype, copy=False)
        self._dtypes = namespace.__array_namespace_info__().dtypes(device=device)
        if "float64" not in self._dtypes:
            self.float64 = self.float32  # Not every device has double precision.

    def __str__(self) -> str:
        name = self.namespace.__name__.rpartition("compat.")[2]
        return f"{name}, device {self.device}"

    def send(self, array: NDArray[Any]) -> Any:
        """Return a copy on the device; torch warns about arrays that are read-only."""
        dtype = array.dtype.newbyteorder("=")
        if dtype == np.float64:
            dtype = self._float_dtype(self.float64)
        return self.namespace.asarray(np.array(array, dtype), device=self.device)

    def publish(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Send the arrays; labels stay NumPy's if the namespace lacks their dtype."""
        return {name: self._sent(value) for name, value in attributes.items()}

    def fetch(self, array: Any) -> NDArray[Any]:
        """Return the array in NumPy. Fetching synchronises with the device."""
        # NumPy has no bfloat16, and does not accept tensors that require gradients.
        if "bfloat16" in str(array.dtype):
            array = self.astype(array, self.float32)
        if hasattr(array, "detach"):
            array = array.detach()
        return convert_to_numpy(array, self.namespace)

    def dtype(self, array: Any) -> np.dtype[Any]:
        """Return single or double precision."""
        return self._float_dtype(array.dtype)

    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Take the rows on the device."""
        return self.take(array, self.send(indices), axis=0)

    def multiplicable(self, X: Any) -> Any:
        """Return X."""
        return X

    def n_blocks(self, X: Any, floats_per_row: int) -> int:
        """Return as few as memory allows."""
        n_rows, n_features = X.shape
        needed = 1 + n_rows * (n_features + floats_per_row) // DEVICE_NUMBERS
        return min(needed, n_rows)

    def buffer(
        self, shape: tuple[int, ...], dtype: DTypeLike, *, by_column: bool = False
    ) -> None:
        """Return None: writes are not supported."""
        return

    def flat(self, arrays: Sequence[Any], views: Sequence[Any], buffer: Any) -> Any:
        """Concatenate the arrays."""
        return self.concat([self.reshape(array, (-1,)) for array in arrays])

    def stacked(self, arrays: Iterable[Any], shape: tuple[int, int], dtype: Any) -> Any:
        """Concatenate the matrices."""
        return self.concat(list(arrays))

    def side_by_side(self, columns: Sequence[Any]) -> Any:
        """Concatenate them."""
        return self.concat(list(columns), axis=1)

    def column_sums(self, D: Any, out: None) -> Any:
        """Σ D."""
        return self.sum(D, axis=0)

    def extremes(self, X: Any) -> tuple[Any, Any]:
        """Two reductions."""
        return self.min(X, axis=0), self.max(X, axis=0)

    def masked(self, Z: Any, absent: Any, columns: slice = slice(None)) -> Any:
        """Choose between Z and zeros."""
        width = self.arange(Z.shape[1], device=self.device)
        start, stop, _ = columns.indices(Z.shape[1])
        inside = (width >= start) & (width < stop)
        return self.where(absent & inside[None, :], self.zeros_like(Z), Z)

    def capped_exp(self, U: Any) -> tuple[Any, Any]:
        """Compute both without a test, which would synchronise."""
        cap = float(np.log(self.finfo(U.dtype).max) / 2)
        return self.exp(self.minimum(U, cap)), self.maximum(U - cap, 0)

    def log_of_sum(self, t: Any, one_plus_t: Any) -> Any:
        """In one operation."""
        return self.log1p(t)

    def ndtr(self, Z: Any, out: Any = None) -> Any:
        """By SciPy, which knows arrays of torch and CuPy; of others on the host."""
        if self._known_to_scipy:
            return special.ndtr(Z)
        return self.send(special.ndtr(self.fetch(Z)))

    def true_entries(self, Z: Any, Y: Any) -> Any:
        """Return indicators: the standard has no assignment to positions."""
        classes = self.arange(Z.shape[1], dtype=Y.dtype, device=Y.device)
        return Y[:, None] == classes

    def picked(self, Z: Any, true: Any) -> Any:
        """Sum over the indicators."""
        entries = self.where(true, Z, self.zeros_like(Z))
        return self.sum(entries, axis=1, keepdims=True)

    def minus_true(self, A: Any, w: Any, true: Any, out: None) -> Any:
        """Subtract w where the indicators are."""
        return self.where(true, A - w, A)

    def _sent(self, value: Any) -> Any:
        """Return an array, or a list of them, on the device; all else unchanged."""
        if isinstance(value, list):
            return [self._sent(item) for item in value]
        if not isinstance(value, np.ndarray):
            return value
        # Double precision is sent as the widest type that the device has.
        known = value.dtype.name in self._dtypes or value.dtype == np.float64
        return self.send(value) if known else value

    def _float_dtype(self, dtype: Any) -> np.dtype[Any]:
        """Return the NumPy dtype of one of the namespace's two precisions."""
        return np.dtype(np.float32 if dtype == self.float32 else np.float64)

    def _taking_out(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that converts its result to the dtype of ``out``.

        It also accepts numbers instead of arrays, which not every library does.
        """

        def taking_out(*arguments: Any, out: Any = None, **options: Any) -> Any:
            if len(arguments) == 2:
                one, other = arguments
                arguments = self._array(one, other), self._array(other, one)
            result = function(*arguments, **options)
            return result if out is None else self.astype(result, out.dtype)

        return taking_out

    def _array(self, value: Any, like: Any) -> Any:
        """Return a number as a cached array with the other's dtype."""
        if not isinstance(value, (int, float)):
            return value
        key = value, like.dtype
        if key not in self._numbers:
            self._numbers[key] = self.namespace.full(
                (), value, dtype=like.dtype, device=self.device
            )
        return self._numbers[key]
