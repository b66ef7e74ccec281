"""Many fits at once: each is what it is alone."""

import warnings
from itertools import cycle, islice

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data import joint, mapped
from skshallow.data.joint import JointBlock
from skshallow.model_selection import fit_together
from skshallow.objective.activations import ACTIVATIONS
from skshallow.places import host, on_host

# Of so few rows held out, chance decides whether their loss ever falls.
pytestmark = pytest.mark.filterwarnings("ignore:Nothing was learnt")
N, P = 90, 6
# Columns of different units, off centre, so that a scale taken of the wrong rows shows.
UNITS = np.array([1, 0.3, 2, 1, 1.5, 1])
CENTRES = np.array([0, 0.2, -1, 0, 1, 0])


def in_units(X):
    """Return rows with columns in different units."""
    return X * UNITS + CENTRES


X2, y2 = make_classification(N, P, flip_y=0.2, random_state=0)
X3, y3 = make_classification(
    N, P, n_informative=4, n_classes=3, flip_y=0.2, random_state=1
)
X_LABELS, Y_LABELS = make_multilabel_classification(
    N, P, n_classes=3, n_labels=2, random_state=0
)
TARGETS = {
    "binary": (in_units(X2), np.array(["no", "yes"])[y2]),
    "multiclass": (in_units(X3), y3),
    "multilabel": (in_units((X_LABELS - 8) / 4), Y_LABELS),
}
X, y = TARGETS["multiclass"]
RANDOM = np.random.default_rng(0)
FOLDS = list(StratifiedKFold(3).split(X, y))


def mask(rows):
    """Return weights of 1 for some rows, 0 for the others."""
    weights = np.zeros(N)
    weights[rows] = 1
    return weights


def bootstrap():
    """Return how often each row is drawn of N draws."""
    return RANDOM.multinomial(N, np.full(N, 1 / N)).astype(float)


# What a column of sample_weight may be: folds, a bootstrap, anything.
COLUMNS = np.column_stack(
    [
        mask(FOLDS[0][0]),
        mask(FOLDS[1][0]),
        bootstrap(),
        RANDOM.uniform(size=N),
        1e6 * RANDOM.integers(0, 3, N),
    ]
)
N_COLUMNS = COLUMNS.shape[1]


def columns(n):
    """Return a matrix of n columns of weights."""
    return np.column_stack(list(islice(cycle(COLUMNS.T), n)))


def decaying(k):
    """A schedule."""
    return 0.05 / (1 + k) ** 0.3


TEN = {"max_iter": 10, "tol": 0}
SHARED = {
    "auto": {},
    "spectral": {"learning_rate": "spectral"},
    "number": {"learning_rate": 0.05},
    "schedule": {"learning_rate": decaying},
    "momentum": {"solver": "momentum"},
    "momentum at a number": {
        "solver": "momentum",
        "momentum": 0.5,
        "learning_rate": 0.02,
    },
    "nesterov": {"solver": "nesterov"},
    "adam": {"solver": "adam"},
    "adam at a schedule": {"solver": "adam", "learning_rate": decaying},
    "squared error": {"loss": "squared_error"},
    "squared error at a number": {"loss": "squared_error", "learning_rate": 0.05},
    "no penalty": {"alpha": 0, "learning_rate": 0.05},
    "much penalty": {"alpha": 0.3},
    "elastic net": {"alpha": 0.02, "l1_ratio": 0.5},
    "L1 at a number": {"alpha": 0.02, "l1_ratio": 1, "learning_rate": 0.05},
    "L1, columns as given": {"alpha": 0.02, "l1_ratio": 1, "standardize": False},
    "columns as given": {"standardize": False, "alpha": 0.1},
    "balanced": {"class_weight": "balanced"},
    "few updates": {"max_iter": 2},
    "early stopping": {"early_stopping": True, "random_state": 3},
    "balanced early stopping": {
        "early_stopping": True,
        "class_weight": "balanced",
        "random_state": 1,
        "n_iter_no_change": 2,
        "learning_rate": 0.02,
    },
    "threads": {"n_jobs": 2},
}
LINEAR = {
    **{
        name: GDLogisticRegression(**{**TEN, **given}) for name, given in SHARED.items()
    },
    "no intercept": GDLogisticRegression(fit_intercept=False, **TEN),
    "no intercept at a number": GDLogisticRegression(0.05, fit_intercept=False, **TEN),
}
NETWORKS = {
    **{
        name: ShallowNNClassifier(5, **{"random_state": 0, **TEN, **given})
        for name, given in SHARED.items()
    },
    **{
        f"{g} of {size}": ShallowNNClassifier(size, g, random_state=size, **TEN)
        for g, size in zip(sorted(ACTIVATIONS), (1, 3, 8, 4, 6, 9), strict=False)
    },
    **{
        f"from {init}": ShallowNNClassifier(
            4, "tanh", init=init, learning_rate=0.05, random_state=1, **TEN
        )
        for init in ("glorot", "he", "normal")
    },
    "a slope": ShallowNNClassifier(
        4, "leaky_relu", negative_slope=0.3, random_state=1, **TEN
    ),
    "RandomState": ShallowNNClassifier(3, random_state=np.random.RandomState(5), **TEN),
}
# Each with one kind of target: side by side, they all meet all of them.
CASES = [
    (models, *pair)
    for models, kinds in ((LINEAR, ["binary", "multiclass"]), (NETWORKS, TARGETS))
    for pair in zip(models, cycle(kinds), strict=False)
]
IDS = [
    f"{'linear' if models is LINEAR else 'network'}-{name}-{kind}"
    for models, name, kind in CASES
]
CURVES = ("loss_curve_", "learning_rate_curve_", "validation_loss_curve_")


