"""What a browser makes of a player's page: pictures of the recorded numbers."""

import re
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_blobs, make_moons, make_multilabel_classification

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import DescentPlayer, record_descent
from skshallow.objective.activations import ACTIVATIONS
from tests import reference
from tests.browser import NO_DRIVER, set_width

keys, waiting = (
    pytest.importorskip(f"selenium.webdriver.{name}", reason=NO_DRIVER)
    for name in ("common.keys", "support.wait")
)
Keys, WebDriverWait = keys.Keys, waiting.WebDriverWait

SIZES = [400, 1400]
# A pixel per cell of the grid that a picture of the plane has.
GRID = 64
# In float32, of sums of some dozens of products.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture
def show(browser, tmp_path):
    """Open pages, which must have nothing to load."""
    page = tmp_path / "page.html"

    def show(html, width=1000):
        set_width(browser, width)
        page.write_text(html, "utf-8")
        browser.get(page.as_uri())
        return browser

    yield show
    loaded = "return performance.getEntriesByType('resource').map(({ name }) => name)"
    assert browser.execute_script(loaded) == []


@contextmanager
def preferring(browser, **preferences):
    """Have the user prefer a scheme of colours, or reduced motion."""
    features = [
        {"name": f"prefers-{name.replace('_', '-')}", "value": value}
        for name, value in preferences.items()
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    yield
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def moons(**given):
    """Return two features and two classes."""
    return make_moons(120, noise=0.2, **{"random_state": 0} | given)


def network(activation="tanh", **given):
    """Return a network of five units, for thirty updates."""
    usual = {"learning_rate": 1.0, "max_iter": 30, "tol": 0, "random_state": 0}
    return ShallowNNClassifier(5, activation, **usual | given)


def at(recording, point):
    """Return the estimator with the parameters that it had at a point."""
    vars(recording.estimator).update(recording.parameters[point])
    return recording.estimator


def colours(browser, selector):
    """Return the red, green and blue of a canvas over the ground, row by row."""
    script = """
        const canvas = document.querySelectorAll(arguments[0])[arguments[1] ?? 0];
        const { width, height } = canvas;
        const ground = getComputedStyle(document.body).backgroundColor;
        const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        return [ground.match(/\\d+/g).map(Number), [...pixels]];
    """
    selector, number = selector if isinstance(selector, tuple) else (selector, 0)
    ground, pixels = browser.execute_script(script, selector, number)
    pixels = np.reshape(pixels, (-1, 4)).astype(float)
    opacity = pixels[:, 3:] / 255
    return opacity * pixels[:, :3] + (1 - opacity) * ground


def is_orange(pixels):
    """Whether pixels are more red than blue."""
    return pixels[:, 0] > pixels[:, 2]


def grid(browser):
    """Return the samples that the pixels of the plane stand for."""
    inputs = "return player.views[0].X.map((column) => [...column])"
    return unscaled(browser, np.transpose(browser.execute_script(inputs)))


def unscaled(browser, inputs):
    """Return scaled inputs of the moons in the units of the features."""
    origin = browser.execute_script("return player.views[0].run.origin")
    return (inputs - np.array(origin)) * moons()[0].std(axis=0)


def numbers(browser):
    """Return the numbers that are shown of an update, by their names."""
    script = (
        "return [...document.querySelectorAll('data')].map(d => [d.className, d.value])"
    )
    return {
        name: float(value) for name, value in browser.execute_script(script) if value
    }


def text(browser, name):
    """Return the text of an element."""
    script = "return document.getElementById(arguments[0]).textContent"
    return browser.execute_script(script, name)


def test_activations_of_the_page_are_those_of_the_package(show):
    """Number by number; the smallest may be what rounding leaves of a sum."""
    browser = show(DescentPlayer.from_estimator(network(), *moons()).to_html())
    z = np.concatenate([np.linspace(-12, 12, 97), [-1e3, -1e-9, 1e-9, 1e3]])
    script = "return arguments[1].map((z) => ACTIVATIONS[arguments[0]](z, 0.2))"
    for name in ACTIVATIONS:
        computed = browser.execute_script(script, name, z.tolist())
        with np.errstate(over="ignore"):
            expected = reference.activation(name, z, 0.2)
        assert_allclose(computed, expected, rtol=1e-12, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("activation", ["tanh", "relu", None])
def test_plane_shows_the_regions_and_units_of_an_update(show, activation):
    """Each pixel has the colour of the class predicted, or of the activation's sign."""
    X, y = moons()
    linear = GDLogisticRegression(1.0, max_iter=30, tol=0)
    recording = record_descent(network(activation) if activation else linear, X, y)
    browser = show(DescentPlayer(recording).to_html())
    points = grid(browser)
    for k in (0, 7, 30):
        browser.execute_script("player.go(arguments[0])", k)
        fitted = at(recording, k)
        z = fitted.decision_function(points)
        # A probability of about ½ has no colour.
        sure = np.abs(z) > 0.1
        orange = is_orange(colours(browser, ".plane canvas"))
        assert_array_equal(orange[sure], z[sure] > 0)
        if activation:
            W1, b1 = fitted.coefs_[0], fitted.intercepts_[0]
            A1 = reference.activation(activation, points @ W1 + b1, 0)
            for unit, a in enumerate(A1.T):
                pixels = colours(browser, (".diagram canvas", unit))
                sizes = np.abs(a) / np.abs(a).max()
                sure = sizes > 0.02
                assert_array_equal(is_orange(pixels)[sure], a[sure] > 0)
                # Orange has no blue, and blue no red: they fade to white.
                strengths = 1 - pixels[:, [0, 2]].min(axis=1) / 255
                assert_allclose(strengths, 0.95 * sizes, atol=0.02)


def test_boundary_lies_where_logits_are_zero(show):
    """Up to the curvature within a cell of the grid."""
    X, y = moons()
    recording = record_descent(network(), X, y)
    browser = show(DescentPlayer(recording).to_html())
    browser.execute_script("player.go(20)")
    script = """
        const boundary = document.querySelector(".boundary");
        return [boundary.getAttribute("d"), player.views[0].run.limits];
    """
    path, limits = browser.execute_script(script)
    low, high = np.transpose(limits)
    ends = np.array(re.findall(r"[ML](\S+) ([^ML]+)", path), float)
    assert len(ends) > 20
    inputs = low + np.column_stack([ends[:, 0], GRID - ends[:, 1]]) / GRID * (
        high - low
    )
    z = at(recording, 20).decision_function(unscaled(browser, inputs))
    everywhere = recording.estimator.decision_function(grid(browser))
    assert np.abs(z).max() < 0.01 * np.abs(everywhere).max()


def test_three_classes_have_the_colours_of_the_predictions(show):
    """The third is green."""
    X, y = make_blobs(90, centers=3, cluster_std=2, random_state=3)
    recording = record_descent(network(learning_rate=0.1), X, y)
    browser = show(DescentPlayer(recording).to_html())
    browser.execute_script("player.go(12)")
    fitted = at(recording, 12)
    inputs = "return player.views[0].X.map((column) => [...column])"
    origin = browser.execute_script("return player.views[0].run.origin")
    points = np.transpose(browser.execute_script(inputs)) - np.array(origin)
    points *= X.std(axis=0)
    probabilities = np.sort(fitted.predict_proba(points))
    sure = probabilities[:, -1] > probabilities[:, -2] + 0.1
    red, green, blue = colours(browser, ".plane canvas").T
    shown = np.where(red > blue, 1, np.where(green > blue, 2, 0))
    assert_array_equal(shown[sure], fitted.predict(points)[sure])
    assert len(set(shown)) == 3


@pytest.mark.parametrize("name", ["network", "linear"])
def test_lines_are_the_weights_of_an_update(show, name, load):
    """Their widths, dashes and texts, in the units of the attributes."""
    X, y = load("iris", raw=True)
    make = {"network": network, "linear": GDLogisticRegression}[name]
    recording = record_descent(make(learning_rate="auto", max_iter=30, tol=0), X, y)
    browser = show(DescentPlayer(recording).to_html())
    browser.execute_script("player.go(9)")
    script = """
        const [view] = player.views;
        return [...document.querySelectorAll(".edges path")].map((line) => ({
            said: view.entry(line.dataset), name: line.dataset.name,
            width: parseFloat(getComputedStyle(line).strokeWidth),
            dashed: getComputedStyle(line).strokeDasharray !== "none",
        }));
    """
    lines = browser.execute_script(script)
    parameters = recording.parameters[9]
    sizes = [np.size(part) for value in parameters.values() for part in value]
    assert len(lines) == sum(sizes)
    for line in lines:
        value = eval(line["name"], {}, parameters)
        said = line["said"].replace("−", "-").removeprefix(f"{line['name']} = ")
        # Four digits are written, two of small numbers.
        assert_allclose(float(said), value, rtol=5e-4 if abs(value) > 1e-3 else 0.05)
        # A bias is that of scaled inputs.
        if line["name"].startswith("coef"):
            assert line["dashed"] == (value < 0)
    if name == "linear":
        return
    outer = [line for line in lines if line["name"].startswith("coefs_[1]")]
    largest = max(
        np.abs(recording.parameters[point]["coefs_"][1]).max()
        for point in (0, recording.kept)
    )
    for line in outer:
        value = eval(line["name"], {}, parameters)
        width = 0.3 + 5.5 * min(1, abs(value) / largest)
        assert_allclose(line["width"], width, atol=0.006)


def test_hint_follows_the_update_while_the_pointer_rests(show):
    """What it says of a line is the weight that is drawn."""
    recording = record_descent(network(), *moons())
    browser = show(DescentPlayer(recording).to_html())
    script = """
        const [line] = document.querySelectorAll(".edges path");
        line.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
        return [30, 4].map((tick) => {
            player.go(tick);
            return document.querySelector(".network title").textContent;
        });
    """
    for k, said in zip((30, 4), browser.execute_script(script), strict=True):
        name, value = said.replace("−", "-").split(" = ")
        assert_allclose(
            float(value), eval(name, {}, recording.parameters[k]), rtol=5e-4
        )


def test_numbers_and_dots_are_those_of_the_update(show):
    """J, validation loss, rate, gradient norm; the dot of J on its curve."""
    X_val, y_val = moons(random_state=1)
    recording = record_descent(network(), *moons(), X_val=X_val, y_val=y_val)
    browser = show(DescentPlayer(recording).to_html())
    # A point of the curve is written where it is, of the axes' lengths.
    script = """
        const [dot] = document.querySelectorAll(".dot");
        const curve = document.querySelector(".curve").getAttribute("d");
        const point = curve.slice(1).split("L")[arguments[0]].split(" ").map(Number);
        return [[dot.style.left, dot.style.top].map(parseFloat), point];
    """
    for k in (0, 11, 30):
        browser.execute_script("player.go(arguments[0])", k)
        shown = numbers(browser)
        J = recording.loss_curve[k]
        assert_allclose(shown["loss"], J, rtol=1e-6)
        assert_allclose(
            shown["validation"], recording.validation_loss_curve[k], rtol=1e-6
        )
        assert_allclose(shown["norm"], recording.gradient_norm_curve[k], rtol=1e-6)
        assert_allclose(shown["rate"], recording.learning_rate_curve[k], rtol=1e-6)
        assert text(browser, "position") == f"update {k} of 30"
        place, (x, y) = browser.execute_script(script, k)
        assert x == k
        assert_allclose(place, [100 * k / 30, 100 * y], atol=1e-3)


def test_logits_of_more_features_are_distributed_as_recorded(show, load):
    """The bars count the samples of each class, for two classes and for more."""
    for name, n_outputs in (("breast_cancer", 1), ("iris", 3)):
        X, y = load(name)
        X, y = X[:250], y[:250]
        recording = record_descent(network(learning_rate="auto"), X, y)
        browser = show(DescentPlayer(recording).to_html())
        browser.execute_script("player.go(2)")
        script = """
            const paths = [...document.querySelectorAll(".bars")];
            return [player.views[0].limit, paths.map((path) => path.getAttribute("d"))];
        """
        limit, paths = browser.execute_script(script)
        Z = at(recording, 2).decision_function(X).reshape(len(y), -1)
        assert Z.shape[1] == n_outputs == len(paths) / 2
        for c in range(n_outputs):
            others = np.delete(Z, c, axis=1)
            z = Z[:, c] - (others.max(axis=1) if n_outputs > 1 else 0)
            members = y == (c if n_outputs > 1 else 1)
            bins = np.linspace(-limit, limit, 49)
            counts = [
                np.histogram(np.clip(z[rows], bins[0], bins[-1]), bins)[0]
                for rows in (~members, members)
            ]
            for path, expected in zip(paths[2 * c : 2 * c + 2], counts, strict=True):
                shown = np.array(re.findall(r"V([\d.]+)h0.9V0", path), float)
                # Of heights up to the largest count; a sample may lie on an edge.
                scaled = shown * np.max(counts)
                assert_allclose(scaled.sum(), expected.sum(), rtol=3e-3)
                assert np.abs(scaled - expected).sum() < 4.1


def test_slider_and_keys_go_from_update_to_update(show):
    """And the pictures with them; what is said aloud has the numbers."""
    recording = record_descent(network(), *moons())
    browser = show(DescentPlayer(recording).to_html())
    slider = browser.find_element("id", "slider")
    pictures = {}
    for key, update in (
        (Keys.HOME, 0),
        (Keys.ARROW_RIGHT, 1),
        (Keys.ARROW_UP, 2),
        (Keys.PAGE_UP, 5),
        (Keys.ARROW_LEFT, 4),
        (Keys.END, 30),
    ):
        slider.send_keys(key)
        assert text(browser, "position") == f"update {update} of 30"
        pictures[update] = colours(browser, ".plane canvas").tobytes()
        J = recording.loss_curve[update]
        said = f"update {update} of 30: J {J:.4g}, rate"
        assert text(browser, "spoken").startswith(said)
    assert len(set(pictures.values())) == len(pictures)
    browser.execute_script(
        "arguments[0].value = 5; arguments[0].dispatchEvent(new Event('input'))", slider
    )
    assert text(browser, "position") == "update 5 of 30"
    for name, update in (("back", 4), ("on", 5), ("on", 6)):
        browser.find_element("id", name).click()
        assert text(browser, "position") == f"update {update} of 30"
    assert slider.get_attribute("aria-valuetext") == "update 6 of 30"


def test_space_plays_and_pauses(show):
    """From the start, where it was at the end."""
    browser = show(DescentPlayer.from_estimator(network(), *moons()).to_html())
    body = browser.find_element("tag name", "body")
    assert text(browser, "play").endswith("Play")
    body.send_keys(" ")
    assert text(browser, "play").endswith("Pause")
    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    wait.until(lambda _: 0 < browser.execute_script("return player.tick") < 30)
    body.send_keys(" ")
    assert text(browser, "play").endswith("Play")
    tick = browser.execute_script("return player.tick")
    assert text(browser, "spoken").startswith(f"update {tick} of 30:")
    browser.execute_script("document.getElementById('speed').value = 200")
    browser.find_element("id", "play").click()
    wait.until(lambda _: text(browser, "position") == "update 30 of 30")
    assert text(browser, "play").endswith("Play")


def test_several_runs_share_one_slider(show):
    """One that has ended stays at its end, and says why."""
    X, y = moons()
    recordings = {
        "short": record_descent(network(max_iter=4), X, y),
        "long": record_descent(network("relu", learning_rate=0.1), X, y),
    }
    browser = show(DescentPlayer(recordings).to_html())
    browser.execute_script("player.go(9)")
    script = """
        return [...document.querySelectorAll("data.loss")].map(({ value }) => +value);
    """
    expected = [recordings["short"].loss_curve[4], recordings["long"].loss_curve[9]]
    assert_allclose(browser.execute_script(script), expected, rtol=1e-6)
    endings = browser.find_elements("css selector", ".ending")
    assert [each.text for each in endings] == [
        "max_iter after 4 updates",
        "max_iter after 30 updates",
    ]
    reached = ["there" in each.get_attribute("class") for each in endings]
    assert reached == [True, False]


SHORT = {"max_iter": 6}
FEW = {"learning_rate": "auto", **SHORT}
PAGES = {
    "one": lambda: (network(**SHORT), *moons()),
    "three": lambda: (
        {str(i): network(random_state=i, **SHORT) for i in range(3)},
        *moons(),
    ),
    "classes": lambda: (network(**SHORT), *make_blobs(90, centers=3, random_state=0)),
    "labels": lambda: (
        network(**FEW),
        *make_multilabel_classification(n_features=2, n_classes=3, random_state=0),
    ),
    "features": lambda: (
        network(**FEW),
        *make_blobs(60, n_features=40, centers=12, random_state=0),
    ),
    "diverging": lambda: (network("relu", learning_rate=1e300), *moons()),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("scheme", "width"), [("light", 400), ("dark", 1400)])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_no_wider_than_the_window(show, browser, name, scheme, width):
    """On a phone as on a desk; and at no update there are errors."""
    html = DescentPlayer.from_estimator(*PAGES[name]()).to_html()
    script = """
        player.updates.forEach((_, tick) => player.go(tick));
        return [...document.querySelectorAll("body, body *")]
            .filter((element) => !element.closest(".square, .unseen"))
            .map((element) => element.getBoundingClientRect().right);
    """
    with preferring(browser, color_scheme=scheme):
        assert max(show(html, width).execute_script(script)) <= width


@pytest.mark.parametrize("n_features", [2, 5])
def test_names_stay_within_their_pictures(show, n_features):
    """Long ones and Chinese ones, of features and of classes."""
    names = np.array(["a" * 99, "花萼的长度（厘米）" * 9, "花瓣"])
    X, y = make_blobs(60, n_features=n_features, random_state=0)
    frame = pd.DataFrame(X, columns=[f"花萼的长度和宽度{j}" for j in range(n_features)])
    net = network(learning_rate="auto")
    html = DescentPlayer.from_estimator(net, frame, names[y]).to_html()
    script = """
        const words = [...document.querySelectorAll("svg text, figcaption span")];
        return words.map((word) => {
            const [inner, outer] = [word, word.closest("svg, figcaption")].map(
                (each) => each.getBoundingClientRect());
            return [inner.left - outer.left, outer.right - inner.right];
        });
    """
    for width in SIZES:
        assert np.min(show(html, width).execute_script(script)) > -1


def test_names_beside_bars_lie_above_them(show, load):
    """A high bar would cover the name of its class."""
    html = DescentPlayer.from_estimator(network(), *load("breast_cancer")).to_html()
    script = """
        const { DOCUMENT_POSITION_FOLLOWING: after } = Node;
        const [bars, names] = [".logits .bars", ".logits text"].map(
            (selector) => [...document.querySelectorAll(selector)]);
        return names.map((name) => bars.every(
            (bar) => bar.compareDocumentPosition(name) & after));
    """
    assert show(html).execute_script(script) == [True, True]


def test_colours_follow_the_users_scheme(show, browser):
    """Dark ground, and other pixels."""
    html = DescentPlayer.from_estimator(network(), *moons()).to_html()
    ground = "return getComputedStyle(document.body).backgroundColor"
    seen = {}
    for scheme in ("light", "dark"):
        with preferring(browser, color_scheme=scheme):
            show(html)
            seen[scheme] = browser.execute_script(ground)
            pixels = colours(browser, ".plane canvas")
            assert (pixels.mean() > 128) == (scheme == "light")
    assert seen["light"] == "rgb(255, 255, 255)" != seen["dark"]


def test_reduced_motion_is_slow_at_first(show, browser):
    """An update a second, unless another speed is chosen."""
    html = DescentPlayer.from_estimator(network(), *moons()).to_html()
    speed = "return +document.getElementById('speed').value"
    assert show(html).execute_script(speed) > 1
    with preferring(browser, reduced_motion="reduce"):
        assert show(html).execute_script(speed) == 1


def test_players_on_a_page_do_not_meet(show):
    """Frames as high as their pages, each with its own slider, in the page's theme."""
    players = [
        DescentPlayer.from_estimator(network(max_iter=n), *moons()) for n in (3, 6)
    ]
    frames = "".join(player._repr_html_() for player in players)
    browser = show(f'<!DOCTYPE html><html data-theme="dark"><body>{frames}')
    state = """
        return [...document.querySelectorAll("iframe")].map((frame) => {
            const { body, documentElement: root } = frame.contentDocument;
            return {
                position: frame.contentDocument.getElementById("position").textContent,
                ground: frame.contentWindow.getComputedStyle(body).backgroundColor,
                fits: Math.abs(frame.clientHeight - root.offsetHeight) <= 1,
            };
        });
    """

    def states():
        return browser.execute_script(state)

    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    wait.until(lambda _: all(each["fits"] for each in states()))
    assert [each["position"] for each in states()] == [
        "update 3 of 3",
        "update 6 of 6",
    ]
    assert all(each["ground"] != "rgb(255, 255, 255)" for each in states())
    browser.switch_to.frame(1)
    browser.find_element("id", "slider").send_keys(Keys.HOME)
    browser.switch_to.default_content()
    assert [each["position"] for each in states()] == [
        "update 3 of 3",
        "update 0 of 6",
    ]
    browser.execute_script("document.documentElement.dataset.theme = 'light'")
    wait.until(
        lambda _: all(each["ground"] == "rgb(255, 255, 255)" for each in states())
    )
