"""Recognise dask arrays, check their chunk sizes, and rechunk arrays like X."""

import sys
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length


def is_dask_array(X: Any) -> bool:
    """Whether X is a dask array.

    Raises
    ------
    TypeError
        If X is a DataFrame or Series of dask, which does not know how many rows it
        has.
    """
    if hasattr(X, "to_dask_array"):
        raise TypeError(
            f"A dask {type(X).__name__} was passed, where a dask array is required. "
            "Use its method to_dask_array(lengths=True)."
        )
    dask_array = sys.modules.get("dask.array")
    return dask_array is not None and isinstance(X, dask_array.Array)


def beside(X: Any, array: Any, name: str) -> Any:
    """Return an array as a dask array with the row chunks of X; None stays None."""
    import dask.array

    if array is None:
        return None
    if is_dask_array(array):
        check_sizes(array, name)
        check_consistent_length(X, array)
        columns = dict.fromkeys(range(1, array.ndim), -1)
        return array.rechunk({0: X.chunks[0], **columns})
    array = np.asarray(array.toarray() if hasattr(array, "toarray") else array)
    check_consistent_length(X, array)
    return dask.array.from_array(array, chunks=(X.chunks[0], *array.shape[1:]))


def check_sizes(array: Any, name: str) -> None:
    """Raise a ValueError if dask does not know how many rows each chunk has."""
    if np.isnan(array.shape).any():
        raise ValueError(
            f"The chunks of {name} have unknown sizes. Use {name}.compute_chunk_sizes()"
            ", or of a dask DataFrame its method to_dask_array(lengths=True)."
        )
