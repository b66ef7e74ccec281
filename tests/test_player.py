"""A player's page has in it what was recorded, all that it needs, and no more."""

import json
import re
from base64 import b64decode
from html import unescape
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.datasets import make_moons, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skshallow
from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import DescentPlayer, record_descent
from skshallow.inspection.player_pictures import ticks_of
from skshallow.objective.activations import ACTIVATIONS

PAGE = Path(skshallow.__file__).parent / "inspection" / "player_page"


@pytest.fixture(scope="module")
def moons():
    """Two features, two classes."""
    return make_moons(200, noise=0.2, random_state=0)


def network(**given):
    """Return a network of eight units, for ten updates."""
    usual = {"learning_rate": 1.0, "max_iter": 10, "tol": 0, "random_state": 0}
    return ShallowNNClassifier(8, "tanh", **usual | given)


def data_of(player):
    """Return what the page is given, decoded."""
    text = re.search(r'id="recordings">(.*?)</script>', player.to_html())[1]
    data = json.loads(text)
    for run in data["runs"]:
        run["updates"] = decoded(run["updates"], "<i4")
        run["theta"] = np.array([decoded(theta, "<f4") for theta in run["theta"]])
        for name, curve in run["curves"].items():
            run["curves"][name] = decoded(curve, "<f4")
    for samples in data["samples"]:
        samples["X"] = np.array([decoded(x, "<f4") for x in samples["X"]]).T
        members = [decoded(of_class, "u1") for of_class in samples["members"]]
        samples["members"] = np.array(members).T
    return data


def page_of(player):
    """Return the elements of the page, below the one that has them all."""
    html = re.sub(r"(?s)<style>.*?</style>|<script.*?</script>", "", player.to_html())
    # XML wants an end for each element and a value for each attribute.
    html = re.sub(r"<!DOCTYPE html>|<meta[^>]*>", "", html)
    html = re.sub(r"(<input[^>]*)>", r"\1/>", html)
    html = re.sub(r" (hidden|selected)(?=[ >])", r' \1=""', html)
    return ElementTree.fromstring(html)


def having(page, name):
    """Return the elements of a class."""
    return [each for each in page.iter() if name in each.get("class", "").split()]


def decoded(text, dtype):
    """Return an array from base 64."""
    return np.frombuffer(b64decode(text), dtype)


def logits(run, X, point):
    """Return the logits of scaled inputs at a point, as the page computes them."""
    theta, A = run["theta"][point].astype(float), X
    for n, h in run["shapes"]:
        W, b, theta = np.split(theta, [n * h, n * h + h])
        Z = A @ W.reshape(n, h) + b
        A = np.tanh(Z)
    return Z


@pytest.mark.parametrize("make", [network, GDLogisticRegression])
def test_page_has_the_recorded_parameters_for_scaled_inputs(make, load):
    """With them it computes the logits, up to float32, also of raw features."""
    X, y = load("iris", raw=True)
    X = X * [1, 1e3, 1e-3, 1] + [0, 1e5, 0, 0]
    estimator = make(learning_rate="auto", max_iter=10, tol=0)
    recording = record_descent(estimator, X, y)
    data = data_of(DescentPlayer(recording))
    (run,), (samples,) = data["runs"], data["samples"]
    assert_array_equal(run["updates"], recording.updates)
    origin = np.array(run["origin"])
    # Scaled inputs differ from each other as X does, and are those of 0 at the origin.
    assert_allclose(samples["X"] - origin, X / X.std(axis=0), rtol=1e-4, atol=1e-4)
    assert_array_equal(samples["members"], np.equal.outer(y, np.arange(3)))
    fitted = recording.estimator
    for point in (0, 3, 10):
        vars(fitted).update(recording.parameters[point])
        Z = logits(run, samples["X"], point)
        assert_allclose(Z, fitted.decision_function(X), rtol=1e-5, atol=1e-4)


