"""What must hold of any problem: the symmetries of J, and what they make of descent.

Hypothesis draws the problems: the shape and kind of the data, labels, weights, model,
loss, penalty, solver, rate and dtype. Descent starts from weights that are drawn too,
so that both sides of an identity can start alike, and takes few enough updates for the
two to differ by no more than the order of their sums.
"""

from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import log_loss

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data.blocks import LocalBlocks
from skshallow.data.targets import make_target
from skshallow.descent.learning_rates import (
    AdaptiveBarzilaiBorwein,
    Backtracking,
    BarzilaiBorwein,
    Constant,
)
from skshallow.descent.loop import Plan, minimize, run
from skshallow.descent.solvers import GradientDescent, evaluate
from skshallow.descent.stopping import Converged, MaxIter
from skshallow.objective.activations import ACTIVATIONS, make_activation
from skshallow.objective.curvature import largest_safe_rate
from skshallow.objective.losses import (
    LOSSES,
    SigmoidCrossEntropy,
    SigmoidSquaredError,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)
from skshallow.objective.models import LinearModel, ShallowNetwork
from skshallow.objective.objective import Objective
from skshallow.objective.parameters import Parameters
from skshallow.objective.penalties import ElasticNet
from tests import reference
from tests.problems import elastic_net, in_blocks, normalized_weights

# The same examples in every run; none is kept in a file.
examples = settings(
    derandomize=True, deadline=None, database=None, max_examples=50, print_blob=False
)
TOLERANCE = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-4}
N_UPDATES = 15
KINKED = ("relu", "leaky_relu")


class Case(NamedTuple):
    """Rows, labels and weights, a model to learn them, and where it starts."""

    model: Any
    X: Any
    y: Any
    sample_weight: Any
    start: list[Any]

    def fit(self):
        """Descend from the start, as after a fit that ended there."""
        model, y = clone(self.model).set_params(warm_start=True), np.asarray(self.y)
        model.n_features_in_ = self.X.shape[1]
        model.classes_ = np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)
        if isinstance(model, GDLogisticRegression):
            model.coef_, model.intercept_ = self.start[0].T, self.start[1]
        else:
            model.coefs_, model.intercepts_ = self.start[:2], self.start[2:]
            model.out_activation_ = "logistic" if y.ndim == 2 else "softmax"
        return model.fit(self.X, self.y, self.sample_weight)

    def with_params(self, **params):
        """Return the case with another model."""
        return self._replace(model=clone(self.model).set_params(**params))


def parameters(model):
    """Return weights and biases as one list, as a start is."""
    if isinstance(model, GDLogisticRegression):
        return [model.coef_.T, model.intercept_]
    return [*model.coefs_, *model.intercepts_]


def assert_same(found, expected, *, to_the_bit=False):
    """Compare lists of arrays as closely as their dtype allows."""
    tolerance = 0 if to_the_bit else TOLERANCE[expected[0].dtype]
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def assert_same_path(found, expected, change=None, *, to_the_bit=False):
    """Compare all losses and the parameters; ``change`` says what became of those."""
    arrays = parameters(expected)
    arrays = arrays if change is None else change(*arrays)
    assert_same(parameters(found), arrays, to_the_bit=to_the_bit)
    curves = [np.array([*m.loss_curve_, m.loss_]) for m in (found, expected)]
    tolerance = 0 if to_the_bit else TOLERANCE[arrays[0].dtype]
    assert_allclose(*curves, rtol=tolerance)


linear = st.just(GDLogisticRegression)
networks = st.just(ShallowNNClassifier)
seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)
estimators = linear | networks
from_two_to_four = st.integers(2, 4)
up_to_thirty = st.integers(5, 30)
dtypes = st.sampled_from([np.float64, np.float32])
by_themselves = st.sampled_from(["auto", "spectral"])


def rows(random, kind, shape):
    """Return features: of any size, with many ties, or mostly zero."""
    if kind == "normal":
        return random.normal(size=shape)
    lattice = random.integers(-2, 3, shape).astype(float)
    return lattice * (random.uniform(size=shape) < 0.4) if kind == "zeros" else lattice


def labels(random, n_rows, n_classes):
    """Return labels 0, 1, … in any proportion, each at least once."""
    y = random.integers(0, n_classes, n_rows)
    y[:n_classes] = np.arange(n_classes)
    return random.permutation(y)