def parameters(model):
    """Return all fitted weights and biases, one after the other."""
    if isinstance(model, GDLogisticRegression):
        arrays = [model.coef_, model.intercept_]
    else:
        arrays = [*model.coefs_, *model.intercepts_]
    return np.concatenate([on_host(array).ravel() for array in arrays])


def assert_same(found, expected, rtol=1e-10):
    """Compare all there is to compare of fits of the same number of updates."""
    assert vars(found).keys() == vars(expected).keys()
    for name in ("n_iter_", "stop_reason_", "n_features_in_"):
        assert getattr(found, name) == getattr(expected, name), name
    assert_array_equal(on_host(found.classes_), on_host(expected.classes_))
    assert getattr(found, "feature_names_in_", []) is not None
    assert_array_equal(
        getattr(found, "feature_names_in_", []),
        getattr(expected, "feature_names_in_", []),
    )
    assert found.alpha_ == pytest.approx(expected.alpha_, rel=rtol)
    assert found.loss_ == pytest.approx(expected.loss_, rel=rtol)
    # Where the gradient has become rounding, so has the rate that is made of it.
    norms = np.array(expected.gradient_norm_curve_)
    sure = norms > 1e-2 * norms[0]
    for name in CURVES:
        curve = np.array(getattr(found, name, []))
        of_alone = np.array(getattr(expected, name, []))
        assert curve.shape == of_alone.shape, name
        if name == "learning_rate_curve_":
            curve, of_alone = curve[sure], of_alone[sure]
        # A rate is a quotient of differences, which lose digits: rows in another order
        # move those of a fit alone by up to 1e-9.
        rates = name == "learning_rate_curve_"
        of_rates = max(rtol, 1e-8) if rates else rtol
        assert_allclose(curve, of_alone, rtol=of_rates, err_msg=name)
    theta, of_alone = parameters(found), parameters(expected)
    assert theta.dtype == of_alone.dtype
    scale = np.abs(of_alone).max()
    # Adam divides by the gradient, also by an entry of it that is nearly rounding, and
    # where J is flat, rates that are made of gradients do.
    assert_allclose(theta, of_alone, rtol=rtol, atol=1e3 * rtol * scale)


def alone(models, X, y, weights=None, **validation):
    """Return clones of models, each fitted by itself."""
    if weights is None or weights.ndim == 1:
        weights = [weights] * len(models)
    else:
        weights = weights.T
    return [
        clone(model).fit(X, y, w, **validation)
        for model, w in zip(models, weights, strict=True)
    ]


def clones(models):
    """Return clones of models, not fitted."""
    return [clone(model) for model in models]


def assert_together_as_alone(models, X, y, weights=None, *, rtol=1e-10, **validation):
    """Fit models at once, and each by itself, and compare them."""
    expected = alone(models, X, y, weights, **validation)
    given = clones(models)
    found = fit_together(given, X, y, weights, **validation)
    assert isinstance(found, list)
    assert len(found) == len(given)
    for ours, model, by_itself in zip(found, given, expected, strict=True):
        assert ours is model
        assert_same(ours, by_itself, rtol)
    return found


@pytest.mark.parametrize(("models", "name", "kind"), CASES, ids=IDS)
def test_fits_of_different_weights_are_those_alone(models, name, kind):
    """Folds and bootstraps of the same rows, each for a clone."""
    assert_together_as_alone([models[name]] * N_COLUMNS, *TARGETS[kind], COLUMNS)


@pytest.mark.parametrize(
    ("kind", "weighted"),
    [
        *((kind, "by a matrix") for kind in TARGETS),
        ("binary", "by a vector"),
        ("multiclass", "not"),
    ],
)
def test_all_kinds_side_by_side_are_those_alone(kind, weighted):
    """Whatever they differ in: model, width, loss, solver, rate, number of updates."""
    models = [*NETWORKS.values()]
    if kind != "multilabel":
        models += LINEAR.values()
        classes = np.unique(TARGETS[kind][1])
        models.append(
            GDLogisticRegression(class_weight={classes[0]: 2, classes[1]: 0.5}, **TEN)
        )
    # In another order, so that neighbours are not alike.
    models = [models[k] for k in np.random.default_rng(2).permutation(len(models))]
    weights = {
        "not": None,
        "by a vector": COLUMNS[:, -2],
        "by a matrix": columns(len(models)),
    }
    assert_together_as_alone(models, *TARGETS[kind], weights[weighted])


