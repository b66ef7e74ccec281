"""X in blocks: nothing lost, nothing copied, the same moments however divided."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skshallow.data.blocks import split_rows
from skshallow.places import HOST
from tests.problems import STORAGES, in_blocks

random = np.random.default_rng(0)
X = random.normal(size=(3000, 4)) * (random.uniform(size=(3000, 4)) < 0.5)
WEIGHTS = random.integers(0, 3, (3000, 1)) / 3000.0
MANY = 10**4  # floats per row that make blocks of the smallest size


def blocks_of(X, floats_per_row=MANY, weights=WEIGHTS + 1e-3):
    """Return X in blocks, with weights and the row numbers as targets."""
    return in_blocks(X, np.arange(len(WEIGHTS)), weights, floats_per_row)


@pytest.mark.parametrize("storage", STORAGES)
def test_blocks_hold_every_row_once_and_share_memory(storage):
    """X, targets and weights stay in step, and the blocks are views."""
    stored = STORAGES[storage](X)
    blocks = blocks_of(stored)
    assert len(blocks) == 5
    parts = [b.X.X.toarray() if sparse.issparse(b.X.X) else b.X.X for b in blocks]
    assert_array_equal(np.vstack(parts), X)
    assert_array_equal(np.concatenate([b.Y for b in blocks]), np.arange(3000))
    assert_array_equal(np.concatenate([b.w for b in blocks]), WEIGHTS + 1e-3)
    memory = stored.data if sparse.issparse(stored) else stored
    for block in blocks:
        part = block.X.X.data if sparse.issparse(stored) else block.X.X
        assert np.shares_memory(part, memory)


def test_small_data_are_one_block():
    """There is nothing to gain from dividing what fits in the cache."""
    assert len(split_rows(X, floats_per_row=3)) == 1


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("floats_per_row", [1, MANY])
def test_moments_equal_numpy(storage, floats_per_row):
    """Weighted mean and variance, divided or not, dense or sparse."""
    stored = STORAGES[storage](X + 5 if "order" in storage else X)
    dense = stored.toarray() if sparse.issparse(stored) else stored
    survey = blocks_of(stored, floats_per_row, WEIGHTS).survey
    w = WEIGHTS[:, 0]
    expected = np.average(dense, axis=0, weights=w)
    assert_allclose(survey.moments.mean, expected, rtol=1e-13, atol=1e-15)
    expected = np.average((dense - expected) ** 2, axis=0, weights=w)
    assert_allclose(survey.moments.variance, expected, rtol=1e-12)
    assert_array_equal(survey.low, dense[w > 0].min(axis=0))
    assert_array_equal(survey.high, dense[w > 0].max(axis=0))


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("floats_per_row", [1, MANY])
def test_survey_sees_where_most_entries_are_the_same(storage, floats_per_row):
    """That value is the median; columns without repetitions are not suspected."""
    rare = X * (np.arange(3000) % 5 == 0)[:, np.newaxis]
    survey = blocks_of(STORAGES[storage](rare), floats_per_row, WEIGHTS).survey
    assert_array_equal(survey.median, 0)
    assert survey.repeats.all()
    normal = np.random.default_rng(0).normal(size=X.shape)
    survey = blocks_of(STORAGES[storage](normal), floats_per_row, WEIGHTS).survey
    assert not survey.repeats.any()


@pytest.mark.parametrize("storage", [np.asarray, sparse.csr_array])
def test_moments_far_from_zero_lose_nothing(storage):
    """A shift of 10⁸ costs the variance only what X itself has lost by it."""
    shifted = X + 1e8
    moments = blocks_of(storage(shifted), weights=WEIGHTS).survey.moments
    w = WEIGHTS[:, 0]
    exact = shifted - 1e8  # exact, since both are near 10⁸
    mean = np.average(exact, axis=0, weights=w)
    expected = np.average((exact - mean) ** 2, axis=0, weights=w)
    assert_allclose(moments.variance, expected, rtol=1e-7)


@pytest.mark.parametrize(
    "view",
    [X[::2], X[::-1], X[:, ::-1], X[:, 1:3], X[:, ::2], np.asfortranarray(X)[::3]],
    ids=["strided", "reversed", "mirrored", "columns", "every other", "F strided"],
)
def test_any_view_of_an_array_multiplies_right(view):
    """What BLAS cannot read is copied, the rest is not."""
    (rows,) = split_rows(view, floats_per_row=1)
    W, D = np.ones((view.shape[1], 2)), np.ones((len(view), 2))
    out = np.empty((len(view), 2))
    rows.dot(W, out)
    assert_allclose(out, view @ W)
    out = np.empty((view.shape[1], 2))
    rows.transpose_dot(D, out)
    assert_allclose(out, view.T @ D)


def test_rows_can_be_sent_to_another_process():
    """There they lie in NumPy, too, which is known by identity."""
    (rows,) = split_rows(X, floats_per_row=1)
    assert pickle.loads(pickle.dumps(rows)).place is HOST


def test_rows_without_weight_are_left_out():
    """Whatever they hold: their logits may overflow, their squares, too."""
    X = np.array([[1.0], [1e200], [3.0], [1.0], [3.0]])
    w = np.array([[0.25], [0.0], [0.25], [0.25], [0.25]])
    (block,) = blocks = in_blocks(X, np.arange(5), w, floats_per_row=1)
    assert_array_equal(block.Y, [0, 2, 3, 4])
    survey = blocks.survey
    assert (survey.moments.mean, survey.moments.variance) == (2, 1)
    assert (survey.low, survey.high) == (1, 3)


def test_wide_sparse_rows_come_in_few_blocks():
    """A block's share of the gradient costs a pass over all features."""
    X = sparse.csr_array((np.ones(3000), (np.arange(3000),) * 2), shape=(3000, 10**5))
    assert len(split_rows(X, floats_per_row=MANY)) == 1


def test_sparse_duplicates_are_summed_in_a_copy():
    """CSR may store an entry in parts; the user's matrix stays as it is."""
    data, indices, indptr = np.array([1.0, 2.0, 4.0]), [1, 1, 0], [0, 2, 3]
    stored = sparse.csr_array((data, indices, indptr), shape=(2, 2))
    survey = in_blocks(stored, np.zeros(2), np.full((2, 1), 0.5), 1).survey
    assert_array_equal(survey.moments.mean, [2, 1.5])
    assert_array_equal(survey.moments.variance, [4, 2.25])
    assert_array_equal(survey.high, [4, 3])
    assert stored.nnz == 3