@st.composite
def cases(
    draw,
    *,
    model=estimators,
    n_classes=from_two_to_four,
    n_rows=up_to_thirty,
    dtype=dtypes,
    auto=False,
    **given_params,
):
    """Draw a case; ``auto`` allows rates that find themselves."""
    random, dtype = draw(seeds), draw(dtype)
    n_rows, n_features = draw(n_rows), draw(st.integers(1, 5))
    n_classes = draw(n_classes)
    kind = draw(st.sampled_from(["normal", "lattice", "zeros"]))
    X = rows(random, kind, (n_rows, n_features)).astype(dtype)
    weights = {
        "none": None,
        "integers": random.integers(0, 4, n_rows).astype(float),
        "any": random.uniform(size=n_rows),
    }[draw(st.sampled_from(["none", "integers", "any"]))]
    y = labels(random, n_rows, n_classes)
    if weights is not None:
        weights[0] = 1.0  # not all of them zero
    # Adam divides each gradient by its size. In float32 it makes steps of what rounding
    # has left of a gradient that is zero.
    solvers = ["gd", "gd", "momentum", "nesterov", "adam"]
    solvers = solvers if dtype == np.float64 else solvers[:-1]
    solver, rates = draw(st.sampled_from(solvers)), st.floats(1e-3, 0.05)
    by_name = by_themselves if solver == "gd" else st.just("auto")
    params = {
        "solver": solver,
        "learning_rate": draw(by_name | rates if auto else rates),
        "loss": draw(st.sampled_from(["log_loss", "squared_error"])),
        "alpha": draw(st.sampled_from([0.0, 0.1])),
        "standardize": draw(st.booleans()),
        "class_weight": draw(st.sampled_from([None, "balanced"])),
        "tol": 0,
        "max_iter": N_UPDATES,
    }
    if params["solver"] == "gd":
        params["l1_ratio"] = draw(st.sampled_from([0.0, 0.5]))
    estimator = draw(model)(**params | given_params)
    n_outputs = 1 if n_classes == 2 else n_classes
    shapes = [(n_features, n_outputs), (n_outputs,)]
    if isinstance(estimator, ShallowNNClassifier):
        h = draw(st.integers(1, 6))
        activation = draw(st.sampled_from(sorted(ACTIVATIONS)))
        if activation in KINKED and dtype == np.float32:
            # A hidden input that rounding moves across a kink moves the path.
            estimator.set_params(max_iter=5)
        estimator.set_params(hidden_layer_size=h, activation=activation)
        shapes = [(n_features, h), (h, n_outputs), (h,), (n_outputs,)]
    start = [random.normal(size=shape).astype(dtype) for shape in shapes]
    if not getattr(estimator, "fit_intercept", True):
        start[1][...] = 0
    return Case(estimator, X, y, weights, start)


