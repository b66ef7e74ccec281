"""Arrays of the Array API in the place of NumPy's: the same results, where X lies."""

import copy
import pickle

import numpy as np
import pytest
import scipy
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.fixes import parse_version

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data.blocks import split_rows
from skshallow.inspection import (
    check_gradient,
    record_descent,
    trace_propagation,
)
from skshallow.objective.activations import ACTIVATIONS
from skshallow.places import device, on_host, place_of
from skshallow.places.device import Device
from tests.far_from_zero import far_from_zero, in_double

pytestmark = pytest.mark.skipif(
    parse_version(scipy.__version__) < parse_version("1.14"),
    reason="scikit-learn dispatches with SciPy 1.14 or newer",
)

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X) + 0.5
SAMPLE_WEIGHT = np.random.default_rng(0).integers(0, 4, len(y)).astype(float)
# By kind of target: rows, labels.
TARGETS = {
    "binary": (X[:100], y[:100]),
    "multiclass": (X, y),
    "multilabel": (X, np.column_stack([y == 0, y != 1]).astype(int)),
}
PREDICTIONS = ["decision_function", "predict", "predict_proba", "predict_log_proba"]


class Strict:
    """array-api-strict, on a device that is not the one it takes if not told."""

    def __init__(self):
        self.xp = pytest.importorskip("array_api_strict")
        self.device = self.xp.Device("device1")

    def __call__(self, array):
        """Return the array there."""
        return self.xp.asarray(np.array(array), device=self.device)


class Torch:
    """torch, on the CPU."""

    def __init__(self):
        self.xp = pytest.importorskip("torch")
        self.xp.set_num_threads(1)
        self.device = self.xp.device("cpu")

    def __call__(self, array):
        """Return the array there."""
        return self.xp.asarray(np.array(array))


class Cuda(Torch):
    """torch, on a GPU."""

    def __init__(self):
        super().__init__()
        if not self.xp.cuda.is_available():
            pytest.skip("torch sees no GPU")
        self.device = self.xp.device("cuda")

    def __call__(self, array):
        """Return the array there."""
        return super().__call__(array).to(self.device)


@pytest.fixture(params=[Strict, Torch, Cuda], ids=lambda kind: kind.__name__.lower())
def to(request):
    """Move an array of NumPy's to the namespace under test, dispatching to it."""
    with config_context(array_api_dispatch=True):
        yield request.param()


def lies_there(array, to):
    """Whether an array is of a namespace and on its device."""
    return place_of(array) == place_of(to(np.zeros(1)))


def assert_same_fit(there, here, to, *, X, tolerance=1e-10):
    """Check that a fit elsewhere is NumPy's, to rounding, and lies where its X did."""
    assert there.stop_reason_ == here.stop_reason_
    assert_allclose(there.loss_curve_, here.loss_curve_, atol=tolerance, rtol=0)
    if hasattr(here, "validation_loss_curve_"):
        assert_allclose(
            there.validation_loss_curve_,
            here.validation_loss_curve_,
            atol=tolerance,
            rtol=0,
        )
    for name in ("coef_", "intercept_", "coefs_", "intercepts_", "classes_"):
        values = getattr(there, name, [])
        values = values if isinstance(values, list) else [values]
        expected = getattr(here, name, [])
        expected = expected if isinstance(expected, list) else [expected]
        for value, of_numpy in zip(values, expected, strict=True):
            assert lies_there(value, to), name
            assert on_host(value).dtype == of_numpy.dtype
            assert_allclose(on_host(value), of_numpy, atol=tolerance, rtol=tolerance)
    for name in PREDICTIONS:
        value, of_numpy = getattr(there, name)(to(X)), getattr(here, name)(X)
        assert lies_there(value, to), name
        assert on_host(value).dtype == of_numpy.dtype
        assert_allclose(on_host(value), of_numpy, atol=10 * tolerance)


