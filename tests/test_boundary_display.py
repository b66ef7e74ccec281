"""The plane as a classifier sees it: regions, boundary, hidden units, samples."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_moons, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import BoundaryDisplay

mpl.use("Agg")
DISPLAY = BoundaryDisplay.from_estimator


@pytest.fixture(autouse=True)
def closed_figures():
    """Leave no figure open."""
    yield
    plt.close("all")


@pytest.fixture
def moons():
    """Two half circles."""
    return make_moons(100, noise=0.2, random_state=0)


@pytest.fixture
def petals(load):
    """Two features of three species."""
    X, y = load("iris")
    return X[:, 2:], y


def network(**given):
    """Return a network of three hidden units."""
    return ShallowNNClassifier(
        3, "tanh", **{"alpha": 0.001, "random_state": 0, **given}
    )


class Quadrants(ClassifierMixin, BaseEstimator):
    """Says in which quadrant a sample is, and no more."""

    def fit(self, X, y):
        """Learn the names."""
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """Return them."""
        X = np.asarray(X)
        quadrant = 2 * (X[:, 0] > 0) + (X[:, 1] > 0)
        return self.classes_[quadrant % len(self.classes_)]


def vertices(line):
    """Return the points of a contour."""
    return np.concatenate([path.vertices for path in line.get_paths()])


def test_boundary_is_where_both_classes_are_as_likely(moons):
    """To the precision of the grid."""
    X, y = moons
    model = network(alpha=0.01).fit(X, y)
    display = DISPLAY(model, X, y)
    (line,) = display.lines_
    assert_allclose(model.predict_proba(vertices(line)), 0.5, atol=0.02)
    assert_array_equal(
        display.regions.response[3, 4],
        model.predict_proba([[display.regions.xx0[3, 4], display.regions.xx1[3, 4]]])[
            0, 1
        ],
    )


@pytest.mark.parametrize("estimator", [LogisticRegression(), GDLogisticRegression()])
def test_boundary_of_a_linear_model_is_its_line(moons, estimator):
    """Of any linear model, this package's or not."""
    X, y = moons
    model = estimator.fit(X, y)
    (line,) = DISPLAY(model, X, y).lines_
    assert_allclose(model.decision_function(vertices(line)), 0, atol=0.01)


def test_boundaries_of_three_classes_are_where_two_are_as_likely(petals):
    """A line for each class, where it begins to be the most likely."""
    X, y = petals
    model = network().fit(X, y)
    display = DISPLAY(model, X, y)
    assert len(display.lines_) == 3
    for k, line in enumerate(display.lines_):
        P = model.predict_proba(vertices(line))
        assert_allclose(P[:, k], np.delete(P, k, axis=1).max(axis=1), atol=0.1)


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("classifier", [Quadrants(), Perceptron()])
def test_boundary_needs_no_probabilities(classifier, n_classes):
    """The decision function will do, or the predictions."""
    X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    y = np.array(list("abcd"))[Quadrants().fit(X, range(n_classes)).predict(X)]
    model = classifier.fit(X, y)
    display = DISPLAY(model, X, y, grid_resolution=50)
    assert len(display.lines_) == (1 if n_classes == 2 else n_classes)
    if isinstance(classifier, Quadrants):
        for line in display.lines_:
            distances = np.abs(vertices(line)).min(axis=1)
            assert distances.max() <= 2.4 / 49


@pytest.mark.parametrize("scaled", [False, True])
def test_unit_is_the_line_where_its_z_is_zero(moons, scaled):
    """Of what a Pipeline makes of the samples, too; its arrow points to positive z."""
    X, y = moons[0] * [1, 1000], moons[1]
    model = make_pipeline(StandardScaler(), network()) if scaled else network()
    model.fit(X, y)
    display = DISPLAY(model, X, y, units=True)
    inner = model[-1] if scaled else model

    def z(samples):
        samples = model[:-1].transform(samples) if scaled else samples
        return samples @ inner.coefs_[0] + inner.intercepts_[0]

    _, *units = display.lines_
    arrows = display.ax_.texts
    assert len(units) == len(arrows) > 0
    # Units whose line is not in the picture have none.
    visible = [
        j for j in range(3) if display.units[j].min() < 0 < display.units[j].max()
    ]
    for j, line, arrow in zip(visible, units, arrows, strict=True):
        size = np.abs(display.units[j]).max()
        assert_allclose(z(vertices(line))[:, j], 0, atol=1e-9 * size)
        foot, tip = arrow.xyann, arrow.xy
        assert_allclose(z(np.array([foot]))[0, j], 0, atol=1e-9 * size)
        assert z(np.array([tip]))[0, j] > 0


def test_unit_without_weights_has_no_line(moons):
    """Its z is the same everywhere."""
    model = network(init="zeros", max_iter=2, tol=0, learning_rate=0.1).fit(*moons)
    display = DISPLAY(model, *moons, units=True)
    assert display.units.shape[0] == 3
    assert not display.ax_.texts


@pytest.mark.parametrize(
    "estimator",
    [GDLogisticRegression(), make_pipeline(LogisticRegression()), LogisticRegression()],
)
def test_units_are_those_of_a_network(moons, estimator):
    """Others have none."""
    with pytest.raises(TypeError, match="units=True needs a ShallowNNClassifier"):
        DISPLAY(estimator.fit(*moons), *moons, units=True)