def at_the_outputs(change, arrays):
    """Return the arrays with the W and the b that make the logits changed."""
    arrays = list(arrays)
    for k in (len(arrays) // 2 - 1, -1):
        arrays[k] = change(arrays[k])
    return arrays


def scale_features(case, c):
    """Return the case with cX in the place of X, and a start with the same logits."""
    c = case.X.dtype.type(c)
    W, *others = case.start
    return case._replace(X=case.X * c, start=[W / c, *others])


def every_column_has_a_unit(case):
    """Whether there is a scale for each: of zeros it is 1, whatever their unit."""
    counts = slice(None) if case.sample_weight is None else case.sample_weight > 0
    return (case.X[counts] != 0).any(axis=0).all()


def every_class_has_weight(case):
    """Whether J has a minimum: else, that class is the less probable the better."""
    return np.bincount(case.y, case.sample_weight).min() > 0


def small_blocks():
    """Make blocks of eight rows, the least there are for dense rows."""
    return mock.patch.multiple(
        "skshallow.places.host", L2_BYTES=1, MIN_ROWS=1, MIN_PRODUCTS=1
    )


@examples
@given(cases(), seeds)
def test_order_of_the_samples_does_not_matter(case, random):
    """J is a sum over them."""
    order = random.permutation(len(case.y))
    weights = case.sample_weight
    permuted = case._replace(
        X=case.X[order],
        y=case.y[order],
        sample_weight=None if weights is None else weights[order],
    )
    assert_same_path(permuted.fit(), case.fit())


@examples
@given(cases(), seeds)
def test_integer_weights_are_repeated_rows(case, random):
    """A weight of 0 is a row that is not there, balanced classes included."""
    repeats = random.integers(0, 4, len(case.y))
    # No class may vanish.
    repeats[np.unique(case.y, return_index=True)[1]] += 1
    weighted = case._replace(sample_weight=repeats.astype(float))
    repeated = case._replace(
        X=case.X.repeat(repeats, axis=0), y=case.y.repeat(repeats), sample_weight=None
    )
    assert_same_path(weighted.fit(), repeated.fit())


@examples
@given(cases(auto=True), st.integers(-900, 900))
def test_weights_times_a_power_of_two_change_no_bit(case, exponent):
    """Only their proportions count."""
    weights = case.sample_weight
    weights = np.ones(len(case.y)) if weights is None else weights
    one, other = (
        case._replace(sample_weight=w) for w in (weights, weights * 2.0**exponent)
    )
    assert_same_path(other.fit(), one.fit(), to_the_bit=True)


# NumPy takes no notice of a null at the end.
text = st.text(st.characters(exclude_characters="\0"), max_size=8)
names = st.one_of(
    st.lists(text, min_size=4, max_size=4, unique=True),
    st.lists(st.integers(-(2**60), 2**60), min_size=4, max_size=4, unique=True),
    st.lists(st.integers(-(2**53), 2**53), min_size=4, max_size=4, unique=True).map(
        lambda values: [float(value) for value in values]
    ),
)


@examples
@given(cases(auto=True), names)
def test_names_of_the_classes_change_no_bit(case, names):
    """Only their order counts."""
    classes = np.unique(np.asarray(names))[: len(np.unique(case.y))]
    named, expected = case._replace(y=classes[case.y]).fit(), case.fit()
    assert_same_path(named, expected, to_the_bit=True)
    assert_array_equal(named.classes_, classes)
    assert_array_equal(named.predict(case.X), classes[expected.predict(case.X)])


@examples
@given(cases(n_classes=st.just(2), auto=True))
def test_swapped_classes_turn_the_sign_of_the_logit(case):
    """To the bit: 1 − σ(z) = σ(−z), and both are computed alike."""

    def turn(*arrays):
        return at_the_outputs(np.negative, arrays)

    turned = case._replace(y=1 - case.y, start=turn(*case.start))
    assert_same_path(turned.fit(), case.fit(), turn, to_the_bit=True)


@examples
@given(cases(n_classes=st.integers(3, 4)), seeds)
def test_classes_in_another_order_have_their_outputs_in_that_order(case, random):
    """The softmax is a sum over the classes."""
    order = random.permutation(case.start[-1].size)

    def reorder(*arrays):
        return at_the_outputs(lambda array: array[..., order], arrays)

    y = np.argsort(order)[case.y]
    reordered = case._replace(y=y, start=reorder(*case.start))
    assert_same_path(reordered.fit(), case.fit(), reorder)


@examples
@given(cases(model=networks, n_classes=st.integers(3, 4)), seeds)
def test_order_of_the_labels_of_an_indicator_matrix_does_not_matter(case, random):
    """The loss is a sum over the labels, too."""
    n_labels = case.start[-1].size
    order = random.permutation(n_labels)

    def reorder(*arrays):
        return at_the_outputs(lambda array: array[..., order], arrays)

    y = random.integers(0, 2, (len(case.y), n_labels))
    reordered = case._replace(y=y[:, order], start=reorder(*case.start))
    assert_same_path(reordered.fit(), case._replace(y=y).fit(), reorder)


@examples
@given(cases(), seeds)
def test_order_of_the_features_does_not_matter(case, random):
    """Each weight goes with its feature."""
    order = random.permutation(case.X.shape[1])

    def reorder(W, *others):
        return [W[order], *others]

    reordered = case._replace(X=case.X[:, order], start=reorder(*case.start))
    assert_same_path(reordered.fit(), case.fit(), reorder)


@examples
@given(
    cases(model=linear, fit_intercept=False, solver="gd")
    | cases(model=linear, fit_intercept=False, solver="momentum", l1_ratio=0)
    | cases(model=linear, fit_intercept=False, solver="nesterov", l1_ratio=0),
    st.floats(0.01, 100),
)
def test_features_in_another_unit_are_weights_and_rates_in_another(case, c):
    """X → cX is W → W/c, and ∂J/∂W → c ∂J/∂W is the rate → rate / c²."""
    c = float(case.X.dtype.type(c))
    params = case.model.get_params()
    scaled = scale_features(case, c).with_params(
        learning_rate=params["learning_rate"] / c**2
    )
    if params["standardize"]:
        assume(params["alpha"] == 0 or every_column_has_a_unit(case))
    else:
        # alpha · (l1_ratio |W| + (1 − l1_ratio) W²/2) of a W that is c times smaller.
        l1 = params["alpha"] * params["l1_ratio"] * c
        l2 = params["alpha"] * (1 - params["l1_ratio"]) * c**2
        scaled = scaled.with_params(
            alpha=l1 + l2, l1_ratio=l1 / (l1 + l2) if l1 else 0.0
        )
    expected = case.fit()
    found = scaled.fit()
    found.coef_ = found.coef_ * case.X.dtype.type(c)
    assert_same_path(found, expected)


@examples
@given(
    cases(standardize=True, solver="gd"),
    by_themselves,
    st.integers(-20, 20),
)
def test_under_auto_units_that_are_powers_of_two_change_no_bit(case, rate, exponent):
    """All that is done to X is to scale it back."""
    assume(case.model.alpha == 0 or every_column_has_a_unit(case))
    case, c = case.with_params(learning_rate=rate), 2.0**exponent
    found, expected = scale_features(case, c).fit(), case.fit()
    assert found.learning_rate_curve_ == expected.learning_rate_curve_
    assert_same_path(
        found,
        expected,
        lambda W, *others: [W / W.dtype.type(c), *others],
        to_the_bit=True,
    )


@examples
@given(
    cases(
        standardize=True,
        solver="gd",
        max_iter=6,
        dtype=st.just(np.float64),
    ),
    by_themselves,
    st.floats(0.01, 100),
)
def test_under_auto_the_unit_of_the_features_does_not_matter(case, rate, c):
    """Whatever it is; but these rates enlarge the rounding at every update."""
    assume(case.model.alpha == 0 or every_column_has_a_unit(case))
    case = case.with_params(learning_rate=rate)
    found, expected = scale_features(case, c).fit(), case.fit()
    assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-10)