MIXED = [
    LINEAR["auto"],
    LINEAR["number"],
    LINEAR["elastic net"],
    NETWORKS["auto"],
    NETWORKS["adam"],
    clone(NETWORKS["number"]).set_params(hidden_layer_size=3),
]
WEIGHTINGS = {
    "none": None,
    "vector": COLUMNS[:, -2],
    "folds": columns(len(MIXED)),
    "list": COLUMNS[:, -2].tolist(),
    "matrix as lists": columns(len(MIXED)).tolist(),
    "counts": np.ceil(columns(len(MIXED))).astype(np.int32),
    "masks": columns(len(MIXED)) > 0,
    "float32": columns(len(MIXED)).astype(np.float32),
    "Fortran": np.asfortranarray(columns(len(MIXED))),
}


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_weights_are_none_a_vector_or_a_matrix(name):
    """A vector is for all, and a matrix has a column for each, of any type."""
    weights = WEIGHTINGS[name]
    as_array = None if weights is None else np.asarray(weights, dtype=float)
    expected = alone(MIXED, X, y, as_array)
    if name == "matrix as lists":
        weights = np.asarray(weights).astype(object).astype(float)
    for found, by_itself in zip(
        fit_together(clones(MIXED), X, y, weights), expected, strict=True
    ):
        assert_same(found, by_itself)


@pytest.mark.parametrize("model", [MIXED[0], MIXED[3]], ids=["linear", "network"])
def test_one_column_is_the_weights_of_one(model):
    """As a matrix of one column, and as a vector."""
    w = COLUMNS[:, 2]
    expected = clone(model).fit(X, y, w)
    for weights in (w, w[:, np.newaxis]):
        assert_same(*fit_together([clone(model)], X, y, weights), expected)


@pytest.mark.parametrize("name", ["auto", "spectral", "number", "elastic net", "adam"])
@pytest.mark.parametrize("models", [LINEAR, NETWORKS], ids=["linear", "network"])
def test_rows_of_no_weight_are_left_out(models, name):
    """However wild they are: the fit is that of the other rows only."""
    wild = X.copy()
    masks = np.column_stack([mask(train) for train, _ in FOLDS])
    # Rows that no fold has, so that they are in none of the fits.
    out = np.arange(0, N, 10)
    wild[out] = 1e3 * X[out] + 100
    masks[out] = 0
    found = fit_together(clones([models[name]] * 3), wild, y, masks)
    for fitted, w in zip(found, masks.T, strict=True):
        rows = w > 0
        expected = clone(models[name]).fit(wild[rows], y[rows])
        assert_same(fitted, expected)


def test_a_class_may_be_missing_in_the_rows_of_one():
    """It stays among classes_, and is never predicted."""
    masks = np.column_stack([y != 2, np.ones(N), y != 0]).astype(float)
    models = [LINEAR["auto"], NETWORKS["auto"], NETWORKS["number"]]
    found = assert_together_as_alone(models, X, y, masks)
    for fitted, missing in zip(found, (2, None, 0), strict=True):
        assert missing not in fitted.predict(X)
        assert_array_equal(fitted.classes_, [0, 1, 2])


@pytest.fixture
def many_blocks(monkeypatch):
    """Make many blocks of few rows, and let go of mapped ones at once."""
    monkeypatch.setattr(host, "L2_BYTES", 2**10)
    monkeypatch.setattr(host, "MIN_ROWS", 16)
    monkeypatch.setattr(host, "MIN_PRODUCTS", 0)
    monkeypatch.setattr(mapped, "KEPT_BYTES", 1)


def framed(X, path):
    """Return a frame with names."""
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(X, columns=[f"column {j}" for j in range(X.shape[1])])


def on_disk(X, path):
    """Return a file that is mapped into memory."""
    np.save(path / "X.npy", X)
    return np.load(path / "X.npy", mmap_mode="r")


def with_zeros(X):
    """Return rows most of whose entries are 0."""
    return np.where(np.random.default_rng(1).uniform(size=X.shape) < 0.3, X, 0)


STORAGES = {
    "dense": lambda X, path: X,
    "float32": lambda X, path: X.astype(np.float32),
    "Fortran": lambda X, path: np.asfortranarray(X),
    "every other row": lambda X, path: np.repeat(X, 2, axis=0)[::2],
    "list": lambda X, path: X.tolist(),
    "integers": lambda X, path: np.rint(X).astype(int),
    "CSR": lambda X, path: sparse.csr_array(with_zeros(X)),
    "CSR matrix of float32": lambda X, path: sparse.csr_matrix(
        with_zeros(X), dtype=np.float32
    ),
    "frame": framed,
    "memmap": on_disk,
}
# Sums of float32 in another order differ in their last bits, 1e-7 of each; rates found
# by line search, which are quotients of differences of gradients, lose some more.
RTOL = {"float32": 2e-3, "CSR matrix of float32": 2e-3}


@pytest.mark.parametrize("blocks", ["one", "many"])
@pytest.mark.parametrize("name", STORAGES)
def test_rows_may_lie_anywhere(name, blocks, tmp_path, request):
    """In any order and type, in a file, or with most entries 0."""
    if blocks == "many":
        request.getfixturevalue("many_blocks")
    rows = STORAGES[name](X, tmp_path)
    rtol = RTOL.get(name, 1e-10)
    models = [*MIXED, LINEAR["threads"], LINEAR["early stopping"]]
    if name not in RTOL:
        models += [LINEAR["spectral"], NETWORKS["spectral"]]
    assert_together_as_alone(models, rows, y, columns(len(models)), rtol=rtol)
    if name in ("dense", "CSR"):
        assert_together_as_alone(models, rows, y, rtol=rtol)


