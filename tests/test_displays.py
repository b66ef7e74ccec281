"""Displays draw what was fitted, and nothing else."""

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import (
    ActivationDisplay,
    BoundaryDisplay,
    CostSurfaceDisplay,
    LossCurve,
    LossCurveDisplay,
    NetworkDisplay,
    check_gradient,
    record_descent,
    trace_propagation,
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


def parts(display):
    """Return the numbers of the line, of the dot and of all that is drawn after."""
    line, *marks = display.ax_.lines
    dots = [mark for mark in marks if mark.get_marker() == "o"]
    others = [mark for mark in marks if mark not in dots]
    (dot,) = dots
    return line.get_ydata(), tuple(np.ravel(dot.get_data())), others


def test_loss_curve_is_drawn_with_the_loss_after_the_last_update(rows):
    """``loss_curve_`` and then ``loss_``, a dot there, and why it stopped."""
    model = constant().fit(*rows)
    display = LossCurveDisplay.from_estimator(model)
    losses, dot, others = parts(display)
    assert_array_equal(losses, [*model.loss_curve_, model.loss_])
    assert display.lines_[""].get_label() == "max_iter after 5 updates"
    assert (dot, others) == ((5, model.loss_), [])
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


@pytest.mark.parametrize("n_iter_no_change", [1, 2, 10])
def test_loss_curve_marks_the_parameters_that_were_kept(load, n_iter_no_change):
    """Early stopping keeps those with the best validation loss, not the last."""
    X, y = load("breast_cancer")
    network = ShallowNNClassifier(
        30,
        "tanh",
        learning_rate=3.0,
        early_stopping=True,
        n_iter_no_change=n_iter_no_change,
        random_state=0,
        tol=0,
    ).fit(X, y)
    assert network.stop_reason_ == "early_stopping"
    losses, dot, (validation,) = parts(LossCurveDisplay.from_estimator(network))
    assert len(losses) == network.n_iter_ + 1
    assert dot == (network.n_iter_ - n_iter_no_change, network.loss_)
    best = int(dot[0])
    assert losses[best] == network.loss_
    validated = validation.get_ydata()
    assert_array_equal(validated[:-1], network.validation_loss_curve_)
    assert validated[best] == network.best_validation_loss_
    assert validated[-1] > validated[best]
    assert validation.get_linestyle() == "--"


def rates(*numbers):
    """Return a schedule of these rates, after which Ctrl-C is pressed."""

    def schedule(k):
        if k == len(numbers):
            raise KeyboardInterrupt
        return numbers[k]

    return schedule


def interrupted(model, X, y):
    """Fit, and be interrupted."""
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)


def diverged(model, X, y):
    """Fit, and diverge."""
    with pytest.warns(ConvergenceWarning, match="diverged"):
        model.fit(X, y)


def streamed(model, X, y):
    """Fit three times to a part."""
    for _ in range(3):
        model.partial_fit(X, y, classes=[0, 1])


def diverged_in_stream(model, X, y):
    """Fit, go on in parts, the last of which diverges."""
    streamed(model.fit(X, y), X, y)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        model.set_params(learning_rate=1e7).partial_fit(X, y)


def stopped(model, X, y):
    """Fit, and be asked by a callback to stop."""
    pytest.importorskip("sklearn.callback")

    class Stopper:
        """Asks to stop after three updates."""

        def setup(self, *args, **kwargs):
            """Do nothing."""

        def on_fit_task_end(self, estimator, context):
            """Ask."""
            return context.task_name == "update" and context.task_id == 2

        on_fit_task_begin = teardown = setup

    model.set_callbacks(Stopper()).fit(X, y)


