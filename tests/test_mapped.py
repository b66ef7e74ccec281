"""Files mapped into memory are rows like any others, but they are let go of."""

import mmap
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import KFold

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data import mapped
from skshallow.model_selection import GridSearchCV
from skshallow.places import host

MODELS = [
    GDLogisticRegression(max_iter=5, tol=0),
    GDLogisticRegression(max_iter=5, tol=0, n_jobs=2),
    ShallowNNClassifier(4, max_iter=5, tol=0, random_state=0),
]
models = pytest.mark.parametrize("model", MODELS, ids=str)
N_FEATURES = 20
PROGRAM = r"""
import re
import sys
from pathlib import Path

import numpy as np
from skshallow import GDLogisticRegression, ShallowNNClassifier

def peak():
    # Not getrusage: that includes what the parent had when it started this.
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024

X = np.load(sys.argv[1], mmap_mode="r")
y = np.arange(len(X)) % 2
# What libraries allocate when they are first used is no matter of the file.
GDLogisticRegression(max_iter=2, tol=0).fit(np.array(X[:50_000]), y[:50_000])
before = peak()
GDLogisticRegression(max_iter=3, tol=0).fit(X, y).predict(X)
ShallowNNClassifier(4, max_iter=1, tol=0, random_state=0).fit(X, y)
print(X.nbytes / 2**20, peak() - before)
"""


@pytest.fixture
def small_pieces(monkeypatch):
    """Make many blocks, and let go of each at once."""
    monkeypatch.setattr(host, "L2_BYTES", 2**13)
    monkeypatch.setattr(host, "MIN_ROWS", 16)
    monkeypatch.setattr(host, "MIN_PRODUCTS", 0)
    monkeypatch.setattr(mapped, "KEPT_BYTES", 1)


@pytest.fixture
def rows():
    """A thousand rows."""
    random = np.random.default_rng(0)
    X = random.normal(size=(1000, N_FEATURES)).astype(np.float32)
    return X, (X[:, 0] > 0).astype(int)


def on_disk(path, array, mode="r", order="C"):
    """Return an array as a file that is mapped into memory."""
    shape = array.shape
    written = np.memmap(path, array.dtype, "w+", shape=shape, order=order)
    written[...] = array
    written.flush()
    return np.memmap(path, array.dtype, mode, shape=shape, order=order)


@pytest.mark.parametrize(
    ("model", "mode", "order"),
    [
        (model, mode, "CF"[(i + j) % 2])
        for i, model in enumerate(MODELS)
        for j, mode in enumerate(["r", "r+", "c"])
    ],
)
def test_fit_to_a_file_is_that_to_memory(
    model, mode, order, rows, tmp_path, small_pieces
):
    """To the bit, predictions included, and the file stays as it is."""
    X, y = rows
    X = np.asarray(X, order=order)
    in_file = on_disk(tmp_path / "X", X, mode, order)
    losses = model.fit(X, y).loss_curve_
    logits = model.decision_function(X[100:])
    model.fit(in_file, y)
    assert model.loss_curve_ == losses
    assert_array_equal(model.decision_function(in_file[100:]), logits)
    assert_array_equal(in_file, X)


@models
def test_fit_to_a_sparse_file_is_that_to_memory(model, rows, tmp_path, small_pieces):
    """Its entries and their columns may lie in two files."""
    X, y = rows
    X = sparse.csr_array(np.where(X > 1, X, 0))
    found = model.fit(X, y).loss_curve_
    parts = (on_disk(tmp_path / "data", X.data), on_disk(tmp_path / "i", X.indices))
    in_files = sparse.csr_array((*parts, X.indptr), X.shape)
    assert mapped.is_mapped(in_files)
    assert model.fit(in_files, y).loss_curve_ == found


def test_what_was_written_in_copy_on_write_mode_is_kept(rows, tmp_path, small_pieces):
    """It is in no file, and to let go of it would lose it."""
    X, y = rows
    in_file = on_disk(tmp_path / "X", X, mode="c")
    in_file[:, 0] = 7
    GDLogisticRegression(max_iter=2, tol=0).fit(in_file, y)
    assert_array_equal(in_file[:, 0], 7)


def test_memory_that_is_no_file_is_left_alone(rows, small_pieces):
    """A map of memory cannot be read again."""
    X, y = rows
    pages = mmap.mmap(-1, X.nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    in_memory = np.frombuffer(pages, X.dtype).reshape(X.shape)
    in_memory[...] = X
    GDLogisticRegression(max_iter=2, tol=0).fit(in_memory, y)
    assert_array_equal(in_memory, X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_found_in_a_file(bad, rows, tmp_path, small_pieces):
    """In its last piece, and at predict, too."""
    X, y = rows
    model = GDLogisticRegression(max_iter=2, tol=0).fit(X, y)
    X[-1, -1] = bad
    in_file = on_disk(tmp_path / "X", X)
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        model.fit(in_file, y)
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        model.predict(in_file)


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_memory_does_not_grow_with_the_file(tmp_path):
    """Of 122 MB the 32 last read are kept; the rest of 48 are labels and logits."""
    path = tmp_path / "X.npy"
    X = np.lib.format.open_memmap(path, "w+", np.float32, (250_000, 128))
    piece = np.random.default_rng(0).normal(size=(10_000, 128))
    for start in range(0, len(X), len(piece)):
        X[start : start + len(piece)] = piece
    X.flush()
    output = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    size, growth = map(float, output.split())
    assert size > 120
    assert growth < 48


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_search_copies_no_fold(tmp_path, shuffled):
    """Its memory grows by labels, folds and logits; what it finds is the same."""
    X = np.random.default_rng(0).normal(size=(60_000, 60)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] ** 2 > 1).astype(int)
    np.save(tmp_path / "X.npy", X)
    search = GridSearchCV(
        GDLogisticRegression(max_iter=4, tol=0),
        {"alpha": [1e-4, 1e-2, 1.0]},
        cv=KFold(4, shuffle=shuffled, random_state=0 if shuffled else None),
    )
    in_file = np.load(tmp_path / "X.npy", mmap_mode="r")
    clone(search).fit(in_file[:5000], y[:5000])
    peaks = []
    for n_samples in (15_000, 60_000):
        tracemalloc.start()
        found = clone(search).fit(in_file[:n_samples], y[:n_samples]).cv_results_
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # A row of X has 240 bytes, three quarters of which a copy of a fold would take.
    assert (peaks[1] - peaks[0]) / 45_000 < 100
    expected = search.fit(X, y).cv_results_
    assert_array_equal(found["mean_test_score"], expected["mean_test_score"])
