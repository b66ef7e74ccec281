"""The data sets: made, or shipped with scikit-learn; the same at every call."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_wine,
    make_classification,
    make_moons,
)
from sklearn.preprocessing import StandardScaler

Data = tuple[Any, np.ndarray]


def classification(n_samples: int, n_features: int, n_classes: int = 2) -> Data:
    """Gaussian clusters of half of the features, the others noise or their mixtures."""
    return make_classification(
        n_samples,
        n_features,
        n_informative=n_features // 2,
        n_redundant=n_features // 10,
        n_classes=n_classes,
        random_state=0,
    )


def badly_scaled(n_samples: int, n_features: int) -> Data:
    """The same with columns scaled by 10^U(−3, 3) and shifted by U(−1000, 1000)."""
    X, y = classification(n_samples, n_features)
    random = np.random.default_rng(0)
    scales = 10 ** random.uniform(-3, 3, n_features)
    return X * scales + random.uniform(-1000, 1000, n_features), y


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
    "4000×30, badly scaled": lambda: badly_scaled(4000, 30),
    "1000000×50": lambda: classification(1_000_000, 50),
    "moons": lambda: moons(2000),
    "20000×50, 5 classes": lambda: classification(20000, 50, 5),
}


@lru_cache
def load(name: str, *, raw: bool = False) -> Data:
    """Return X and y; dense X is standardised unless ``raw``."""
    X, y = MAKERS[name]()
    return (X if raw or sparse.issparse(X) else StandardScaler().fit_transform(X)), y
