"""The buffers that a pass over a block writes to."""

import threading
from typing import Any

from numpy.typing import DTypeLike

from skshallow.data.rows import Rows
from skshallow.objective.models import Columns, Model
from skshallow.objective.types import Array
from skshallow.places import Place


class Workspace(threading.local):
    """The buffers of a model, and one more like its logits, reused for each block.

    Every thread has buffers of its own, as large as its largest block.
    """

    def __init__(self, model: Model, dtype: DTypeLike) -> None:
        scratch = Columns(model.n_outputs, by_column=True)
        self._columns = [*model.buffers, scratch]
        self._dtype = dtype
        self._max_rows = 0

    def buffers_for(self, X: Rows) -> list[Array | None]:
        """Return buffers for these rows; scratch is the last."""
        n_rows = X.n_rows
        if n_rows > self._max_rows:
            self._max_rows = n_rows
            self._whole = [self._buffer(X.place, columns) for columns in self._columns]
            self._parts: dict[int, list[Any]] = {n_rows: self._whole}
        if n_rows not in self._parts:
            self._parts[n_rows] = [_top(buffer, n_rows) for buffer in self._whole]
        return self._parts[n_rows]

    def _buffer(self, place: Place, columns: Columns) -> Array | None:
        """Return one buffer for the largest block so far."""
        n_columns, by_column = columns
        return place.buffer(self._max_rows, n_columns, self._dtype, by_column=by_column)


def _top(buffer: Array | None, n_rows: int) -> Array | None:
    """Return the beginning of a buffer's memory, as rows of the same layout."""
    if buffer is None:
        return None
    n_columns = buffer.shape[1]
    if buffer.flags.c_contiguous:
        return buffer[:n_rows]
    return buffer.T.reshape(-1)[: n_rows * n_columns].reshape(n_columns, n_rows).T