@pytest.mark.parametrize(
    ("rate", "fit", "reason", "kept", "n_updates"),
    [
        (1.0, GDLogisticRegression.fit, "max_iter", 5, 5),
        (1.0, streamed, "partial_fit", 3, 3),
        (1.0, stopped, "callback", 3, 3),
        (rates(), interrupted, "interrupted", 0, 0),
        (rates(1.0, 1.0, 1.0), interrupted, "interrupted", 3, 3),
        # What is kept is the last entry of loss_curve_ ...
        (rates(1.0, 1.0, 100.0), interrupted, "interrupted", 2, 3),
        (rates(1.0, 1.0, 1e7), diverged, "diverged", 2, 3),
        (1e7, diverged, "diverged", 0, 1),
        (1.0, diverged_in_stream, "diverged", 8, 9),
        # ... or an earlier one.
        (rates(1.0, 1.0, 100.0, 1.0), interrupted, "interrupted", 2, 4),
        (rates(1.0, 1.0, 1.0, 100.0, 1e7), diverged, "diverged", 3, 5),
    ],
)
def test_dot_is_where_the_parameters_were_met(rate, fit, reason, kept, n_updates, rows):
    """Whatever the reason to stop; and what was met after that is drawn, too."""
    X, y = rows
    model = constant(alpha=0).set_params(learning_rate=rate)
    fit(model, X, y)
    assert (model.stop_reason_, model.n_iter_) == (reason, n_updates)
    losses, dot, others = parts(LossCurveDisplay.from_estimator(model))
    assert_array_equal(losses[:-1], model.loss_curve_)
    assert dot == (kept, model.loss_)
    assert_allclose(model.loss_, log_loss(y, model.predict_proba(X)), rtol=1e-12)
    assert losses[-1] > losses[kept] or kept == n_updates
    assert len(losses) == n_updates + 1
    assert [mark.get_xdata()[0] for mark in others] == (
        [n_updates] if reason == "diverged" else []
    )


@pytest.mark.parametrize("rate", ["auto", "spectral"])
def test_dot_of_a_rate_that_adapts_is_at_the_lowest_loss(rate, load):
    """At `max_iter` the last parameters need not be the best; those are held."""
    X, y = load("breast_cancer")
    ends = set()
    for max_iter in range(1, 25):
        network = ShallowNNClassifier(3, "tanh", learning_rate=rate, random_state=0)
        network.set_params(max_iter=max_iter, tol=0).fit(X, y)
        assert network.stop_reason_ == "max_iter"
        curve = LossCurve.from_estimator(network)
        assert curve.losses[curve.kept] == network.loss_
        assert curve.kept == np.argmin(curve.losses)
        ends.add(curve.kept - max_iter)
    assert 0 in ends
    if rate == "spectral":
        assert -1 in ends


def test_dot_of_a_warm_start_is_at_the_lowest_loss(rows):
    """Which may be that of its start."""
    X, y = rows
    model = GDLogisticRegression(alpha=0, warm_start=True).fit(X, y)
    best = model.loss_
    diverged(model.set_params(learning_rate=1e6), X, y)
    losses, dot, _ = parts(LossCurveDisplay.from_estimator(model))
    assert (losses[0], *dot) == (best, 0, best)


@pytest.mark.parametrize(
    ("standardize", "log", "marker"),
    [(True, True, "^"), (False, True, "^"), (True, False, "^"), (False, False, "^")],
)
def test_loss_curve_that_diverges_at_once_rises(standardize, log, marker, load):
    """To a triangle where it is cut off; the legend has the number."""
    X, y = load("breast_cancer", raw=True)
    model = GDLogisticRegression(0.1, standardize=standardize)
    diverged(model, X, y)
    display = LossCurveDisplay.from_estimator(model, log=log)
    losses, dot, (mark,) = parts(display)
    ceiling = model.loss_curve_[0] * (100 if log else 2)
    assert_allclose(losses, [model.loss_curve_[0], ceiling])
    assert dot == (0, model.loss_)
    assert_allclose(np.ravel(mark.get_data()), [1, ceiling])
    assert mark.get_marker() == marker
    (text,) = display.ax_.get_legend().get_texts()
    last = LossCurve.from_estimator(model).losses[-1]
    assert last > 1000
    assert text.get_text() == f"diverged after 1 update, J = {last:.4g}"