def test_a_model_without_intercept_has_no_bias_on_centred_features(load):
    """Rounding of the columns' means is none."""
    X, y = load("iris")
    model = GDLogisticRegression(0.1, fit_intercept=False, max_iter=2, tol=0)
    (run,) = data_of(DescentPlayer.from_estimator(model, X, y))["runs"]
    assert_array_equal(run["theta"][:, -3:], 0)


def test_page_has_the_curves_the_end_and_what_was_kept(load):
    """All of each curve, with the values after the last update."""
    X, y = load("breast_cancer")
    early = ShallowNNClassifier(8, early_stopping=True, random_state=0)
    recording = record_descent(early, X, y)
    player = DescentPlayer(recording)
    (run,) = data_of(player)["runs"]
    for name, curve in {
        "loss": recording.loss_curve,
        "rate": recording.learning_rate_curve,
        "norm": recording.gradient_norm_curve,
        "validation": recording.validation_loss_curve,
    }.items():
        assert_array_equal(run["curves"][name], curve.astype(np.float32))
    assert run["kept"] == recording.kept < recording.updates[-1]
    (ending,) = having(page_of(player), "ending")
    assert ending.text == f"early_stopping after {recording.updates[-1]} updates"


def test_curves_are_complete_where_points_are_thinned_out(load):
    """So that a J that swings from update to update does not look calm."""
    X, y = load("breast_cancer")
    recording = record_descent(network(max_iter=50), X, y)
    whole, some = (
        data_of(DescentPlayer(recording, max_bytes=size))["runs"][0]
        for size in (100_000, 10_000)
    )
    assert_array_equal(whole["updates"], np.arange(51))
    # 257 parameters of 4 bytes each at every sixth update, and at the last.
    assert_array_equal(some["updates"], [*range(0, 50, 6), 50])
    assert_array_equal(some["theta"], whole["theta"][some["updates"]])
    assert_array_equal(some["curves"]["loss"], whole["curves"]["loss"])


