"""Where the rows are: a module for each kind of data, and the table that chooses."""

from typing import Any

from skshallow.data.samples import Source
from skshallow.sources import dask, local

# The first that holds X; the last holds whatever scikit-learn takes.
SOURCES: tuple[Source, ...] = (dask, local)


def source_of(X: Any) -> Source:
    """Return the source that holds X."""
    return next(source for source in SOURCES if source.holds(X))


def gathered(array: Any) -> Any:
    """Return any array, of whatever source and place, as one of NumPy's."""
    return source_of(array).gathered(array)
