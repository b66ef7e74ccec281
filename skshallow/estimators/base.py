"""What both estimators share: from the user's X and y to fitted attributes.

Data flows one way: X, y and weights become blocks, the blocks an objective, descent
minimises it, and what it found becomes attributes. A subclass says which model it is,
where it starts, and under which names its parameters are kept.
"""

import warnings
from abc import ABCMeta, abstractmethod
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions

from skshallow.data.blocks import Blocks
from skshallow.data.samples import Samples
from skshallow.data.targets import Target
from skshallow.data.threads import Map, parallel_map
from skshallow.data.weights import make_weighting
from skshallow.descent.loop import Outcome, minimize
from skshallow.descent.progress import Validation
from skshallow.estimators.callbacks import (
    Attributes,
    CallbackSupportMixin,
    FitWatcher,
    watch,
)
from skshallow.estimators.documentation import DocumentationLink
from skshallow.estimators.messages import diverged, not_converged, summary
from skshallow.estimators.prediction import LogitsClassifier
from skshallow.estimators.reading import read_batch, read_training, read_validation
from skshallow.estimators.training import (
    SOLVERS,
    Plan,
    is_adaptive,
    make_coordinates,
    plan_fit,
    plan_partial_fit,
    restored_on_error,
)
from skshallow.objective.losses import LOSSES
from skshallow.objective.models import Model, floats_per_row
from skshallow.objective.objective import Objective
from skshallow.objective.parameters import Parameters
from skshallow.objective.penalties import ElasticNet
from skshallow.places import place_of, sent

NO_PENALTY = ElasticNet(0.0)