@pytest.mark.parametrize("name", STORAGES)
def test_rows_of_a_fold_are_gathered(name, tmp_path, many_blocks, monkeypatch):
    """So that a block is a fit's as a whole or not at all; but X in a file stays."""
    made = []

    class Kept(JointBlock):
        """A block that can be looked at."""

        def __init__(self, *args):
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(joint, "JointBlock", Kept)
    rows = STORAGES[name](X, tmp_path)
    train = [mask(rows) for rows, _ in FOLDS]
    weights = np.column_stack([*train, train[0] * RANDOM.uniform(1, 2, N)])
    models = [*islice(cycle(MIXED), 4)]
    rtol = RTOL.get(name, 1e-10)
    assert_together_as_alone(models, rows, y, weights, rtol=rtol)
    absent = [part.absent for block in made for part in block.parts if part]
    assert any(each is not None for each in absent) == (name == "memmap")
    assert sum(block.X.n_rows for block in made) == N
    if name != "memmap":
        assert all(None in block.parts for block in made)


@pytest.mark.parametrize("wide", ["more columns than rows", "constant columns"])
def test_columns_may_be_anything(wide):
    """More of them than rows in a fold, and columns that a fold does not see vary."""
    rows = np.random.default_rng(0).normal(size=(N, 70))
    if wide == "constant columns":
        rows = X.copy()
        rows[:, 1] = 1
        rows[:, 3] = 0
        rows[FOLDS[0][0], 4] = 7
    assert_together_as_alone(MIXED, rows, y, columns(len(MIXED)))


def in_chunks(array, rows=25):
    """Return a dask array whose chunks divide rows, and columns, unevenly."""
    da = pytest.importorskip("dask.array")
    pytest.importorskip("distributed")
    return da.from_array(array, chunks=(rows, *(4,) * (array.ndim - 1)))


@pytest.mark.parametrize("weighted", ["not", "by NumPy", "by dask"])
def test_chunks_are_the_whole(weighted):
    """Of a dask array, weighted here or there."""
    models = [*MIXED[:4], NETWORKS["momentum"]]
    weights = None if weighted == "not" else columns(len(models))
    expected = alone(models, X, y, weights)
    if weighted == "by dask":
        weights = in_chunks(weights, 40)
    found = fit_together(clones(models), in_chunks(X), in_chunks(y, 33), weights)
    for fitted, by_itself in zip(found, expected, strict=True):
        assert_same(fitted, by_itself)


@pytest.mark.parametrize("namespace", ["array_api_strict", "torch"])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_arrays_of_other_namespaces_are_fitted_where_they_lie(
    kind, weighted, namespace
):
    """As NumPy's are, and so alone or together."""
    xp = pytest.importorskip(namespace)
    rows, labels = TARGETS[kind]
    models = MIXED if kind != "multilabel" else [*NETWORKS.values()][:4]
    weights = columns(len(models)) if weighted else None
    expected = alone(models, rows, labels, weights)
    try:
        with config_context(array_api_dispatch=True):
            there = [
                None if array is None else xp.asarray(np.array(array))
                for array in (rows, labels, weights)
            ]
            found = fit_together(clones(models), *there)
    except ImportError as error:  # SciPy is too old for it
        pytest.skip(str(error))
    for fitted, by_itself in zip(found, expected, strict=True):
        theta = parameters(by_itself)
        assert_allclose(
            parameters(fitted), theta, rtol=1e-9, atol=1e-9 * np.abs(theta).max()
        )
        assert_allclose(fitted.loss_curve_, by_itself.loss_curve_, rtol=1e-10)
        first = fitted.coef_ if hasattr(fitted, "coef_") else fitted.coefs_[0]
        assert type(first) is type(there[0])


CONVERGE = {"max_iter": 3000}
CONVERGED = {
    "auto": GDLogisticRegression(**CONVERGE),
    "spectral": GDLogisticRegression("spectral", **CONVERGE),
    "elastic net": GDLogisticRegression(alpha=0.02, l1_ratio=0.5, **CONVERGE),
    "much penalty": GDLogisticRegression(alpha=1, **CONVERGE),
    "network": ShallowNNClassifier(4, "tanh", alpha=0.1, random_state=0, **CONVERGE),
    "wide network": ShallowNNClassifier(9, alpha=0.1, random_state=0, **CONVERGE),
    "early stopping": GDLogisticRegression(early_stopping=True, random_state=0),
    "given rate": GDLogisticRegression(
        0.1, alpha=0.3, standardize=False, fit_intercept=False, **CONVERGE
    ),
}


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_each_stops_when_it_would_alone(kind):
    """Some soon and some late, and none is moved by those that go on."""
    rows, labels = TARGETS[kind]
    rows = (rows - CENTRES) / UNITS
    models = [model for model in CONVERGED.values() for _ in range(2)]
    weights = columns(len(models))
    expected = alone(models, rows, labels, weights)
    found = fit_together(clones(models), rows, labels, weights)
    assert len({fitted.n_iter_ for fitted in expected}) > 5
    for fitted, by_itself in zip(found, expected, strict=True):
        assert fitted.stop_reason_ == by_itself.stop_reason_
        if fitted.stop_reason_ == "stalled":
            # In a flat valley, rounding decides where.
            continue
        assert abs(fitted.n_iter_ - by_itself.n_iter_) <= 2
        assert_allclose(
            fitted.predict_proba(rows), by_itself.predict_proba(rows), atol=2e-3
        )
        assert fitted.loss_ == pytest.approx(by_itself.loss_, abs=1e-5)


