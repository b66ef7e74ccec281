"""What one fit minimises, from the samples to the fitted attributes."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skshallow.data.blocks import Division
from skshallow.data.samples import Samples
from skshallow.data.weights import make_weighting
from skshallow.objective.coordinates import AsGiven, Coordinates
from skshallow.objective.losses import LOSSES
from skshallow.objective.models import Model
from skshallow.objective.objective import Objective
from skshallow.objective.penalties import ElasticNet
from skshallow.places import place_of


def _as_given(objective: Objective) -> Coordinates:
    """Return the coordinates of θ itself."""
    return AsGiven()


class Problem:
    """J of an estimator's model over samples, and the θ′ that descent moves.

    Parameters
    ----------
    estimator : GDLogisticRegression or ShallowNNClassifier
        Its parameters say what is minimised.
    samples : Samples
        The rows that J is taken over.
    resumes : bool
        Whether descent starts from the fitted parameters, or from fresh ones.
    coordinates_of : callable, optional
        Makes the coordinates of θ′ from the objective; θ′ is θ if it is not given.
    held_out : Samples, optional
        Rows to validate on, whose loss is without penalty.
    model : Model, optional
        The model; if it is not given, the one of the estimator's parameters.

    Attributes
    ----------
    samples, held_out, resumes
        As given.
    model : Model
        The model whose parameters are θ.
    target : Target
        The classes, or labels.
    weighting : Weighting
        The rule that gave the samples their weights.
    objective : Objective
        J as a function of θ.
    precision : float
        The relative rounding error of J.
    coordinates : Coordinates
        Between θ and θ′.
    place : Place
        The place of X, and of the fitted attributes.
    seen : array of bool
        For each class whether a row of positive weight has it.
    origin : array
        The θ that descent starts from.
    """

    def __init__(
        self,
        estimator: Any,
        samples: Samples,
        resumes: bool,
        coordinates_of: Callable[[Objective], Coordinates] = _as_given,
        *,
        held_out: Samples | None = None,
        model: Model | None = None,
    ) -> None:
        self._estimator = estimator
        self.samples, self.held_out, self.resumes = samples, held_out, resumes
        self.target, self.place = samples.target, place_of(samples.X)
        self.model = model or estimator._make_model(
            samples.X.shape[1], self.target.n_outputs
        )
        alpha, l1_ratio = float(estimator.alpha), float(estimator.l1_ratio)
        penalty = ElasticNet(l1=alpha * l1_ratio, l2=alpha * (1 - l1_ratio))
        self.objective = self._objective_over(samples, penalty)
        self.weighting = self.objective.blocks.division.weighting
        self.seen = self.target.seen(self.weighting.counts)
        # A Python float: J is one, and may be beyond the range of its dtype.
        self.precision = float(np.finfo(self.objective.dtype).eps)
        starting = estimator._resumed if resumes else estimator._starting_parameters
        origin = starting(self.model, self.objective.blocks)
        self.origin = origin.astype(self.objective.dtype)
        self.coordinates = coordinates_of(self.objective)

    @classmethod
    def of_fitted(cls, estimator: Any, samples: Samples) -> Self:
        """Return J over samples as a function of an estimator's fitted parameters.

        Their size may differ from the estimator's present ``hidden_layer_size``.
        """
        model, _ = estimator._fitted_model()
        return cls(estimator, samples, resumes=True, model=model)

    def start(self) -> NDArray[Any]:
        """Return the θ′ that descent starts from."""
        return self.coordinates.from_inputs(self.origin)

    def attributes(self, theta: NDArray[Any]) -> dict[str, Any]:
        """Return the fitted attributes for θ′, in the place of X."""
        parameters = self.model.layout.views(self.coordinates.to_inputs(theta))
        named = self._estimator._as_attributes(parameters, self.target)
        arrays = {"classes_": self.target.classes, **named}
        return {"_seen": self.seen.tolist(), **self.place.publish(arrays)}

    def cost(self, theta: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """Return J and ∂J/∂θ′ at θ′."""
        inputs = self.coordinates.to_inputs(theta)
        value, gradient = self.objective.value_and_gradient(inputs)
        return value, self.coordinates.chain_rule(gradient)

    def validation(self, theta: NDArray[Any]) -> float:
        """Return the loss of the rows held out, without penalty, at θ′."""
        return self._unseen.value(self.coordinates.to_inputs(theta))

    @cached_property
    def _unseen(self) -> Objective:
        """J over the rows held out."""
        assert self.held_out is not None
        return self._objective_over(self.held_out, ElasticNet())

    def _objective_over(self, samples: Samples, penalty: ElasticNet) -> Objective:
        """Return J over samples."""
        weighting = make_weighting(
            samples.labels,
            samples.target,
            self._estimator.class_weight,
            samples.dtype,
            weighted=samples.sample_weight is not None,
        )
        division = Division(
            samples.target, weighting, samples.dtype, self.model.floats_per_row
        )
        loss = LOSSES[self._estimator.loss, samples.target.kind]
        return Objective(samples.blocks(division), self.model, loss, penalty)
