"""From an estimator and rows that a user passed to J over these rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skshallow.data.samples import Arguments
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.problem import Problem
from skshallow.estimators.reading import read_batch
from skshallow.sources import gathered

OURS = "a GDLogisticRegression or a ShallowNNClassifier"


def is_ours(estimator: Any) -> bool:
    """Whether an estimator is one of this package."""
    return isinstance(estimator, BaseGradientDescentClassifier)


def check_is_ours(estimator: Any) -> None:
    """Raise a TypeError for what is not an estimator of this package."""
    if not is_ours(estimator):
        raise TypeError(
            f"estimator must be {OURS}, got {estimator!r:.60}.{_advice(estimator)}"
        )


def _advice(estimator: Any) -> str:
    """Return what to pass in place of a list, a search or a Pipeline."""
    if isinstance(estimator, list | tuple):
        return " DescentPlayer.from_estimator takes several as {name: estimator}."
    if hasattr(estimator, "best_estimator_"):
        return " Of a search pass its best_estimator_."
    if not isinstance(estimator, Pipeline):
        return ""
    if len(estimator) == 1:
        return " Of a Pipeline with one step pass this step, pipeline[0]."
    return (
        " Of a Pipeline pass the last step, pipeline[-1], and X as the fitted steps "
        "before it make it, pipeline[:-1].transform(X)."
    )


def fitted_inside(estimator: Any) -> Any:
    """Return the fitted estimator of this package that pipelines and searches end in.

    Raises
    ------
    TypeError
        If they end in another.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    """
    inner = estimator
    while not is_ours(inner):
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif isinstance(inner, Pipeline):
            inner = inner[-1]
        else:
            raise TypeError(
                f"estimator must be {OURS}, a Pipeline that ends in one, or a fitted "
                f"search with refit=True that has found one, got {inner!r:.60}."
            )
    check_is_fitted(inner)
    return inner


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
