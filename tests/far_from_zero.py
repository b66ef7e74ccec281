"""Columns whose means are large beside their spread, and what single precision owes."""

import copy
from typing import NamedTuple

import numpy as np

from skshallow.places import on_host

DAY = 24 * 60 * 60
YEARS, UNIX_TIMES = (2010, 7), (1.7e9, 2 * DAY)
SCALED = (0, 1)
# Mean and spread of each column.
FAR = {
    "years": [YEARS, (1985, 20), SCALED],
    "Unix times": [UNIX_TIMES, SCALED, SCALED],
    "Unix times of an hour": [(1.7e9, 3600), SCALED, SCALED],
    "years and Unix times": [YEARS, UNIX_TIMES, SCALED],
    "a constant at a million": [SCALED, (1e6, 0), SCALED],
    "constant and years": [YEARS, (1e6, 0), SCALED],
    "one far among scaled": [SCALED, SCALED, SCALED, SCALED, (1e4, 1)],
    "far below zero": [(-1.7e9, DAY), (-2010, 7), SCALED],
    "less than a digit left": [(1e7, 1), (1e7, 1), SCALED],
    "nothing left": [(1e9, 1), SCALED, SCALED],
}
N_ROWS = 200


class Far(NamedTuple):
    """Rows far from zero, in float64, labels, and how far they are in their spread."""

    X: np.ndarray
    y: np.ndarray
    distance: float


def far_from_zero(name, kind="binary"):
    """Return rows whose years are whole, with labels of a kind."""
    columns = np.array(FAR[name], float)
    random = np.random.default_rng(0)
    Z = random.normal(size=(N_ROWS, len(columns)))
    mean, spread = columns.T
    X = Z * spread + mean
    X[:, spread == 7] = X[:, spread == 7].round()
    z = Z @ np.linspace(2, -2, len(columns)) + random.logistic(size=N_ROWS)
    y = {
        "binary": z > 0,
        "multiclass": np.digitize(z, [-1, 1]),
        "multilabel": np.column_stack([z > 0, z > 1]),
    }[kind]
    varies = spread > 0
    distance = np.max(np.abs(mean[varies]) / spread[varies])
    return Far(X, y.astype(int), float(distance))


def in_double(model):
    """Return a copy of a fitted model that computes in double precision, in NumPy."""
    copied = copy.copy(model)
    arrays = {"coef_", "intercept_", "coefs_", "intercepts_"} & vars(model).keys()
    for name in arrays:
        value = getattr(model, name)
        in_list = [
            on_host(array).astype(np.float64)
            for array in (value if isinstance(value, list) else [value])
        ]
        setattr(copied, name, in_list if isinstance(value, list) else in_list[0])
    return copied