def test_samples_are_few_and_of_each_class_in_proportion(load):
    """A file of thousands of digits is not made part of a page."""
    X, y = load("digits")
    (samples,) = data_of(
        DescentPlayer.from_estimator(GDLogisticRegression(max_iter=2, tol=0), X, y)
    )["samples"]
    assert samples["X"].shape == (8192 // 64, 64)
    assert_array_equal(samples["members"].sum(axis=1), 1)
    assert np.ptp(samples["members"].sum(axis=0)) <= 2


def test_recordings_of_the_same_rows_share_them(load):
    """Of others, such as those left by early stopping, each has its own."""
    X, y = load("iris")
    same = {str(size): ShallowNNClassifier(size, max_iter=2, tol=0) for size in (2, 3)}
    data = data_of(DescentPlayer.from_estimator(same, X, y, X_val=X[:9], y_val=y[:9]))
    (samples,) = data["samples"]
    assert [run["samples"] for run in data["runs"]] == [0, 0]
    assert [run["name"] for run in data["runs"]] == ["2", "3"]
    assert len(samples["X"]) == len(samples["members"]) == 150
    other = {"plain": network(), "early": network(early_stopping=True)}
    data = data_of(DescentPlayer.from_estimator(other, X, y))
    assert [run["samples"] for run in data["runs"]] == [0, 1]


def test_samples_of_two_features_lie_where_they_are(moons):
    """A path for each class, and for rows to validate on a hollow one."""
    X, y = moons
    X_val, y_val = make_moons(30, random_state=1)
    player = DescentPlayer.from_estimator(network(), X, y, X_val=X_val, y_val=y_val)
    (run,) = data_of(player)["runs"]
    (left, right), (bottom, top) = run["limits"]
    paths = having(page_of(player), "samples")
    marked = [re.search(r"#(\w+)", path.get("style"))[1] for path in paths]
    assert marked == ["trained0", "trained1", "held0", "held1"]
    for path, rows in zip(
        paths, (X[y == 0], X[y == 1], X_val[y_val == 0], X_val[y_val == 1]), strict=True
    ):
        x, down = np.array(path.get("d")[1:].split(), float).reshape(-1, 2).T / 100
        inputs = np.stack([left + x * (right - left), top - down * (top - bottom)], 1)
        shown = (inputs - run["origin"]) * X.std(axis=0)
        assert_allclose(shown, rows, atol=1e-3)


@pytest.mark.parametrize("make", [network, GDLogisticRegression])
def test_lines_name_the_entries_that_they_stand_for(make, load):
    """Each in the estimator's attributes, and of θ by its number."""
    X, y = load("iris", raw=True)
    recording = record_descent(make(learning_rate="auto", max_iter=5, tol=0), X, y)
    player = DescentPlayer(recording)
    (run,), kept = data_of(player)["runs"], recording.parameters[recording.kept]
    theta = run["theta"][run["updates"] == run["kept"]][0]
    lines = [line for group in having(page_of(player), "edges") for line in group]
    assert sorted(int(line.get("data-k")) for line in lines) == [*range(len(theta))]
    for line in lines:
        scale = line.get("data-scale")
        if scale:
            value = eval(line.get("data-name"), {}, kept)
            shown = theta[int(line.get("data-k"))] / float(scale)
            assert_allclose(shown, value, rtol=1e-4)
        else:
            assert re.match(r"intercepts?_", line.get("data-name"))


def test_diagram_shows_no_more_than_twelve_units_of_a_layer(load):
    """Those of the largest weights; and it says how many there are."""
    X, y = load("digits")
    net = ShallowNNClassifier(20, max_iter=5, tol=0, random_state=0)
    recording = record_descent(net, X, y)
    page = page_of(DescentPlayer(recording))
    shown = {
        line.get("data-name")
        for group in having(page, "edges")
        for line in group
        if line.get("data-name").startswith("coefs_[1]")
    }
    W2 = recording.parameters[recording.kept]["coefs_"][1]
    largest = np.argsort(-np.abs(W2).sum(axis=1))[:12]
    assert shown == {f"coefs_[1][{u}, {k}]" for u in largest for k in range(10)}
    (figure,) = having(page, "network")
    caption = "".join(figure.find("figcaption").itertext())
    assert "12 of 64 features shown. 12 of 20" in caption
    assert "outputs shown" not in caption


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.55, 0.77),
        (0.6, 1.02),
        (1e-41, 31),
        (1e-4, 0.9),
        (0.69, 0.7),
        (0.1, 0.75),
        (0.3, 1200),
    ],
)
def test_axis_of_the_cost_has_a_few_ticks(low, high):
    """However much or little J has fallen."""
    ticks = ticks_of(low, high)
    assert 3 <= len(ticks) <= 8
    assert low <= min(ticks) < max(ticks) <= high


def test_player_takes_what_fit_takes(moons):
    """Frames with names, sparse matrices, indicator matrices, pipelines."""
    X, y = moons
    frame = pd.DataFrame(X, columns=["width", "height"])
    auto = network(learning_rate="auto")
    pipeline = make_pipeline(StandardScaler(), auto)
    labels = make_multilabel_classification(n_features=2, n_classes=3, random_state=0)
    for estimator, rows, names, kind in (
        (auto, (frame, y), ["width", "height"], "binary"),
        (pipeline, (X, y), ["x₁", "x₂"], "binary"),
        (auto, (sparse.csr_array(X), y), ["x₁", "x₂"], "binary"),
        (auto, labels, ["x₁", "x₂"], "multilabel"),
    ):
        page = page_of(DescentPlayer.from_estimator(estimator, *rows))
        words = [text.text for text in having(page, "network")[0].iter("text")]
        assert words[:2] == names
        assert bool(having(page, "plane")) == (kind != "multilabel")


def test_player_shows_what_diverged(moons):
    """Where numbers are beyond float32, too."""
    rates = {"large": 1e4, "huge": 1e300}
    nets = {name: network(learning_rate=rate) for name, rate in rates.items()}
    with pytest.warns(ConvergenceWarning, match="diverged"):
        player = DescentPlayer.from_estimator(nets, *moons)
    runs, endings = data_of(player)["runs"], having(page_of(player), "ending")
    assert all(each.text.startswith("diverged after") for each in endings)
    assert not np.isfinite(runs[1]["theta"][-1]).all()


