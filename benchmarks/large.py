"""The default network where there are many rows, beside MLPClassifier's defaults.

What is enlarged is enlarged after it was split, so that no row that is held out has a
copy among those that are fitted.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.data import Data, load, read, tables
from benchmarks.defaults import Split, compared, split
from benchmarks.measure import Mode, Record

MADE = ("hastie 12000×10", "quantiles 12000×8", "20000×40, 5 classes")
N_LETTERS = 20_000
# A fit of the peer takes a minute.
MOST_ROUNDS = 2


def shifted(X: np.ndarray, y: np.ndarray, n_pixels: int) -> Data:
    """Return images of 8×8 pixels, moved by so many pixels at most in each way."""
    edges = (n_pixels, n_pixels)
    padded = np.pad(X.reshape(-1, 8, 8), ((0, 0), edges, edges))
    places = list(product(range(2 * n_pixels + 1), repeat=2))
    copies = [padded[:, i : i + 8, j : j + 8].reshape(X.shape) for i, j in places]
    return np.vstack(copies), np.tile(y, len(places))


def jittered(X: np.ndarray, y: np.ndarray, n_copies: int) -> Data:
    """Return copies whose whole numbers are −1, 0 or 1 more."""
    random = np.random.default_rng(0)
    moved = np.tile(X, (n_copies, 1))
    return moved + random.integers(-1, 2, moved.shape), np.tile(y, n_copies)


def enlarged(data: Data, enlarge: Callable[[np.ndarray, np.ndarray], Data]) -> Split:
    """Return a split of data, both parts of it enlarged."""
    X, X_test, y, y_test = split(data, 0)
    (X, y), (X_test, y_test) = enlarge(X, y), enlarge(X_test, y_test)
    return [X, X_test, y, y_test]


def splits(folder: Path | None) -> Iterator[tuple[str, Split]]:
    """Yield the sets' names and parts; there are letters if the folder has them."""
    for name in MADE:
        yield name, split(load(name, raw=True), 0)
    digits = load("digits", raw=True)
    for n_pixels in (1, 2):
        name = f"{len(digits[1]) * (2 * n_pixels + 1) ** 2}×64, digits"
        yield name, enlarged(digits, partial(shifted, n_pixels=n_pixels))
    if folder and "letter" in (files := tables(folder)):
        X, y = read(files["letter"])
        n_copies = max(N_LETTERS // len(y), 1)
        name = f"{len(y) * n_copies}×{X.shape[1]}, letters"
        yield name, enlarged((X, y), partial(jittered, n_copies=n_copies))


def large(
    modes: list[Mode], n_rounds: int, folder: Path | None = None
) -> Iterator[Record]:
    """Made sets, digits and letters enlarged, 30 % held out; one round or two."""
    for name, parts in splits(folder):
        # The same split again for the second round, whose random state is another.
        yield from compared(
            "large",
            name,
            "MLPClassifier",
            [parts] * MOST_ROUNDS,
            modes,
            min(n_rounds, MOST_ROUNDS),
        )
