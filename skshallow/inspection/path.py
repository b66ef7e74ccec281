"""A fit whose path is kept: two entries of the fitted attributes, update by update."""

import re
from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from skshallow._sklearn import _fit_context
from skshallow.data.samples import Arguments
from skshallow.descent.outcome import Outcome
from skshallow.descent.progress import Progress
from skshallow.estimators.problem import Problem
from skshallow.sources import gathered


class Entry(NamedTuple):
    """An entry of a fitted attribute, such as ``coefs_[0][0, 1]``."""

    name: str
    attribute: str
    indices: list[int | tuple[int, ...]]

    def of(self, attributes: Mapping[str, Any]) -> Any:
        """Return the entry."""
        return reduce(lambda a, i: a[i], self.indices, attributes[self.attribute])


class Recorder:
    """An observer that keeps J and two entries of attributes at each point."""

    asks_to_stop = False

    def __init__(self, problem: Problem, names: tuple[str, str] | None) -> None:
        self.problem = problem
        attributes = problem.attributes(problem.start())
        one, other = names or _usual_names(attributes)
        self.entries = _entry(one, attributes), _entry(other, attributes)
        self.points: list[list[float]] = []
        self.losses: list[float] = []

    def before(self, progress: Progress) -> None:
        """Keep the start."""
        if not self.points:
            self.after(progress)

    def after(self, progress: Progress) -> None:
        """Keep the point that an update led to."""
        attributes = self.problem.attributes(progress.point.theta)
        self.points.append([float(entry.of(attributes)) for entry in self.entries])
        self.losses.append(progress.point.loss)

    def end(self, outcome: Outcome) -> None:
        """Do nothing."""


def recorded_fit(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None,
    names: tuple[str, str] | None,
) -> tuple[Any, Recorder]:
    """Return a clone, fitted as the estimator would be, and what was recorded.

    The estimator's callbacks do not see this fit.
    """
    fitted = clone(estimator)
    if estimator.warm_start:
        given = estimator.get_params()
        learnt = {k: v for k, v in vars(estimator).items() if k not in given}
        vars(fitted).update(learnt)
    recorders: list[Recorder] = []

    def make(problem: Problem) -> Recorder:
        recorders.append(Recorder(problem, names))
        return recorders[0]

    # Parameters are validated as before fit.
    fit = _fit_context(prefer_skip_nested_validation=True)(type(fitted)._fit)
    arguments = Arguments(*map(gathered, (X, y, sample_weight)))
    fit(fitted, arguments, Arguments(None, None), [make])
    return fitted, recorders[0]


def _usual_names(attributes: Mapping[str, Any]) -> tuple[str, str]:
    """Return two weights of the first layer's first unit, or its weight and bias."""
    if "coef_" in attributes:
        n_features = attributes["coef_"].shape[1]
        weight, other, bias = "coef_[0, 0]", "coef_[0, 1]", "intercept_[0]"
    else:
        n_features = len(attributes["coefs_"][0])
        weight, other = "coefs_[0][0, 0]", "coefs_[0][1, 0]"
        bias = "intercepts_[0][0]"
    return weight, other if n_features > 1 else bias


def _entry(name: str, attributes: Mapping[str, Any]) -> Entry:
    """Return the entry that a user calls by this name.

    Raises
    ------
    ValueError
        If there is none.
    """
    arrays = {
        key: value
        for key, value in attributes.items()
        if key.startswith(("coef", "intercept"))
    }
    attribute, *brackets = re.split(r"\]?\[", name.strip().removesuffix("]"))
    try:
        indices = [tuple(int(i) for i in part.split(",")) for part in brackets]
        entry = Entry(name, attribute, [i[0] if len(i) == 1 else i for i in indices])
        is_number = np.ndim(entry.of(arrays)) == 0
    except (ValueError, KeyError, IndexError, TypeError):
        is_number = False
    if not is_number:
        shapes = (
            f"{key} {[part.shape for part in value]}"
            if isinstance(value, list)
            else f"{key} {value.shape}"
            for key, value in arrays.items()
        )
        raise ValueError(
            f"{name!r} is no weight or bias. Name an entry as coef_[0, 1] or "
            f"coefs_[0][2, 1] does; the shapes here are {', '.join(shapes)}."
        )
    return entry