def fit_both(estimator, to, X, y, *, sample_weight=None, validate=False):
    """Return the estimator as fitted elsewhere, and with NumPy."""
    there, here = copy.deepcopy(estimator), copy.deepcopy(estimator)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    given = {**weights}
    if validate:
        given |= {"X_val": X[::3] + 0.1, "y_val": y[::3]}
        if weights:
            given["sample_weight_val"] = 1 + sample_weight[::3]
    here.fit(X, y, **given)
    there.fit(to(X), to(y), **{name: to(value) for name, value in given.items()})
    return there, here


SOLVERS = {
    "auto": {},
    "constant": {"learning_rate": 0.1},
    "momentum": {"solver": "momentum"},
    "nesterov": {"solver": "nesterov"},
    "adam": {"solver": "adam"},
    "L1": {"alpha": 0.01, "l1_ratio": 0.5},
}
ESTIMATORS = {
    "linear": (GDLogisticRegression, {"max_iter": 12, "tol": 0}),
    "network": (
        ShallowNNClassifier,
        {"hidden_layer_size": 4, "max_iter": 12, "tol": 0, "random_state": 0},
    ),
}
CASES = [
    (name, kind, loss, solver)
    for name in ESTIMATORS
    for kind in TARGETS
    for loss in ("log_loss", "squared_error")
    for solver in SOLVERS
    if (name, kind) != ("linear", "multilabel")
]


@pytest.mark.parametrize(("name", "kind", "loss", "solver"), CASES)
def test_a_fit_is_numpys(name, kind, loss, solver, to):
    """Whatever is minimised, and however, with weights and with validation rows."""
    make, options = ESTIMATORS[name]
    estimator = make(loss=loss, **options, **SOLVERS[solver])
    X, y = TARGETS[kind]
    there, here = fit_both(
        estimator, to, X, y, sample_weight=SAMPLE_WEIGHT[: len(y)], validate=True
    )
    assert_same_fit(there, here, to, X=X)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("kind", TARGETS)
def test_every_activation_is_numpys(activation, kind, to):
    """And its derivative."""
    X, y = TARGETS[kind]
    network = ShallowNNClassifier(
        4, activation, learning_rate=0.1, max_iter=12, tol=0, random_state=0
    )
    assert_same_fit(*fit_both(network, to, X, y), to, X=X)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_single_precision_stays_single(name, to):
    """And is NumPy's to some units of its last digit."""
    make, options = ESTIMATORS[name]
    single = X.astype(np.float32)
    there, here = fit_both(make(learning_rate=0.1, **options), to, single, y)
    assert_same_fit(there, here, to, X=single, tolerance=2e-6)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    "options",
    [
        {"class_weight": "balanced"},
        {"class_weight": {0: 1, 1: 2.5, 2: 0}},
        {"early_stopping": True, "n_iter_no_change": 3, "random_state": 0},
        {"alpha": 0.1},
    ],
    ids=str,
)
def test_options_are_numpys(name, options, to):
    """Class weights, rows held out, penalties."""
    make, given = ESTIMATORS[name]
    there, here = fit_both(make(**{**given, **options}), to, X, y)
    assert_same_fit(there, here, to, X=X)


def test_without_intercept(to):
    """Then the columns are not centred, and the intercept is a zero that lies there."""
    model = GDLogisticRegression(fit_intercept=False, max_iter=12, tol=0)
    assert_same_fit(*fit_both(model, to, X, y), to, X=X)


def test_an_offset_loses_no_digit_of_the_moments(to):
    """Two passes where the mean is large: J converges as NumPy's does."""
    far = X + np.array([1e6, 0, -1e5, 10])
    for make, options in ESTIMATORS.values():
        there, here = fit_both(make(**options), to, far, y)
        assert_allclose(there.loss_curve_, here.loss_curve_, rtol=1e-6)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("solver", ["auto", "momentum", "adam"])
