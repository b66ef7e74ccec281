"""Many fits at once: in a round, one pass over the rows answers all that have asked."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skshallow.data.joint import JointDivision
from skshallow.data.rows import Moments
from skshallow.data.samples import Samples
from skshallow.data.weights import ClassWeight
from skshallow.descent.types import Query
from skshallow.estimators.problem import Problem, Weighed
from skshallow.objective.coordinates import Standardization
from skshallow.objective.curvature import curvature_of
from skshallow.objective.layers import Costs, Thetas, merge_sums
from skshallow.objective.shares import merge_each
from skshallow.objective.stack import StackedShares
from skshallow.objective.terms import Term
from skshallow.places import place_of


class WeighedOnce:
    """Weighs samples as ``Weighed`` does, but the same only once."""

    def __init__(self) -> None:
        self._known: list[tuple[Samples, ClassWeight, Weighed]] = []

    def __call__(
        self, samples: Samples, class_weight: ClassWeight, floats_per_row: int
    ) -> Weighed:
        """Return the samples in blocks, which fit the first model that asked."""
        for known, its_weight, weighed in self._known:
            if known is samples and its_weight == class_weight:
                return weighed
        weighed = Weighed(samples, class_weight, floats_per_row)
        self._known.append((samples, class_weight, weighed))
        return weighed


class Joint:
    """J of several problems over the same rows, without their penalties.

    Parameters
    ----------
    problems : mapping
        By number, problems.
    weighed : mapping
        By the same numbers, the samples that J is taken over, parts of the same rows.
    """

    def __init__(
        self, problems: Mapping[int, Problem], weighed: Mapping[int, Weighed]
    ) -> None:
        parts = list({id(each): each for each in weighed.values()}.values())
        places = {id(each): place for place, each in enumerate(parts)}
        terms = {
            number: Term(
                problem.model, problem.objective.loss, places[id(weighed[number])]
            )
            for number, problem in problems.items()
        }
        first, *others = (each.samples for each in parts)
        self._place = place_of(first.X)
        self._shares = StackedShares(terms, first.dtype)
        divisions = [each.blocks.division for each in parts]
        self._blocks = first.joint_blocks(
            JointDivision(divisions, self._shares.floats_per_row), others
        )

    def costs(self, thetas: Thetas, *, gradients: bool) -> Costs:
        """Return this J, and perhaps its gradient, at a θ of each."""
        sums = self._blocks.reduce(self._shares.sums, merge_sums, thetas, gradients)
        return self._shares.costs(sums, thetas, self._place)

    def curvatures(
        self, thetas: Thetas, center: NDArray[np.float64], step: int, *, full: bool
    ) -> list[Moments]:
        """Return the moments weighted by curvatures, for each output of each."""
        return self._blocks.reduce(
            self._shares.curvatures, merge_each, thetas, center, full, step
        )


class Together:
    """The answers to what several descents ask in a round.

    Parameters
    ----------
    problems : sequence of Problem
        Their numbers are those of the descents. Their samples are parts of the same
        rows, and so are those of all held-out rows that come from the same X.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = dict(enumerate(problems))
        training = {n: problem.weighed for n, problem in self._problems.items()}
        self._training = Joint(self._problems, training)
        self._unseen = _joint_by_rows(self._problems)
        self._answers = {
            "cost": self._costs,
            "validation": self._validations,
            "curvature": self._curvatures,
        }

    def __call__(self, queries: Mapping[int, Query]) -> dict[int, Any]:
        """Return the answers by the numbers of those who asked."""
        of_kind: dict[str, dict[int, Any]] = {}
        kind: str
        for number, (kind, theta) in queries.items():
            inputs = self._problems[number].coordinates.to_inputs(theta)
            of_kind.setdefault(kind, {})[number] = inputs
        answers: dict[int, Any] = {}
        for kind, thetas in of_kind.items():
            answers |= self._answers[kind](thetas)
        return answers

    def _costs(self, thetas: Thetas) -> dict[int, Any]:
        """Return J and ∂J/∂θ′ of each."""
        costs = {}
        for number, found in self._training.costs(thetas, gradients=True).items():
            problem = self._problems[number]
            value, gradient = problem.objective.penalised(thetas[number], *found)
            costs[number] = value, problem.coordinates.chain_rule(gradient)
        return costs

    def _validations(self, thetas: Thetas) -> dict[int, Any]:
        """Return the losses of the rows held out."""
        losses: dict[int, Any] = {}
        for joint, numbers in self._unseen:
            some = {n: theta for n, theta in thetas.items() if n in numbers}
            if some:
                costs = joint.costs(some, gradients=False)
                losses |= {number: value for number, (value, _) in costs.items()}
        return losses

    def _curvatures(self, thetas: Thetas) -> dict[int, Any]:
        """Return the curvatures of those whose J is simple enough, None of others."""
        curvatures: dict[int, Any] = dict.fromkeys(thetas)
        for full in (True, False):
            some = {n: theta for n, theta in thetas.items() if self._curves(n, full)}
            if not some:
                continue
            objectives = [self._problems[number].objective for number in some]
            steps = (objective.sampling_step(full=full) for objective in objectives)
            center = self._problems[next(iter(some))].scales.moments.mean
            each = iter(self._training.curvatures(some, center, min(steps), full=full))
            for number, objective in zip(some, objectives, strict=True):
                moments = list(islice(each, objective.model.n_outputs))
                coordinates = self._problems[number].coordinates
                assert isinstance(coordinates, Standardization)
                curvatures[number] = curvature_of(moments, objective, coordinates)
        return curvatures

    def _curves(self, number: int, full: bool) -> bool:
        """Whether there is a curvature, and whether it has covariances."""
        problem = self._problems[number]
        simple = isinstance(problem.coordinates, Standardization)
        blocks = problem.objective.blocks
        return problem.model.linear and simple and blocks.correlates == full


def _joint_by_rows(
    problems: Mapping[int, Problem],
) -> list[tuple[Joint, Mapping[int, Problem]]]:
    """Return J over the held-out rows, one for each X that these come from."""
    by_rows: dict[int, dict[int, Problem]] = {}
    for number, problem in problems.items():
        if problem.held_out is not None:
            by_rows.setdefault(id(problem.held_out.X), {})[number] = problem
    return [
        (Joint(some, {n: problem.unseen for n, problem in some.items()}), some)
        for some in by_rows.values()
    ]
