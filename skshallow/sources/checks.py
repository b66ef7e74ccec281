"""What is refused before anything is computed, in words that say what to do instead."""

from collections import Counter
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, get_tags
from sklearn.utils.validation import check_non_negative


def check_entries(X: Any) -> None:
    """Raise an error unless the entries of X are real numbers.

    scikit-learn refuses most others; these it would convert: of complex tensors it
    drops the imaginary part, and a date that is missing becomes a large number.
    """
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    if kind in ("f", "i", "u", "b", "c"):
        return
    layout, dtype = str(getattr(X, "layout", "")), str(getattr(X, "dtype", ""))
    if "sparse" in layout:
        raise TypeError(
            f"X is a sparse tensor ({layout}), which is not supported. Pass "
            "X.to_dense(), or a SciPy sparse matrix."
        )
    if "complex" in dtype:
        raise ValueError(f"Complex data not supported\n{X}\n")
    if _misses_dates(X):
        raise ValueError(
            "Input X contains NaT, a date that is missing. Leave out its row, or fill "
            "it in."
        )


def _misses_dates(X: Any) -> bool:
    """Whether X, an array, a frame or a list, has NaT among its entries."""
    if not isinstance(X, np.ndarray | list | tuple) and not hasattr(X, "columns"):
        return False
    # Of a frame, dates become an array of dates if all columns are, else of objects.
    kind = np.asarray(X[:1]).dtype.kind
    if kind in ("m", "M"):
        return bool(np.isnat(np.asarray(X)).any())
    return kind == "O" and any(map(_is_nat, np.asarray(X).flat))


def _is_nat(value: Any) -> bool:
    """Whether an object is NumPy's NaT, or that of pandas."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return type(value).__name__ == "NaTType"


def check_column_names(X: Any) -> None:
    """Refuse a frame with two columns of one name, as scikit-learn does from 1.9 on."""
    counts = Counter(getattr(X, "columns", ()))
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise ValueError(f"Expected unique column names, got {repeated} repeatedly.")


def check_shapes(estimator: Any, X: Any, y: Any) -> None:
    """Raise a ValueError for samples as columns, and for y that others take."""
    of_X: tuple[int, ...] = getattr(X, "shape", ())
    of_y = _shape(y)
    multilabel = get_tags(estimator).classifier_tags.multi_label
    several = len(of_y) == 2 and of_y[-1] > 1 and not multilabel
    # scikit-learn's words, which looks at y first.
    found = f"y should be a 1d array, got an array of shape {of_y} instead."
    if not several:
        numbers = [*of_X[:1], *of_y[:1]]
        found = (
            f"Found input variables with inconsistent numbers of samples: {numbers}."
        )
    turned = _turned(of_X, of_y)
    if turned:
        raise ValueError(
            f"{found} X has the shape {of_X} and y {of_y}, as if the columns were the "
            f"samples, but the rows are: pass {' and '.join(turned)}."
        )
    if several:
        name = type(estimator).__name__
        raise ValueError(
            f"{found} {name} predicts one label of each sample. For several, take "
            "ShallowNNClassifier, or "
            f"sklearn.multioutput.MultiOutputClassifier({name}())."
        )


def _turned(of_X: tuple[int, ...], of_y: tuple[int, ...]) -> list[str]:
    """Return what to pass instead of Xᵀ, and of labels in one row, 1 × m."""
    if len(of_X) != 2 or not of_y:
        return []
    one_row = len(of_y) == 2 and of_y[0] == 1 != of_X[0] and of_y[1] in of_X
    n_samples = of_y[1] if one_row else of_y[0]
    turned = ["X.T"] if of_X[0] != n_samples == of_X[1] else []
    return [*turned, "np.ravel(y)"] if one_row else turned


def _shape(y: Any) -> tuple[int, ...]:
    """Return the shape of an array, or of a list by its first entry."""
    if isinstance(y, list):
        return len(y), *np.shape(y[:1])[1:]
    return tuple(getattr(y, "shape", ()))


def checked_weights(
    sample_weight: ArrayLike | None, n_rows: int
) -> NDArray[np.float64] | None:
    """Return the weights, finite and not negative, one for each row."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Number):
        sample_weight = np.full(n_rows, sample_weight)
    weights: NDArray[np.float64] = check_array(
        sample_weight, dtype=np.float64, ensure_2d=False, input_name="sample_weight"
    )
    check_weights_shape(weights.shape, n_rows)
    check_non_negative(weights, "`sample_weight`")
    return weights


def check_weights_shape(shape: tuple[int, ...], n_rows: int) -> None:
    """Raise a ValueError unless this is the shape of one weight for each row."""
    if len(shape) != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got an array of shape {shape}."
        )
    if shape != (n_rows,):
        raise ValueError(f"sample_weight.shape == {shape}, expected {(n_rows,)}!")
