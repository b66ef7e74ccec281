"""Displays draw what was fitted, and nothing else."""

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import (
    ActivationDisplay,
    CostSurfaceDisplay,
    LossCurveDisplay,
    record_descent,
)
from skshallow.objective.activations import ACTIVATIONS
from tests import reference
from tests.problems import deviations

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    """Leave no figure open."""
    yield
    plt.close("all")


@pytest.fixture
def rows(load):
    """Two standardised columns of breast_cancer."""
    X, y = load("breast_cancer")
    return X[:, :2], y


def constant(**given):
    """Return logistic regression at a constant rate, for five updates."""
    return GDLogisticRegression(1.0, **{"max_iter": 5, "tol": 0, **given})


# LossCurveDisplay


def test_loss_curve_is_drawn_with_the_loss_after_the_last_update(rows):
    """``loss_curve_`` and then ``loss_``, a dot there, and why it stopped."""
    model = constant().fit(*rows)
    display = LossCurveDisplay.from_estimator(model)
    (line,) = display.lines_.values()
    assert_array_equal(line.get_ydata(), [*model.loss_curve_, model.loss_])
    assert line.get_label() == "max_iter after 5 updates"
    dot = display.ax_.lines[1]
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (5, model.loss_)
    assert display.ax_.get_yscale() == "log"
    assert display.figure_ is display.ax_.figure


def test_loss_curves_of_several_fits_have_their_names(rows):
    """A line each, in the order given."""
    fits = {f"rate {r}": GDLogisticRegression(r).fit(*rows) for r in (0.9, "auto")}
    display = LossCurveDisplay.from_estimator(fits, log=False)
    assert list(display.lines_) == ["rate 0.9", "rate auto"]
    labels = [line.get_label() for line in display.lines_.values()]
    assert labels == [
        f"{name}: converged after {fit.n_iter_} updates" for name, fit in fits.items()
    ]
    assert display.ax_.get_yscale() == "linear"


def test_loss_curve_marks_the_parameters_that_were_kept(load):
    """Early stopping keeps those with the best validation loss, not the last."""
    X, y = load("breast_cancer")
    network = ShallowNNClassifier(
        30, learning_rate=3.0, early_stopping=True, random_state=0, tol=0
    ).fit(X, y)
    assert network.stop_reason_ == "early_stopping"
    display = LossCurveDisplay.from_estimator(network)
    training, dot, validation = display.ax_.lines
    assert len(training.get_ydata()) == network.n_iter_
    best = int(np.argmin(network.validation_loss_curve_))
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (best, network.loss_)
    assert_array_equal(validation.get_ydata(), network.validation_loss_curve_)
    assert validation.get_linestyle() == "--"


def test_loss_curve_with_learning_rates_has_them_below(rows):
    """On axes of their own, which may be given."""
    model = GDLogisticRegression().fit(*rows)
    figure, axes = plt.subplots(2)
    display = LossCurveDisplay.from_estimator(model, learning_rate=True, ax=axes)
    assert display.figure_ is figure
    (line,) = axes[1].lines
    assert_array_equal(line.get_ydata(), model.learning_rate_curve_)
    again = display.plot(learning_rate=True)
    assert len(again.ax_) == 2
    with pytest.raises(ValueError, match="two axes"):
        display.plot(learning_rate=True, ax=axes[0])


def test_loss_curve_of_a_pipeline_is_that_of_its_last_step(rows):
    """And one of anything else there is not."""
    pipeline = make_pipeline(StandardScaler(), constant(max_iter=1)).fit(*rows)
    display = LossCurveDisplay.from_estimator(pipeline)
    assert display.lines_[""].get_label() == "max_iter after 1 update"
    search = GridSearchCV(pipeline, {}, cv=2).fit(*rows)
    of_search = LossCurveDisplay.from_estimator(search)
    assert_array_equal(of_search.lines_[""].get_ydata(), display.lines_[""].get_ydata())
    with pytest.raises(ValueError, match="no estimator"):
        LossCurveDisplay.from_estimator({})
    with pytest.raises(TypeError, match=r"got StandardScaler\(\)"):
        LossCurveDisplay.from_estimator({"scaler": StandardScaler()})
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(GDLogisticRegression())


