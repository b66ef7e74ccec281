"""Where arrays lie: in NumPy on the host, or in another namespace, on its device.

Formulas are written once, with functions of a namespace ``xp`` under the names of the
Array API's standard. Those that are `WRITING` take one argument more: ``out``, an array
that may be written over. It is a permission and no promise: the result is what the
function returns. NumPy writes, so that a pass over a block allocates nothing; all
others ignore it, and there it may be None.

What is known of scikit-learn's private support of the Array API stands here.
"""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn._config import get_config
from sklearn.externals import array_api_compat
from sklearn.utils._array_api import _convert_to_numpy, _max_precision_float_dtype

# What no two libraries give the same types.
Namespace = Any

# fmt: off
WRITING = (
    "add", "exp", "greater", "log", "log1p", "logaddexp", "matmul", "max", "maximum",
    "minimum", "multiply", "negative", "reciprocal", "sqrt", "subtract", "sum", "tanh",
)
OTHER = (
    "arange", "argmax", "finfo", "float32", "float64", "full_like", "int64",
    "ones_like", "take", "where", "zeros_like",
)
# fmt: on

NUMPY: Namespace = SimpleNamespace(
    **{name: getattr(np, name) for name in (*WRITING, *OTHER)}
)
# np.sum, max and reshape only call the array's methods, and take a microsecond for it.
NUMPY.sum, NUMPY.max, NUMPY.reshape = np.ndarray.sum, np.ndarray.max, np.ndarray.reshape
# NumPy 1 lacks these names.
NUMPY.concat, NUMPY.astype = np.concatenate, partial(np.ndarray.astype, copy=False)