@pytest.mark.parametrize(
    ("last", "marker"),
    [(50.0, "x"), (200.0, "^"), (np.inf, "^"), (np.nan, "^"), (1e308, "^")],
)
def test_loss_curve_is_cut_off_far_above_all_else(last, marker):
    """A cross is where it ends, a triangle where it goes on; others are not cut."""
    bad = LossCurve([1.0, last], [0.5, last], [9.0], kept=0, stop_reason="diverged")
    high = LossCurve([1.0, 1e6], [], [9.0], kept=1, stop_reason="callback")
    display = LossCurveDisplay({"bad": bad}).plot()
    line, validation, dot, mark = display.ax_.lines
    assert mark.get_marker() == marker
    assert line.get_ydata()[-1] == validation.get_ydata()[-1] == mark.get_ydata()[0]
    assert mark.get_ydata()[0] == (last if last < 100 else 100)
    assert dot.get_ydata()[0] == 1
    display.figure_.canvas.draw()
    both = LossCurveDisplay({"bad": bad, "high": high}).plot()
    assert both.lines_["high"].get_ydata()[-1] == 1e6
    assert both.lines_["bad"].get_ydata()[-1] == (last if last < 1e8 else 1e8)


@pytest.mark.parametrize("name", ["_adam", "__", "", r"$\eta$ = 1", "5 $", 0.1, None])
def test_every_name_is_in_the_legend(name):
    """matplotlib leaves out those that begin with an underscore."""
    curve = LossCurve([1.0, 0.5], [1.0, 0.6], [1.0], kept=1, stop_reason="max_iter")
    other = LossCurve([1.0, 0.7], [], [1.0], kept=1, stop_reason="max_iter")
    display = LossCurveDisplay({name: curve, "other": other}).plot()
    display.figure_.canvas.draw()
    texts = [text.get_text().strip() for text in display.ax_.get_legend().get_texts()]
    start = f"{name}: " if name != "" else ""
    ending = "max_iter after 1 update"
    assert texts == [f"{start}{ending}", f"{start}validation", f"other: {ending}"]
    assert list(display.lines_) == [name, "other"]


def test_names_that_print_alike_are_two_curves(rows):
    """A number, and the text of it."""
    fits = {key: constant(max_iter=k).fit(*rows) for k, key in enumerate([1, "1"], 1)}
    display = LossCurveDisplay.from_estimator(fits)
    assert [len(line.get_ydata()) for line in display.lines_.values()] == [2, 3]
    assert len(display.ax_.get_legend().get_texts()) == 2


def test_legend_covers_no_curve(rows):
    """It is below the axes, whatever there is in them."""
    fits = {k: constant(max_iter=k).fit(*rows) for k in range(1, 9)}
    for learning_rate in (False, True):
        display = LossCurveDisplay.from_estimator(fits, learning_rate=learning_rate)
        display.figure_.canvas.draw()
        bottom = np.ravel(display.ax_)[-1]
        box = bottom.get_legend().get_window_extent()
        assert box.y1 < bottom.xaxis.get_tightbbox().y0
        assert box.y0 > 0


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_legend_is_within_the_figure(rows, layout):
    """Also in one of the user's that makes no room for it."""
    fits = {k: constant(max_iter=k).fit(*rows) for k in range(1, 9)}
    figure, ax = plt.subplots(layout=layout)
    LossCurveDisplay.from_estimator(fits, ax=ax)
    figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    assert 0 <= box.y0 < box.y1 <= figure.bbox.height
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width


