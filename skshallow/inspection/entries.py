"""Entries of fitted attributes by the names that users write, and J over two."""

import re
from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from skshallow.estimators.problem import Problem
from skshallow.inspection.reading import quiet
from skshallow.objective.types import Array


class Entry(NamedTuple):
    """An entry of a fitted attribute, such as ``coefs_[0][0, 1]``."""

    name: str
    attribute: str
    indices: list[int | tuple[int, ...]]

    def of(self, attributes: Mapping[str, Any]) -> Any:
        """Return the entry."""
        return reduce(lambda a, i: a[i], self.indices, attributes[self.attribute])


def chosen_entries(
    names: tuple[str, str] | None, attributes: Mapping[str, Any]
) -> tuple[Entry, Entry]:
    """Return the entries with these names, or usual ones.

    Raises
    ------
    ValueError
        If there are none.
    """
    one, other = names or _usual_names(attributes)
    return _entry(one, attributes), _entry(other, attributes)


def cost_over(
    problem: Problem, entries: tuple[Entry, Entry], xx0: Array, xx1: Array
) -> Array:
    """Return J where two entries of the fitted attributes have these values."""
    theta = problem.origin
    # Which entry of θ each entry of an attribute is.
    numbers = problem.attributes(np.arange(len(theta), dtype=float))
    chosen = [int(entry.of(numbers)) for entry in entries]
    J = np.empty(xx0.shape)
    with quiet():
        for index in np.ndindex(xx0.shape):
            theta[chosen] = xx0[index], xx1[index]
            J[index] = problem.objective.value(theta)
    return J


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
