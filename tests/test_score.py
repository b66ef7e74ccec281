"""The score: scikit-learn's accuracy, with its errors and warnings, in chunks too."""

import pickle
import re
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score

from skshallow import GDLogisticRegression, ShallowNNClassifier

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
pd = pytest.importorskip("pandas")

N_ROWS = 30
# Neither those of y and the weights meet those of X, nor are all rows in any.
ROWS_OF_X, OTHER_ROWS = (8, 0, 10, 1, 11), (13, 17)

X, Y = make_classification(
    N_ROWS, 6, n_informative=4, n_classes=3, flip_y=0.3, random_state=0
)
X_LABELS, LABELS = make_multilabel_classification(
    N_ROWS, 6, n_classes=3, random_state=0
)
WORDS = np.array(["no", "perhaps", "yes"])
MANY = np.repeat(np.arange(10), 3)
FEW_UPDATES = {"learning_rate": 0.1, "alpha": 0, "max_iter": 5, "tol": 0}
LINEAR = GDLogisticRegression(**FEW_UPDATES)
MODELS = {
    "three": clone(LINEAR).fit(X, Y),
    "two": clone(LINEAR).fit(X, Y > 0),
    "words": clone(LINEAR).fit(X, WORDS[Y]),
    "floats": clone(LINEAR).fit(X, Y * 2.0),
    "many": clone(LINEAR).fit(X, MANY),
    "labels": ShallowNNClassifier(5, random_state=0, **FEW_UPDATES).fit(
        X_LABELS, LABELS
    ),
}

random = np.random.default_rng(0)
WEIGHTS = random.uniform(size=N_ROWS)
BOTH_SIGNS = WEIGHTS - 0.3
FIRST_CHUNK = np.arange(N_ROWS) < ROWS_OF_X[0]
FIRST_HALF = np.arange(N_ROWS) < OTHER_ROWS[0]
IN_LAST_CHUNK = np.arange(N_ROWS) == N_ROWS - 2
TWO_RIGHT_ROWS = np.zeros(N_ROWS)
TWO_RIGHT_ROWS[np.flatnonzero(MODELS["three"].predict(X) == Y)[:2]] = 1, -1
LAST_HALF_OBJECTS = np.where(FIRST_HALF, WORDS[Y].astype(object), Y)