@examples
@given(cases(model=networks), seeds)
def test_order_of_the_hidden_units_does_not_matter(case, random):
    """Each takes its weights along."""
    order = random.permutation(case.start[2].size)

    def reorder(W1, W2, b1, b2):
        return [W1[:, order], W2[order], b1[order], b2]

    reordered = case._replace(start=reorder(*case.start))
    assert_same_path(reordered.fit(), case.fit(), reorder)


storages = st.sampled_from(
    [sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix]
)


@examples
@given(cases(), storages)
def test_sparse_rows_are_dense_rows(case, storage):
    """At the same rates the same path."""
    assert_same_path(case._replace(X=storage(case.X)).fit(), case.fit())


@examples
@given(
    cases(
        model=linear,
        learning_rate="auto",
        solver="gd",
        loss="log_loss",
        alpha=0.1,
        tol=1e-8,
        max_iter=2000,
        dtype=st.just(np.float64),
    ),
    storages,
)
def test_under_auto_sparse_rows_have_the_optimum_of_dense_rows(case, storage):
    """Other coordinates, the same J."""
    assume(every_class_has_weight(case))
    found, expected = case._replace(X=storage(case.X)).fit(), case.fit()
    assert found.stop_reason_ == expected.stop_reason_ == "converged"
    assert_allclose(found.loss_, expected.loss_, rtol=1e-13)
    assert_allclose(found.coef_, expected.coef_, atol=1e-6)


@examples
@given(
    cases(n_rows=st.integers(20, 200)), st.sampled_from([np.asarray, sparse.csr_array])
)
def test_blocks_are_the_whole(case, storage):
    """J is a sum over blocks, in training and prediction."""
    case = case._replace(X=storage(case.X))
    expected = case.fit()
    logits = expected.decision_function(case.X)
    with small_blocks():
        assert_same_path(case.fit(), expected)
        assert_same([expected.decision_function(case.X)], [logits])


