"""What is known of the columns of a stream, and what is forgotten."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skshallow.data.scales import column_scales
from skshallow.data.stream import SeenRows, Summary
from tests.problems import in_blocks

random = np.random.default_rng(0)
X = np.column_stack(
    [
        random.normal(size=600),
        5 + 100 * random.uniform(size=600),
        random.uniform(size=600) < 0.05,
    ]
)


def summary(rows):
    """Return what is known of some rows."""
    w = np.full((len(rows), 1), 1 / len(rows))
    return Summary.of(column_scales(in_blocks(rows, w, w)), len(rows))


def seen(parts):
    """Return what is known after some parts of rows."""
    first, *others = map(summary, parts)
    rows = SeenRows(first)
    for each in others:
        rows = rows.after(each)
    return rows


@pytest.mark.parametrize("n_rows", [1, 7, 20, 100, 600])
def test_batches_of_ordinary_rows_are_one(n_rows):
    """Means and variances are those of all, the scale of rare values nearly so."""
    found = seen(np.array_split(X, len(X) // n_rows)).scales
    moments = found.moments
    assert_allclose(moments.mean, X.mean(axis=0), rtol=1e-10, atol=1e-12)
    assert_allclose(moments.variance, X.var(axis=0), rtol=1e-10)
    whole = summary(X).scale
    assert_allclose(found.scale[:2], whole[:2], rtol=1e-10)
    assert_allclose(found.scale, whole, rtol=0.02)


@pytest.mark.parametrize("n_rows", [1, 5, 20])
@pytest.mark.parametrize("when", [0, 300])
def test_a_wild_row_is_forgotten(n_rows, when):
    """After as many others as there were with it, but sixteen."""
    wild = np.repeat([-1e3, 1e6, 1e12, 1e300], 2) * np.tile([1, 100], 4)
    rows = np.tile(X[:, :2], 4)  # each column is on its own
    parts = [rows[start : start + n_rows] for start in range(0, 600, n_rows)]
    parts[when // n_rows] = parts[when // n_rows] + wild
    with np.errstate(over="ignore", invalid="ignore"):  # as in a fit
        found, clean = seen(parts).scales.scale, summary(rows).scale
    assert_allclose(found, clean, rtol=0.2)


@pytest.mark.parametrize("when", [16, 17, 64, 255, 256, 512, 599])
def test_a_wild_row_is_not_believed_for_a_moment(when):
    """Not even where the rows that are gathered begin with it."""
    rows = seen(np.split(X[:when, :2], when))
    clean = summary(X[:, :2]).scale
    for wild, row in enumerate(X[when : when + 20, :2]):
        rows = rows.after(summary(row[np.newaxis] + (1e6 if wild == 0 else 0)))
        assert_allclose(rows.scales.scale, clean, rtol=0.5)


def test_rows_that_have_become_others_are_believed_in_the_end():
    """When as many have come as there were before."""
    moved = X[:, :1] + 1000
    rows = seen([*np.array_split(X[:300, :1], 15), *np.array_split(moved, 30)])
    assert_allclose(rows.scales.moments.mean, 1000, atol=1)


def test_what_is_known_comes_back_from_its_arrays():
    """As an estimator keeps it; version 0.1 kept three arrays."""
    rows = seen([X[:100], X[100:150]])
    again = SeenRows.of_list(rows.as_list())
    for one, other in zip(rows.as_list(), again.as_list(), strict=True):
        assert_array_equal(one, other)
    old = SeenRows.of_list([np.float64(100.0), X.mean(axis=0), X.var(axis=0)])
    assert_allclose(old.scales.scale, X.std(axis=0))
    assert_allclose(old.after(summary(X[:50])).scales.moments.weight, 150)
