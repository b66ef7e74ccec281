"""∇J by backward propagation, against differences of J."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skshallow.inspection.reading import problem_over, quiet
from skshallow.inspection.trace import propagation
from skshallow.objective.objective import Objective
from skshallow.objective.types import Array


def check_gradient(
    estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None = None
) -> float:
    """Compare ∇J by backward propagation with central differences of J.

    At the fitted parameters, every weight and bias is moved up and down a little, in
    float64, and (J(θ + h) − J(θ − h)) / 2h is compared with the gradient that descent
    uses. It takes two evaluations of J per parameter, so few rows and a small network
    are enough. An L1 penalty, which has no gradient, is left out on both sides.

    Parameters
    ----------
    estimator : GDLogisticRegression or ShallowNNClassifier
        A fitted estimator.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows that J is taken over.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Their labels, among those that the estimator knows.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights.

    Returns
    -------
    difference : float
        The largest difference, relative to the largest entry of ∇J where that exceeds
        1. On features of ordinary scale rounding leaves about 1e-10. Where an
        activation has a kink (relu, leaky_relu) and a logit of a hidden unit lies
        within h of it, central differences themselves are wrong.

    Raises
    ------
    TypeError
        If the estimator is not one of this package, such as a Pipeline.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If the rows are not valid, or have other labels.

    See Also
    --------
    trace_propagation : Every quantity that the gradient is made of.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import check_gradient
    >>> X, y = load_iris(return_X_y=True)
    >>> network = ShallowNNClassifier(4, max_iter=20, tol=0, random_state=0).fit(X, y)
    >>> check_gradient(network, X, y) < 1e-8
    True
    """
    problem = problem_over(estimator, X, y, sample_weight, in_double=True)
    J, theta = problem.objective, problem.origin
    objective = Objective(J.blocks, J.model, J.loss, replace(J.penalty, l1=0.0))
    with quiet():
        steps = _steps(objective, theta, propagation(estimator, problem))
        _, gradient = objective.value_and_gradient(theta)
        differences = np.empty_like(gradient)
        for j, h in enumerate(steps):
            up, down = theta.copy(), theta.copy()
            up[j] += h
            down[j] -= h
            rise = objective.value(up) - objective.value(down)
            differences[j] = rise / (up[j] - down[j])
    largest = np.abs(gradient - differences).max()
    return float(largest / max(1, np.abs(gradient).max()))


def _steps(objective: Objective, theta: Array, arrays: Mapping[str, Array]) -> Array:
    """Return by how much to move each parameter.

    By the cube root of the precision, at which the rounding of J has the size of the
    error due to its third derivative: in units of what a weight does to the logits, so
    less where the inputs are large, and more where θ itself is rounded.
    """
    steps = np.cbrt(np.finfo(theta.dtype).eps * np.maximum(1, np.abs(theta)))
    counts = arrays["weight"][:, 0] > 0
    layers = objective.model.layout.views(steps).weights
    for W_steps, name in zip(layers, ("X", "A1"), strict=False):
        largest = np.abs(arrays[name][counts]).max(axis=0)
        W_steps /= np.maximum(1, largest)[:, np.newaxis]
    return steps
