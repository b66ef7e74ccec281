"""What both estimators share: from the user's X and y to fitted attributes.

Data flows one way: X, y and weights become samples, these a problem, descent minimises
it, and what it found becomes attributes. A subclass says which model it is, where it
starts, and under which names its parameters are kept.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import get_scorer_names
from sklearn.utils.metaestimators import available_if

from skshallow._sklearn import (
    CallbackSupportMixin,
    Interval,
    StrOptions,
    _fit_context,
)
from skshallow.data.samples import Arguments, Samples
from skshallow.data.targets import Target
from skshallow.data.threads import threads
from skshallow.descent.loop import minimize, run
from skshallow.descent.observers import Observer
from skshallow.descent.outcome import Stop
from skshallow.estimators.attributes import (
    CURVES,
    keep_outcome,
    restored_on_error,
)
from skshallow.estimators.callbacks import as_callback, observers_of
from skshallow.estimators.documentation import DocumentationLink
from skshallow.estimators.fitting import Fit, warn_of_trouble
from skshallow.estimators.naming import named
from skshallow.estimators.narrowing import narrowed
from skshallow.estimators.prediction import LogitsClassifier
from skshallow.estimators.problem import Problem, seen
from skshallow.estimators.reading import read_batch, read_training, read_validation
from skshallow.estimators.strategies import (
    SOLVERS,
    make_strategy,
    plan_batch,
)
from skshallow.objective.losses import LOSSES
from skshallow.objective.models import Model
from skshallow.objective.parameters import Parameters


class BaseGradientDescentClassifier(
    CallbackSupportMixin, DocumentationLink, LogitsClassifier, metaclass=ABCMeta
):
    """A classifier that learns by batch gradient descent."""

    _parameter_constraints: dict[str, list[Any]] = {
        "learning_rate": [
            StrOptions({"auto", "spectral"}),
            Interval(Real, 0, None, closed="neither"),
            callable,
        ],
        "solver": [StrOptions(set(SOLVERS))],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "loss": [StrOptions({name for name, _ in LOSSES})],
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "standardize": ["boolean"],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "min_improvement": [Interval(Real, 0, None, closed="left")],
        "validation_scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    # With alpha="auto": the strength of the penalty if all rows together weigh 1.
    _penalty_of_a_row: ClassVar[float] = 1.0
    # Whether the weights of columns that are always empty stay zero.
    _starts_at_zero: ClassVar[bool] = False
    # Of all rows: their columns, where they were of use, and their total weight.
    _moments: list[Any] | None = None
    _weight_seen: float = 0.0

    @abstractmethod
    def _make_model(self, n_features: int, n_outputs: int) -> Model:
        """Return the model to be trained."""

    @abstractmethod
    def _starting_parameters(self, problem: Problem) -> NDArray[Any]:
        """Return the θ that a fresh fit starts from."""

    @abstractmethod
    def _as_attributes(self, parameters: Parameters, target: Target) -> dict[str, Any]:
        """Return the fitted attributes that hold these weights and biases."""

    @_fit_context(prefer_skip_nested_validation=True)
    @named
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
            The chunks of a dask array are processed on dask's workers; if they are not
            persisted, every update computes them again. With scikit-learn's
            ``array_api_dispatch`` on, arrays of the Array API, such as tensors of
            torch, are processed on their device, and fitted attributes and predictions
            are on that device, too. The arguments below may be there or elsewhere.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The labels, of at least two classes. For ShallowNNClassifier also an
            indicator matrix, one column per label.
        sample_weight : array-like of shape (n_samples,), default=None
            The weight of each sample, all the same if None. Only their proportions
            count, and a weight of 2 is the same as having the sample twice.
        X_val : {array-like, sparse matrix, dask array} of shape (n_validation, \
                n_features), default=None
            Rows to validate on: their loss is recorded, and decides on early stopping.
            If None and `early_stopping`, they are held out of X, unless it is a dask
            array.
        y_val : array-like of shape (n_validation,) or (n_validation, n_labels), \
                default=None
            Their labels, whose classes must be among those of y.
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
            If `max_iter` is reached first, unless `tol` is 0; if the learning rate is
            so large that descent diverges; if nothing was learnt; or if the classes can
            be separated and alpha is 0.
        """
        return self._fit(
            Arguments(X, y, sample_weight),
            Arguments(X_val, y_val, sample_weight_val),
            observers_of(self),
        )

    def _fit(
        self,
        given: Arguments,
        validation: Arguments,
        makers: Sequence[Callable[[Problem], Observer]],
    ) -> Self:
        """Fit the model; each maker makes an observer for the problem."""
        with restored_on_error(self), threads(self.n_jobs):
            warm = self.warm_start and hasattr(self, "classes_")
            training = read_training(self, given, warm=warm)
            held = read_validation(self, training, validation)
            # Overflow is expected, and each update is checked for it.
            with np.errstate(all="ignore"):
                fit = Fit(self, *held, makers, warm=warm)
                outcome = run(fit.descent, fit.problem)
                fit.keep(outcome)
            fit.end(outcome)
        if self.stop_reason_ == Stop.INTERRUPTED.reason:
            raise KeyboardInterrupt
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    @named
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Do one update on the rows given, such as one batch of a stream.

        `n_iter_` and the curves are continued, also after a fit, and so is the state of
        the solver. With ``learning_rate="auto"`` and ``solver="gd"``, twice the last
        rate is tried and halved until the loss of these rows falls.

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
        with restored_on_error(self), threads(self.n_jobs):
            batch = read_batch(self, Arguments(X, y, sample_weight), classes)
            with narrowed(self, batch) as samples, np.errstate(all="ignore"):
                self._update(samples)
        if self.stop_reason_ == Stop.INTERRUPTED.reason:
            raise KeyboardInterrupt
        return self

    def _update(self, samples: Samples) -> None:
        """Do one update on some samples."""
        goes_on = hasattr(self, "classes_")
        strategy = make_strategy(self)
        problem = Problem(
            self, samples, goes_on, strategy.batch_coordinates, seen=seen(self)
        )
        if goes_on:
            problem.seen |= self._seen
        else:
            self.__dict__.update({name: [] for name in CURVES})
        plan = plan_batch(self, strategy, problem)
        outcome = run(minimize(problem.start(), plan), problem)
        if goes_on and not outcome.progress.updates:
            self.stop_reason_ = outcome.stop.reason  # Interrupted at once.
            return
        warn_of_trouble(self, strategy, problem, outcome)
        keep_outcome(self, problem, outcome)

    @available_if(lambda self: hasattr(CallbackSupportMixin, "set_callbacks"))
    def set_callbacks(self, *callbacks: Any) -> Self:
        """Set what is called while fitting; there is none with scikit-learn before 1.9.

        Parameters
        ----------
        *callbacks : callbacks of scikit-learn, or functions
            A function is called after each update with a fitted estimator that has the
            parameters as they then stand, `loss_` and `n_iter_`. If it returns True,
            the fit stops.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        TypeError
            If one is neither.
        """
        try:
            return super().set_callbacks(*map(as_callback, callbacks))
        except TypeError as error:
            raise TypeError(f"{error} Functions are taken, too.") from None

    def _resumed(self, problem: Problem) -> NDArray[Any]:
        """Return the θ that a warm start continues from."""
        # Biases come last: a model without intercept has all but those.
        return self._fitted_theta()[: problem.model.layout.size]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what a version before 0.2 wrote, too, which lacks some parameters."""
        if "standardize" not in state:
            defaults = type(self)().get_params() | {"standardize": False}
            state = defaults | state
            if "loss_" in state:
                last = [state["loss_"], state.get("best_validation_loss_")]
                state |= {"alpha_": state["alpha"], "_last_losses": last}
                state["_n_iter_kept"] = state["n_iter_"]
        super().__setstate__(state)

    def __copy__(self) -> Self:
        """Copy lists, too: partial_fit extends the curves."""
        copied = type(self).__new__(type(self))
        for name, value in vars(self).items():
            setattr(copied, name, list(value) if isinstance(value, list) else value)
        return copied
