"""What a classifier of two features says, and what its hidden units do, on a grid."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skshallow.estimators.shallow_nn import ShallowNNClassifier
from skshallow.inspection.plotting import color_of
from skshallow.objective.types import Array
from skshallow.sources import gathered

# How far the grid goes beyond the samples, in widths.
MARGIN = 0.1
METHODS = ("predict_proba", "decision_function", "predict")
Limits = tuple[float, float]


def regions_of(estimator: Any, X: Any, grid_resolution: int) -> tuple[Any, Limits]:
    """Return scikit-learn's display, and between which limits its response is."""
    from matplotlib.figure import Figure

    if not is_classifier(estimator):
        raise TypeError(f"estimator must be a classifier, got {estimator!r:.60}.")
    samples = check_array(X, dtype=float, input_name="X")
    low, high = samples.min(axis=0), samples.max(axis=0)
    margin = MARGIN * np.where(high > low, high - low, 1)
    corners = _like(X, np.stack([low - margin, high + margin]))
    if np.ndim(estimator.predict(corners)) != 1:
        raise ValueError("There is no boundary between labels of a multilabel target.")
    method = next(name for name in METHODS if hasattr(estimator, name))
    n_classes = len(estimator.classes_)
    regions = DecisionBoundaryDisplay.from_estimator(
        estimator,
        corners,
        eps=0,
        response_method=method,
        grid_resolution=grid_resolution,
        multiclass_colors=[color_of(k) for k in range(n_classes)],
        # It draws what it computes; that is done later, where it belongs.
        ax=Figure().subplots(),
    )
    if method == "predict" and n_classes > 2:
        # As probabilities, which older versions of scikit-learn colour, too.
        predicted = regions.response[..., np.newaxis] == np.arange(n_classes)
        regions.response = predicted.astype(float)
    largest = float(np.abs(regions.response).max())
    return regions, (-largest, largest) if method == "decision_function" else (0, 1)


def hidden_units_on(grid: Any, estimator: Any, X: Any) -> Array:
    """Return z of each hidden unit on the grid.

    Raises
    ------
    TypeError
        If the estimator has no hidden units.
    """
    network = estimator = getattr(estimator, "best_estimator_", estimator)
    samples = _like(X, np.column_stack([grid.xx0.ravel(), grid.xx1.ravel()]))
    if isinstance(estimator, Pipeline):
        network = estimator[-1]
        if len(estimator) > 1:
            samples = estimator[:-1].transform(samples)
    if not isinstance(network, ShallowNNClassifier):
        raise TypeError(
            "units=True needs a ShallowNNClassifier, or a Pipeline that ends in one, "
            f"got {estimator!r:.60}."
        )
    check_is_fitted(network)
    W1, b1 = gathered(network.coefs_[0]), gathered(network.intercepts_[0])
    Z1: Array = np.asarray(samples) @ W1 + b1
    return Z1.T.reshape(-1, *grid.xx0.shape)


def numbers_of(y: ArrayLike, classes: Array) -> NDArray[np.intp]:
    """Return the number of each label's class."""
    encoder = LabelEncoder()
    encoder.classes_ = classes
    numbers: NDArray[np.intp] = encoder.transform(y)
    return numbers


def _like(X: Any, array: Array) -> Any:
    """Return other rows with the column names of X, if it has such."""
    if not hasattr(X, "columns"):
        return array
    return type(X)(dict(zip(X.columns, array.T, strict=True)))
