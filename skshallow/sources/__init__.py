"""Where the rows are: a module for each kind of data, and the table that chooses."""

from collections.abc import Callable, Mapping
from typing import Any

from skshallow.data.samples import Source
from skshallow.sources import dask, local

# By what recognises X. All else is what scikit-learn takes, in this process.
SOURCES: Mapping[Callable[[Any], bool], Source] = {dask.is_dask_array: dask}


def source_of(X: Any) -> Source:
    """Return the source for X."""
    for recognises, source in SOURCES.items():
        if recognises(X):
            return source
    return local


def gathered(array: Any) -> Any:
    """Return any array, of whatever source and place, as one of NumPy's."""
    return source_of(array).gathered(array)