def test_loss_curves_are_drawn_in_the_style_given(rows):
    """One for all, or one for each; short names of properties count as the long."""
    fits = {
        k: constant(max_iter=k, alpha=0).fit(*rows, X_val=rows[0], y_val=rows[1])
        for k in (1, 2)
    }
    display = LossCurveDisplay.from_estimator(
        fits, line_kw={"c": "k", "lw": 3}, dot_kw={"ms": 9}
    )
    for line in display.ax_.lines:
        assert line.get_color() == "k"
    widths = [line.get_linewidth() for line in display.ax_.lines[:2]]
    assert widths == [3, 3]
    assert display.ax_.lines[2].get_markersize() == 9
    again = display.plot(line_kw=[{"color": "r"}, {"ls": ":"}])
    assert again.lines_[1].get_color() == "r"
    assert again.lines_[2].get_linestyle() == ":"
    with pytest.raises(ValueError, match="each of the 2 curves, got 1"):
        display.plot(line_kw=[{}])
    with pytest.raises(TypeError, match="alias"):
        display.plot(line_kw={"c": "k", "color": "k"})


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
    """Of a search that of its best, one within the other or not."""
    pipeline = make_pipeline(StandardScaler(), constant(max_iter=1)).fit(*rows)
    display = LossCurveDisplay.from_estimator(pipeline)
    assert display.lines_[""].get_label() == "max_iter after 1 update"
    search = GridSearchCV(pipeline, {}, cv=2).fit(*rows)
    inner = make_pipeline(StandardScaler(), GridSearchCV(constant(max_iter=1), {}))
    for other in (search, inner.fit(*rows), make_pipeline(pipeline)):
        losses = LossCurve.from_estimator(other).losses
        assert_allclose(losses, display.lines_[""].get_ydata(), rtol=1e-12)


@pytest.mark.parametrize(
    "estimator",
    [
        StandardScaler(),
        make_pipeline(constant(), StandardScaler()),
        make_pipeline(constant(), "passthrough"),
        GridSearchCV(constant(), {}),
        None,
    ],
)
def test_loss_curve_says_what_it_takes(estimator):
    """It takes pipelines and searches, so it does not say to pass a part of them."""
    with pytest.raises(TypeError, match="a Pipeline that ends in one, or") as raised:
        LossCurveDisplay.from_estimator({"name": estimator})
    assert "pipeline[" not in str(raised.value)


def test_loss_curve_of_no_fit_there_is_not():
    """Nothing given, or nothing fitted."""
    with pytest.raises(ValueError, match="no estimator"):
        LossCurveDisplay.from_estimator({})
    for estimator in (GDLogisticRegression(), make_pipeline(GDLogisticRegression())):
        with pytest.raises(NotFittedError):
            LossCurveDisplay.from_estimator(estimator)


@pytest.mark.parametrize(
    "look", [trace_propagation, check_gradient, CostSurfaceDisplay.from_estimator]
)
def test_what_takes_no_pipeline_says_what_to_pass(look, rows):
    """And what it says is so."""
    X, y = rows
    scaled = make_pipeline(StandardScaler(), constant()).fit(X, y)
    with pytest.raises(TypeError, match=r"pass the last step, pipeline\[-1\], and X"):
        look(scaled, X, y)
    look(scaled[-1], scaled[:-1].transform(X), y)
    alone = make_pipeline(constant()).fit(X, y)
    with pytest.raises(TypeError, match=r"one step pass this step, pipeline\[0\]"):
        look(alone, X, y)
    look(alone[0], X, y)
    search = GridSearchCV(constant(), {}, cv=2).fit(X, y)
    with pytest.raises(TypeError, match="pass its best_estimator_"):
        look(search, X, y)
    look(search.best_estimator_, X, y)
    with pytest.raises(TypeError, match=r"got StandardScaler\(\)\.$"):
        look(StandardScaler(), X, y)


def test_loss_curve_on_a_plateau_ends_with_the_last_update(rows):
    """An equal loss before it does not mean that earlier parameters were kept."""
    X, y = rows
    model = GDLogisticRegression(1e-20, max_iter=5, tol=0).fit(X, y)
    assert model.loss_curve_ == [model.loss_] * 5
    losses, dot, _ = parts(LossCurveDisplay.from_estimator(model))
    assert (len(losses), dot[0]) == (6, 5)


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


