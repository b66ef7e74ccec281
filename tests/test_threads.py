"""Threads over blocks of rows: the same digits, and BLAS as it was."""

import threading
from contextlib import nullcontext

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from threadpoolctl import threadpool_info, threadpool_limits

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data.threads import blockwise, threads
from tests.problems import in_blocks

random = np.random.default_rng(0)
# Nine blocks of a linear model, as it has many outputs, and more of a network.
X = random.normal(size=(10_000, 150)) * (random.uniform(size=(10_000, 150)) < 0.5)
y = (X[:, :5] + random.normal(size=(len(X), 5))).argmax(axis=1)


def blas_threads():
    """Return how many threads each BLAS uses."""
    return [
        lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"
    ]


@pytest.mark.parametrize("storage", [np.asarray, np.asfortranarray, sparse.csr_array])
@pytest.mark.parametrize("learning_rate", ["auto", 0.1])
def test_threads_change_no_digit_of_a_linear_model(storage, learning_rate):
    """Sums are made in the same shards and added in the same order."""
    model = GDLogisticRegression(learning_rate, max_iter=5, tol=0)
    stored = storage(X)
    expected = model.fit(stored, y, X_val=stored[:99], y_val=y[:99])
    coef, curve = expected.coef_, expected.loss_curve_
    for n_jobs in (2, 4, -1):
        threaded = model.set_params(n_jobs=n_jobs).fit(
            stored, y, X_val=stored[:99], y_val=y[:99]
        )
        assert_array_equal(threaded.coef_, coef)
        assert threaded.loss_curve_ == curve


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_threads_change_no_digit_of_a_network(activation):
    """Hidden activations are each thread's own."""
    model = ShallowNNClassifier(
        8, activation, max_iter=5, tol=0, random_state=0, alpha=1e-3
    )
    expected = model.fit(X, y % 2).coefs_
    threaded = model.set_params(n_jobs=3).fit(X, y % 2).coefs_
    for W, W_expected in zip(threaded, expected, strict=True):
        assert_array_equal(W, W_expected)


def test_the_data_are_many_blocks():
    """Otherwise the tests above would compare one thread with itself."""
    assert len(in_blocks(X, y, np.ones((len(y), 1)), floats_per_row=10)) == 9


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_overflow_in_a_thread_is_as_silent_as_without(n_jobs):
    """NumPy's error state is a thread's own; warnings are errors here."""
    # The first update makes logits of 10⁴⁰⁰, which overflow in the product with X, and
    # from which the softmax takes their largest: ∞ − ∞.
    model = GDLogisticRegression(1e200, max_iter=3, n_jobs=n_jobs)
    with pytest.warns(UserWarning, match="diverged"):
        model.fit(1e200 * X, y)


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_blas_has_as_many_threads_after_as_before(error):
    """Also where an error, or Ctrl-C, ends the fit."""

    def rate(k):
        assert blas_threads() == [1] * len(before)
        if error and k == 2:
            raise error
        return 0.1

    model = GDLogisticRegression(rate, max_iter=4, tol=0, n_jobs=2)
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        assert 2 in before
        with pytest.raises(error) if error else nullcontext():
            model.fit(X, y)
        assert blas_threads() == before


def test_blas_is_given_back_when_the_last_fit_ends():
    """Fits that overlap: whoever comes second must not find, and restore, one."""
    inside = threading.Barrier(2)

    def work():
        with threads(2):
            list(blockwise(abs, [1]))
            inside.wait()

    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        fits = [threading.Thread(target=work) for _ in range(2)]
        for fit in fits:
            fit.start()
        for fit in fits:
            fit.join()
        assert blas_threads() == before


def test_one_job_leaves_blas_alone():
    """A user's setting is the user's."""
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with threads(None):
            assert list(blockwise(lambda _: blas_threads(), [1])) == [before]


def test_small_data_start_no_thread():
    """One block is one piece of work."""
    n_threads = threading.active_count()
    seen = []

    def rate(k):
        seen.append(threading.active_count())
        return 0.1

    GDLogisticRegression(rate, max_iter=3, tol=0, n_jobs=4).fit(X[:100], y[:100])
    assert seen == [n_threads] * 3


def test_threads_of_blas_change_no_more_than_rounding():
    """Alone, a fit leaves products to as many BLAS threads as there are."""
    model = GDLogisticRegression(0.1, max_iter=20, tol=0)
    with threadpool_limits(2, user_api="blas"):
        expected = model.fit(X, y).coef_
        coef = model.set_params(n_jobs=2).fit(X, y).coef_
    assert_allclose(coef, expected, rtol=1e-12, atol=1e-15)
