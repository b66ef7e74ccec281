"""Streams of sparse rows: an update is made over the columns that have occurred.

Of a wide X, such as hashed words, most columns have been empty in all rows so far. Such
columns are all alike: their weights are zeros, and what is known of one is known of
each. So an update leaves them out, and one more column, which stays empty, stands for
all of them.

Between updates, only `coef_` has all columns again. What the estimator knows of the
rows, and the solver's memory, stay narrow: ``_columns`` says of which columns.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.samples import Samples
from skshallow.data.sparse_rows import few_columns, narrow, places_in_narrow
from skshallow.data.stream import SeenRows
from skshallow.places import on_host

Columns = NDArray[np.intp]


@contextmanager
def narrowed(estimator: Any, samples: Any) -> Iterator[Samples]:
    """Give the samples for an update, of a narrow X if the estimator can be narrowed.

    The estimator is narrow as well, until the update has been made.
    """
    X, known = samples.X, None
    if estimator._starts_at_zero and sparse.issparse(X):
        coef = _coefficients(estimator, samples)
        known = _occurred(estimator, X, coef)
    if known is None:
        _widen_memory(estimator, X.shape[1])
        yield samples
        return
    if hasattr(estimator, "classes_"):
        estimator.coef_ = np.pad(coef[:, known], ((0, 0), (0, 1)))
        _take(estimator, *_places_of(estimator, known, X.shape[1]))
        vars(estimator).pop("_columns", None)
    yield samples._replace(X=narrow(X, known))
    wide = coef.astype(estimator.coef_.dtype)
    wide[:, known] = estimator.coef_[:, :-1]
    # Of sparse rows no center is subtracted.
    estimator.coef_, estimator._columns, estimator._center = wide, known, None


def seen_rows(estimator: Any) -> SeenRows:
    """Return what an estimator knows of the rows that it has seen, for all columns."""
    rows = SeenRows.of_list(list(map(on_host, estimator._moments)))
    if not hasattr(estimator, "_columns"):
        return rows
    return rows.take(places_in_narrow(estimator._columns, estimator.coef_.shape[1]))


def _occurred(estimator: Any, X: Any, coef: NDArray[Any]) -> Columns | None:
    """Return the columns that X, or rows before, have entries in; None if many have."""
    # The user may have set weights of others.
    occurs = (coef != 0).any(axis=0)
    occurs[X.indices] = True
    if hasattr(estimator, "_columns"):
        occurs[estimator._columns] = True
    elif estimator._moments is not None:
        occurs |= seen_rows(estimator).has_entries
    return few_columns(occurs)


def _coefficients(estimator: Any, samples: Any) -> NDArray[Any]:
    """Return the weights as an array on the host, a row for each output.

    Before the first update of a stream they are zeros.
    """
    if not hasattr(estimator, "classes_"):
        return np.zeros((samples.target.n_outputs, samples.X.shape[1]), samples.dtype)
    _, parameters = estimator._fitted_model()
    coef: NDArray[Any] = on_host(parameters.weights[0]).T
    return coef


def _places_of(estimator: Any, known: Columns, n_features: int) -> tuple[Columns, int]:
    """Return where the estimator's memory has some columns, and how many it has.

    Last comes the place of a column that has not occurred.
    """
    if hasattr(estimator, "_columns"):
        before = estimator._columns
        places = np.empty(n_features, np.intp)
        places[known] = len(before)
        places[before] = np.arange(len(before))
        return np.append(places[known], len(before)), len(before) + 1
    occurs = np.zeros(n_features, bool)
    occurs[known] = True
    return np.append(known, occurs.argmin()), n_features


def _widen_memory(estimator: Any, n_features: int) -> None:
    """Give a narrow estimator's memory all columns again."""
    if hasattr(estimator, "_columns"):
        columns = estimator._columns
        _take(estimator, places_in_narrow(columns, n_features), len(columns) + 1)
        del estimator._columns


def _take(estimator: Any, places: Columns, n_before: int) -> None:
    """Let an estimator's memory, of so many columns, be that of some of these."""
    if estimator._moments is not None:
        rows = SeenRows.of_list(list(map(on_host, estimator._moments)))
        estimator._moments = rows.take(places).as_list()
    name, *state = getattr(estimator, "_solver_memory", [None])
    n_outputs = estimator.intercept_.shape[0]
    taken = (_of_columns(on_host(each), places, n_before, n_outputs) for each in state)
    estimator._solver_memory = [name, *taken]


def _of_columns(
    vector: NDArray[Any], places: Columns, n_before: int, n_outputs: int
) -> NDArray[Any]:
    """Return a vector like θ with the weights of some columns; others as they are."""
    n_weights = n_before * n_outputs
    if len(vector) < n_weights:
        return vector  # Adam's number of updates.
    weights = vector[:n_weights].reshape(n_before, n_outputs)[places]
    return np.append(weights, vector[n_weights:])