def bars(display):
    """Return the axes of a figure that are not those of the display."""
    return [ax for ax in display.figure_.axes if ax is not display.ax_]


def test_cost_surface_drawn_again_has_one_colour_bar(rows):
    """For its new J, by whichever display; other bars and axes are left alone."""
    first = CostSurfaceDisplay.from_estimator(constant(), *rows, grid_resolution=9)
    ax = first.ax_
    (bar,) = bars(first)
    limits = bar.get_ylim()
    first.plot(ax)
    assert bars(first) == [bar]
    second = CostSurfaceDisplay.from_estimator(
        constant(), *rows, grid_resolution=9, limits=((5, 9), (5, 9)), ax=ax
    )
    assert bars(second) == [bar]
    assert bar.get_ylim() > limits
    assert bar.get_ylabel() == "J"
    points = ax.scatter([6], [6], c=[1])
    others = ax.figure.colorbar(points, ax=ax, label="mine").ax
    first.plot(ax)
    assert {*bars(first)} == {bar, others}
    assert others.get_ylabel() == "mine"
    first.figure_.canvas.draw()
    assert bars(first.plot()) != [bar]


def test_cost_surface_is_drawn_in_the_style_given(rows):
    """Contours, path and surface."""
    display = CostSurfaceDisplay.from_estimator(
        constant(),
        *rows,
        grid_resolution=9,
        contour_kw={"levels": 3, "colors": ["w", "k"]},
        line_kw={"c": "r", "ls": ":"},
    )
    assert len(display.surface_.levels) <= 6
    line, ring, dot = display.ax_.lines
    assert {line.get_color(), ring.get_color(), dot.get_color()} == {"r"}
    assert [artist.get_linestyle() for artist in (line, ring, dot)] == [
        ":",
        "None",
        "None",
    ]
    solid = display.plot(kind="surface", surface_kw={"cmap": "Greys", "alpha": 0.5})
    assert solid.surface_.get_cmap().name == "Greys"
    assert display.plot(kind="surface", surface_kw={"color": "r"}).surface_
    with pytest.raises(TypeError, match="alias"):
        display.plot(line_kw={"c": "r", "color": "r"})


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


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("limits", [(-5, 5), (-1, 1), (0, 5), (-9, 0)])
def test_legend_of_an_activation_covers_no_curve(name, limits):
    """There is a place for it."""
    display = ActivationDisplay.from_activation(name, limits=limits)
    display.figure_.draw_without_rendering()
    box = display.ax_.get_legend().get_window_extent()
    for line in display.lines_:
        assert (
            not line.get_transform()
            .transform_path(line.get_path())
            .intersects_bbox(box, filled=False)
        )


def test_activation_is_drawn_in_the_style_given():
    """g and g′, from whichever method."""
    style = {"line_kw": {"lw": 4}, "derivative_kw": {"c": "r", "ls": "-."}}
    network = ShallowNNClassifier(activation="tanh")
    display = ActivationDisplay.from_estimator(network, **style)
    g, derivative = display.lines_
    assert (g.get_linewidth(), derivative.get_linewidth()) == (4, 2)
    assert (derivative.get_color(), derivative.get_linestyle()) == ("r", "-.")
    g, derivative = display.plot(line_kw={"label": "sinh / cosh"}).lines_
    assert (g.get_label(), derivative.get_label()) == ("sinh / cosh", "g′(z)")


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
        lambda: NetworkDisplay.from_estimator(None),
        lambda: BoundaryDisplay.from_estimator(None, None),
        lambda: LossCurveDisplay({}).plot(),
    ],
)
def test_displays_say_that_matplotlib_is_missing(monkeypatch, draw):
    """Only when they are called."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"install 'skshallow\[plot\]'"):
        draw()
