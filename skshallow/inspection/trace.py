"""Every quantity of one forward and one backward pass, by name.

Shapes with samples as rows, as in the package (m samples, n features, h hidden units, k
outputs):

    X (m, n)    Y (m, k)    W1 (n, h)    b1 (h,)    W2 (h, k)    b2 (k,)
    Z1, A1, dA1, dZ1 (m, h)    Z2, A2, dZ2 (m, k)

With samples as columns, as on the blackboard, matrices are transposed and biases are
columns; only w of logistic regression is (n, k) in both, since there z = wᵀx + b.
"""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from skshallow.estimators.problem import Problem
from skshallow.inspection.formulas import table
from skshallow.inspection.reading import problem_over, quiet
from skshallow.inspection.trace_table import TITLES, to_html
from skshallow.objective.links import LINKS
from skshallow.objective.types import Array
from skshallow.places import on_host

Arrays = dict[str, Any]
Convention = Literal["rows", "columns"]
N_VALUES = 3

# What stays as it is when samples become columns, and what becomes a column.
UNTURNED = {"w", "dw", "J"}
BIASES = {"b", "db", "b1", "db1", "b2", "db2"}


class Quantity(NamedTuple):
    """A named array of the pass, the formula that gives it, and what it means."""

    name: str
    value: Any
    formula: str
    meaning: str

    @property
    def shape(self) -> str:
        """As ``m × n``."""
        return " × ".join(map(str, np.shape(self.value))) or "number"

    @property
    def beginning(self) -> str:
        """Its first entries."""
        entries = np.asarray(self.value).flat[:N_VALUES]
        more = " …" if np.size(self.value) > N_VALUES else ""
        return "  ".join(f"{entry:.4g}" for entry in entries) + more


class PropagationTrace:
    """Every quantity of one forward and one backward pass, as attributes.

    Printed it is a table. In a notebook it is one with a slider, which goes through the
    pass: each step marks a quantity, and those that it is computed from.
    :func:`trace_propagation` makes it.

    Parameters
    ----------
    quantities : sequence of Quantity
        In the order of the pass, each with its `name`, `value`, `formula` and
        `meaning`.

    Attributes
    ----------
    names : list of str
        The names of the quantities, each an attribute of its own.
    quantities : list of Quantity
        The quantities.

    See Also
    --------
    trace_propagation : Make a trace of a fitted estimator.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import trace_propagation
    >>> X, y = load_iris(return_X_y=True)
    >>> network = ShallowNNClassifier(5, random_state=0).fit(X, y)
    >>> trace = trace_propagation(network, X, y)
    >>> trace.Z1.shape, trace.dW1.shape
    ((150, 5), (4, 5))
    """

    def __init__(self, quantities: Iterable[Quantity]) -> None:
        self.quantities = list(quantities)
        self.names = [quantity.name for quantity in self.quantities]
        for quantity in self.quantities:
            setattr(self, quantity.name, quantity.value)

    def _table(self) -> list[tuple[str, ...]]:
        """Return the rows of the table."""
        return [
            (q.name, q.shape, q.formula, q.beginning, q.meaning)
            for q in self.quantities
        ]

    def __repr__(self) -> str:
        rows = [TITLES, *self._table()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)
            )
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return to_html(self._table())


def trace_propagation(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None = None,
    convention: Convention = "rows",
) -> PropagationTrace:
    """Return every quantity of one forward and one backward pass.

    The pass is that of the fitted parameters over the rows given. dZ2, dA1 and dZ1 (dz)
    are derivatives of each sample's own loss L, as in dz = a − y; what is summed over
    the samples, dW2, db2, dW1 and db1 (dw, db), is ∇J: the mean, or with weights the
    weighted sum, and the share of the L2 penalty; L1 has no gradient.

    Parameters
    ----------
    estimator : GDLogisticRegression or ShallowNNClassifier
        A fitted estimator.
    X : {array-like, sparse matrix} of shape (m, n)
        The rows to pass; sparse ones are made dense.
    y : array-like of shape (m,) or (m, n_labels)
        Their labels, among those that the estimator knows.
    sample_weight : array-like of shape (m,), default=None
        Their weights.
    convention : {"rows", "columns"}, default="rows"
        Whether samples are rows, as in scikit-learn, or columns, as on the blackboard:
        then X is n × m, W1 h × n, b1 h × 1 and Z1 h × m.

    Returns
    -------
    trace : PropagationTrace
        Its attributes are, for a network, X, Y, W1, b1, Z1, A1, W2, b2, Z2, A2, J, dZ2,
        dW2, db2, dA1, dZ1, dW1 and db1; for logistic regression X, Y, w, b, z, a, J,
        dz, dw and db. With weights there is `weight`, too: they sum to 1.

    Raises
    ------
    TypeError
        If the estimator is not one of this package, such as a Pipeline.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If the rows are not valid, or there is no such convention.

    See Also
    --------
    check_gradient : Compare ∇J with differences of J.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import trace_propagation
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> network = ShallowNNClassifier(4, random_state=0).fit(X, y)
    >>> trace = trace_propagation(network, X, y, convention="columns")
    >>> trace.dZ2.shape, trace.dW2.shape, trace.dW1.shape
    ((1, 569), (1, 4), (4, 30))
    """
    if convention not in ("rows", "columns"):
        raise ValueError(f"convention must be 'rows' or 'columns', got {convention!r}.")
    problem = problem_over(estimator, X, y, sample_weight)
    with quiet():
        arrays = propagation(estimator, problem)
    weighted = sample_weight is not None or estimator.class_weight is not None
    in_columns = convention == "columns"
    l2 = problem.objective.penalty.l2
    lines = table(estimator, problem.target.kind, l2, weighted=weighted)
    return PropagationTrace(
        Quantity(
            line.name,
            _column_wise(line.name, arrays) if in_columns else arrays[line.name],
            line.in_columns if in_columns else line.in_rows,
            line.meaning,
        )
        for line in lines
    )