@settings(examples, max_examples=10)
@given(
    cases(n_rows=st.integers(120, 200), auto=True, max_iter=5),
    st.sampled_from([np.asarray, sparse.csr_array]),
)
def test_threads_change_no_bit(case, storage):
    """Sums are made in the same shards and added in the same order."""
    case = case._replace(X=storage(case.X))
    n_blocks = []

    class Counted(LocalBlocks):
        def __init__(self, blocks, division):
            super().__init__(blocks, division)
            n_blocks.append(len(self))

    with small_blocks(), mock.patch("skshallow.sources.local.LocalBlocks", Counted):
        expected = case.fit()
        for n_jobs in (2, 3):
            threaded = case.with_params(n_jobs=n_jobs).fit()
            assert_same_path(threaded, expected, to_the_bit=True)
    assert min(n_blocks) > 1


def objective(X, codes, weights, model, loss, penalty):
    """Return J, with targets as the loss wants them."""
    signs = isinstance(loss, SigmoidCrossEntropy | SigmoidSquaredError)
    target = make_target(np.arange(2 if signs else model.n_outputs))
    Y = target.encode(codes, X.dtype) if signs else codes
    seen = make_target(np.unique(codes))
    w = normalized_weights(codes, seen, weights, X.dtype)
    return Objective(in_blocks(X, Y, w), model, loss, penalty)


def objective_of(case, scale=1.0):
    """Return the J that a case's model minimises, its penalty on scaled weights."""
    params = case.model.get_params()
    target = make_target(np.unique(case.y))
    return objective(
        case.X,
        case.y,
        case.sample_weight,
        case.model._make_model(case.X.shape[1], target.n_outputs),
        LOSSES[params["loss"], target.kind],
        elastic_net(params["alpha"], params["l1_ratio"], scale),
    )


@examples
@given(cases(dtype=st.just(np.float64), class_weight=None, l1_ratio=0), seeds)
def test_gradient_is_that_of_the_formulas(case, random):
    """By the complex step, which is exact."""
    half = len(case.start) // 2
    scale = random.uniform(0.1, 10, sum(W.size for W in case.start[:half]))
    J = objective_of(case, scale)
    params = case.model.get_params()
    network = {"activation_name": params.get("activation")}

    def cost(theta):
        weights, biases = J.model.layout.views(theta)
        penalty = params["alpha"] / 2 * ((scale * theta[: len(scale)]) ** 2).sum()
        return penalty + reference.cost(
            [*weights, *biases],
            case.X,
            case.y,
            case.sample_weight,
            loss=params["loss"],
            **(network if isinstance(case.model, ShallowNNClassifier) else {}),
        )

    theta = J.model.layout.pack(Parameters(case.start[:half], case.start[half:]))
    value, gradient = J.value_and_gradient(theta)
    assert_allclose(value, cost(theta), rtol=1e-10)
    assert_allclose(
        gradient, reference.complex_step(cost, theta), rtol=1e-10, atol=1e-13
    )