def test_page_of_400_updates_and_8_units_is_small(moons):
    """Below 200 kB, in a notebook too."""
    player = DescentPlayer.from_estimator(network(max_iter=400), *moons)
    assert len(data_of(player)["runs"][0]["updates"]) == 401
    assert len(player.to_html().encode()) < 200_000
    assert len(player._repr_html_().encode()) < 200_000


def test_saved_page_is_complete_in_itself(moons, tmp_path):
    """It has its title, and loads nothing."""
    player = DescentPlayer.from_estimator(network(), *moons, title="Two <moons>")
    player.save(tmp_path / "moons.html")
    page = (tmp_path / "moons.html").read_text("utf-8")
    assert page == player.to_html()
    assert "<title>Two &lt;moons&gt;</title>" in page
    # What url() may name is in the page.
    loading = r"""\b(src|href)\s*=|@import|url\((?!#)|\bimport\b|fetch\("""
    assert not re.search(loading, page)
    # The name of SVG's elements, which nobody looks up.
    assert set(re.findall(r"https?://[^\"\s]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_notebooks_show_the_page_in_a_frame_of_its_own(moons):
    """So that several on a page do not meet."""
    player = DescentPlayer.from_estimator(network(), *moons)
    frame = player._repr_html_()
    assert frame.startswith("<iframe ")
    assert unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == player.to_html()


def test_names_cannot_end_the_script(moons):
    """Whatever estimators and classes are called."""
    X, y = moons
    name = "</script><b>&"
    player = DescentPlayer.from_estimator(
        {name: network()}, X, np.array(["a", name])[y]
    )
    assert name not in player.to_html()
    page = page_of(player)
    assert [each.text for each in having(page, "name")] == [name]
    key = having(page, "plane")[0].iter("span")
    assert ["".join(each.itertext()).strip() for each in key] == [name, "a"]


def test_page_knows_every_activation():
    """A new one needs its line in the table of the page, too."""
    script = (PAGE / "recording.js").read_text("utf-8")
    table = re.search(r"const ACTIVATIONS = {\n(.*?)\n};", script, re.DOTALL)[1]
    assert set(ACTIVATIONS) <= set(re.findall(r"^  (\w+):", table, re.MULTILINE))


def test_player_refuses_what_it_cannot_play(moons):
    """No estimator, another's, one that is no recording, no room."""
    with pytest.raises(ValueError, match="no recording"):
        DescentPlayer.from_estimator({}, *moons)
    with pytest.raises(TypeError, match=r"got StandardScaler\(\)"):
        DescentPlayer.from_estimator(StandardScaler(), *moons)
    with pytest.raises(TypeError, match=r"got \[Shallow.*takes several as \{name: es"):
        DescentPlayer.from_estimator([network(), network()], *moons)
    with pytest.raises(TypeError, match=r"got ShallowNN.*from_estimator"):
        DescentPlayer(network())
    with pytest.raises(TypeError, match=r"got Shallow.*from_estimator takes estim"):
        DescentPlayer({"a": network()})
    for nothing in ([], None):
        with pytest.raises(
            TypeError, match=f"a dict of such, got {re.escape(repr(nothing))}"
        ):
            DescentPlayer(nothing)
    with pytest.raises(ValueError, match=r"the same name: \[1, '1'\]"):
        DescentPlayer.from_estimator({1: network(), "1": network()}, *moons)
    with pytest.raises(ValueError, match="max_bytes"):
        DescentPlayer(record_descent(network(), *moons), max_bytes=0)


def test_wheels_have_the_page(tmp_path):
    """Scripts and styles are part of the package."""
    builder = pytest.importorskip("hatchling.builders.wheel").WheelBuilder
    root = PAGE.parents[2]
    (wheel,) = builder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    names = ZipFile(wheel).namelist()
    for each in PAGE.iterdir():
        assert f"skshallow/inspection/player_page/{each.name}" in names