def propagation(estimator: Any, problem: Problem) -> Arrays:
    """Return the quantities of one pass, by name, with samples as rows."""
    samples: Any = problem.samples
    w = problem.weighting(samples.labels, samples.dtype)
    propagate = _network_pass if hasattr(estimator, "coefs_") else _linear_pass
    return {"weight": w, **propagate(estimator, problem, w)}


def _network_pass(estimator: Any, problem: Problem, w: Array) -> Arrays:
    """Return the quantities of a network, forward and backward."""
    W1, W2 = map(on_host, estimator.coefs_)
    b1, b2 = map(on_host, estimator.intercepts_)
    model: Any = problem.model
    g = model.activation
    X = _dense(problem.samples.X)
    Z1 = X @ W1 + b1
    A1 = g.forward(Z1, out=np.empty_like(Z1))
    Z2 = A1 @ W2 + b2
    output = _output(problem, w, Z2)
    A2, dZ2 = output["A"], output["dZ"]
    dA1 = dZ2 @ W2.T
    dZ1 = g.backward((Z1 if g.keeps_input else A1).copy(), dA1.copy())
    penalty, pull_W1, pull_W2 = _penalty(problem, W1, W2)
    return {
        "X": X,
        "Y": output["Y"],
        "W1": W1.copy(),
        "b1": b1.copy(),
        "Z1": Z1,
        "A1": A1,
        "W2": W2.copy(),
        "b2": b2.copy(),
        "Z2": Z2,
        "A2": A2,
        "J": output["L"] + penalty,
        "dZ2": dZ2,
        "dW2": _sum(A1, w, dZ2) + pull_W2,
        "db2": _sum(np.ones_like(w), w, dZ2)[0],
        "dA1": dA1,
        "dZ1": dZ1,
        "dW1": _sum(X, w, dZ1) + pull_W1,
        "db1": _sum(np.ones_like(w), w, dZ1)[0],
    }


def _linear_pass(estimator: Any, problem: Problem, w: Array) -> Arrays:
    """Return the quantities of logistic regression, forward and backward."""
    _, ((W,), (b,)) = estimator._fitted_model()
    W, b = on_host(W), on_host(b)
    X = _dense(problem.samples.X)
    z = X @ W + b
    output = _output(problem, w, z)
    dz = output["dZ"]
    penalty, pull_w = _penalty(problem, W)
    return {
        "X": X,
        "Y": output["Y"],
        "w": W.copy(),
        "b": b.copy(),
        "z": z,
        "a": output["A"],
        "J": output["L"] + penalty,
        "dz": dz,
        "dw": _sum(X, w, dz) + pull_w,
        "db": _sum(np.ones_like(w), w, dz)[0],
    }


def _penalty(problem: Problem, *weights: Array) -> tuple[Any, ...]:
    """Return the penalty, and its gradient in each weight matrix."""
    penalty = problem.objective.penalty
    theta = np.concatenate([W.ravel() for W in weights])
    ends = np.cumsum([W.size for W in weights])[:-1]
    gradients = np.split(np.asarray(penalty.gradient(theta)), ends)
    pulls = (G.reshape(W.shape) for G, W in zip(gradients, weights, strict=True))
    return penalty.value(theta), *pulls


def _output(problem: Problem, w: Array, Z: Array) -> Arrays:
    """Return labels Y, probabilities A, the sum of the losses and dZ of each sample."""
    samples: Any = problem.samples
    target, codes = problem.target, samples.labels.codes
    is_class = codes if codes.ndim == 2 else codes[:, np.newaxis]
    if target.kind == "multiclass":
        is_class = is_class == np.arange(target.n_outputs)
    # Of two classes, the second has the logit.
    A = LINKS[target.kind].probabilities(Z)[:, -Z.shape[1] :]
    encoded = target.encode(codes, Z.dtype)
    loss = problem.objective.loss
    counts = w[:, 0] > 0
    # Losses need logits column by column, and overwrite them with dZ.
    counting, every = np.array(Z[counts], order="F"), np.array(Z, order="F")
    L, _ = loss.value_and_gradient(
        counting, encoded[counts], w[counts], np.empty_like(counting)
    )
    _, dZ = loss.value_and_gradient(
        every, encoded, np.ones_like(w), np.empty_like(every)
    )
    return {
        "Y": is_class.astype(Z.dtype),
        "A": A,
        "L": L.sum(),
        "dZ": np.ascontiguousarray(dZ),
    }


def _sum(A: Array, w: Array, dZ: Array) -> Array:
    """Return Aᵀ (w̃ ∘ dZ) of the samples of positive weight: others may give ∞ · 0."""
    counts = w[:, 0] > 0
    return A[counts].T @ (w * dZ)[counts]


def _column_wise(name: str, arrays: Arrays) -> Any:
    """Return a quantity as it is where samples are columns."""
    value = arrays[name]
    if name in UNTURNED:
        return value
    return value[:, np.newaxis] if name in BIASES else value.T


def _dense(X: Any) -> Array:
    """Return X as an array."""
    return X.toarray() if sparse.issparse(X) else X
