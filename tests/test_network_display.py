"""The diagram of a network: every weight is a line, and nothing else is."""

import re
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from numpy.testing import assert_allclose
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import NetworkDisplay
from skshallow.inspection.lettering import shortened

mpl.use("Agg")
SVG = "{http://www.w3.org/2000/svg}"
BLUE, ORANGE = "#0072b2", "#d55e00"
DISPLAY = NetworkDisplay.from_estimator


@pytest.fixture(autouse=True)
def closed_figures():
    """Leave no figure open."""
    yield
    plt.close("all")


def small(**given):
    """Return a display of two inputs, three hidden units and an output."""
    weights = [[[1.0, -2.0, 0.0], [4.0, 0.5, -1.0]], [[1.0], [-2.0], [3.0]]]
    biases = [[10.0, -20.0, 0.0], [0.0]]
    names = {"feature_names": ["a", "b & <c>"], "output_names": ["yes"]}
    return NetworkDisplay(weights, biases, **names, **given)


def lines_of(display):
    """Return what each line of the SVG says it is, with its attributes."""
    root = ET.fromstring(display.to_svg())
    titled = [(line.find(f"{SVG}title").text, line) for line in root.iter(f"{SVG}line")]
    return {title: line.attrib for title, line in titled if "→" in title}


def words_of(display):
    """Return all that is written in the SVG."""
    return [text.text for text in ET.fromstring(display.to_svg()).iter(f"{SVG}text")]


def test_every_weight_and_bias_is_a_line():
    """But for those that are 0."""
    assert set(lines_of(small())) == {
        "a → 0: 1",
        "a → 1: -2",
        "b & <c> → 0: 4",
        "b & <c> → 1: 0.5",
        "b & <c> → 2: -1",
        "bias → 0: 10",
        "bias → 1: -20",
        "0 → yes: 1",
        "1 → yes: -2",
        "2 → yes: 3",
    }


def test_lines_have_the_sign_as_colour_and_dash_and_the_size_as_width():
    """Relative to the largest weight of the layer, and biases to the largest bias."""
    lines = lines_of(small())
    for title, line in lines.items():
        is_negative = ": -" in title
        assert line["stroke"] == (BLUE if is_negative else ORANGE)
        assert ("stroke-dasharray" in line) == is_negative
    widest = {"b & <c> → 0: 4", "bias → 1: -20", "2 → yes: 3"}
    widths = {title: float(line["stroke-width"]) for title, line in lines.items()}
    assert {t for t, width in widths.items() if width == max(widths.values())} == widest
    assert_allclose(widths["a → 1: -2"], max(widths.values()) / 2)
    assert_allclose(widths["bias → 0: 10"], max(widths.values()) / 2)


def test_both_forms_have_the_same_lines_and_words():
    """Matplotlib's and SVG."""
    display = small().plot()
    root = ET.fromstring(display.to_svg())
    svg = [line.attrib for line in root.iter(f"{SVG}line")]
    segments = display.lines_.get_segments()
    assert len(svg) == len(segments) == len(display.lines_.get_linewidths())
    for line, segment, color, width, (_, dash) in zip(
        svg,
        segments,
        display.lines_.get_colors(),
        display.lines_.get_linewidths(),
        display.lines_.get_linestyles(),
        strict=True,
    ):
        ends = [float(line[key]) for key in ("x1", "y1", "x2", "y2")]
        assert_allclose(np.ravel(segment), ends, rtol=1e-3)
        assert same_color(line["stroke"], color)
        assert_allclose(float(line["stroke-width"]) * 0.75, width, rtol=1e-2)
        assert ("stroke-dasharray" in line) == (dash is not None)
    assert words_of(display) == [text.get_text() for text in display.texts_]
    circles = [*root.iter(f"{SVG}circle")]
    assert len(display.circles_.get_paths()) == len(circles) == 2 + 3 + 1 + 1
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert display.ax_.get_xlim() == (0, width)
    assert display.ax_.get_ylim() == (height, 0)


def test_all_that_is_written_is_within_the_picture():
    """Whatever its length."""
    names = ["a feature with a name that has no end, or hardly any", "b"]
    display = NetworkDisplay(
        [[[1.0], [2.0]]], [[1.0]], feature_names=names, output_names=["long" * 9]
    ).plot()
    display.figure_.canvas.draw()
    for text in display.texts_:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= display.figure_.bbox.width
        assert box.y0 >= 0
        assert box.y1 <= display.figure_.bbox.height


