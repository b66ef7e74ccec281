"""The accuracy of predictions in chunks, by sums over the chunks."""

from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import accuracy_score

from skshallow.sources.dask.arrays import beside
from skshallow.sources.dask.chunks import Chunks


def accuracy(y: Any, predicted: Any, sample_weight: Any) -> float:
    """Return what scikit-learn's accuracy_score does, of predictions in chunks.

    It is called with a few rows of each chunk, which represent all. So labels and
    weights are validated by scikit-learn.
    """
    if np.isscalar(y) or np.isscalar(sample_weight):
        accuracy_score(y, [], sample_weight=sample_weight)  # which raises
    weights = beside(predicted, sample_weight, "sample_weight")
    if weights is not None:
        # It also raises for weights of some dtypes, and for matrices.
        one = np.ones((1,) * weights.ndim, weights.dtype)
        accuracy_score([1], [1], sample_weight=one)
    chunks = Chunks.of(predicted, beside(predicted, y, "y"), weights)
    few = zip(*chunks.reduce(_few_rows, add), strict=True)
    few_predicted, few_y, few_weights = (np.concatenate(parts) for parts in few)
    if sparse.issparse(getattr(y, "_meta", y)):
        few_y = sparse.csr_array(few_y)
    return float(accuracy_score(few_y, few_predicted, sample_weight=few_weights))


def _few_rows(predicted: NDArray[Any], y: Any, sample_weight: Any) -> list[Any]:
    """Return few rows of one chunk that score as all do, with their total weights.

    One row represents those that are right, and one those that are wrong; those of
    positive weight are apart, since weights of 0 differ from weights that sum to 0.
    """
    y = y.toarray() if sparse.issparse(y) else np.asarray(y)
    n_rows = len(predicted)
    weights = np.ones(n_rows) if sample_weight is None else sample_weight
    right = np.zeros(n_rows, bool)
    if y.size == predicted.size:
        equal = y.reshape(predicted.shape) == predicted
        right = equal.reshape(n_rows, -1).all(axis=1)
    kinds = 2 * right + (weights > 0)
    alike = [kinds == kind for kind in np.unique(kinds)]
    dtype = np.result_type(weights, np.float64)
    sums = [weights[rows].sum(dtype=dtype) for rows in alike]
    telling = [*_telling_rows(predicted), *_telling_rows(y)]
    few = [*telling, *(np.argmax(rows) for rows in alike)]
    # All twice: not every version of scikit-learn accepts labels that occur once.
    halves = np.array([*np.zeros(len(telling)), *sums], dtype) / 2
    return [(predicted[few], y[few], halves)] * 2


def _telling_rows(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Return the indices of few rows that show of what kind all labels are.

    They have three labels, if there are three, the largest among them, and one that is
    not a whole number, such as NaN, if there is one.
    """
    flat = labels.ravel()
    found = np.unique(flat)
    indices = [np.argmax(flat == label) for label in (*found[:2], found[-1])]
    if flat.dtype.kind == "f":
        indices.append(np.argmax(flat % 1))
    return np.unravel_index(indices, labels.shape)[0]