class BaseGradientDescentClassifier(
    CallbackSupportMixin, DocumentationLink, LogitsClassifier, metaclass=ABCMeta
):
    """A classifier that learns by batch gradient descent."""

    _parameter_constraints: dict[str, list[Any]] = {
        "learning_rate": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
            callable,
        ],
        "solver": [StrOptions(set(SOLVERS))],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "loss": [StrOptions({name for name, _ in LOSSES})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _make_model(self, n_features: int, n_outputs: int) -> Model:
        """Return the model to be trained."""

    @abstractmethod
    def _starting_parameters(self, model: Model, blocks: Blocks) -> NDArray[Any]:
        """Return the θ that a fresh fit starts from."""

    @abstractmethod
    def _as_attributes(self, parameters: Parameters, target: Target) -> dict[str, Any]:
        """Return the fitted attributes that hold these weights and biases."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Fit the model to training data.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The training data. float32 and float64 are kept, all else becomes float64.
            The chunks of a dask array are worked on by dask's scheduler, where they
            are; if they are not persisted, every update makes them anew. With
            scikit-learn's ``array_api_dispatch`` on, arrays of the Array API, such as
            tensors of torch, are computed with where they lie, and fitted attributes
            and predictions lie there, too. All that follows may lie there or elsewhere.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The labels, of at least two classes. For ShallowNNClassifier also an
            indicator matrix, one column a label.
        sample_weight : array-like of shape (n_samples,), default=None
            The weight of each sample, all the same if None. Only their proportions
            count, and a weight of 2 is the same as having the sample twice.
        X_val : {array-like, sparse matrix, dask array} of shape (n_validation, \
                n_features), default=None
            Rows on which the loss is followed, and that decide on early stopping. None
            takes them from X, if `early_stopping`, but not from a dask array.
        y_val : array-like of shape (n_validation,) or (n_validation, n_labels), \
                default=None
            Their labels, among those of y.
        sample_weight_val : array-like of shape (n_validation,), default=None
            Their weights.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the data or the weights are not valid, or so large that the loss
            overflows at the start. A fitted estimator stays as it was.
        TypeError
            If X is a dask DataFrame, or y or the weights a dask Series: their method
            ``to_dask_array(lengths=True)`` counts the rows.
        KeyboardInterrupt
            If the user interrupts; the best parameters so far are kept.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` is reached first, unless `tol` is 0, or if the learning rate
            is so large that descent diverges.
        """
        with restored_on_error(self):
            warm = self.warm_start and hasattr(self, "classes_")
            samples, target = read_training(self, X, y, sample_weight, warm=warm)
            samples, held_out = read_validation(
                self, samples, target, X_val, y_val, sample_weight_val
            )
            model = self._make_model(samples.X.shape[1], target.n_outputs)
            plan = plan_fit(self, model, samples.dtype, warm)
            self._train(samples, held_out, target, model, plan)
        return self._unless_interrupted()

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Do one update on the rows given, such as one batch of a stream.

        `n_iter_` and the curves go on growing, also after a fit, and a solver with
        memory goes on with it. With ``learning_rate="auto"`` and ``solver="gd"``, twice
        the last rate is tried and halved until the loss of these rows falls.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The rows, as `fit` takes them.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that there will be; needed in the first call, optional later. For
            an indicator matrix y, the numbers of its columns.
        sample_weight : array-like of shape (n_samples,), default=None
            The weight of each row, all the same if None.

        Returns
        -------
        self : object
            The estimator, one update further.

        Raises
        ------
        ValueError
            If `classes` is missing in the first call or y has other labels, or with
            ``class_weight="balanced"`` or `early_stopping`, for which all rows would
            have to be known.
        """
        for name, value in (("class_weight", "balanced"), ("early_stopping", True)):
            if getattr(self, name) == value:
                raise ValueError(
                    f"partial_fit does not support {name}={value!r}, for which all "
                    "samples must be known."
                )
        with restored_on_error(self):
            samples, target, first = read_batch(self, X, y, classes, sample_weight)
            model = self._make_model(samples.X.shape[1], target.n_outputs)
            plan = plan_partial_fit(self, model, first)
            self._train(samples, None, target, model, plan)
        return self._unless_interrupted()

    def _train(
        self,
        samples: Samples,
        held_out: Samples | None,
        target: Target,
        model: Model,
        plan: Plan,
    ) -> None:
        """Minimise J over the samples by the plan, and keep what comes of it."""
        # Overflow on the way is no accident: J is looked at after every update.
        with np.errstate(all="ignore"), parallel_map(self.n_jobs) as blockwise:
            penalty = ElasticNet(float(self.alpha), float(self.l1_ratio))
            blocks, seen, objective = self._objective(
                samples, target, model, penalty, blockwise
            )
            if plan.streams and not plan.fresh:
                seen |= self._seen
            start = self._starting_parameters if plan.fresh else self._resume
            theta = start(model, blocks).astype(objective.dtype)
            coordinates, moments = make_coordinates(self, objective, blocks, plan)
            place = place_of(samples.X)

            def attributes(theta: NDArray[Any]) -> dict[str, Any]:
                """Return the fitted attributes that make a model of θ."""
                parameters = model.layout.views(coordinates.to_inputs(theta))
                arrays = {
                    "classes_": samples.classes,
                    **self._as_attributes(parameters, target),
                }
                there = {name: sent(value, place) for name, value in arrays.items()}
                return {"_seen": seen.tolist(), **there}

            validation = None
            if held_out is not None:
                _, _, unseen = self._objective(
                    held_out, target, model, NO_PENALTY, blockwise
                )
                validation = Validation(
                    lambda theta: unseen.value(coordinates.to_inputs(theta)),
                    decides=self.early_stopping,
                )
            watcher = None if plan.streams else self._watch(samples, attributes)
            outcome = minimize(
                coordinates.objective(objective),
                coordinates.from_inputs(theta),
                solver=plan.solver,
                learning_rate=plan.learning_rate,
                rules=plan.rules,
                started_afresh=plan.fresh and not plan.streams,
                validation=validation,
                watcher=watcher,
            )
            if self.verbose and not plan.streams:
                print(summary(outcome))
            self._warn_of_trouble(outcome, objective)
            found = attributes(outcome.kept.theta)
        for name, value in found.items():
            setattr(self, name, value)
        self._moments = None if moments is None else list(moments)
        self._keep(outcome, plan)
        if watcher is not None:
            watcher.end()

    def _objective(
        self,
        samples: Samples,
        target: Target,
        model: Model,
        penalty: ElasticNet,
        blockwise: Map,
    ) -> tuple[Blocks, NDArray[np.bool_], Objective]:
        """Return samples in blocks, which classes have any weight, and J over them."""
        weighting = make_weighting(
            samples.labels,
            samples.classes,
            self.class_weight,
            samples.dtype,
            weighted=samples.sample_weight is not None,
            multilabel=target.kind == "multilabel",
        )
        blocks = samples.blocks(target, weighting, floats_per_row(model), blockwise)
        loss = LOSSES[self.loss, target.kind]
        objective = Objective(blocks, model, loss, penalty, samples.dtype)
        return blocks, target.seen(weighting.counts), objective

    def _watch(self, samples: Samples, attributes: Attributes) -> FitWatcher | None:
        """Return who is to be told of each update of a fit."""
        return watch(self, samples, attributes)

    def _resume(self, model: Model, blocks: Blocks) -> NDArray[Any]:
        """Return the θ that a warm start goes on from."""
        # Biases come last: a model without intercept takes all but those.
        return self._fitted_theta()[: model.layout.size]

    def _keep(self, outcome: Outcome, plan: Plan) -> None:
        """Make fitted attributes of how descent went."""
        updates = outcome.progress.updates
        interrupted = outcome.stop_reason == "interrupted"
        self.loss_ = outcome.kept.loss
        self.stop_reason_ = outcome.stop_reason
        curves = {
            "loss_curve_": [update.loss for update in updates],
            "learning_rate_curve_": [update.learning_rate for update in updates],
            "gradient_norm_curve_": [update.gradient_norm for update in updates],
        }
        for name, curve in curves.items():
            if plan.streams and not plan.fresh:
                getattr(self, name).extend(curve)
            else:
                setattr(self, name, curve)
        self.n_iter_ = len(self.loss_curve_)
        # What a solver remembers is of no use at another point than its last.
        at_last = outcome.kept is outcome.progress.point
        remembered = plan.solver.memory if at_last and not interrupted else []
        self._solver_memory = [self.solver, *remembered]
        for name in ("validation_loss_curve_", "best_validation_loss_"):
            self.__dict__.pop(name, None)
        if outcome.validation_loss is not None:
            self.validation_loss_curve_ = [u.validation_loss for u in updates]
            self.best_validation_loss_ = outcome.validation_loss

    def _warn_of_trouble(self, outcome: Outcome, objective: Objective) -> None:
        """Warn if descent diverged or had too few updates."""
        if outcome.stop_reason == "diverged":
            # The bound holds for plain descent, not with a memory.
            plain = self.solver == "gd"
            safe_rate = self._safe_rate(objective) if plain else None
            message = diverged(outcome, safe_rate=safe_rate)
        elif outcome.stop_reason == "max_iter" and self.tol > 0:
            message = not_converged(
                outcome,
                max_iter=self.max_iter,
                tol=self.tol,
                adaptive=is_adaptive(self),
            )
        else:
            return
        # The level of the caller of fit, which is wrapped once by scikit-learn.
        warnings.warn(message, ConvergenceWarning, stacklevel=5)

    def _safe_rate(self, objective: Objective) -> float | None:
        """Return a learning rate at which descent cannot diverge, if one is known."""
        return None

    def _unless_interrupted(self) -> Self:
        """Pass on the KeyboardInterrupt that ended descent, now that all is kept."""
        if self.stop_reason_ == "interrupted":
            raise KeyboardInterrupt
        return self
