"""The buffers that a pass over a block writes to."""

import threading
from collections.abc import Sequence
from typing import Any

from numpy.typing import DTypeLike

from skshallow.data.rows import Rows
from skshallow.objective.models import Columns
from skshallow.objective.types import Array


class Workspace(threading.local):
    """The buffers of a model, reused for each block.

    Every thread has buffers of its own, as large as its largest block.
    """

    _max_rows = 0

    def buffers_for(
        self, X: Rows, columns: Sequence[Columns], dtype: DTypeLike
    ) -> list[Any]:
        """Return a buffer for each of ``columns``, with as many rows as X."""
        n_rows = X.n_rows
        if n_rows > self._max_rows:
            self._max_rows = n_rows
            self._largest: list[Array | None] = [
                X.place.buffer((n_rows, number), dtype, by_column=by_column)
                for number, by_column in columns
            ]
            self._by_rows = {n_rows: self._largest}
        if n_rows not in self._by_rows:
            self._by_rows[n_rows] = [_top(buffer, n_rows) for buffer in self._largest]
        return self._by_rows[n_rows]


def _top(buffer: Array | None, n_rows: int) -> Array | None:
    """Return the beginning of a buffer's memory, as rows of the same layout."""
    if buffer is None:
        return None
    n_columns = buffer.shape[1]
    if buffer.flags.c_contiguous:
        return buffer[:n_rows]
    return buffer.T.reshape(-1)[: n_rows * n_columns].reshape(n_columns, n_rows).T