def test_loss_curve_on_a_plateau_ends_with_the_last_update(rows):
    """An equal loss before it does not mean that earlier parameters were kept."""
    X, y = rows
    model = GDLogisticRegression(1e-20, max_iter=5, tol=0).fit(X, y)
    assert model.loss_curve_ == [model.loss_] * 5
    display = LossCurveDisplay.from_estimator(model)
    line, dot = display.ax_.lines
    assert (len(line.get_ydata()), dot.get_xdata()[0]) == (6, 5)


# CostSurfaceDisplay


@pytest.mark.parametrize("standardize", [False, True])
def test_cost_surface_is_the_cost(standardize, rows):
    """At each point J as the reference has it, with the penalty and the weights."""
    X, y = rows
    weights = np.random.default_rng(0).uniform(size=len(y))
    s = deviations(X, weights)[:, np.newaxis] if standardize else 1.0
    model = constant(alpha=0.1, standardize=standardize, fit_intercept=False)
    display = CostSurfaceDisplay.from_estimator(
        model,
        X,
        y,
        sample_weight=weights,
        grid_resolution=4,
        limits=((-3, 3), (-1, 2)),
    )
    assert display.parameters == ("coef_[0, 0]", "coef_[0, 1]")
    assert_allclose(display.xx0[0], np.linspace(-3, 3, 4))
    assert_allclose(display.xx1[:, 0], np.linspace(-1, 2, 4))
    for index in np.ndindex(4, 4):
        w = np.array([[display.xx0[index]], [display.xx1[index]]])
        expected = reference.cost([w, 0.0], X, y, weights)
        expected += 0.1 / 2 * ((s * w) ** 2).sum()
        assert_allclose(display.J[index], expected, rtol=1e-12)


@pytest.mark.parametrize("rate", [1.0, "auto"])
def test_path_is_that_of_the_fit(rows, rate):
    """Each point is where a fit of so many updates ends; the estimator is as it was."""
    X, y = rows
    model = GDLogisticRegression(rate, max_iter=5, tol=0)
    display = CostSurfaceDisplay.from_estimator(
        model, X, y, parameters=("intercept_[0]", "coef_[0,1]"), grid_resolution=2
    )
    assert not hasattr(model, "coef_")
    assert display.path.shape == (6, 2)
    assert_array_equal(display.path[0], 0)
    for k in range(1, 6):
        fit = GDLogisticRegression(rate, max_iter=k, tol=0).fit(X, y)
        assert_array_equal(display.path[k], [fit.intercept_[0], fit.coef_[0, 1]])
        assert display.path_losses[k] == fit.loss_
    assert_array_equal(display.estimator.coef_, fit.coef_)


def test_path_of_a_warm_start_begins_where_the_estimator_stands(rows):
    """And leaves it there."""
    X, y = rows
    model = constant(warm_start=True).fit(X, y)
    stands = model.coef_.copy()
    display = CostSurfaceDisplay.from_estimator(model, X, y, grid_resolution=2)
    assert_array_equal(display.path[0], stands[0])
    assert_array_equal(model.coef_, stands)
    assert model.n_iter_ == 5


def test_path_of_a_network_is_that_of_the_named_weights(rows):
    """In the coordinates of the fitted attributes, whatever those of descent."""
    X, y = rows
    network = ShallowNNClassifier(3, alpha=0, random_state=0, max_iter=20, tol=0)
    names = ("coefs_[0][1, 2]", "intercepts_[1][0]")
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, parameters=names, grid_resolution=3, kind="surface"
    )
    fit = network.fit(X, y)
    end = [fit.coefs_[0][1, 2], fit.intercepts_[1][0]]
    best = int(np.argmin(display.path_losses))
    assert_array_equal(display.path[best], end)
    assert display.ax_.name == "3d"
    middle = display.xx0[1, 1], display.xx1[1, 1]
    fit.coefs_[0][1, 2], fit.intercepts_[1][0] = middle
    expected = -np.mean(fit.predict_log_proba(X)[np.arange(len(y)), y])
    assert_allclose(display.J[1, 1], expected, rtol=1e-12)


def test_usual_parameters_of_one_feature_are_weight_and_bias(rows):
    """For both estimators."""
    X, y = rows
    for estimator, names in (
        (constant(), ("coef_[0, 0]", "intercept_[0]")),
        (
            ShallowNNClassifier(2, max_iter=2, tol=0, random_state=0),
            ("coefs_[0][0, 0]", "intercepts_[0][0]"),
        ),
    ):
        display = CostSurfaceDisplay.from_estimator(
            estimator, X[:, :1], y, grid_resolution=2, path=False
        )
        assert display.parameters == names
        assert display.line_ is None