def test_a_chinese_letter_has_the_room_of_two():
    """A picture is as wide as that of a name of twice the letters."""
    pictures = [
        NetworkDisplay(
            [[[1.0]]], [[1.0]], feature_names=[name], output_names=["z"]
        )._diagram()
        for name in ("花萼长度（厘米）", "sepal length, cm")
    ]
    assert pictures[0].width == pictures[1].width


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("petal", "petal"),
        ("petals", "peta…"),
        ("花瓣", "花瓣"),
        ("花瓣长", "花瓣…"),
        ("a花瓣", "a花瓣"),
        ("a花瓣长", "a花…"),
        ("a\n b", "a b"),
    ],
)
def test_names_are_shortened_to_a_width(name, expected):
    """Of five letters here, with the dots."""
    assert shortened(name, 5) == expected


def test_svg_says_what_it_shows_to_those_who_do_not_see_it():
    """A title and a description, whose names no other picture has."""
    svg = small().to_svg()
    root = ET.fromstring(svg)
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "A network of 2 inputs, 3 hidden units, 1 output"
    assert "2 inputs: a, b & <c>." in desc.text
    assert "Largest: bias → 1: -20; bias → 0: 10; b & <c> → 0: 4." in desc.text
    assert small().to_svg() == svg
    assert f'id="{title.get("id")}"' not in small(max_units=1).to_svg()