def test_warm_start_and_partial_fit_go_on_as_numpys(name, solver, to):
    """With what the solver remembers, and the moments of the rows seen."""
    make, options = ESTIMATORS[name]
    there, here = fit_both(
        make(**options, **SOLVERS[solver], warm_start=True), to, X, y
    )
    there.fit(to(X), to(y))
    here.fit(X, y)
    for rows in (slice(0, 150, 2), slice(1, 150, 3)):
        there.partial_fit(to(X[rows]), to(y[rows]))
        here.partial_fit(X[rows], y[rows])
    assert_same_fit(there, here, to, X=X)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_stream_from_its_first_rows(name, to):
    """The classes may be given there, too."""
    make, options = ESTIMATORS[name]
    there, here = make(**options), make(**options)
    for start in range(4):
        there.partial_fit(to(X[start::4]), to(y[start::4]), classes=to([0, 1, 2]))
        here.partial_fit(X[start::4], y[start::4], classes=np.arange(3))
    assert_same_fit(there, here, to, X=X)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_many_blocks_are_one(name, to, monkeypatch):
    """Rows in blocks of a few: the sums are the same, and threads change nothing."""
    make, options = ESTIMATORS[name]
    here = make(**options).fit(X, y)
    monkeypatch.setattr(device, "DEVICE_NUMBERS", 250)
    there = make(n_jobs=2, **options).fit(to(X), to(y))
    assert len(split_rows(to(X), floats_per_row=4)) == 5
    assert_same_fit(there, here, to, X=X)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_class_without_weight_is_never_predicted(name, to):
    """Nor a label; rows of no weight are left out."""
    make, options = ESTIMATORS[name]
    for kind in ("binary", "multiclass", "multilabel")[: 2 + (name == "network")]:
        X, y = TARGETS[kind]
        unseen = y[:, 0] == 1 if kind == "multilabel" else y == 0
        there, here = fit_both(
            make(**options), to, X, y, sample_weight=np.where(unseen, 0.0, 1.0)
        )
        assert_same_fit(there, here, to, X=X)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_labels_and_weights_may_lie_elsewhere(name, kind, to):
    """Everything follows X; labels that are no numbers stay in NumPy."""
    make, options = ESTIMATORS[name]
    X, y = TARGETS[kind]
    weights = SAMPLE_WEIGHT[: len(y)]
    here = make(**options).fit(X, y, weights)
    mixed = make(**options).fit(to(X), y, weights)
    assert_same_fit(mixed, here, to, X=X)
    reverse = make(**options).fit(X, to(y), to(weights))
    assert isinstance(reverse.predict(X), np.ndarray)
    assert_array_equal(reverse.predict_proba(X), here.predict_proba(X))
    names = np.array(["setosa", "versicolor", "virginica"])
    named = make(**options).fit(to(X), names[y], weights)
    assert_array_equal(named.predict(to(X)), names[here.predict(X)])
    assert lies_there(named.predict_proba(to(X)), to)
    assert named.score(to(X), names[y]) == pytest.approx(here.score(X, y))


@pytest.mark.parametrize("labels", [">i4", ">f8", "float16", "uint16", "bool"])
def test_labels_of_unusual_dtypes(labels, to):
    """A namespace may lack their dtype: then they stay in NumPy."""
    X, y = TARGETS["binary"]
    model = GDLogisticRegression(max_iter=3, tol=0).fit(to(X), y.astype(labels))
    here = GDLogisticRegression(max_iter=3, tol=0).fit(X, y)
    assert_array_equal(on_host(model.predict(to(X))), here.predict(X))