def test_samples_have_the_colour_and_the_shape_of_their_class(petals):
    """And its name, for a legend."""
    X, y = petals
    names = np.array(["setosa", "versicolor", "virginica"])
    display = DISPLAY(network(max_iter=9, tol=0).fit(X, names[y]), X, names[y])
    assert [scatter.get_label() for scatter in display.scatters_] == [*names]
    for k, scatter in enumerate(display.scatters_):
        assert_array_equal(scatter.get_offsets(), X[y == k])
    colors = [scatter.get_facecolor()[0] for scatter in display.scatters_]
    shapes = [len(scatter.get_paths()[0].vertices) for scatter in display.scatters_]
    assert len({*map(tuple, colors)}) == len({*shapes}) == 3
    for k, color in enumerate(display.regions.multiclass_colors_):
        assert same_color(color, colors[k])
    assert DISPLAY(network(max_iter=9, tol=0).fit(X, y), X).scatters_ == []


def test_picture_goes_a_little_beyond_the_samples(moons):
    """By the same share of either feature, however different these are."""
    X, y = moons[0] * [1e-6, 1e6], moons[1]
    ax = DISPLAY(GDLogisticRegression().fit(X, y), X, y).ax_
    for limits, column in ((ax.get_xlim(), X[:, 0]), (ax.get_ylim(), X[:, 1])):
        margin = 0.1 * np.ptp(column)
        assert_allclose(limits, [column.min() - margin, column.max() + margin])


def test_picture_of_a_constant_feature_has_a_width(moons):
    """There is no boundary in it where the other feature says all."""
    X, y = moons[0] * [1, 0], moons[1]
    display = DISPLAY(GDLogisticRegression().fit(X, y), X, y)
    assert display.ax_.get_ylim() == (-0.1, 0.1)


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_columns_of_a_dataframe_are_the_labels(moons, frame):
    """And the classifier is given them."""
    library = pytest.importorskip(frame)
    X = library.DataFrame({"first": moons[0][:, 0], "second": moons[0][:, 1]})
    model = make_pipeline(StandardScaler(), network()).fit(X, moons[1])
    display = DISPLAY(model, X, moons[1], units=True)
    assert display.ax_.get_xlabel() == "first"
    assert display.ax_.get_ylabel() == "second"


def test_boundary_of_a_search_is_that_of_its_best(moons):
    """With its units."""
    search = GridSearchCV(network(max_iter=9, tol=0), {"momentum": [0.5]}, cv=2)
    display = DISPLAY(search.fit(*moons), *moons, units=True)
    assert display.units.shape == (3, 150, 150)


def test_boundary_is_drawn_in_the_style_given(moons):
    """Again, and on other axes."""
    display = DISPLAY(network().fit(*moons), *moons, units=True, grid_resolution=20)
    _, ax = plt.subplots()
    again = display.plot(
        ax,
        surface_kw={"levels": [0, 0.5, 1], "colors": ["w", "k"], "alpha": 1},
        line_kw={"colors": "r", "linewidths": 5},
        unit_kw={"colors": "g", "linestyles": ":"},
        scatter_kw={"s": 7, "lw": 3, "marker": "x", "ec": None},
    )
    assert again.ax_ is ax
    assert len(again.surface_.levels) == 3
    boundary, *units = again.lines_
    assert same_color(boundary.get_edgecolor()[0], "r")
    assert boundary.get_linewidth() == [5]
    assert all(same_color(unit.get_edgecolor()[0], "g") for unit in units)
    assert {scatter.get_sizes()[0] for scatter in again.scatters_} == {7}
    assert {scatter.get_linewidth()[0] for scatter in again.scatters_} == {3}


def test_boundary_display_refuses_what_it_cannot_draw(moons):
    """One or three features, unknown classes, labels that overlap, no fit."""
    X, y = moons
    with pytest.raises(ValueError, match=r"two columns, got the shape \(100, 1\)"):
        DISPLAY(GDLogisticRegression().fit(X[:, :1], y), X[:, :1], y)
    with pytest.raises(ValueError, match=r"two columns, got the shape \(100,\)"):
        DISPLAY(GDLogisticRegression().fit(X, y), y)
    with pytest.raises(ValueError, match="previously unseen labels"):
        DISPLAY(GDLogisticRegression().fit(X, y), X, y + 1)
    with pytest.raises(NotFittedError):
        DISPLAY(GDLogisticRegression(), X, y)
    for other in (LinearRegression().fit(X, y), StandardScaler().fit(X)):
        with pytest.raises(TypeError, match="must be a classifier, got"):
            DISPLAY(other, X, y)
    X, Y = make_multilabel_classification(n_features=2, n_classes=3, random_state=0)
    with pytest.raises(ValueError, match="multilabel"):
        DISPLAY(network(max_iter=2, tol=0).fit(X, Y), X)


def test_display_of_integers_and_of_dataframes_of_them_goes_between_them():
    """The grid is of floats, whatever the samples are."""
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    y = [0, 0, 0, 1]
    for samples in (X, pd.DataFrame(X, columns=["a", "b"])):
        display = DISPLAY(GDLogisticRegression(alpha=0.01).fit(samples, y), samples, y)
        assert display.ax_.get_xlim() == (-0.1, 1.1)
