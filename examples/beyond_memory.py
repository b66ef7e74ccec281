"""
Training on a file that is larger than memory
=============================================

A file of 4 GB is made, then both estimators are trained on it, and ``alpha`` is
searched by cross-validation. For each the most memory that the process had is printed:
a small part of the file. ``np.load(..., mmap_mode="r")`` maps the file into memory; its
pages are read as an update comes to them, and let go. The search reads them once for
all its fits, and copies no fold: a row that is held out of a fit has the weight 0 in
it.

The size in GB may be given: ``python beyond_memory.py 0.5``. This page is not run with
the rest of the gallery, because of the room and the time that it takes.

.. predict:: A number takes 4 bytes, and a row has 100 of them. How many rows are 4 GB?

   10 million.

.. predict:: Four candidates and five folds are twenty fits. Why is their memory not
   twenty times as much?

   All of them read the same rows, as these pass by. What each has of its own is its
   parameters, and a weight for each row.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.model_selection import GridSearchCV

# sphinx_gallery_thumbnail_path = '_static/beyond_memory.png'
N_FEATURES = 100
ROWS_AT_A_TIME = 100_000


def write(path, n_samples):
    """Write standard normal rows to a file, and return their labels."""
    random = np.random.default_rng(0)
    shape = (n_samples, N_FEATURES)
    X = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    w = random.standard_normal(N_FEATURES)
    y = np.empty(n_samples, dtype=np.int8)
    for start in range(0, n_samples, ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        X[rows] = random.standard_normal(X[rows].shape, dtype=np.float32)
        y[rows] = X[rows] @ w + 5 * random.standard_normal(len(y[rows])) > 0
    return y


def megabytes(what):
    """Return the memory of this process, now (VmRSS) or at most (VmHWM); for Linux."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{what}:\s*(\d+) kB", status)[1]) // 1024


def fit(model, X, y):
    """Fit, and return in words how long it took and how much memory at most."""
    # From here on the most counts anew.
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - start
    return f"in {seconds:.0f} s, at most {megabytes('VmHWM')} MB"


def train(path, y):
    """Train both estimators on the file, and print what it took."""
    X = np.load(path, mmap_mode="r")
    print(f"the file: {X.nbytes / 1e9:.1f} GB, before: {megabytes('VmRSS')} MB")
    for model in (
        GDLogisticRegression(),
        ShallowNNClassifier(10, max_iter=10, tol=0, random_state=0),
    ):
        what_it_took = fit(model, X, y)
        print(
            f"{type(model).__name__}: {model.n_iter_} updates {what_it_took}, "
            f"training accuracy {model.score(X, y):.3f}"
        )


def search(path, y):
    """Search alpha, by four candidates and five folds, and print what it took."""
    X = np.load(path, mmap_mode="r")
    grid = {"alpha": ["auto", 1e-4, 1e-2, 1]}
    found = GridSearchCV(GDLogisticRegression(), grid, cv=5)
    what_it_took = fit(found, X, y)
    print(
        f"GridSearchCV: {5 * len(grid['alpha'])} fits {what_it_took}, "
        f"best {found.best_params_}, accuracy {found.best_score_:.3f}"
    )


if __name__ == "__main__":
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 4
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "X.npy"
        y = write(path, int(gigabytes * 1e9 / 4 / N_FEATURES))
        train(path, y)
        search(path, y)
