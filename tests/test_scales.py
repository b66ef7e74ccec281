"""The scales of columns: of ordinary ones, and where there are wild or rare entries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.utils import gen_batches

from skshallow import GDLogisticRegression
from skshallow.data.blocks import Block, LocalBlocks, split_rows
from skshallow.data.samples import Arguments
from skshallow.data.scales import _majorities, _merge_majorities, column_scales, usable
from skshallow.estimators.problem import Problem
from tests.problems import STORAGES, deviations, in_blocks


def cut(X, w=None, rows_per_block=None):
    """Return rows in blocks, of so many rows each if that is given."""
    w = np.full(X.shape[0], 1 / X.shape[0]) if w is None else w
    w = w[:, np.newaxis]
    blocks = in_blocks(X, w, w)
    if rows_per_block is None:
        return blocks
    some = [
        Block(split_rows(X[rows], floats_per_row=1)[0], w[rows], w[rows])
        for rows in gen_batches(X.shape[0], rows_per_block)
    ]
    return LocalBlocks(some, blocks.division)


def scales_of(X, w=None, rows_per_block=None):
    """Return what column_scales finds."""
    with np.errstate(all="ignore"):  # as in a fit
        return column_scales(cut(X, w, rows_per_block))


def closed_form(p):
    """Return the scale of a 0/1 column of which a share p is one."""
    f = max(p, 1 - p)
    return np.sqrt(p * (1 - p) / min(1, 2 * (1 - f)))


def majority_of(x, w):
    """Return the value that more than half of the weight has, or None."""
    values, which = np.unique(x, return_inverse=True)
    mass = np.bincount(which, w)
    return values[mass.argmax()] if 2 * mass.max() > mass.sum() else None


class Counted(LocalBlocks):
    """Blocks that count the passes over them."""

    n_passes = 0

    def reduce(self, function, combine, *shared):
        """Count the pass."""
        self.n_passes += 1
        return super().reduce(function, combine, *shared)


NORMAL = np.random.default_rng(0).normal(size=(600, 4))
# Bell-shaped columns, 0/1, with a majority, and of few values.
MIXED = np.column_stack(
    [
        NORMAL,
        NORMAL[:, 0] > 0.5,
        np.where(NORMAL[:, 1] > 0.5, NORMAL[:, 2], 3.0),
        np.round(NORMAL[:, 3]),
    ]
)
# One block; some, with a shard each; more than there are shards.
ROWS_PER_BLOCK = [None, 200, 30]


@pytest.mark.parametrize("rows_per_block", ROWS_PER_BLOCK)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("storage", [*STORAGES, "float32"])
def test_bell_shaped_columns_have_their_standard_deviation(
    storage, weighted, rows_per_block
):
    """Nothing is left out of them, so all is as NumPy says."""
    w = np.random.default_rng(1).uniform(size=600) if weighted else None
    store = {**STORAGES, "float32": np.float32}[storage]
    X = store(NORMAL)
    scales = scales_of(X, w, rows_per_block)
    X = X.toarray() if sparse.issparse(X) else X.astype(float)
    assert_allclose(scales.scale, deviations(X, w), rtol=1e-13)
    mean = np.average(X, axis=0, weights=w)
    assert_allclose(scales.moments.mean, mean, atol=1e-14)


LAYOUTS = [
    ("C order", None),
    ("F order", 200),
    ("csr_array", 200),
    ("C order", 30),
    ("csr_matrix", 30),
]


@pytest.mark.parametrize("n_wild", [1, 3])
@pytest.mark.parametrize("wild", [9999.0, -1e6, 1e30])
@pytest.mark.parametrize(("storage", "rows_per_block"), LAYOUTS)
def test_wild_cells_leave_scale_and_mean_as_they_were(
    storage, rows_per_block, wild, n_wild
):
    """Wherever they are, and however large; other columns do not notice."""
    X = MIXED.copy()
    rows = np.random.default_rng(2).choice(len(X), n_wild, replace=False)
    X[np.ix_(rows, [1, 4, 5])] = wild
    found = scales_of(STORAGES[storage](X), None, rows_per_block)
    clean = scales_of(STORAGES[storage](MIXED))
    assert_allclose(found.scale, clean.scale, rtol=0.03)
    untouched = [0, 2, 3, 6]
    assert_allclose(found.scale[untouched], clean.scale[untouched], rtol=1e-12)
    # With covariances such cells count as if they were at the limit.
    part, limit = n_wild / len(X), 10 * clean.scale
    change = np.abs(found.moments.mean - clean.moments.mean)
    assert (change <= part * limit + 1e-12).all()
    change = np.abs(found.moments.variance - clean.moments.variance)
    assert (change <= part * limit**2 + 1e-12).all()


@pytest.mark.parametrize("wild", [-1e165, 1e300])
@pytest.mark.parametrize(("storage", "rows_per_block"), LAYOUTS)
def test_wild_cells_may_be_as_large_as_numbers_are(storage, rows_per_block, wild):
    """Although the squares of others are nothing in units of theirs."""
    X = MIXED.copy()
    X[77, [1, 4, 5]] = wild
    found = scales_of(STORAGES[storage](X), None, rows_per_block)
    assert_allclose(found.scale, scales_of(MIXED).scale, rtol=0.03)


@pytest.mark.parametrize("rows_per_block", ROWS_PER_BLOCK)
def test_wild_cells_in_float32(rows_per_block):
    """Whose squares are beyond its range."""
    X = NORMAL.astype(np.float32)
    X[[5, 590], [1, 2]] = [1e30, -1e38]
    found = scales_of(X, None, rows_per_block)
    assert_allclose(found.scale, NORMAL.std(axis=0), rtol=0.01)


def test_entries_within_the_limits_are_all_that_counts():
    """The scale is the standard deviation of the others, exactly."""
    X = NORMAL.copy()
    X[:3, 1] = 9999.0, 50.0, -1e9
    w = np.random.default_rng(1).uniform(size=600)
    found = scales_of(X, w)
    assert_allclose(found.scale[1], deviations(X[3:], w[3:])[1], rtol=1e-12)


@pytest.mark.parametrize("rows_per_block", ROWS_PER_BLOCK)
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_columns_of_zeros_and_ones_have_a_closed_form(storage, rows_per_block):
    """σ / √min(1, 2 (1 − f)): about 0.7 however rare one of the two is."""
    counts = [1, 2, 10, 100, 499, 500, 501, 900, 990, 998, 999]
    random = np.random.default_rng(0)
    X = random.permuted((np.arange(1000)[:, np.newaxis] < counts).astype(float), axis=0)
    found = scales_of(storage(X), None, rows_per_block)
    expected = [closed_form(count / 1000) for count in counts]
    assert_allclose(found.scale, expected, rtol=1e-12)
    assert_allclose(found.scale[[0, 1, 2, -3, -2, -1]], 0.5**0.5, rtol=0.01)
    assert found.scale.min() > 0.49
    assert_array_equal(found.usual[[0, 1, 2, 3, 7, 8, 9, 10]], 4 * [0] + 4 * [1])


@pytest.mark.parametrize("rows_per_block", ROWS_PER_BLOCK)
def test_sparse_rows_have_the_scales_of_dense_ones(rows_per_block):
    """Also with as many, and as rare, columns as texts have."""
    random = np.random.default_rng(0)
    X = random.uniform(0.1, 1, (400, 60)) * (
        random.uniform(size=(400, 60)) < np.geomspace(0.003, 1, 60)
    )
    X[7, 50] = 1e6
    w = random.uniform(size=400)
    dense = scales_of(X, w, rows_per_block)
    for storage in (sparse.csr_array, sparse.csr_matrix):
        found = scales_of(storage(X), w, rows_per_block)
        assert_allclose(found.scale, dense.scale, rtol=1e-11)
        usual = found.share > 0.5
        assert_allclose(found.share[usual], dense.share[usual], rtol=1e-12)
        assert_array_equal(found.usual[usual], dense.usual[usual])
        assert (usual == (dense.share > 0.5)).all()
    assert dense.scale.max() < 1


def majorities_near_a_half(random, n_rows, n_columns):
    """Return columns in which shares from 0.4 to 0.6 have the same value."""
    shares = random.uniform(0.4, 0.6, n_columns)
    same = random.uniform(size=(n_rows, n_columns)) < shares
    return np.where(same, random.normal(size=n_columns), random.normal(size=same.shape))


@pytest.mark.parametrize("rows_per_block", ROWS_PER_BLOCK)
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("seed", range(2))
def test_repeated_rows_are_weights(storage, seed, rows_per_block):
    """To the last digits, with wild cells, and with majorities, however narrow."""
    random = np.random.default_rng(seed)
    near_a_half = majorities_near_a_half(random, 600, 20)
    X = np.hstack([MIXED, near_a_half, near_a_half * (near_a_half > -0.5)])
    X[3, [1, 10]] = 1e6
    times = random.integers(1, 4, 600)
    repeated = np.repeat(X, times, axis=0)
    weighted = scales_of(storage(X), times / times.sum(), rows_per_block)
    found = scales_of(storage(repeated), None, rows_per_block)
    assert_allclose(found.scale, weighted.scale, rtol=1e-12)
    assert_allclose(found.moments.mean, weighted.moments.mean, rtol=1e-9, atol=1e-13)
    assert_allclose(found.moments.variance, weighted.moments.variance, rtol=1e-12)


@pytest.mark.parametrize("rows_per_block", ROWS_PER_BLOCK)
@pytest.mark.parametrize("usual", [0.0, 1.0, -0.3])
@pytest.mark.parametrize("exponent", [-200, -3, 30, 150])
def test_units_and_origins_do_not_matter(exponent, usual, rows_per_block):
    """Scales are in units of X, whichever value most entries have."""
    random = np.random.default_rng(0)
    X = np.where(random.uniform(size=(500, 6)) < 0.8, usual, NORMAL[:500, [0] * 6])
    X[:, 3:] = NORMAL[:500, 1:]
    X[8, [0, 3]] = 1e5
    expected = scales_of(X, None, rows_per_block)
    found = scales_of(X * 10.0**exponent, None, rows_per_block)
    assert_allclose(found.scale, expected.scale * 10.0**exponent, rtol=1e-10)
    usual = expected.share > 0.5
    assert_array_equal(found.share > 0.5, usual)
    assert_allclose(found.share[usual], expected.share[usual], rtol=1e-12)
    found = scales_of(X * 1024 + 4096, None, rows_per_block)
    assert_allclose(found.scale, expected.scale * 1024, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=24),
    st.integers(1, 24),
    st.integers(2, 5),
)
def test_majorities_are_found_however_rows_are_divided(entries, rows_per_block, fan):
    """Boyer and Moore's vote over blocks, merged in whatever order."""
    values, weights = np.array(entries, float).T
    X, w = np.column_stack([values, values[::-1] * 0.1]), weights
    blocks = cut(X, w, rows_per_block)
    columns = np.arange(2)
    parts = [
        _majorities(blocks[i : i + fan], columns) for i in range(0, len(blocks), fan)
    ]
    value, surplus = parts.pop()
    while parts:
        value, surplus = _merge_majorities((value, surplus), parts.pop())
    for j in columns:
        true = majority_of(X[:, j], w)
        if true is not None:
            assert value[j] == true
            assert surplus[j] > 0