def test_svg_takes_the_colour_of_the_page_and_loads_nothing():
    """Text and circles are drawn in the current colour, for light and dark."""
    svg = small().to_svg()
    assert 'fill="currentColor"' in svg
    assert 'stroke="currentColor"' in svg
    assert {*re.findall("#[0-9a-f]{6}", svg)} == {BLUE, ORANGE}
    assert re.findall("https?://[^\"']*", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search("href|url|<script|<style", svg)


def test_notebooks_show_the_svg_and_not_the_figure_beside_it():
    """A figure of the user's own stays open."""
    display = small()
    assert display.to_svg() in display._repr_html_()
    display.plot()
    assert plt.get_fignums()
    assert display.to_svg() in display._repr_html_()
    assert not plt.get_fignums()
    _, ax = plt.subplots()
    display.plot(ax)
    display._repr_html_()
    assert display.ax_ is ax
    assert plt.get_fignums()


def test_large_layers_show_the_units_that_matter():
    """By the weights that lead on from them, in their order; the rest is counted."""
    random = np.random.default_rng(0)
    W1, W2 = random.normal(size=(100, 20)), random.normal(size=(20, 15))
    W1[[7, 50, 3]] *= 1000
    W2[[19, 0]] *= 1000
    display = NetworkDisplay(
        [W1, W2],
        [np.ones(20), np.zeros(15)],
        feature_names=[f"f{j}" for j in range(100)],
        output_names=[f"c{k}" for k in range(15)],
        max_units=3,
    )
    words = words_of(display)
    assert [word for word in words if re.fullmatch(r"f\d+", word)] == [
        "f3",
        "f7",
        "f50",
    ]
    assert [word for word in words if re.fullmatch(r"c\d+", word)] == ["c0", "c1", "c2"]
    assert {"0", "19"} < {*words}
    assert {"+ 97 more", "+ 17 more", "+ 12 more"} < {*words}
    assert {"100 inputs", "20 hidden units", "15 outputs"} < {*words}
    assert "100 inputs, of which 3 are shown: f3, f7, f50." in display.to_svg()


def test_layers_that_fit_say_nothing_of_more():
    """Up to `max_units`, everything is there."""
    assert not any("more" in word for word in words_of(small(max_units=3)))
    assert "+ 1 more" in words_of(small(max_units=2))


def test_network_of_two_classes_has_the_second_as_its_output(load):
    """With the features' names as fit saw them."""
    X, y = load("breast_cancer")
    frame = pd.DataFrame(X[:, :3], columns=["radius", "texture $", "$"])
    network = ShallowNNClassifier(2, random_state=0, max_iter=5, tol=0)
    display = DISPLAY(network.fit(frame, np.where(y, "benign", "malignant")))
    assert display.feature_names == ["radius", "texture $", "$"]
    assert display.output_names == ["malignant"]
    assert_allclose(display.weights[0], network.coefs_[0])
    assert_allclose(display.biases[1], network.intercepts_[1])
    display.figure_.canvas.draw()
    named = DISPLAY(network, class_names=["b", "m"], feature_names=range(3))
    assert (named.feature_names, named.output_names) == (["0", "1", "2"], ["m"])


@pytest.mark.parametrize("multi_class", [False, True])
def test_linear_model_is_a_network_without_hidden_layer(load, multi_class):
    """With an output for each class where there are more than two."""
    X, y = load("iris")
    y = y if multi_class else y == 2
    model = GDLogisticRegression(max_iter=5, tol=0).fit(X, y)
    display = DISPLAY(model)
    (W,), (b,) = display.weights, display.biases
    assert_allclose(W, model.coef_.T)
    assert_allclose(b, model.intercept_)
    assert display.output_names == (["0", "1", "2"] if multi_class else ["True"])
    assert display.feature_names == ["x0", "x1", "x2", "x3"]
    assert len(lines_of(display)) == W.size + b.size


def test_multilabel_network_has_an_output_for_each_label():
    """Even for two of them."""
    X, Y = make_multilabel_classification(n_features=4, n_classes=2, random_state=0)
    network = ShallowNNClassifier(3, random_state=0, max_iter=5, tol=0).fit(X, Y)
    assert DISPLAY(network).output_names == ["0", "1"]
    assert DISPLAY(network, class_names=["a", "b"]).output_names == ["a", "b"]


def test_network_without_intercept_has_no_circle_for_biases(load):
    """Nor has one whose weights are all 0 a line."""
    X, y = load("breast_cancer")
    model = GDLogisticRegression(max_iter=5, tol=0, fit_intercept=False)
    assert "b" not in words_of(DISPLAY(model.fit(X, y)))
    sparse = GDLogisticRegression(alpha=1e9, l1_ratio=1, fit_intercept=False)
    display = DISPLAY(sparse.fit(X, y))
    assert lines_of(display) == {}
    assert len(display.lines_.get_segments()) == 2  # the key's
    assert "Largest" not in display.to_svg()


def test_network_of_a_pipeline_is_that_of_its_last_step(load):
    """With the names of what the steps before it make of the features."""
    X, y = load("breast_cancer")
    frame = pd.DataFrame(X[:, :2], columns=["radius", "texture"])
    model = GDLogisticRegression(max_iter=5, tol=0)
    pipeline = make_pipeline(StandardScaler(), model).fit(frame, y)
    display = DISPLAY(pipeline)
    assert display.feature_names == ["radius", "texture"]
    assert_allclose(display.weights[0], pipeline[-1].coef_.T)
    search = GridSearchCV(pipeline, {}, cv=2).fit(frame, y)
    assert DISPLAY(search).feature_names == ["radius", "texture"]
    silent = make_pipeline(FunctionTransformer(np.asarray), model).fit(frame, y)
    assert DISPLAY(silent).feature_names == ["x0", "x1"]
    alone = make_pipeline(model).fit(frame, y)
    assert DISPLAY(alone).feature_names == ["radius", "texture"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"feature_names": ["a"]}, "feature_names must have 4 names, got 1"),
        ({"class_names": ["a"]}, "class_names must have 3 names, got 1"),
        ({"max_units": 0}, "max_units == 0, must be >= 1"),
    ],
)
def test_network_display_refuses_what_does_not_fit(load, given, message):
    """In words of its own."""
    model = GDLogisticRegression(max_iter=1, tol=0).fit(*load("iris"))
    with pytest.raises(ValueError, match=message):
        DISPLAY(model, **given)


def test_network_display_draws_fitted_estimators_of_this_package():
    """And says so of others."""
    with pytest.raises(NotFittedError):
        DISPLAY(ShallowNNClassifier())
    with pytest.raises(TypeError, match=r"a Pipeline that ends in one.*StandardScaler"):
        DISPLAY(make_pipeline(StandardScaler()))


def test_network_display_is_drawn_in_the_style_given():
    """By any name of a property."""
    display = small().plot(
        line_kw={"lw": 2}, circle_kw={"ec": "r"}, text_kw={"size": 5, "color": "b"}
    )
    assert {*display.lines_.get_linewidths()} == {2}
    assert same_color(display.circles_.get_edgecolor()[0], "r")
    for text in display.texts_:
        assert (text.get_fontsize(), text.get_color()) == (5, "b")


def test_svg_needs_no_matplotlib(monkeypatch):
    """Only what is drawn by matplotlib does."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert small()._repr_html_().startswith("<div")
    with pytest.raises(ImportError, match=r"install 'skshallow\[plot\]'"):
        small().plot()