@examples
@given(
    seeds,
    st.integers(2, 30),
    st.sampled_from([None, *sorted(ACTIVATIONS)]),
    st.sampled_from(
        [
            (SoftmaxCrossEntropy(), SigmoidCrossEntropy(), 1),
            # ½ Σₖ (pₖ − yₖ)² counts the one error twice.
            (SoftmaxSquaredError(), SigmoidSquaredError(), 2),
        ]
    ),
)
def test_softmax_of_two_logits_is_the_sigmoid_of_their_difference(
    random, n_rows, activation, losses
):
    """J and its gradient, in which the two logits pull at opposite ends."""
    softmax, sigmoid, times = losses
    X, codes = random.normal(size=(n_rows, 3)), labels(random, n_rows, 2)
    weights = random.uniform(size=n_rows)

    def model(n_outputs):
        if activation is None:
            return LinearModel(3, n_outputs, fit_intercept=True)
        g = make_activation(activation, negative_slope=0.1)
        return ShallowNetwork(3, 4, n_outputs, g)

    def value_and_gradient(loss, *arrays):
        m = model(arrays[-1].size)
        J = objective(X, codes, weights, m, loss, ElasticNet())
        half = len(arrays) // 2
        theta = m.layout.pack(Parameters(arrays[:half], arrays[half:]))
        value, gradient = J.value_and_gradient(theta)
        return value, [a for part in m.layout.views(gradient) for a in part]

    shapes = model(2).layout
    arrays = [
        random.normal(size=s) for s in (*shapes.weight_shapes, *shapes.bias_shapes)
    ]
    outputs = (len(arrays) // 2 - 1, len(arrays) - 1)  # W and b of the logits
    differences = [
        a[..., 1:] - a[..., :1] if k in outputs else a for k, a in enumerate(arrays)
    ]
    value, gradient = value_and_gradient(softmax, *arrays)
    expected_value, expected = value_and_gradient(sigmoid, *differences)
    assert_allclose(value, times * expected_value, rtol=1e-13, atol=1e-15)
    for k, (found, one) in enumerate(zip(gradient, expected, strict=True)):
        pull = np.concatenate([-one, one], axis=-1) if k in outputs else one
        assert_allclose(found, times * pull, rtol=1e-10, atol=1e-13)


@examples
@given(
    cases(model=linear, dtype=st.just(np.float64), solver="gd", class_weight=None),
    st.floats(1e-3, 1e3),
    st.booleans(),
)
def test_at_the_rate_1_over_L_every_update_lowers_J_as_much_as_it_promises(
    case, unit, centred
):
    """J falls by η/2 · ‖∇J‖² at least, or with L1 by the square of the step / 2η."""
    case = case._replace(X=case.X * unit)
    case = case.with_params(fit_intercept=centred, standardize=False)
    safe_rate = largest_safe_rate(objective_of(case))
    assume(safe_rate is not None)  # X may be all zeros
    rate = safe_rate / 2
    model = case.with_params(learning_rate=rate, max_iter=1, warm_start=True).model
    before = None
    for _ in range(N_UPDATES):
        model.fit(case.X, case.y, case.sample_weight)
        now = np.concatenate([a.ravel() for a in parameters(model)])
        if before is not None:
            promised = ((now - before) ** 2).sum() / (2 * rate)
            assert model.loss_ <= model.loss_curve_[0] * (1 + 1e-14) - promised
        before = now


@examples
@given(
    cases(model=networks, auto=False),
    st.sampled_from([(1.0, "identity"), (0.0, "relu")]),
)
def test_leaky_relu_is_identity_or_relu_at_the_ends_of_its_slope(case, end):
    """To the bit."""
    slope, other = end
    leaky = case.with_params(activation="leaky_relu", negative_slope=slope)
    assert_same_path(
        leaky.fit(), case.with_params(activation=other).fit(), to_the_bit=True
    )


@examples
@given(cases(auto=True, alpha=0.0, loss="log_loss", class_weight=None, l1_ratio=0))
def test_loss_is_log_loss_of_the_predictions(case):
    """Of the parameters that are held; predict_log_proba has it without rounding."""
    model = case.fit()
    tolerance = TOLERANCE[case.X.dtype]
    P, log_P = model.predict_proba(case.X), model.predict_log_proba(case.X)
    assert P.dtype == log_P.dtype == case.X.dtype
    # log_loss clips p of float32 at 1e-7.
    P = P.astype(float) / P.sum(axis=1, keepdims=True, dtype=float)
    expected = log_loss(case.y, P, sample_weight=case.sample_weight)
    # log p of a p near 1 knows no more than the rounding of p.
    assert_allclose(model.loss_, expected, rtol=tolerance, atol=tolerance / 100)
    true = log_P[np.arange(len(case.y)), case.y]
    expected = -np.average(true, weights=case.sample_weight)
    assert_allclose(model.loss_, expected, rtol=tolerance)


@examples
@given(
    cases(
        model=linear,
        learning_rate="auto",
        solver="gd",
        loss="log_loss",
        alpha=0.1,
        class_weight=None,
        tol=1e-9,
        max_iter=2000,
        dtype=st.just(np.float64),
    )
)
def test_probabilities_sum_to_the_labels_at_the_optimum(case):
    """With an intercept ∂J/∂b = Σ w̃ (p − y) = 0, for every class."""
    assume(every_class_has_weight(case))
    model = case.fit()
    assert model.stop_reason_ == "converged"
    weights = np.ones(len(case.y)) if case.sample_weight is None else case.sample_weight
    P, Y = model.predict_proba(case.X), np.eye(len(model.classes_))[case.y]
    assert_allclose(weights @ P / weights.sum(), weights @ Y / weights.sum(), atol=1e-9)


PRECISION = float(np.finfo(np.float64).eps)


def start_at(J, theta):
    """Return the point at θ."""
    return run(evaluate(GradientDescent(), theta), J)


def step(J, learning_rate, point):
    """Return the rate taken from a point, the point it led to, and no state."""
    return run(learning_rate.step(GradientDescent(), point, ()), J)


class Parabola:
    """J(θ) = c θ²/2: a step at the rate t / c is θ → (1 − t) θ."""

    def __init__(self, c):
        self.c = c

    def cost(self, theta):
        """Return J(θ) and ∇J(θ)."""
        return self.c / 2 * float(theta @ theta), self.c * theta


steps = st.floats(0.01, 100) | st.floats(-7, -1).map(lambda power: 2 - 10**power)


@examples
@given(st.floats(1e-3, 1e3), steps, st.sampled_from(["turns", "adaptive", "stream"]))
def test_line_search_takes_the_first_step_that_falls_enough(c, t, kind):
    """By 10⁻⁴ of what the slope promises, or by half of it in a stream.

    On a parabola (1 − t)² ≤ 1 − 2 · 10⁻⁴ t, or ≤ 1 − t, says so.
    """
    learning_rate, largest = {
        "turns": (BarzilaiBorwein(PRECISION, t / c), 2 - 2e-4),
        "adaptive": (AdaptiveBarzilaiBorwein(PRECISION, t / c), 2 - 2e-4),
        "stream": (Backtracking(PRECISION, t / c / 2), 1.0),
    }[kind]
    J = Parabola(c)
    if kind == "stream":
        t = min(t, c)  # no rate is above 1
    halvings = max(0.0, np.log2(t / largest))
    assume(abs(t / largest - 1) > 1e-9)  # where rounding would decide
    assume(halvings == 0 or halvings % 1 > 1e-9)
    point = start_at(J, np.ones(1))
    rate, trial, _ = step(J, learning_rate, point)
    t *= 0.5 ** np.ceil(halvings)
    assert_allclose(rate, t / c, rtol=1e-14)
    assert_allclose(trial.theta, 1 - t, rtol=1e-10, atol=1e-14)


@examples
@given(
    st.floats(1e-3, 1e3),
    st.sampled_from([1, -1]),
    st.floats(0.01, 1.9),
    st.sampled_from([BarzilaiBorwein, AdaptiveBarzilaiBorwein]),
)
def test_second_rate_is_the_inverse_of_the_curvature_met(c, sign, t, rate):
    """Or of its size, where it is negative; on a parabola all quotients agree."""
    J, learning_rate = Parabola(sign * c), rate(PRECISION, t / c)
    point = start_at(J, np.ones(2))
    _, point, _ = step(J, learning_rate, point)
    found, point, _ = step(J, learning_rate, point)
    assert_allclose(found, 1 / c, rtol=1e-10)


@examples
@given(st.integers(0, 40), st.integers(1, 50))
def test_descent_has_converged_as_soon_as_the_gradient_is_tol(power, max_iter):
    """Exactly tol is enough: θ = 1, ½, ¼, … is exact, and at least one update done."""
    rules = [Converged(0.5**power), MaxIter(max_iter)]
    plan = Plan(GradientDescent(), Constant(0.5), rules, PRECISION)
    outcome = run(minimize(np.ones(3), plan), Parabola(1.0))
    needed = max(power, 1)
    assert outcome.progress.n_updates == min(needed, max_iter)
    expected = "converged" if needed <= max_iter else "max_iter"
    assert outcome.stop.reason == expected


class Script:
    """J takes the values given, one at each call, on an all but level floor."""

    def __init__(self, *values):
        self.values = list(values)

    def cost(self, theta):
        """Return the next value, and a slope that promises next to nothing."""
        return self.values.pop(0), np.full_like(theta, 1e-9)


@examples
@given(st.integers(0, 20), st.sampled_from([BarzilaiBorwein, AdaptiveBarzilaiBorwein]))
def test_line_search_lets_J_rise_to_the_highest_of_the_last_ten(n_updates, rate):
    """So from 100 by way of n updates at 1 to 50, if 100 is one of the ten."""
    J = Script(100.0, *[1.0] * n_updates, 50.0, 0.5)
    learning_rate = rate(PRECISION)
    point = start_at(J, np.zeros(2))
    for _ in range(n_updates):
        _, point, _ = step(J, learning_rate, point)
        assert point.loss == 1
    _, point, _ = step(J, learning_rate, point)
    assert point.loss == (50 if n_updates <= 9 else 0.5)