def test_integers_become_double_precision(to):
    """As NumPy's do."""
    counts = np.round(4 * X).astype(int)
    there, here = fit_both(GDLogisticRegression(max_iter=5, tol=0), to, counts, y)
    assert_allclose(on_host(there.coef_), here.coef_, atol=1e-10)
    assert on_host(there.coef_).dtype == np.float64


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_moved_estimator_predicts_and_learns_on(name, to):
    """By scikit-learn's own move_estimator_to, there and back."""
    array_api = pytest.importorskip("sklearn.utils._array_api")
    if not hasattr(array_api, "move_estimator_to"):
        pytest.skip("scikit-learn 1.9 has move_estimator_to")
    make, options = ESTIMATORS[name]
    here = make(solver="adam", **options).fit(X, y)
    xp, _, device = array_api.get_namespace_and_device(to(X))
    there = array_api.move_estimator_to(here, xp, device)
    assert_same_fit(there, here, to, X=X)
    there.partial_fit(to(X), to(y))
    here.partial_fit(X, y)
    assert_same_fit(there, here, to, X=X)
    back = array_api.move_estimator_to(there, np, None)
    assert_allclose(back.predict_proba(X), here.predict_proba(X), atol=1e-10)
    back.partial_fit(X, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_predictions_far_from_zero_lose_no_digit(name, to):
    """In single precision, after a move as well."""
    far, labels, _ = far_from_zero("Unix times")
    far = far.astype(np.float32)
    make, options = ESTIMATORS[name]
    model = make(**options).fit(to(far), to(labels))
    expected = in_double(model).predict_proba(far.astype(np.float64))
    assert_allclose(on_host(model.predict_proba(to(far))), expected, atol=1e-6)
    array_api = pytest.importorskip("sklearn.utils._array_api")
    if hasattr(array_api, "move_estimator_to"):
        here = array_api.move_estimator_to(model, np, None)
        assert_allclose(here.predict_proba(far), expected, atol=1e-6)
        xp, _, device = array_api.get_namespace_and_device(to(far))
        there = array_api.move_estimator_to(here, xp, device)
        assert_allclose(on_host(there.predict_proba(to(far))), expected, atol=1e-6)


@pytest.mark.parametrize("method", PREDICTIONS)
def test_rows_elsewhere_than_the_fit_are_refused(method, to):
    """With a message that says where both are."""
    X, y = TARGETS["binary"]
    there, here = fit_both(GDLogisticRegression(max_iter=2, tol=0), to, X, y)
    message = rf"GDLogisticRegression.{method}\(\) must use the same namespace"
    with pytest.raises(ValueError, match=message):
        getattr(there, method)(X)
    with pytest.raises(ValueError, match=message):
        getattr(here, method)(to(X))
    with (
        pytest.raises(ValueError, match="only while array_api_dispatch is on"),
        config_context(array_api_dispatch=False),
    ):
        getattr(there, method)(X)


@pytest.mark.parametrize("as_type", ["bfloat16", "requires grad"])
def test_labels_and_weights_that_numpy_cannot_take(as_type):
    """They are converted, and freed of torch's record of their history."""
    torch = pytest.importorskip("torch")
    weights = torch.asarray(SAMPLE_WEIGHT)
    labels = torch.asarray(y)
    if as_type == "bfloat16":
        weights, labels = weights.bfloat16(), labels.bfloat16()
    else:
        weights = weights.requires_grad_()
    expected = GDLogisticRegression().fit(X, y, SAMPLE_WEIGHT)
    with config_context(array_api_dispatch=True):
        found = GDLogisticRegression().fit(torch.asarray(X), labels, weights)
    assert_allclose(on_host(found.coef_), expected.coef_, atol=1e-7)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(value, to):
    """In X, in validation rows and in weights, by scikit-learn's messages."""
    bad, weights = X.copy(), SAMPLE_WEIGHT.copy()
    bad[3, 1] = weights[5] = value
    model = GDLogisticRegression(max_iter=2, tol=0)
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        model.fit(to(bad), to(y))
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        model.fit(to(X), to(y), X_val=to(bad), y_val=to(y))
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        model.fit(to(X), to(y), to(weights))
    with pytest.raises(NotFittedError):
        model.predict(to(X))


def test_wrong_shapes_and_labels_are_refused(to):
    """As with NumPy."""
    model = GDLogisticRegression(max_iter=2, tol=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(to(X), to(y[1:]))
    with pytest.raises(ValueError, match="only one class"):
        model.fit(to(X), to(np.zeros(len(y))))
    with pytest.raises(ValueError, match="Negative values"):
        model.fit(to(X), to(y), to(-SAMPLE_WEIGHT))
    model.fit(to(X), to(y))
    with pytest.raises(ValueError, match="has 3 features"):
        model.predict(to(X[:, :3]))
    with pytest.raises(ValueError, match="classes not in"):
        model.partial_fit(to(X), to(y + 1))


def test_a_divergent_rate_is_told_with_the_safe_one(to):
    """2/L comes from products with X where it lies."""
    model = GDLogisticRegression(learning_rate=1e4, max_iter=50)
    messages = []
    for rows, labels in ((X, y), (to(X), to(y))):
        with pytest.warns(match="diverge") as caught:
            model.fit(rows, labels)
        messages.append(str(caught[0].message))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_pickle_and_the_inspection(name, to):
    """A pickle predicts there; the gradient of rows in NumPy or there is checked."""
    make, options = ESTIMATORS[name]
    model = make(**options).fit(to(X), to(y))
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(on_host(again.predict(to(X))), on_host(model.predict(to(X))))
    assert check_gradient(model, X, y) < 1e-6
    assert check_gradient(model, to(X), to(y)) < 1e-6
    trace_propagation(model, to(X), to(y))
    recording = record_descent(model, to(X), to(y))
    assert_allclose(recording.loss_curve[:-1], model.loss_curve_, atol=1e-10)


def test_with_dispatch_off_all_is_numpys():
    """Tensors are read as any array-like."""
    torch = pytest.importorskip("torch")
    model = GDLogisticRegression(max_iter=2, tol=0).fit(
        torch.asarray(X), torch.asarray(y)
    )
    assert isinstance(model.coef_, np.ndarray)
    assert isinstance(model.predict(torch.asarray(X)), np.ndarray)
    assert_array_equal(model.coef_, model.fit(X, y).coef_)


def test_numpy_is_numpy_with_dispatch_on():
    """To the bit, and X is not moved anywhere."""
    off = GDLogisticRegression(max_iter=5, tol=0).fit(X, y)
    with config_context(array_api_dispatch=True):
        on = GDLogisticRegression(max_iter=5, tol=0).fit(X, y)
        assert type(on.coef_) is np.ndarray
        assert_array_equal(on.predict_log_proba(X), off.predict_log_proba(X))


def test_a_device_without_double_precision_computes_in_single(to, monkeypatch):
    """All that is sent there is in single precision, sums included."""
    namespace = place_of(to(X)).namespace
    info = namespace.__array_namespace_info__

    class Single:
        def dtypes(self, *, device):
            known = info().dtypes(device=device)
            return {name: known[name] for name in known if name != "float64"}

    monkeypatch.setattr(namespace, "__array_namespace_info__", Single)
    monkeypatch.setattr("skshallow.places._DEVICES", {})
    send, dtypes = Device.send, set()

    def recorded(self, array):
        result = send(self, array)
        dtypes.add(result.dtype)
        return result

    monkeypatch.setattr(Device, "send", recorded)
    for make, options in ESTIMATORS.values():
        there, here = fit_both(make(**options), to, X.astype(np.float32), y)
        assert_allclose(there.loss_curve_, here.loss_curve_, rtol=1e-3)
    assert to.xp.float64 not in dtypes


@pytest.mark.parametrize(
    "estimator",
    [GDLogisticRegression(), ShallowNNClassifier(5, random_state=0)],
    ids=repr,
)
def test_scikit_learns_own_checks_pass_with_values(estimator):
    """The same attributes and outputs, not only the same shapes and dtypes."""
    assert get_tags(estimator).array_api_support
    pytest.importorskip("array_api_strict")
    namespaces = ["numpy", "array_api_strict"]
    try:
        import torch  # noqa: F401
    except ImportError:
        pass
    else:
        namespaces.append("torch")
    for namespace in namespaces:
        estimator_checks.check_array_api_input_and_values(
            type(estimator).__name__, estimator, array_namespace=namespace
        )
