"""From an estimator and rows that a user passed to J over these rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skshallow.data.samples import Arguments
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.problem import Problem
from skshallow.estimators.reading import read_batch
from skshallow.sources import gathered


def check_is_ours(estimator: Any) -> None:
    """Raise a TypeError for what is not an estimator of this package."""
    if not isinstance(estimator, BaseGradientDescentClassifier):
        raise TypeError(
            "estimator must be a GDLogisticRegression or a ShallowNNClassifier, got "
            f"{estimator!r:.60}. Of a Pipeline pass the last step, pipeline[-1], with "
            "X as the steps before it make it, pipeline[:-1].transform(X); of a search "
            "its best_estimator_."
        )


def problem_over(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None,
    *,
    in_double: bool = False,
) -> Problem:
    """Return J of a fitted estimator over rows, which are gathered in NumPy.

    Their classes must be among those that the estimator knows.
    """
    check_is_ours(estimator)
    check_is_fitted(estimator)
    arguments = Arguments(*map(gathered, (X, y, sample_weight)))
    samples: Any = read_batch(estimator, arguments)
    if in_double:
        double = np.dtype(np.float64)
        samples = samples._replace(X=samples.X.astype(double), dtype=double)
    return Problem.of_fitted(estimator, samples)


def quiet() -> np.errstate:
    """Ignore overflow: far from the optimum J may be ∞, or NaN."""
    return np.errstate(all="ignore")
