"""Rows in memory-mapped files: pages are read when needed, and released afterwards.

Pages that were read count as the process's memory until the process releases them. The
system then keeps them in its page cache, which shrinks when memory is needed, and reads
ahead where access is sequential. So all that is done here is to release pages.
"""

import mmap
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.rows import Rows, StoredRows

# How much of a file is kept: what threads are working on, and more.
KEPT_BYTES = 2**25
# Not every system can release a range of pages.
CAN_LET_GO = hasattr(mmap, "MADV_DONTNEED")


class MappedFile:
    """A memory-mapped file, and the ranges of it that were read last."""

    def __init__(self, pages: mmap.mmap) -> None:
        self._pages = pages
        self._start = _bounds(np.frombuffer(pages, np.uint8))[0]
        self._read: deque[tuple[int, int]] = deque()
        self._n_bytes = 0
        self._lock = Lock()

    def read(self, array: NDArray[Any]) -> None:
        """Note that an array in the file is about to be read; release earlier ones.

        A thread that still reads an earlier one makes the system read it again.
        """
        low, high = (address - self._start for address in _bounds(array))
        first = low // mmap.PAGESIZE * mmap.PAGESIZE
        with self._lock:
            self._read.append((first, high - first))
            self._n_bytes += high - first
            while self._n_bytes > KEPT_BYTES and len(self._read) > 1:
                first, length = self._read.popleft()
                self._pages.madvise(mmap.MADV_DONTNEED, first, length)
                self._n_bytes -= length


def mapped_file(array: NDArray[Any]) -> MappedFile | None:
    """Return the file that holds an array; None if the array is held in memory.

    None also in copy-on-write mode, where releasing pages would lose changes.
    """
    base: Any = array
    can_be_read_again = False
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap):
            can_be_read_again = base.mode != "c"
        base = base.base
    if isinstance(base, mmap.mmap) and can_be_read_again and CAN_LET_GO:
        return MappedFile(base)
    return None


def is_mapped(X: Any) -> bool:
    """Whether an array, or the entries of a sparse matrix, are in a mapped file."""
    # Not every sparse format has its entries in an array.
    stored = getattr(X, "data", None) if sparse.issparse(X) else X
    return isinstance(stored, np.ndarray) and mapped_file(stored) is not None


def _bounds(array: NDArray[Any]) -> tuple[int, int]:
    """Return the addresses where an array begins and where it ends."""
    start = array.__array_interface__["data"][0]
    sides = zip(array.shape, array.strides, strict=True)
    spans = [(length - 1) * stride for length, stride in sides]
    low = start + sum(min(span, 0) for span in spans)
    return low, start + sum(max(span, 0) for span in spans) + array.itemsize


class MappedRows:
    """Rows in memory-mapped files, which are told before each read."""

    def __init__(self, rows: StoredRows, files: Sequence[MappedFile | None]) -> None:
        self._rows, self._files = rows, files
        self.n_rows, self.n_features = rows.n_rows, rows.n_features
        self.is_sparse, self.place = rows.is_sparse, rows.place

    @property
    def arrays(self) -> Sequence[NDArray[Any]]:
        """The arrays that hold the rows; the files are told that they will be read."""
        self._announce()
        return self._rows.arrays

    def dot(self, W: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Return X W in ``out``."""
        self._announce()
        return self._rows.dot(W, out)

    def transpose_dot(self, D: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Return Xᵀ D in ``out``."""
        self._announce()
        return self._rows.transpose_dot(D, out)

    def read(self) -> StoredRows:
        """Return the rows; the files are told that they will be read."""
        self._announce()
        return self._rows

    def _announce(self) -> None:
        """Tell the files what is about to be read."""
        for file, array in zip(self._files, self._rows.arrays, strict=True):
            if file is not None:
                file.read(array)


def as_mapped(pieces: Sequence[StoredRows], whole: Rows) -> Sequence[Rows]:
    """Return parts of rows, as MappedRows if the whole is in mapped files."""
    files = [mapped_file(array) for array in whole.arrays]
    if not any(files):
        return pieces
    return [MappedRows(rows, files) for rows in pieces]
