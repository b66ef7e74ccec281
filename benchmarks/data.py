"""The data sets: made, shipped with scikit-learn, or handed over as CSV files.

Those made are the same at every call.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_circles,
    make_classification,
    make_gaussian_quantiles,
    make_hastie_10_2,
    make_moons,
)
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import StandardScaler

Data = tuple[Any, np.ndarray]


def classification(
    n_samples: int, n_features: int, n_classes: int = 2, **options: Any
) -> Data:
    """Gaussian clusters of half of the features, the others noise or their mixtures."""
    return make_classification(
        n_samples,
        n_features,
        n_informative=n_features // 2,
        n_redundant=n_features // 10,
        n_classes=n_classes,
        random_state=0,
        **options,
    )


def badly_scaled(n_samples: int, n_features: int) -> Data:
    """The same with columns scaled by 10^U(−3, 3) and shifted by U(−1000, 1000)."""
    X, y = classification(n_samples, n_features)
    random = np.random.default_rng(0)
    scales = 10 ** random.uniform(-3, 3, n_features)
    return X * scales + random.uniform(-1000, 1000, n_features), y


def one_wild_cell(n_samples: int, n_features: int) -> Data:
    """The same with a 10⁶ that someone mistyped."""
    X, y = classification(n_samples, n_features)
    X[1, 0] = 1e6  # A row that some splits fit and others hold out.
    return X, y


def rare_categories(n_samples: int, n_columns: int, n_categories: int) -> Data:
    """One-hot columns of categories, most of them rare, beside as many of numbers.

    Labels are drawn from a logistic model of both.
    """
    random = np.random.default_rng(0)
    frequencies = 1 / np.arange(1, n_categories + 1) ** 2
    chosen = random.choice(
        n_categories, (n_samples, n_columns), p=frequencies / frequencies.sum()
    )
    one_hot = np.eye(n_categories)[chosen].reshape(n_samples, -1)
    numbers = random.standard_normal((n_samples, n_columns))
    X = np.hstack([numbers, one_hot[:, one_hot.any(axis=0)]])
    z = X @ random.standard_normal(X.shape[1])
    return X, (random.uniform(size=n_samples) < 1 / (1 + np.exp(-z))).astype(int)


def quantiles(n_samples: int, n_features: int) -> Data:
    """A normal distribution cut into three shells, each a class."""
    return make_gaussian_quantiles(
        n_samples=n_samples, n_features=n_features, n_classes=3, random_state=0
    )


def sparse_classification(n_samples: int, n_features: int, density: float) -> Data:
    """Normal entries in random places, labels drawn from a logistic model of them."""
    random = np.random.default_rng(0)
    X = sparse.random_array(
        (n_samples, n_features),
        density=density,
        format="csr",
        rng=random,
        data_sampler=random.standard_normal,
    )
    z = X @ random.standard_normal(n_features)
    return X, (random.uniform(size=n_samples) < 1 / (1 + np.exp(-z))).astype(int)


def texts(n_samples: int, n_words: int) -> Data:
    """Texts of some hundred words as tf-idf; words by Zipf's law, one of two topics."""
    random = np.random.default_rng(0)
    frequencies = random.lognormal(sigma=0.25, size=(2, n_words))
    frequencies /= np.arange(1, n_words + 1)
    y = random.integers(2, size=n_samples)
    rows = np.repeat(np.arange(n_samples), random.poisson(100, n_samples))
    words = np.empty_like(rows)
    for topic, p in enumerate(frequencies):
        here = y[rows] == topic
        words[here] = random.choice(n_words, here.sum(), p=p / p.sum())
    counts = sparse.csr_array(
        (np.ones(len(rows)), (rows, words)), shape=(n_samples, n_words)
    )
    return TfidfTransformer().fit_transform(counts), y


def moons(n_samples: int) -> Data:
    """Two interleaved half circles with noise."""
    return make_moons(n_samples, noise=0.2, random_state=0)


@lru_cache(maxsize=4)
def rows(n_samples: int, n_features: int, n_classes: int, dtype: str) -> Data:
    """Standard normal rows with labels of a linear model, for timing an update."""
    random = np.random.default_rng(0)
    X = random.standard_normal((n_samples, n_features), dtype=dtype)
    Z = X[:, : 4 * n_classes] @ random.standard_normal(
        (min(4 * n_classes, n_features), n_classes), dtype=dtype
    )
    return X, Z.argmax(axis=1)


MAKERS: dict[str, Callable[[], Data]] = {
    "breast_cancer": lambda: load_breast_cancer(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "digits": lambda: load_digits(return_X_y=True),
    "20000×50": lambda: classification(20000, 50),
    "100000×20": lambda: classification(100_000, 20),
    "5000×300, 5 classes": lambda: classification(5000, 300, 5),
    "500×5000": lambda: classification(500, 5000),
    "sparse 20000×5000": lambda: sparse_classification(20000, 5000, 0.002),
    "10000×20": lambda: classification(10_000, 20),
    "10000×784": lambda: classification(10_000, 784),
    "texts 5000×10000": lambda: texts(5000, 10_000),
    "4000×30, badly scaled": lambda: badly_scaled(4000, 30),
    "1000000×50": lambda: classification(1_000_000, 50),
    "moons": lambda: moons(2000),
    "20000×50, 5 classes": lambda: classification(20000, 50, 5),
    "iris": lambda: load_iris(return_X_y=True),
    "circles": lambda: make_circles(1000, noise=0.15, factor=0.5, random_state=0),
    "quantiles 2000×6": lambda: quantiles(2000, 6),
    "1000×20": lambda: classification(1000, 20),
    "1000×20, a fifth of the labels noise": lambda: classification(
        1000, 20, flip_y=0.2
    ),
    "1000×20, a class of 5 %": lambda: classification(1000, 20, weights=[0.95]),
    "2000×20, 4 classes": lambda: classification(2000, 20, 4),
    "200×100": lambda: classification(200, 100),
    "1000×20, one wild cell": lambda: one_wild_cell(1000, 20),
    "1000×107, rare categories": lambda: rare_categories(1000, 4, 30),
    "hastie 12000×10": lambda: make_hastie_10_2(random_state=0),
    "quantiles 12000×8": lambda: quantiles(12_000, 8),
    "20000×40, 5 classes": lambda: classification(20_000, 40, 5),
}


@lru_cache
def load(name: str, *, raw: bool = False) -> Data:
    """Return X and y; dense X is standardised unless ``raw``."""
    X, y = MAKERS[name]()
    return (X if raw or sparse.issparse(X) else StandardScaler().fit_transform(X)), y


def tables(folder: Path) -> dict[str, Path]:
    """Return the CSV files of a folder, compressed or not, by name."""
    files = [p for p in folder.iterdir() if p.name.endswith((".csv", ".csv.gz"))]
    return {path.name.split(".csv")[0]: path for path in sorted(files)}


def read(table: Path) -> Data:
    """Return the columns of a CSV file, words one-hot, and its column ``class``."""
    frame = pd.read_csv(table, keep_default_na=False)
    y = frame.pop("class").to_numpy()
    return pd.get_dummies(frame, dtype=float).to_numpy(float), y