class Place(Protocol):
    """Where arrays lie, and the functions that work on them there."""

    xp: Namespace

    def send(self, array: NDArray[Any]) -> Any:
        """Return a NumPy array as one that lies here."""

    def fetch(self, array: Any) -> NDArray[Any]:
        """Return an array that lies here as NumPy's."""

    def holds(self, dtype: np.dtype[Any]) -> bool:
        """Whether arrays of this dtype can lie here."""

    def spare(self, size: int, dtype: DTypeLike) -> NDArray[Any] | None:
        """Return an array to write to, if there is writing here."""

    def dtype(self, array: Any) -> np.dtype[Any]:
        """Return NumPy's name for the floating-point type of an array."""

    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Return some rows of an array that lies here, or of a sparse matrix."""


class Host:
    """In NumPy."""

    xp = NUMPY

    def __str__(self) -> str:
        return "numpy"

    def __reduce__(self) -> str:
        """There is but one, in whatever process."""
        return "HOST"

    def send(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array: it is here."""
        return array

    def fetch(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array."""
        return array

    def holds(self, dtype: np.dtype[Any]) -> bool:
        """Any."""
        return True

    def spare(self, size: int, dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of that many numbers, whatever they are."""
        return np.empty(size, dtype)

    def dtype(self, array: NDArray[Any]) -> np.dtype[Any]:
        """Return the array's."""
        return array.dtype

    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Index the array."""
        return array[indices]


HOST = Host()


class Device:
    """In a namespace that is not NumPy's, on a device of its."""

    def __init__(self, namespace: Any, device: Any) -> None:
        self.namespace, self.device = namespace, device
        self._numbers: dict[tuple[float, Any], Any] = {}
        self.xp: Namespace = SimpleNamespace(
            **{name: self._as_writing(getattr(namespace, name)) for name in WRITING},
            **{name: getattr(namespace, name) for name in OTHER},
            reshape=namespace.reshape,
            concat=namespace.concat,
            astype=partial(namespace.astype, copy=False),
        )
        # Not every device has double precision.
        self.xp.float64 = _max_precision_float_dtype(namespace, device)

    def __str__(self) -> str:
        name = self.namespace.__name__.rpartition("compat.")[2]
        return f"{name}, device {self.device}"

    def send(self, array: NDArray[Any]) -> Any:
        """Return a copy here; torch would warn of arrays that it must not write to."""
        dtype = array.dtype.newbyteorder("=")
        if dtype == np.float64:
            dtype = self._float_dtype(self.xp.float64)
        return self.namespace.asarray(np.array(array, dtype), device=self.device)

    def holds(self, dtype: np.dtype[Any]) -> bool:
        """Ask the namespace; double precision is sent as what there is of it."""
        known = self.namespace.__array_namespace_info__().dtypes(device=self.device)
        return dtype.name in known or dtype == np.float64

    def fetch(self, array: Any) -> NDArray[Any]:
        """Return the array in NumPy, which waits until it is computed."""
        # What NumPy has no name for, and what torch keeps the history of.
        if "bfloat16" in str(array.dtype):
            array = self.xp.astype(array, self.xp.float32)
        if hasattr(array, "detach"):
            array = array.detach()
        return _convert_to_numpy(array, self.namespace)

    def spare(self, size: int, dtype: DTypeLike) -> None:
        """Nothing is written to here."""
        return

    def dtype(self, array: Any) -> np.dtype[Any]:
        """Return single or double precision."""
        return self._float_dtype(array.dtype)

    def _float_dtype(self, dtype: Any) -> np.dtype[Any]:
        """Return NumPy's name for one of the namespace's two."""
        return np.dtype(np.float32 if dtype == self.xp.float32 else np.float64)

    def rows(self, array: Any, indices: NDArray[np.intp]) -> Any:
        """Take the rows here."""
        return self.xp.take(array, self.send(indices), axis=0)

    def _as_writing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that ignores ``out`` but for its dtype, as NumPy's have it.

        It also takes numbers in the place of arrays, as not every library's does.
        """

        def ignoring(*arguments: Any, out: Any = None, **options: Any) -> Any:
            if len(arguments) == 2:
                one, other = arguments
                arguments = self._array(one, other), self._array(other, one)
            result = function(*arguments, **options)
            return result if out is None else self.xp.astype(result, out.dtype)

        return ignoring

    def _array(self, value: Any, like: Any) -> Any:
        """Return a value as an array with the other's dtype, made but once."""
        if not isinstance(value, (int, float)):
            return value
        key = value, like.dtype
        if key not in self._numbers:
            self._numbers[key] = self.namespace.full(
                (), value, dtype=like.dtype, device=self.device
            )
        return self._numbers[key]


def place_of(X: Any) -> Place:
    """Return where an array lies; for whatever is no array, the host."""
    if not is_elsewhere(X):
        return HOST
    return _device(array_api_compat.get_namespace(X), array_api_compat.device(X))


# By the names of namespace and device, not all of which can be hashed.
_DEVICES: dict[tuple[str, str], Device] = {}


def _device(namespace: Any, device: Any) -> Device:
    """Return the one place of this device."""
    key = namespace.__name__, str(device)
    if key not in _DEVICES:
        # Another thread may have been faster.
        _DEVICES.setdefault(key, Device(namespace, device))
    return _DEVICES[key]


def is_elsewhere(X: Any) -> bool:
    """Whether X is an array of the Array API that is not NumPy's."""
    # What has no __dlpack__, such as dask's arrays, does not lie in any one place.
    return (
        not isinstance(X, np.ndarray | np.generic)
        and array_api_compat.is_array_api_obj(X)
        and hasattr(X, "__dlpack__")
    )


def float_dtypes(X: Any) -> tuple[Any, Any]:
    """Return the dtypes that scikit-learn is to leave X in, the widest first."""
    xp = place_of(X).xp if get_config()["array_api_dispatch"] else NUMPY
    return xp.float64, xp.float32


def dtype_of(X: Any) -> np.dtype[Any]:
    """Return NumPy's name for the floating-point type of an array."""
    return place_of(X).dtype(X)


def check_same_place(X: Any, fitted: Any, method: str) -> None:
    """Raise a ValueError if X, which a method was called with, lies not where fit's."""
    here, there = place_of(X), place_of(fitted)
    if here is there:
        return
    if there is not HOST and not get_config()["array_api_dispatch"]:
        raise ValueError(
            f"The estimator was fitted to arrays of {there}, and {method} takes such "
            "only while array_api_dispatch is on. Set it by "
            "sklearn.set_config(array_api_dispatch=True), or move the estimator to "
            "NumPy, with newer versions of scikit-learn by "
            "sklearn.utils._array_api.move_estimator_to."
        )
    raise ValueError(
        f"Inputs passed to {method} must use the same namespace and the same device as "
        f"those passed to fit(): those were {there}, these are {here}. Move X there, "
        "or the estimator here, with newer versions of scikit-learn by "
        "sklearn.utils._array_api.move_estimator_to. Lists, frames, sparse matrices "
        "and dask arrays need an estimator in NumPy."
    )


def on_host(value: Any) -> Any:
    """Return an array of the Array API in NumPy; all else as it is."""
    return place_of(value).fetch(value)


def sent(value: Any, place: Place) -> Any:
    """Return NumPy's arrays, or a list with such, in a place; all else as is.

    So do labels stay in NumPy that are no numbers, or such as the place does not know.
    """
    if isinstance(value, list):
        return [sent(item, place) for item in value]
    if isinstance(value, np.ndarray) and place.holds(value.dtype):
        return place.send(value)
    return value
