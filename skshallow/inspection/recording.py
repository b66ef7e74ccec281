"""A fit whose θ are kept, update by update."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_scalar

from skshallow._sklearn import _fit_context
from skshallow._warnings import warn
from skshallow.data.samples import Arguments
from skshallow.descent.outcome import Outcome
from skshallow.descent.progress import Progress
from skshallow.estimators.callbacks import scores_of
from skshallow.estimators.problem import Problem
from skshallow.inspection.reading import check_is_ours, fitted_inside, quiet
from skshallow.objective.types import Array
from skshallow.sources import gathered

Attributes = dict[str, Any]
MAX_BYTES = 100_000_000


@dataclass(frozen=True, eq=False, repr=False)
class DescentRecording:
    """The parameters that one descent went through, with J and more at each.

    :func:`record_descent` makes it. The points that it has are the start, those after
    each `every` updates, the one whose parameters were kept, and the last one.

    Parameters
    ----------
    estimator : GDLogisticRegression, ShallowNNClassifier or Pipeline
        The fitted estimator.
    updates : ndarray of shape (n_points,)
        How many updates led to each point; 0 for the start.
    parameters : list of dict, of length n_points
        The fitted attributes as they were there: ``coef_`` and ``intercept_``, or
        ``coefs_`` and ``intercepts_``.
    loss_curve : ndarray of shape (n_points,)
        J of these parameters.
    learning_rate_curve, gradient_norm_curve : ndarray of shape (n_points,)
        The rate of the update that followed, NaN for the last; and what `tol` is
        compared with. Both as the attributes of the estimator have them.
    validation_loss_curve : ndarray of shape (n_points,) or None
        The loss of the rows held out or given to validate on, without penalty.
    gradients : list of dict, of length n_points, or None
        If asked for, the derivatives of J by the parameters, of the same names and
        shapes.
    kept : int
        Which of the points has the fitted parameters.
    stop_reason : str
        Why descent stopped.
    every : int
        After how many updates the parameters were kept.
    problem : Problem
        What was minimised; for the displays.

    See Also
    --------
    DescentPlayer : Plays recordings.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import record_descent
    >>> X, y = load_iris(return_X_y=True)
    >>> recording = record_descent(ShallowNNClassifier(5, random_state=0), X, y)
    >>> recording.parameters[0]["coefs_"][0].shape
    (4, 5)
    """

    estimator: Any
    updates: NDArray[np.intp]
    parameters: Sequence[Attributes]
    loss_curve: Array
    learning_rate_curve: Array
    gradient_norm_curve: Array
    validation_loss_curve: Array | None
    gradients: Sequence[Attributes] | None
    kept: int
    stop_reason: str
    every: int
    problem: Problem

    def __repr__(self) -> str:
        n_updates = int(self.updates[-1])
        return (
            f"<DescentRecording: {len(self.updates)} points of {n_updates} "
            f"update{'s' * (n_updates != 1)}, {self.stop_reason}>"
        )


class Recorder:
    """An observer that keeps the points of a descent, up to a size.

    Beyond, it lets go of every other one and keeps half as many from there on.
    """

    asks_to_stop = False

    def __init__(self, problem: Problem, every: int, max_bytes: int) -> None:
        self.problem, self.every, self.max_bytes = problem, every, max_bytes
        self.points: dict[int, Array] = {}
        self.outcome: Outcome | None = None

    def before(self, progress: Progress) -> None:
        """Keep the start."""
        if not self.points:
            self._keep(0, progress.point.theta)

    def after(self, progress: Progress) -> None:
        """Keep the point that an update led to, if it is its turn."""
        if progress.n_updates % self.every == 0:
            self._keep(progress.n_updates, progress.point.theta)

    def end(self, outcome: Outcome) -> None:
        """Keep the last point, and the one whose parameters are."""
        self.outcome = outcome
        last = outcome.progress
        self.points[last.n_updates] = last.point.theta
        self.points[outcome.n_updates_to_kept] = outcome.kept.theta

    def _keep(self, k: int, theta: Array) -> None:
        """Keep a point, which nobody writes to, and thin them out if need be."""
        self.points[k] = theta
        if len(self.points) > max(2, self.max_bytes // theta.nbytes):
            self.every *= 2
            self.points = {
                number: point
                for number, point in self.points.items()
                if number % self.every == 0
            }


def record_descent(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    every: int = 1,
    sample_weight: ArrayLike | None = None,
    X_val: Any = None,
    y_val: Any = None,
    sample_weight_val: ArrayLike | None = None,
    gradients: bool = False,
    max_bytes: int = MAX_BYTES,
) -> DescentRecording:
    """Fit a clone as the estimator would be fitted, and keep its θ at every update.

    The fit is the same to the bit, and the estimator stays as it is. Its callbacks do
    not see this fit.

    Parameters
    ----------
    estimator : GDLogisticRegression, ShallowNNClassifier or Pipeline
        The estimator, or a Pipeline that ends in one: the steps before it are fitted
        and the descent of the last one is recorded. If it is fitted and has
        ``warm_start=True``, its clone starts from its parameters.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The training data. Arrays that are not NumPy's are gathered.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        The labels.
    every : int, default=1
        Keep the parameters of each so many updates; beside them those of the start, of
        the end, and those that the fit has kept.
    sample_weight : array-like of shape (n_samples,), default=None
        The weights of the samples.
    X_val, y_val, sample_weight_val : array-like, default=None
        Rows to validate on, as `fit` takes them.
    gradients : bool, default=False
        Whether to compute ∇J, of the penalty L2 too, at all points that are kept,
        which takes a pass for each.
    max_bytes : int, default=100_000_000
        How much memory the parameters may take, and as much again the gradients.
        Beyond, every other point is let go, `every` doubles, and a warning says so.

    Returns
    -------
    recording : DescentRecording
        The points, and the fitted clone.

    Raises
    ------
    TypeError
        If the estimator is not one of this package, or a Pipeline that ends in one.
    ValueError
        If `every` or `max_bytes` is not positive, or `fit` refuses the data.

    Warns
    -----
    UserWarning
        If there were too many points to keep.

    See Also
    --------
    DescentPlayer : Plays recordings.
    CostSurfaceDisplay : Draws the path of two parameters.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.inspection import record_descent
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> recording = record_descent(GDLogisticRegression(), X, y)
    >>> recording.parameters[0]["intercept_"].tolist(), recording.stop_reason
    ([0.0], 'converged')
    >>> [round(J, 3) for J in recording.loss_curve[:3].tolist()]
    [0.693, 0.248, 0.182]
    """
    check_scalar(every, "every", Integral, min_val=1)
    check_scalar(max_bytes, "max_bytes", Integral, min_val=1)
    given = Arguments(*map(gathered, (X, y, sample_weight)))
    validation = Arguments(*map(gathered, (X_val, y_val, sample_weight_val)))
    fitted, recorder = _fitted(estimator, given, validation, every, max_bytes)
    if recorder.every != every:
        warn(
            f"The parameters of all points are more than max_bytes={max_bytes}: those "
            f"of every {recorder.every}th update were kept."
        )
    return _recording(fitted, recorder, gradients)


def _fitted(
    estimator: Any,
    given: Arguments,
    validation: Arguments,
    every: int,
    max_bytes: int,
) -> tuple[Any, Recorder]:
    """Return a fitted clone, and what was recorded of its descent."""
    if isinstance(estimator, Pipeline):
        return _fitted_pipeline(estimator, given, validation, every, max_bytes)
    check_is_ours(estimator)
    fitted = clone(estimator)
    if estimator.warm_start:
        parameters = estimator.get_params()
        learnt = {k: v for k, v in vars(estimator).items() if k not in parameters}
        vars(fitted).update(learnt)
    recorders: list[Recorder] = []

    def make(problem: Problem) -> Recorder:
        recorders.append(Recorder(problem, every, max_bytes))
        return recorders[0]

    # Parameters are validated as before fit.
    fit = _fit_context(prefer_skip_nested_validation=True)(type(fitted)._fit)
    fit(fitted, given, validation, [make, *scores_of(fitted)])
    return fitted, recorders[0]


def _fitted_pipeline(
    pipeline: Pipeline, given: Arguments, validation: Arguments, *limits: int
) -> tuple[Pipeline, Recorder]:
    """Return a fitted clone of a pipeline, and what was recorded of its last step."""
    *_, (name, last) = pipeline.steps
    fitted, earlier = clone(pipeline), []
    if len(pipeline) > 1:
        before = fitted[:-1]
        given = given._replace(X=before.fit_transform(given.X, given.y))
        if validation.X is not None:
            validation = validation._replace(X=before.transform(validation.X))
        earlier = before.steps
    # Not of the clone: a warm start goes on from what the last step has learnt.
    last, recorder = _fitted(last, given, validation, *limits)
    fitted.steps = [*earlier, (name, last)]
    return fitted, recorder


def _recording(fitted: Any, recorder: Recorder, gradients: bool) -> DescentRecording:
    """Return what was recorded, point by point."""
    problem, outcome, points = recorder.problem, recorder.outcome, recorder.points
    assert outcome is not None
    progress, last = outcome.progress, outcome.progress.point
    updates = np.array(sorted(points))
    at_last = (last.loss, np.nan, last.gradient_norm, progress.validation_loss)
    curves = np.array([*progress.updates, at_last], float)[updates].T
    ours = fitted_inside(fitted)
    return DescentRecording(
        fitted,
        updates,
        [_parameters(problem.attributes(points[k])) for k in updates],
        loss_curve=curves[0],
        learning_rate_curve=curves[1],
        gradient_norm_curve=curves[2],
        validation_loss_curve=None if progress.validation_loss is None else curves[3],
        gradients=[_gradient(ours, problem, points[k]) for k in updates]
        if gradients
        else None,
        kept=int(np.searchsorted(updates, outcome.n_updates_to_kept)),
        stop_reason=outcome.stop.reason,
        every=recorder.every,
        problem=problem,
    )


def _parameters(attributes: Attributes) -> Attributes:
    """Return the weights and biases among fitted attributes."""
    return {
        name: value
        for name, value in attributes.items()
        if name.startswith(("coef", "intercept"))
    }


def _gradient(estimator: Any, problem: Problem, point: Array) -> Attributes:
    """Return ∂J/∂θ at a point of descent, as attributes are."""
    theta = problem.coordinates.to_inputs(point)
    with quiet():
        _, gradient = problem.objective.value_and_gradient(theta)
    views = problem.model.layout.views(gradient)
    return _parameters(estimator._as_attributes(views, problem.target))
