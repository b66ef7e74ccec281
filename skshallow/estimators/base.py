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
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from skshallow.data.blocks import Blocks, make_blocks, split_rows
from skshallow.data.targets import make_target
from skshallow.data.weights import normalized_weights
from skshallow.descent.learning_rates import BarzilaiBorwein, Constant, LearningRate
from skshallow.descent.loop import Outcome, minimize
from skshallow.descent.solvers import GradientDescent
from skshallow.descent.stopping import (
    Converged,
    Diverged,
    MaxIter,
    PrecisionReached,
    Report,
    Rule,
)
from skshallow.estimators.messages import diverged, not_converged
from skshallow.objective.coordinates import AsGiven, Coordinates, Standardization
from skshallow.objective.losses import LOSSES, Loss
from skshallow.objective.models import Model
from skshallow.objective.objective import Objective, logits
from skshallow.objective.parameters import Parameters
from skshallow.objective.penalties import SquaredL2

FLOAT_DTYPES = (np.float64, np.float32)
SOLVERS = {"gd": GradientDescent}


class BaseGradientDescentClassifier(ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """A classifier that learns by batch gradient descent."""

    _parameter_constraints: dict[str, list[Any]] = {
        "learning_rate": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "solver": [StrOptions(set(SOLVERS))],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _make_model(self, n_features: int, n_outputs: int) -> Model:
        """Return the model to be trained."""

    @abstractmethod
    def _starting_parameters(self, model: Model, blocks: Blocks) -> NDArray[Any]:
        """Return the θ that a fresh fit starts from."""

    @abstractmethod
    def _fitted_model(self) -> tuple[Model, Parameters]:
        """Return the trained model with its weights and biases."""

    @abstractmethod
    def _keep(self, parameters: Parameters) -> None:
        """Make fitted attributes of the trained weights and biases."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model to training data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training data. float32 and float64 are kept, all else becomes float64.
        y : array-like of shape (n_samples,)
            The labels, of at least two classes.
        sample_weight : array-like of shape (n_samples,), default=None
            The weight of each sample, all the same if None. Only their proportions
            count, and a weight of 2 is the same as having the sample twice.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the data or the weights are not valid, or so large that the loss
            overflows at the start.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` is reached first, unless `tol` is 0, or if the learning rate
            is so large that descent diverges.
        """
        warm = self.warm_start and hasattr(self, "classes_")
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=FLOAT_DTYPES, reset=not warm
        )
        classes, codes = self._encode_labels(y, warm)
        target = make_target(classes)
        model = self._make_model(X.shape[1], target.n_outputs)
        loss, penalty = LOSSES[target.kind], SquaredL2(float(self.alpha))
        # Overflow on the way is not an accident: J is looked at after every update.
        with np.errstate(all="ignore"):
            w = self._weights(X, codes, classes, sample_weight)
            Y = target.encode(codes, X.dtype)
            blocks = make_blocks(X, Y, w, sum(model.widths))
            objective = Objective(blocks, model, loss, penalty, X.dtype)
            start = self._resume if warm else self._starting_parameters
            theta = start(model, blocks).astype(X.dtype)
            theta, outcome = self._descend(objective, blocks, theta, warm)
            self._warn_of_trouble(outcome, objective)
        self.classes_ = classes
        self._keep(model.layout.views(theta))
        self._keep_outcome(outcome)
        return self

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return the logits.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        logits : ndarray of shape (n_samples,) or (n_samples, n_classes)
            One logit, log P(`classes_[1]`) − log P(`classes_[0]`), for two classes;
            else one a class, of which the softmax gives the probabilities.
        """
        Z = self._logits(X)
        return Z[:, 0] if Z.shape[1] == 1 else Z

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The predicted labels; where two classes are equally probable, the first.
        """
        Z = self._logits(X)
        return self.classes_[make_target(self.classes_).decide(Z)]

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; each row sums to 1.
        """
        Z = self._logits(X)
        with np.errstate(all="ignore"):
            return self._loss().probabilities(Z)

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of the probability of each class.

        It is computed from the logits, so it is finite even where the probability is
        too small for a floating-point number.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        Z = self._logits(X)
        with np.errstate(all="ignore"):
            return self._loss().log_probabilities(Z)

    def _encode_labels(
        self, y: NDArray[Any], warm: bool
    ) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """Return the sorted classes and the position of each label among them."""
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        if warm and not np.array_equal(classes, self.classes_):
            raise ValueError(
                "warm_start can only be used where y has the same classes as in the "
                f"previous call to fit. Previously {self.classes_}, now {classes}. Use "
                "warm_start=False to start anew."
            )
        return classes, codes

    def _weights(
        self,
        X: Any,
        codes: NDArray[np.intp],
        classes: NDArray[Any],
        sample_weight: ArrayLike | None,
    ) -> NDArray[Any]:
        """Return the normalised weights w̃, of shape (n_samples, 1)."""
        checked = None
        if sample_weight is not None:
            checked = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        return normalized_weights(codes, classes, checked, self.class_weight, X.dtype)

    def _resume(self, model: Model, blocks: Blocks) -> NDArray[Any]:
        """Return the θ that a warm start goes on from."""
        fitted, parameters = self._fitted_model()
        # Biases come last: a model without intercept takes all but those.
        return fitted.layout.pack(parameters)[: model.layout.size]

    def _descend(
        self, objective: Objective, blocks: Blocks, theta: NDArray[Any], warm: bool
    ) -> tuple[NDArray[Any], Outcome]:
        """Return the θ that is kept, and how descent went."""
        auto = self.learning_rate == "auto"
        learning_rate: LearningRate
        coordinates: Coordinates
        if auto:
            learning_rate = BarzilaiBorwein(smooth=objective.model.smooth)
            coordinates = self._standardized(objective, blocks)
        else:
            learning_rate = Constant(float(self.learning_rate))
            coordinates = AsGiven()
        rules: list[Rule] = [
            *([Report(int(self.verbose))] if self.verbose else []),
            Diverged(),
            Converged(self.tol),
            *([PrecisionReached(objective.dtype)] if auto and self.tol > 0 else []),
            # The rates of "auto" let J rise for a moment, which may be the last one.
            MaxIter(self.max_iter, keep_best=auto),
        ]
        outcome = minimize(
            coordinates.objective(objective),
            coordinates.from_inputs(theta),
            solver=SOLVERS[self.solver](),
            learning_rate=learning_rate,
            rules=rules,
            started_afresh=not warm,
        )
        return coordinates.to_inputs(outcome.kept.theta), outcome

    def _standardized(self, objective: Objective, blocks: Blocks) -> Standardization:
        """Return coordinates in which every column of X has the same curvature."""
        _, mean, variance = blocks.moments
        curvature = objective.loss.typical_curvature(objective.model.n_outputs)
        return Standardization(
            objective.model.layout,
            mean,
            variance,
            objective.dtype,
            ridge=objective.penalty.alpha / curvature,
        )

    def _keep_outcome(self, outcome: Outcome) -> None:
        """Make fitted attributes of how descent went."""
        progress = outcome.progress
        self.loss_ = outcome.kept.loss
        self.n_iter_ = progress.n_updates
        self.stop_reason_ = outcome.stop_reason
        self.loss_curve_ = progress.loss_curve
        self.learning_rate_curve_ = progress.learning_rate_curve
        self.gradient_norm_curve_ = progress.gradient_norm_curve

    def _warn_of_trouble(self, outcome: Outcome, objective: Objective) -> None:
        """Warn if descent diverged or had too few updates."""
        if outcome.stop_reason == "diverged":
            message = diverged(outcome, safe_rate=self._safe_rate(objective))
        elif outcome.stop_reason == "max_iter" and self.tol > 0:
            message = not_converged(outcome, max_iter=self.max_iter, tol=self.tol)
        else:
            return
        # The level of the caller of fit, which is wrapped once by scikit-learn.
        warnings.warn(message, ConvergenceWarning, stacklevel=4)

    def _safe_rate(self, objective: Objective) -> float | None:
        """Return a learning rate at which descent cannot diverge, if one is known."""
        return None

    def _logits(self, X: Any) -> NDArray[Any]:
        """Return the logits of new samples, of shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=FLOAT_DTYPES, reset=False)
        model, parameters = self._fitted_model()
        theta = model.layout.pack(parameters)
        dtype = np.result_type(theta, X)
        pieces = split_rows(X, sum(model.widths))
        with np.errstate(all="ignore"):
            return logits(model, theta.astype(dtype), pieces, dtype)

    def _loss(self) -> Loss:
        """Return the loss that gives the logits their meaning."""
        return LOSSES[make_target(self.classes_).kind]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
