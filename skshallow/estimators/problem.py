"""What one fit minimises, from the samples to the fitted attributes."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from skshallow.data.blocks import Blocks, Division
from skshallow.data.samples import Samples
from skshallow.data.scales import ColumnScales, column_scales, usable
from skshallow.data.stream import SeenRows, Summary
from skshallow.data.weights import ClassWeight, code_shares, make_weighting
from skshallow.descent.types import Curvature
from skshallow.estimators.narrowing import seen_rows
from skshallow.objective.coordinates import AsGiven, Coordinates
from skshallow.objective.curvature import curvature_at
from skshallow.objective.losses import LOSSES, cost_of_shares
from skshallow.objective.models import Model
from skshallow.objective.objective import Objective
from skshallow.objective.penalties import ElasticNet
from skshallow.places import place_of


class Seen(NamedTuple):
    """What is known of the earlier rows of a stream, and their total weight."""

    rows: SeenRows | None = None
    weight: float = 0.0


NOTHING_SEEN = Seen()


def seen(estimator: Any) -> Seen:
    """Return what an estimator knows of the rows that it has seen."""
    rows = None if estimator._moments is None else seen_rows(estimator)
    return Seen(rows, estimator._weight_seen)


class Weighed:
    """Samples under a rule of weights: their blocks, and what is known of these.

    Several problems may have it in common.
    """

    def __init__(
        self, samples: Samples, class_weight: ClassWeight, floats_per_row: int
    ) -> None:
        self.samples = samples
        weighting = make_weighting(
            samples.labels,
            samples.target,
            class_weight,
            samples.dtype,
            weighted=samples.sample_weight is not None,
        )
        division = Division(samples.target, weighting, samples.dtype, floats_per_row)
        self.blocks, self.weighting = samples.blocks(division), weighting

    @cached_property
    def scales(self) -> ColumnScales:
        """The scales of the columns."""
        return column_scales(self.blocks)

    @cached_property
    def code_shares(self) -> NDArray[np.float64]:
        """Σ w̃ of each code."""
        samples = self.samples
        return code_shares(samples.labels, self.weighting, samples.target.n_codes)


def _as_given(problem: "Problem") -> Coordinates:
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
        Makes the coordinates of θ′ for the problem; θ′ is θ if it is not given.
    held_out : Samples, optional
        Rows to validate on, whose loss is without penalty.
    model : Model, optional
        The model; if it is not given, the one of the estimator's parameters.
    seen : Seen, optional
        What is known of the earlier rows of a stream, which the samples continue.
    as_fitted : bool, default=False
        Whether the strength of the penalty, and its scales, are those of the fit
        instead of those of the samples.
    weigh : callable, optional
        Returns the samples as ``Weighed`` does, perhaps the same for several problems.

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
    alpha : float
        The strength of the penalty.
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
        coordinates_of: "Callable[[Problem], Coordinates]" = _as_given,
        *,
        held_out: Samples | None = None,
        model: Model | None = None,
        seen: Seen = NOTHING_SEEN,
        as_fitted: bool = False,
        weigh: Callable[..., Weighed] = Weighed,
    ) -> None:
        self._as_fitted = as_fitted
        self._estimator, self._earlier = estimator, seen
        self.samples, self.held_out, self.resumes = samples, held_out, resumes
        self.target, self.place = samples.target, place_of(samples.X)
        self.model = model or estimator._make_model(
            samples.X.shape[1], self.target.n_outputs
        )
        self._weigh = weigh
        self.weighed = self._weighed(samples)
        self._blocks, self.weighting = self.weighed.blocks, self.weighed.weighting
        self.seen = self.target.seen(self.weighting.counts)
        self.alpha = self._strength()
        self.objective = self._objective_over(self._blocks, self._penalty())
        # A Python float: J is one, and may be beyond the range of its dtype.
        self.precision = float(np.finfo(self.objective.dtype).eps)
        starting = estimator._resumed if resumes else estimator._starting_parameters
        self.origin = starting(self).astype(self.objective.dtype)
        self.coordinates = coordinates_of(self)

    @classmethod
    def of_fitted(cls, estimator: Any, samples: Samples) -> Self:
        """Return J over samples as a function of an estimator's fitted parameters.

        Their size may differ from the estimator's present ``hidden_layer_size``.
        """
        model, _ = estimator._fitted_model()
        known = seen(estimator)
        return cls(
            estimator, samples, resumes=True, model=model, seen=known, as_fitted=True
        )

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
        return self._unseen_objective.value(self.coordinates.to_inputs(theta))

    def curvature(self, theta: NDArray[Any]) -> Curvature | None:
        """Return the curvature of J at θ′, where it is simple enough."""
        inputs = self.coordinates.to_inputs(theta)
        return curvature_at(self.objective, inputs, self.coordinates)

    @cached_property
    def scales(self) -> ColumnScales:
        """The scales of the columns, in a stream those of all rows seen."""
        if self._as_fitted and self._earlier.rows is not None:
            return self._earlier.rows.scales
        if self._earlier.rows is None:
            return self._own_scales
        return self._rows_seen.scales

    @cached_property
    def _own_scales(self) -> ColumnScales:
        """The scales of the columns of these rows alone."""
        return self.weighed.scales

    @cached_property
    def _rows_seen(self) -> SeenRows:
        """What is known of the rows, in a stream of all rows seen."""
        rows = Summary.of(self._own_scales, self._blocks.n_rows)
        earlier = self._earlier.rows
        return SeenRows(rows) if earlier is None else earlier.after(rows)

    @cached_property
    def ceiling(self) -> float:
        """A J below which something has been learnt from X.

        J of a linear model is convex: small gradients are at its minimum, whatever J.
        """
        if self.model.linear:
            return np.inf
        shares = self.weighed.code_shares
        cost = cost_of_shares(self.objective.loss, self.target, shares)
        return cost - min(float(self._estimator.tol), cost / 100)

    def now_seen(self) -> Seen:
        """Return what is known of all rows, if that was of use, and their weight."""
        of_use = "_own_scales" in vars(self)
        rows = self._rows_seen if of_use else self._earlier.rows
        return Seen(rows, self._earlier.weight + self.weighting.mass)

    def _strength(self) -> float:
        """Return alpha, "auto" in units of the weight of one row."""
        if self._estimator.alpha != "auto":
            return float(self._estimator.alpha)
        if self._as_fitted:
            return float(self._estimator.alpha_)
        weight = self._earlier.weight + self.weighting.mass
        return float(self._estimator._penalty_of_a_row / weight)

    def _penalty(self) -> ElasticNet:
        """Return the penalty, on the weights of scaled inputs if so wanted."""
        l1_ratio = float(self._estimator.l1_ratio)
        l1, l2 = self.alpha * l1_ratio, self.alpha * (1 - l1_ratio)
        if self.alpha == 0 or not self._estimator.standardize:
            return ElasticNet(l1, l2)
        layout = self.model.layout
        scale = np.ones(layout.size)
        W, _ = layout.first_layer(scale)
        W *= usable(self.scales, self._blocks.dtype)[:, np.newaxis]
        return ElasticNet(l1, l2, scale[: layout.n_weights])

    @cached_property
    def unseen(self) -> Weighed:
        """The rows held out."""
        assert self.held_out is not None
        return self._weighed(self.held_out)

    @cached_property
    def _unseen_objective(self) -> Objective:
        """J over the rows held out, without penalty."""
        return self._objective_over(self.unseen.blocks, ElasticNet())

    def _weighed(self, samples: Samples) -> Weighed:
        """Return samples with their weights."""
        class_weight = self._estimator.class_weight
        return self._weigh(samples, class_weight, self.model.floats_per_row)

    def _objective_over(self, blocks: Blocks, penalty: ElasticNet) -> Objective:
        """Return J over rows."""
        loss = LOSSES[self._estimator.loss, self.target.kind]
        return Objective(blocks, self.model, loss, penalty)