@pytest.mark.parametrize("seed", range(20))
def test_the_usual_value_is_that_of_most_entries(seed):
    """It is found in the whole, too, where its share is just above one half."""
    random = np.random.default_rng(seed)
    X = majorities_near_a_half(random, 401, 30)
    found = scales_of(X, None, random.integers(1, 100))
    w = np.ones(401)
    for j, x in enumerate(X.T):
        true = majority_of(x, w)
        assert (found.share[j] > 0.5) == (true is not None)
        if true is not None:
            assert found.usual[j] == true
            assert found.share[j] == pytest.approx(np.mean(x == true), rel=1e-12)


@pytest.mark.parametrize("period", [3, 4, 8, 16, 31, 32, 33])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_rows_may_be_periodic(storage, period):
    """The few rows that are looked at are not."""
    random = np.random.default_rng(0)
    at = np.arange(2000) % period
    X = np.where(at == 0, random.normal(size=2000), 3.0)[:, np.newaxis]
    found = scales_of(storage(X))
    assert_allclose(found.share, np.mean(at > 0), rtol=1e-12)
    assert found.usual == 3


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("seed", range(30))
def test_integer_weights_are_repeated_rows(storage, seed):
    """However few rows there are, and where a few have most of the weight."""
    random = np.random.default_rng(seed)
    n = random.integers(2, [10, 200, 2000][seed % 3])
    X = random.integers(-2, 3, (n, 4)).astype(np.float64)
    X[:, 3] = np.where(random.random(n) < 0.55, 0, random.normal(size=n))
    heavy = np.where(X[:, 0] == 2, 9, 1)
    w = random.integers(1, 4, n) if seed % 2 else heavy
    found, expected = scales_of(storage(X), 1.0 * w), scales_of(X.repeat(w, axis=0))
    assert_allclose(found.scale, expected.scale, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("rows_per_block", [1, 2, 3, 5, 7])
def test_blocks_may_be_tiny(rows_per_block):
    """Usual values are found in them, and do not make ordinary columns unusual."""
    found, whole = scales_of(MIXED, None, rows_per_block), scales_of(MIXED)
    assert_allclose(found.scale, whole.scale, rtol=1e-10)
    if rows_per_block > 1:
        assert not cut(NORMAL, None, rows_per_block).survey.repeats.any()


@pytest.mark.parametrize("rows_per_block", [None, 200])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_ordinary_columns_cost_one_pass(storage, rows_per_block):
    """Others cost more, but not many."""
    random = np.random.default_rng(0)
    wild = NORMAL.copy()
    wild[5, 1] = 1e6
    for X, most in (
        (NORMAL, 1),
        (random.uniform(size=(600, 4)), 1),
        (random.gamma(2, size=(600, 4)), 1),
        (np.exp(0.5 * NORMAL), 1),
        (MIXED, 3),
        (wild, 6),
    ):
        blocks = cut(storage(X), None, rows_per_block)
        counted = Counted(blocks, blocks.division)
        column_scales(counted)
        assert 1 <= counted.n_passes <= most


@pytest.mark.parametrize("constant", [0.0, 0.1, -7e8, 1e150, 1e300])
@pytest.mark.parametrize("rows_per_block", [None, 7])
@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_constant_columns_have_no_scale_but_a_usable_one(
    storage, rows_per_block, constant
):
    """That is their size, or one."""
    X = storage(np.full((100, 1), constant))
    found = scales_of(X, None, rows_per_block)
    assert found.scale <= 1e-14 * abs(constant)
    with np.errstate(all="ignore"):
        assert_allclose(usable(found, np.float64), [abs(constant) or 1], rtol=1e-13)


def test_a_single_row_and_rows_of_one_weight():
    """Of one row, or of one that has nearly all the weight, there is a scale of 0."""
    for X, w in ((NORMAL[:1], None), (NORMAL[:2], np.array([1.0, 0.0]))):
        found = scales_of(X, w)
        assert_array_equal(found.scale, 0)
        assert_array_equal(found.moments.mean, NORMAL[0])


@pytest.mark.parametrize("weighted", [False, True])
def test_chunks_of_dask_have_the_scales_of_the_whole(weighted):
    """Chunks without weight included, in threads."""
    dask = pytest.importorskip("dask")
    da = pytest.importorskip("dask.array")
    from skshallow.sources import dask as chunked
    from skshallow.sources import local

    X = MIXED.copy()
    X[3, [0, 4, 5]] = 1e6
    w = np.arange(600) // 150 * 1.0 if weighted else np.ones(600)
    y = np.arange(600) % 2
    model = GDLogisticRegression(alpha=0)
    samples = local.read(model, Arguments(X, y, w), reset=True)
    expected = Problem(model, samples, resumes=False).scales
    with dask.config.set(scheduler="threads"):
        arguments = (
            da.from_array(each, chunks=(150, -1)[: each.ndim]) for each in (X, y, w)
        )
        samples = chunked.read(model, Arguments(*arguments), reset=True)
        found = Problem(model, samples, resumes=False).scales
    assert_allclose(found.scale, expected.scale, rtol=1e-12)
    assert_allclose(found.moments.mean, expected.moments.mean, rtol=1e-11)
    assert_allclose(found.moments.covariance, expected.moments.covariance, atol=1e-12)
    assert_allclose(found.scale, scales_of(MIXED, w).scale, rtol=0.03)
