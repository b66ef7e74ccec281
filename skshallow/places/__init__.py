"""Where arrays are: on the host as NumPy's, or on a device of another namespace.

Formulas are written once, with the functions of a place under the names of the Array
API's standard: ``xp = place_of(Z)``, then ``xp.exp(Z, out=Z)``. An array passed as
``out`` may be overwritten: NumPy writes the result to it, so that a pass over a block
allocates nothing, and other places return a new array. Formulas continue with the array
that the function returns.

Where NumPy and other namespaces differ, the place has a method for it, so formulas,
blocks and workspaces never test which of the two they work in.
"""

from typing import Any

import numpy as np
from sklearn import get_config  # type: ignore[attr-defined]

from skshallow._sklearn import array_api_compat
from skshallow.places.device import Device
from skshallow.places.host import HOST
from skshallow.places.place import Place

__all__ = [
    "HOST",
    "Place",
    "check_same_place",
    "dtype_of",
    "float_dtypes",
    "on_host",
    "place_of",
]

# Keyed by names, since not every namespace or device can be hashed.
_DEVICES: dict[tuple[str, str], Device] = {}


def place_of(X: Any) -> Place:
    """Return the place of an array; the host for anything that is not an array."""
    # The first of both is fast, and nearly always true.
    if type(X) is np.ndarray or isinstance(X, np.ndarray | np.generic):
        return HOST
    # An array without __dlpack__, such as dask's, is not in a single place.
    if not (array_api_compat.is_array_api_obj(X) and hasattr(X, "__dlpack__")):
        return HOST
    namespace, device = array_api_compat.get_namespace(X), array_api_compat.device(X)
    key = namespace.__name__, str(device)
    if key not in _DEVICES:
        # Another thread may have added it meanwhile.
        _DEVICES.setdefault(key, Device(namespace, device))
    return _DEVICES[key]


def float_dtypes(X: Any) -> tuple[Any, Any]:
    """Return the dtypes of X that scikit-learn should keep, the widest first."""
    place = place_of(X) if get_config()["array_api_dispatch"] else HOST
    return place.float64, place.float32


def dtype_of(X: Any) -> np.dtype[Any]:
    """Return the NumPy dtype of an array's floating-point type."""
    return place_of(X).dtype(X)


def check_same_place(X: Any, fitted: Any, method: str) -> None:
    """Raise a ValueError unless X is in the same place as the fitted parameters."""
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
    """Return an Array API array as a NumPy array; anything else unchanged."""
    return place_of(value).fetch(value)