def test_surface_and_path_of_early_stopping_are_those_of_the_rows_trained_on(rows):
    """The rows held out have no part in either; without more parameters they touch."""
    X, y = rows
    model = constant(early_stopping=True, random_state=0)
    first = CostSurfaceDisplay.from_estimator(model, X[:, :1], y, grid_resolution=2)
    a, b = first.path[2]
    display = CostSurfaceDisplay.from_estimator(
        model, X[:, :1], y, grid_resolution=2, limits=((a, a + 1), (b, b + 1))
    )
    assert_array_equal(display.path_losses[:-1], model.fit(X[:, :1], y).loss_curve_)
    assert display.J[0, 0] == display.path_losses[2]


def test_path_ends_in_a_dot_at_the_fitted_parameters(rows):
    """Which need not be the last of the path; a ring is at the start."""
    X, y = rows
    network = ShallowNNClassifier(3, "relu", learning_rate=1e3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        display = CostSurfaceDisplay.from_estimator(network, X, y, grid_resolution=2)
    W1 = display.estimator.coefs_[0]
    fitted = [W1[0, 0], W1[1, 0]]
    assert display.end == (*fitted, display.estimator.loss_)
    assert not np.array_equal(display.path[-1], fitted)
    _, ring, dot = display.ax_.lines
    assert_array_equal(np.ravel(dot.get_data()), fitted)
    assert_array_equal(np.ravel(ring.get_data()), display.path[0])
    assert (ring.get_fillstyle(), dot.get_fillstyle()) == ("none", "full")


def test_cost_surface_is_drawn_within_its_limits(rows):
    """Contours and surface, whatever the path."""
    X, y = rows
    limits = ((0, 0.1), (-0.2, 0.1))
    display = CostSurfaceDisplay.from_estimator(
        constant(), X, y, grid_resolution=5, limits=limits
    )
    assert (display.ax_.get_xlim(), display.ax_.get_ylim()) == limits
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == display.parameters
    solid = display.plot(kind="surface")
    assert (solid.ax_.get_xlim(), solid.ax_.get_ylim()) == limits
    x, *_, heights = solid.line_.get_data_3d()
    inside = np.isfinite(x)
    assert not inside.all()
    assert_array_equal(heights[inside], display.path_losses[inside])


def test_cost_surface_leaves_the_random_state_alone(rows):
    """Of a warm start, too, the clone has its own."""
    X, y = rows
    random = np.random.RandomState(0)
    model = constant(warm_start=True, early_stopping=True, random_state=random)
    model.fit(X, y)
    before = random.get_state()[2]
    CostSurfaceDisplay.from_estimator(model, X, y, grid_resolution=2)
    assert random.get_state()[2] == before


def test_cost_surface_of_a_recording_is_that_of_its_estimator(rows):
    """Of a pipeline, too; one descent can be drawn several times."""
    X, y = rows
    recording = record_descent(make_pipeline(StandardScaler(), constant()), X, y)
    options = {"grid_resolution": 3, "parameters": ("coef_[0, 1]", "intercept_[0]")}
    display = CostSurfaceDisplay.from_recording(recording, **options)
    scaled = StandardScaler().fit_transform(X)
    expected = CostSurfaceDisplay.from_estimator(constant(), scaled, y, **options)
    for name in ("xx0", "xx1", "J", "path", "path_losses", "end", "parameters"):
        assert_array_equal(getattr(display, name), getattr(expected, name))
    assert display.estimator is recording.estimator


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"parameters": "coef_[0, 0]"}, "two different names"),
        ({"parameters": ("coef_[0, 0]", "coef_[0, 0]")}, "two different names"),
        ({"grid_resolution": 1}, "grid_resolution"),
        ({"limits": (-1, 1)}, r"got \(-1, 1\)"),
        ({"limits": ((1e308, 1.1e308), (0, 1))}, "J overflows everywhere"),
        ({"kind": "heat"}, "kind must be one of"),
    ],
)
def test_cost_surface_refuses_arguments_that_make_no_sense(rows, given, message):
    """In words of its own."""
    with pytest.raises(ValueError, match=message):
        CostSurfaceDisplay.from_estimator(constant(), *rows, **given)