# By what is passed: which model, y, and the weights.
CASES = {
    "no weights": ("three", Y, None),
    "weights": ("three", Y, WEIGHTS),
    "whole weights": ("three", Y, random.integers(0, 4, N_ROWS)),
    "whole weights of one byte": ("three", Y, np.full(N_ROWS, 200, np.uint8)),
    "weights in single precision": ("three", Y, WEIGHTS.astype(np.float32)),
    "true and false weights": ("three", Y, WEIGHTS > 0.5),
    "weights as objects": ("three", Y, WEIGHTS.astype(object)),
    "a list of weights": ("three", Y, WEIGHTS.tolist()),
    "a Series of weights": ("three", Y, pd.Series(WEIGHTS)),
    "tiny weights": ("three", Y, WEIGHTS * 1e-300),
    "negative weights": ("three", Y, -WEIGHTS),
    "weights of both signs": ("three", Y, BOTH_SIGNS),
    "weights that add up to 0": ("three", Y, np.tile([1.0, -1.0], N_ROWS // 2)),
    "two weights that add up to 0": ("three", Y, TWO_RIGHT_ROWS),
    "no weight in a chunk": ("three", Y, np.where(FIRST_CHUNK, 0.0, WEIGHTS)),
    "no weight at all": ("three", Y, np.zeros(N_ROWS)),
    "NaN as weight": ("three", Y, np.where(IN_LAST_CHUNK, np.nan, WEIGHTS)),
    "an infinite weight": ("three", Y, np.where(IN_LAST_CHUNK, np.inf, WEIGHTS)),
    "one weight for all": ("three", Y, 1.0),
    "a word for weights": ("three", Y, "balanced"),
    "words as weights": ("three", Y, WORDS[Y]),
    "complex weights": ("three", Y, WEIGHTS * 1j),
    "weights in a column": ("three", Y, WEIGHTS[:, np.newaxis]),
    "weights in two columns": ("three", Y, np.stack([WEIGHTS, WEIGHTS], axis=1)),
    "fewer weights": ("three", Y, WEIGHTS[1:]),
    "fewer labels": ("three", Y[1:], None),
    "fewer labels than weights": ("three", Y[1:], WEIGHTS),
    "a list": ("three", Y.tolist(), WEIGHTS),
    "a Series": ("three", pd.Series(Y, index=np.arange(N_ROWS) + 7), WEIGHTS),
    "categories": ("words", pd.Series(WORDS[Y], dtype="category"), None),
    "pandas' integers": ("three", pd.Series(Y, dtype="Int64"), None),
    "a missing label": ("three", pd.Series([None, *Y[1:]], dtype="Int64"), None),
    "one number for labels": ("three", 1, None),
    "one word for labels": ("words", "yes", None),
    "a column": ("three", Y[:, np.newaxis], WEIGHTS),
    "a frame of one column": ("three", pd.DataFrame(Y), WEIGHTS),
    "words": ("words", WORDS[Y], WEIGHTS),
    "words as objects": ("words", WORDS[Y].astype(object), WEIGHTS),
    "numbers for words": ("words", Y, None),
    "words for numbers": ("three", WORDS[Y], None),
    "one word for numbers": ("three", np.full(N_ROWS, "yes", object), None),
    "two words for two numbers": ("two", WORDS[Y % 2], None),
    "words for numbers, as objects": ("two", WORDS[Y % 2].astype(object), None),
    "numbers as objects": ("three", Y.astype(object), None),
    "words, then numbers": ("three", LAST_HALF_OBJECTS, None),
    "numbers, then words": ("three", LAST_HALF_OBJECTS[::-1], None),
    "words, then nothing": ("words", np.where(FIRST_HALF, WORDS[Y], None), None),
    "true and false": ("two", Y > 0, WEIGHTS),
    "0 and 1 for true and false": ("two", (Y > 0).astype(int), None),
    "two labels of three": ("three", Y % 2, WEIGHTS),
    "one label of three": ("three", np.zeros(N_ROWS, int), WEIGHTS),
    "three labels for two": ("two", Y, WEIGHTS),
    "labels that fit did not see": ("three", Y + 5, WEIGHTS),
    "a label that fit did not see": ("three", np.where(IN_LAST_CHUNK, 7, Y), None),
    "whole numbers as floats": ("three", Y.astype(float), WEIGHTS),
    "whole numbers in single precision": ("three", Y.astype(np.float32), WEIGHTS),
    "floats": ("floats", Y * 2.0, None),
    "whole numbers for floats": ("floats", Y * 2, None),
    "many labels, chunk by chunk": ("many", MANY, WEIGHTS),
    "real numbers": ("three", X[:, 0], None),
    "real numbers for two": ("two", X[:, 0], WEIGHTS),
    "a real number": ("three", np.where(IN_LAST_CHUNK, 1.5, Y), None),
    "the same real number": ("three", np.full(N_ROWS, 0.5), None),
    "a large number": ("three", np.where(IN_LAST_CHUNK, 1e300, Y), None),
    "NaN": ("three", np.where(IN_LAST_CHUNK, np.nan, Y), None),
    "infinity": ("three", np.where(IN_LAST_CHUNK, -np.inf, Y), None),
    "complex numbers": ("three", Y * 1j, None),
    "bytes": ("words", WORDS[Y].astype("S"), None),
    "three dimensions": ("three", Y[:, np.newaxis, np.newaxis], None),
    "an indicator matrix for labels": ("three", LABELS, None),
    "a sparse column": ("three", sparse.csr_array(Y[:, np.newaxis]), None),
    "an indicator matrix": ("labels", LABELS, None),
    "a weighted indicator matrix": ("labels", LABELS, BOTH_SIGNS),
    "lists of indicators": ("labels", LABELS.tolist(), WEIGHTS),
    "a frame of indicators": ("labels", pd.DataFrame(LABELS), WEIGHTS),
    "rows half right": (
        "labels",
        np.where(np.arange(N_ROWS)[:, np.newaxis] % 2, LABELS, 1 - LABELS),
        WEIGHTS,
    ),
    "true and false indicators": ("labels", LABELS > 0, WEIGHTS),
    "indicators as floats": ("labels", LABELS.astype(float), WEIGHTS),
    "a sparse indicator matrix": ("labels", sparse.csr_matrix(LABELS), WEIGHTS),
    "a sparse indicator matrix by columns": ("labels", sparse.csc_array(LABELS), None),
    "labels for an indicator matrix": ("labels", Y, None),
    "more columns": ("labels", np.hstack([LABELS, LABELS]), None),
    "0 and 2 for indicators": ("labels", 2 * LABELS, None),
    "0 and 1, then 0 and 2": (
        "labels",
        np.where(FIRST_HALF[:, np.newaxis], LABELS, 2 * LABELS),
        None,
    ),
    "a real number for an indicator": (
        "labels",
        np.where(IN_LAST_CHUNK[:, np.newaxis], 0.5, LABELS),
        None,
    ),
    "indicators as words": ("labels", LABELS.astype(str), None),
    "no labels": ("three", None, None),
}


def in_chunks(array, rows=OTHER_ROWS):
    """Return an array of NumPy or SciPy in chunks of rows; all else as it is."""
    if sparse.issparse(array):
        return in_chunks(array.toarray(), rows).map_blocks(type(array))
    if not isinstance(array, np.ndarray):
        return array
    rows = rows if sum(rows) == len(array) else -1
    return da.from_array(array, chunks=(rows, *(-1,) * (array.ndim - 1)))


def outcome(function, *arguments, **options):
    """Return the value or the error, and the warnings there were.

    Of an error that is its type and the first line of its message, without numbers,
    which count and show the rows that scikit-learn was asked about, and without the
    types that it happened to compare first when it sorted what has no order.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = function(*arguments, **options)
        except Exception as error:
            line = str(error).partition("\n")[0]
            found = type(error), re.sub(r"\d[\d., ]*|of '\w+' and '\w+'", "#", line)
    return found, {warning.category for warning in caught}


def assert_alike(found, expected):
    """Compare outcomes; of values, sums may have been rounded in another order."""
    (value, _), (expected_value, expected_categories) = found, expected
    if isinstance(value, float) and isinstance(expected_value, float):
        expected_value = pytest.approx(expected_value, rel=1e-14, abs=0, nan_ok=True)
    assert found == (expected_value, expected_categories)


def rows_of(name):
    """Return the X that a model is for."""
    return X_LABELS if name == "labels" else X


@pytest.mark.parametrize("case", CASES)
def test_score_is_scikit_learns_accuracy(case):
    """In NumPy, of what is predicted there; without labels it says what fit says."""
    name, y, weights = CASES[case]
    model, rows = MODELS[name], rows_of(name)
    if y is None:
        expected = outcome(clone(model).fit, rows, None)
    else:
        predicted = model.predict(rows)
        expected = outcome(accuracy_score, y, predicted, sample_weight=weights)
    assert_alike(outcome(model.score, rows, y, weights), expected)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("beside", [in_chunks, lambda array: array])
def test_score_of_chunks_is_that_of_the_whole(case, beside):
    """Also where labels and weights are not in chunks."""
    name, y, weights = CASES[case]
    model, rows = MODELS[name], rows_of(name)
    found = outcome(model.score, in_chunks(rows, ROWS_OF_X), beside(y), beside(weights))
    assert_alike(found, outcome(model.score, rows, y, weights))


@pytest.mark.parametrize("case", CASES)
def test_score_of_a_row_a_chunk_is_that_of_the_whole(case):
    """No chunk tells by itself of what kind its labels are."""
    name, y, weights = CASES[case]
    model, rows = MODELS[name], rows_of(name)
    single = (1,) * N_ROWS
    found = outcome(
        model.score,
        in_chunks(rows, single),
        in_chunks(y, single),
        in_chunks(weights, single),
    )
    assert_alike(found, outcome(model.score, rows, y, weights))


WRONG_ROWS = {
    "no row": (X[:0], Y[:0]),
    "no column": (X[:, :0], Y),
    "fewer columns": (X[:, :4], Y),
    "one dimension": (X[:, 0], Y),
    "three dimensions": (X[:, :, np.newaxis], Y),
    "NaN": (np.where(IN_LAST_CHUNK[:, np.newaxis], np.nan, X), Y),
    "a word": (np.where(IN_LAST_CHUNK[:, np.newaxis], "?", X.astype(object)), Y),
}


@pytest.mark.parametrize("case", WRONG_ROWS)
def test_score_of_chunks_refuses_the_rows_that_are_refused_whole(case):
    """As predict does."""
    rows, y = WRONG_ROWS[case]
    model = MODELS["three"]
    expected = outcome(model.score, rows, y)
    assert outcome(model.score, in_chunks(rows, ROWS_OF_X), in_chunks(y)) == expected


@pytest.mark.parametrize("y", [Y, None], ids=["labels", "no labels"])
def test_score_of_an_unfitted_model(y):
    """That there are no labels is told first, as no fit would mend it."""
    model = GDLogisticRegression()
    expected = outcome(model.score, X, y)
    assert expected[0][0] is (ValueError if y is None else NotFittedError)
    assert outcome(model.score, in_chunks(X, ROWS_OF_X), in_chunks(y)) == expected


def test_score_of_chunks_of_unknown_sizes_says_how_to_know_them():
    """Whether they are as many as the rows cannot be told."""
    model, rows = MODELS["three"], in_chunks(X)
    unknown = in_chunks(Y)[in_chunks(Y) >= 0]
    with pytest.raises(ValueError, match="chunks of X have unknown sizes"):
        model.score(rows[in_chunks(Y) >= 0], Y)
    with pytest.raises(ValueError, match="chunks of y have unknown sizes"):
        model.score(rows, unknown)
    with pytest.raises(ValueError, match="chunks of sample_weight have unknown sizes"):
        model.score(rows, Y, unknown)
    assert model.score(rows, unknown.compute_chunk_sizes()) == model.score(X, Y)


def test_score_reads_each_row_once():
    """Also where labels and weights are made of X."""
    reads = []

    def read(chunk):
        reads.append(len(chunk))
        return chunk

    rows = in_chunks(X, ROWS_OF_X).map_blocks(read, meta=np.empty((0, 6)))
    MODELS["two"].score(rows, rows[:, 0] > 0, abs(rows[:, 1]))
    assert sum(reads) == N_ROWS


@pytest.mark.parametrize("kind", ["labels", "all different", "real numbers"])
def test_score_of_chunks_moves_few_rows(kind):
    """Whatever the labels, what comes back does not grow with the rows."""
    rows = random.normal(size=(30_000, 6))
    y = {
        "labels": MODELS["three"].predict(rows),
        "all different": np.arange(len(rows)),
        "real numbers": rows[:, 0],
    }[kind]
    sizes = []

    def measured(graph, keys, **options):
        results = dask.threaded.get(graph, keys, **options)
        sizes.append(len(pickle.dumps(results)))
        return results

    chunks = da.from_array(rows, chunks=(10_000, 6))
    with dask.config.set(scheduler=measured):
        outcome(MODELS["three"].score, chunks, da.from_array(y, chunks=7_000))
    assert 0 < sum(sizes) < 10_000 < y.nbytes