def test_the_order_does_not_matter():
    """Nor who else is there."""
    models = [*MIXED, *LINEAR.values()]
    weights = columns(len(models))
    forwards = fit_together(clones(models), X, y, weights)
    backwards = fit_together(clones(models[::-1]), X, y, weights[:, ::-1])
    for one, other in zip(forwards, backwards[::-1], strict=True):
        assert_same(one, other)


def test_the_same_fit_twice_is_the_same():
    """Estimators that are equal, though not the same object, end where one does."""
    models = [clone(model) for model in MIXED for _ in range(2)]
    found = fit_together(models, X, y)
    for one, other in zip(found[::2], found[1::2], strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_validation_rows_are_for_all(kind, weighted, early_stopping):
    """Their losses are recorded of each, and decide for each."""
    rows, labels = TARGETS[kind]
    models = [NETWORKS["auto"], NETWORKS["adam"], NETWORKS["number"]]
    if kind != "multilabel":
        models += [LINEAR["auto"], LINEAR["number"], LINEAR["elastic net"]]
    models = [
        clone(model).set_params(early_stopping=early_stopping, n_iter_no_change=2)
        for model in models
    ]
    validation = {"X_val": rows[::3] + 0.1, "y_val": labels[::3]}
    if weighted:
        validation["sample_weight_val"] = 1 + RANDOM.uniform(size=N // 3)
    weights = columns(len(models)) if weighted else None
    found = assert_together_as_alone(models, rows, labels, weights, **validation)
    for fitted in found:
        assert len(fitted.validation_loss_curve_) == fitted.n_iter_


def test_some_have_validation_rows_and_others_none():
    """Those of early stopping hold out rows of their own."""
    models = [
        LINEAR["auto"],
        LINEAR["early stopping"],
        clone(LINEAR["early stopping"]).set_params(random_state=7),
        clone(LINEAR["early stopping"]).set_params(validation_fraction=0.4),
        NETWORKS["early stopping"],
        NETWORKS["auto"],
    ]
    found = assert_together_as_alone(models, X, y, columns(len(models)))
    has_curve = [hasattr(fitted, "validation_loss_curve_") for fitted in found]
    assert has_curve == [False, True, True, True, True, False]


@pytest.mark.parametrize("name", ["auto", "number", "adam", "elastic net"])
def test_a_warm_start_goes_on_from_where_each_was(name):
    """Or from the start, for those that were never fitted, or want no warm start."""
    weights = columns(5)
    models = [
        clone(model).set_params(warm_start=warm)
        for model, warm in (
            (LINEAR[name], True),
            (NETWORKS[name], True),
            (LINEAR[name], False),
            (NETWORKS[name], True),
            (LINEAR[name], True),
        )
    ]
    pairs = []
    for number, model in enumerate(models):
        twins = clone(model), clone(model)
        if number < 3:
            for twin in twins:
                twin.fit(X, y)
        pairs.append(twins)
    found = fit_together([pair[0] for pair in pairs], X, y, weights)
    for (_, twin), fitted, w in zip(pairs, found, weights.T, strict=True):
        assert_same(fitted, twin.fit(X, y, w))


def test_partial_fit_goes_on_from_each():
    """What is kept for streams is kept."""
    models = [LINEAR["auto"], LINEAR["adam"], NETWORKS["momentum"], NETWORKS["number"]]
    weights = columns(len(models))
    expected = alone(models, X, y, weights)
    found = fit_together(clones(models), X, y, weights)
    for fitted, by_itself in zip(found, expected, strict=True):
        fitted.partial_fit(X[:40], y[:40])
        by_itself.partial_fit(X[:40], y[:40])
        assert_same(fitted, by_itself)


def test_fitted_estimators_are_independent():
    """No array is shared with another, or is a view of all of them together."""
    found = fit_together(clones([*MIXED, *MIXED]), X, y)
    arrays = []
    for fitted in found:
        if isinstance(fitted, GDLogisticRegression):
            arrays += [fitted.coef_, fitted.intercept_]
        else:
            arrays += [*fitted.coefs_, *fitted.intercepts_]
    for k, array in enumerate(arrays):
        assert array.flags.writeable
        assert array.base is None or array.base.nbytes <= 2 * array.nbytes
        assert not any(np.shares_memory(array, other) for other in arrays[:k])
    lists = [fitted.loss_curve_ for fitted in found]
    assert len({id(curve) for curve in lists}) == len(lists)


def test_labels_may_be_anything():
    """Strings, objects, booleans, a list or a series."""
    pd = pytest.importorskip("pandas")
    letters = np.array(["c", "a", "b"])
    for labels in (
        letters[y],
        letters.astype(object)[y],
        letters[y].tolist(),
        y == 1,
        pd.Series(y, index=range(5, 5 + N)),
        y.astype(np.float32),
        y[:, np.newaxis].ravel(),
    ):
        assert_together_as_alone(MIXED[::3], X, labels, columns(2))


def test_a_frame_names_the_features_of_each():
    """And of one that knew others before."""
    frame = framed(X, None)
    models = clones(MIXED)
    models[0].fit(X[:, :4], y)
    for fitted in fit_together(models, frame, y):
        assert_array_equal(fitted.feature_names_in_, frame.columns)
        assert fitted.n_features_in_ == P
    for fitted in fit_together(models, X, y):
        assert not hasattr(fitted, "feature_names_in_")


def test_nothing_given_is_written_to():
    """Neither rows nor labels nor weights."""
    weights = columns(len(MIXED))
    arrays = [array.copy() for array in (X, y, weights, X[:30], y[:30])]
    for array in arrays:
        array.flags.writeable = False
    rows, labels, weights, X_val, y_val = arrays
    assert_together_as_alone(MIXED, rows, labels, weights)
    assert_together_as_alone(MIXED, rows, labels, weights[:, 0])
    fit_together(clones(MIXED), rows, labels, weights, X_val=X_val, y_val=y_val)
    S = sparse.csr_array(with_zeros(X))
    for array in (S.data, S.indices, S.indptr):
        array.flags.writeable = False
    assert_together_as_alone(MIXED, S, labels, weights)
    assert_array_equal(rows, X)
    assert_array_equal(weights, columns(len(MIXED)))


@pytest.mark.parametrize("make", [list, tuple, iter], ids=lambda make: make.__name__)
def test_any_iterable_of_estimators_gives_a_list(make):
    """In their order; of none an empty one."""
    models = clones(MIXED)
    found = fit_together(make(models), X, y)
    assert type(found) is list
    assert all(one is other for one, other in zip(found, models, strict=True))
    assert fit_together(make([]), X, y) == []


@pytest.mark.parametrize(
    "stranger",
    [
        LogisticRegression(),
        make_pipeline(GDLogisticRegression()),
        GDLogisticRegression,
        "auto",
        None,
    ],
    ids=lambda stranger: str(stranger)[:20],
)
def test_an_estimator_that_is_not_ours_is_named(stranger):
    """And none is fitted."""
    models = clones(MIXED[:2])
    name = stranger if isinstance(stranger, type) else type(stranger)
    name = (
        f"{stranger}|{name.__name__}" if stranger in ("auto", None) else name.__name__
    )
    with pytest.raises(TypeError, match=name):
        fit_together([*models, stranger], X, y)
    assert not any(hasattr(model, "classes_") for model in models)


@pytest.mark.parametrize(
    "shape", [(N, 3), (N, 1), (2, N), (N - 1, 2), (N - 1,), (2,), (N, 2, 1), ()]
)
def test_weights_of_another_shape_are_refused(shape):
    """With the shape wanted."""
    models = clones(MIXED[:2])
    with pytest.raises(ValueError, match=r"(?s)sample_weight.*90"):
        fit_together(models, X, y, np.ones(shape))
    assert not any(hasattr(model, "classes_") for model in models)


def test_lists_are_taken_as_arrays():
    """Of rows, labels and weights."""
    models, weights = clones(MIXED), columns(len(MIXED))
    given = X.tolist(), y.tolist(), weights.tolist()
    found = fit_together(clones(MIXED), *given)
    for ours, expected in zip(found, fit_together(models, X, y, weights), strict=True):
        assert_array_equal(parameters(ours), parameters(expected))


def test_the_same_object_twice_is_refused():
    """It could be fitted once only."""
    model = clone(MIXED[0])
    with pytest.raises(ValueError, match=r"(?i)same|twice|once"):
        fit_together([model, clone(model), model], X, y, columns(3))
    assert not hasattr(model, "classes_")


def rate_that(action, at):
    """Return a schedule that does something else at one update."""

    def rate(k):
        return action() if k == at else 0.05

    return rate


def interrupt():
    """Do as Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("network", [False, True], ids=["linear", "network"])
@pytest.mark.parametrize("place", [0, 1, -1])
def test_ctrl_c_leaves_all_fitted_and_goes_on_up(network, place):
    """Each where it was, with curves that are whole; some had finished before."""
    models = clones(
        [LINEAR["number"], NETWORKS["number"], LINEAR["few updates"], LINEAR["auto"]]
    )
    models[2].set_params(max_iter=2)
    rate = rate_that(interrupt, 3)
    interrupted = clone(NETWORKS["number"] if network else LINEAR["number"])
    models.insert(place % 5, interrupted.set_params(learning_rate=rate))
    with pytest.raises(KeyboardInterrupt):
        fit_together(models, X, y)
    assert interrupted.stop_reason_ == "interrupted"
    assert interrupted.n_iter_ == 3
    for model in models:
        done = model.max_iter == 2
        assert model.stop_reason_ == ("max_iter" if done else "interrupted")
        assert model.n_iter_ == 2 if done else 2 <= model.n_iter_ <= 4
        assert (
            len(model.loss_curve_) == len(model.learning_rate_curve_) == model.n_iter_
        )
        if model is not interrupted:
            expected = clone(model).set_params(max_iter=model.n_iter_).fit(X, y)
            assert_allclose(model.loss_curve_, expected.loss_curve_, rtol=1e-10)
            theta = parameters(expected)
            assert_allclose(parameters(model), theta, atol=1e-9 * np.abs(theta).max())


FAILURES = {
    "schedule": ({"learning_rate": rate_that(lambda: -1, 2)}, r"learning_rate must"),
    "parameter": ({"max_iter": 0}, "max_iter"),
    "combination": ({"solver": "adam", "alpha": 0.1, "l1_ratio": 0.5}, "l1_ratio"),
    "class weight": ({"class_weight": {"other": 1}}, "class_weight names labels"),
}


@pytest.mark.parametrize("place", [0, -1])
def test_an_error_in_mid_descent_leaves_the_others_fitted(place):
    """That one is as it was."""
    wrong, message = FAILURES["schedule"]
    models = clones(MIXED)
    failing = clone(LINEAR["auto"]).fit(X[:, :3], y)
    before = vars(failing.set_params(**wrong)).copy()
    models.insert(place % 8, failing)
    weights = columns(len(models))
    with pytest.raises(ValueError, match=message):
        fit_together(models, X, y, weights)
    assert vars(failing) == before
    for model, w in zip(models, weights.T, strict=True):
        if model is not failing:
            assert_same(model, clone(model).fit(X, y, w), 1e-10)


@pytest.mark.parametrize("failure", ["parameter", "combination", "class weight"])
@pytest.mark.parametrize("place", [0, -1])
def test_an_error_of_one_leaves_all_as_they_were(failure, place):
    """Those that were fitted before and those that were not."""
    wrong, message = FAILURES[failure]
    models = clones([*MIXED, LINEAR["few updates"]])
    for model in models[::2]:
        model.fit(X[:, :3], y)
    models.insert(place % 8, clone(LINEAR["auto"]).set_params(**wrong))
    before = [vars(model).copy() for model in models]
    with pytest.raises(ValueError, match=message):
        fit_together(models, X, y, columns(len(models)))
    assert [vars(model) for model in models] == before


BAD_ROWS = {
    "NaN": (lambda X: np.where(X > 5, np.nan, X), "NaN"),
    "infinity": (lambda X: np.where(X > 5, np.inf, X), "infinity"),
    "too few": (lambda X: X[:-1], "inconsistent"),
    "one dimension": (lambda X: X[:, 0], "2D"),
    "complex": (lambda X: X * 1j, "[Cc]omplex"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_bad_rows_are_refused_as_by_fit(name, weighted):
    """With the same words, and nobody is fitted."""
    spoil, message = BAD_ROWS[name]
    models = clones(MIXED)
    before = [vars(model).copy() for model in models]
    weights = columns(len(models)) if weighted else None
    with pytest.raises(ValueError, match=message):
        fit_together(models, spoil(X), y, weights)
    assert [vars(model) for model in models] == before


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (np.zeros(N), "non-zero"),
        (np.where(np.arange(N) == 5, np.nan, 1), "NaN"),
        (-np.ones(N), "[Nn]egative"),
    ],
    ids=["zeros", "NaN", "negative"],
)
def test_a_bad_column_is_refused_as_by_fit(column, message):
    """And nobody is fitted."""
    with pytest.raises(ValueError, match=message):
        clone(MIXED[0]).fit(X, y, column)
    models = clones(MIXED[:3])
    weights = columns(3)
    weights[:, 1] = column
    with pytest.raises(ValueError, match=message):
        fit_together(models, X, y, weights)
    assert not any(hasattr(model, "classes_") for model in models)


@pytest.mark.parametrize("labels", [np.zeros(N), None, np.full(N, np.nan)])
def test_bad_labels_are_refused_as_by_fit(labels):
    """One class, none, or NaN."""
    with pytest.raises(ValueError, match=r"\w") as alone:
        clone(MIXED[0]).fit(X, labels)
    with pytest.raises(ValueError, match=r"\w") as together:
        fit_together(clones(MIXED), X, labels)
    assert str(together.value) == str(alone.value)


def test_a_multilabel_y_is_refused_where_a_linear_model_is_among_them():
    """As it would be alone."""
    rows, labels = TARGETS["multilabel"]
    with pytest.raises(ValueError, match=r"(?i)multilabel|1d|indicator"):
        fit_together([clone(MIXED[0]), clone(MIXED[3])], rows, labels)


def messages(record):
    """Return the beginnings of warnings, without their numbers, sorted."""
    return sorted((w.category.__name__, str(w.message)[:20]) for w in record)


def test_each_warns_as_it_would_alone():
    """Of divergence, of max_iter; and those without trouble of nothing."""
    models = [
        GDLogisticRegression(0.1, max_iter=3),
        GDLogisticRegression(max_iter=10, tol=0),
        GDLogisticRegression(1e200, alpha=10, max_iter=20),
        ShallowNNClassifier(3, max_iter=2, random_state=0),
        GDLogisticRegression(0.01, max_iter=3),
    ]
    with pytest.warns(ConvergenceWarning) as by_themselves:
        alone(models, X, y)
    with pytest.warns(ConvergenceWarning) as together:
        found = fit_together(clones(models), X, y)
    assert messages(together) == messages(by_themselves)
    assert len(together) >= 4
    assert found[2].stop_reason_ == "diverged"


def test_one_that_diverges_moves_no_other():
    """Its infinities and NaN stay its own."""
    wild = [
        clone(model).set_params(learning_rate=rate, alpha=10)
        for model in (LINEAR["number"], NETWORKS["number"])
        for rate in (1e10, 1e200, 1e308)
    ]
    models = [*MIXED, *wild, *MIXED[::-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        expected = alone(models, X, y, columns(len(models)))
        found = fit_together(clones(models), X, y, columns(len(models)))
    for fitted, by_itself in zip(found, expected, strict=True):
        assert fitted.stop_reason_ == by_itself.stop_reason_
        if fitted.stop_reason_ != "diverged":
            assert_same(fitted, by_itself)
        assert np.isfinite(parameters(fitted)).all()
    assert {fitted.stop_reason_ for fitted in found} == {"max_iter", "diverged"}


def test_verbose_is_of_each(capsys):
    """As many lines as the fits alone would print, and none of the others."""
    models = [
        clone(MIXED[0]).set_params(verbose=1),
        clone(MIXED[1]),
        clone(MIXED[3]).set_params(verbose=3),
    ]
    alone(models, X, y)
    expected = capsys.readouterr().out
    fit_together(clones(models), X, y)
    out = capsys.readouterr().out
    assert len(expected.splitlines()) > 10
    assert len(out.splitlines()) == len(expected.splitlines())
    fit_together(clones(MIXED), X, y)
    assert capsys.readouterr().out == ""


class Caller:
    """Notes what it hears of an estimator, and may ask to stop."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.calls, self.seen = [], []

    def setup(self, estimator, context):
        """Note it."""
        self.calls.append("setup")

    def teardown(self, estimator, context):
        """Note it."""
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        """Note it."""
        self.calls.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        """Note it, and all that is passed."""
        self.calls.append(f"end {context.task_name} {context.task_id}")
        self.seen.append((estimator, X, y, metadata, fitted_estimator.predict_proba(X)))
        return context.task_id + 1 == self.stop_after


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_callbacks_of_each_hear_what_they_would_alone(weighted):
    """Of their own estimator only, and one that asks to stop stops its own only."""
    pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")
    models = [*MIXED, MIXED[0]]
    stops = [None, 4, None, None, 2, None, None]
    weights = columns(len(models)) if weighted else None
    theirs, ours = [Caller(stop) for stop in stops], [Caller(stop) for stop in stops]
    expected, given = clones(models), clones(models)
    for j, model in enumerate(expected):
        w = None if weights is None else weights[:, j]
        model.set_callbacks(theirs[j]).fit(X, y, w)
    for model, caller in zip(given[:-1], ours, strict=False):
        model.set_callbacks(caller)
    found = fit_together(given, X, y, weights)
    assert ours[-1].calls == []
    for fitted, by_itself, heard, hears in zip(
        found[:-1], expected, ours, theirs, strict=False
    ):
        # Which is as it is alone, but for the callbacks themselves.
        assert fitted.stop_reason_ == by_itself.stop_reason_
        assert fitted.loss_curve_ == pytest.approx(by_itself.loss_curve_, rel=1e-10)
        assert heard.calls == hears.calls
        assert heard.calls[0] == "setup"
        for (estimator, *arguments, P), (_, *of_alone, Q) in zip(
            heard.seen, hears.seen, strict=True
        ):
            assert estimator is fitted
            np.testing.assert_equal(arguments, of_alone)
            assert_allclose(P, Q, atol=1e-8)
    stopped = [fitted.n_iter_ for fitted in found if fitted.stop_reason_ == "callback"]
    assert stopped == [4, 2]


def test_an_error_in_a_callback_is_raised_with_teardown_of_all():
    """However many others there are."""
    pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")

    class Breaker(Caller):
        def on_fit_task_begin(self, estimator, context):
            super().on_fit_task_begin(estimator, context)
            if context.task_name == "update" and context.task_id == 3:
                raise RuntimeError("broken")

    callers = [Caller(), Breaker(), Caller()]
    models = clones(MIXED[:3])
    for model, caller in zip(models, callers, strict=True):
        model.set_callbacks(caller)
    with pytest.raises(RuntimeError, match="broken"):
        fit_together(models, X, y)
    for caller in callers:
        assert caller.calls.count("setup") == caller.calls.count("teardown")
    assert not hasattr(models[1], "classes_")


def test_estimators_are_recognised_by_their_class():
    """A subclass is ours, with whatever it says about itself."""

    class Named(GDLogisticRegression):
        pass

    class Ready(GDLogisticRegression):
        def __init__(self, C=1.0):
            super().__init__(alpha=1 / C, max_iter=10, tol=0)
            self.C = C

    models = [Named(**TEN), Ready(C=3.0), *clones(MIXED)]
    assert_together_as_alone(models, X, y, columns(len(models)))