@pytest.mark.parametrize(
    "name", ["w", "coef_", "coef_[0]", "coef_[0, 9]", "coef_[:, 0]", "classes_[0]"]
)
def test_cost_surface_refuses_what_is_no_parameter(rows, name):
    """The message has the shapes."""
    with pytest.raises(ValueError, match=r"no weight or bias.*coef_ \(1, 2\)"):
        CostSurfaceDisplay.from_estimator(
            constant(), *rows, parameters=(name, "coef_[0, 1]")
        )


def test_cost_surface_refuses_what_it_cannot_draw(rows):
    """An unknown kind, flat axes for a surface, a Pipeline."""
    display = CostSurfaceDisplay.from_estimator(constant(), *rows, grid_resolution=2)
    with pytest.raises(ValueError, match="kind must be one of"):
        display.plot(kind="heat")
    with pytest.raises(ValueError, match="three dimensions"):
        display.plot(kind="surface", ax=display.ax_)
    with pytest.raises(TypeError, match="Of a Pipeline"):
        CostSurfaceDisplay.from_estimator(make_pipeline(constant()), *rows)


def test_cost_surface_of_a_constant_cost_can_be_drawn(rows):
    """A network that starts at zeros has no use for its first weights."""
    X, y = rows
    network = ShallowNNClassifier(2, "relu", init="zeros", learning_rate=0.1)
    network.set_params(alpha=0, max_iter=2, tol=0)
    display = CostSurfaceDisplay.from_estimator(network, X, y, grid_resolution=3)
    assert np.ptp(display.J) == 0


def test_cost_surface_tells_no_callbacks(rows):
    """They are the user's, and this fit is not."""
    pytest.importorskip("sklearn.callback")

    class Counter:
        """Counts what it hears."""

        n_heard = 0

        def setup(self, *args, **kwargs):
            """The fit begins."""
            self.n_heard += 1

        on_fit_task_begin = on_fit_task_end = teardown = setup

    model = constant().set_callbacks(counter := Counter())
    CostSurfaceDisplay.from_estimator(model, *rows, grid_resolution=2)
    assert counter.n_heard == 0


# ActivationDisplay


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activation_display_has_value_and_derivative(name):
    """As the reference and its complex step say."""
    display = ActivationDisplay.from_activation(name, negative_slope=0.2)
    z = display.z
    assert_allclose(display.value, reference.activation(name, z, 0.2), rtol=1e-13)
    step = reference.activation(name, z + 1e-30j, 0.2)
    assert_allclose(display.derivative, step.imag / 1e-30, rtol=1e-12, atol=1e-15)
    assert_array_equal(display.lines_[0].get_ydata(), display.value)
    assert_array_equal(display.lines_[1].get_ydata(), display.derivative)


def test_activation_display_of_a_network_is_that_of_its_units():
    """With its slope, between the limits, on the axes given."""
    network = ShallowNNClassifier(activation="leaky_relu", negative_slope=0.3)
    _, ax = plt.subplots()
    display = ActivationDisplay.from_estimator(network, limits=(-1, 2), ax=ax)
    assert (display.z[0], display.z[-1]) == (-1, 2)
    assert display.derivative[0] == 0.3
    assert display.ax_ is ax


def test_activation_display_refuses_what_has_no_picture():
    """An unknown name, a slope that is none, an estimator without hidden units."""
    with pytest.raises(ValueError, match="negative_slope is 0 to 1, got 2"):
        ActivationDisplay.from_activation("leaky_relu", negative_slope=2)
    with pytest.raises(TypeError, match="must be a ShallowNNClassifier"):
        ActivationDisplay.from_estimator(GDLogisticRegression())
    with pytest.raises(ValueError, match=r"no activation 'swish'.*'tanh'"):
        ActivationDisplay.from_activation("swish")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: ActivationDisplay.from_activation("tanh"),
        lambda: LossCurveDisplay.from_estimator(None),
        lambda: CostSurfaceDisplay.from_estimator(None, None, None),
        lambda: LossCurveDisplay({}).plot(),
    ],
)
def test_displays_say_that_matplotlib_is_missing(monkeypatch, draw):
    """Only when they are called."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"install 'skshallow\[plot\]'"):
        draw()
