"""The notebook's picture of a graph, in a browser: steps, zoom, keyboard, themes."""

import pytest

from skshallow.computation_graph import Variable
from tests.browser import NO_DRIVER, set_width
from tests.graphs import network, product_with_sum, triple_of_sum

by, keys, chains = (
    pytest.importorskip(f"selenium.webdriver.common.{name}", reason=NO_DRIVER)
    for name in ("by", "keys", "action_chains")
)
By, Keys = by.By, keys.Keys


@pytest.fixture
def show(browser, tmp_path):
    """Open a page of graphs, 800 pixels wide, and return its figures."""

    def show(*graphs, page="", width=800):
        set_width(browser, width)
        html = "".join(graph._repr_html_() for graph in graphs)
        path = tmp_path / "page.html"
        path.write_text(
            f'<!DOCTYPE html><html {page}><meta charset="utf-8">'
            f'<body style="margin: 0">{html}',
            encoding="utf-8",
        )
        browser.get(path.as_uri())
        return [Figure(it) for it in browser.find_elements(By.CLASS_NAME, FIGURE)]

    return show


FIGURE = "skshallow-graph"


class Figure:
    """What a reader sees of a graph, and does with it."""

    def __init__(self, element):
        self.element = element
        self.frame = element.find_element(By.CLASS_NAME, "frame")
        self.svg = self.frame.find_element(By.TAG_NAME, "svg")

    def press(self, *keys):
        """Send keys to the frame."""
        self.frame.send_keys(*keys)

    def click(self, label):
        """Press a button."""
        xpath = f'.//button[normalize-space() = "{label}"]'
        self.element.find_element(By.XPATH, xpath).click()

    def texts(self, kind):
        """The lines of a kind that are visible."""
        return self.script(
            f'[...svg.querySelectorAll("text.{kind}")].filter((line) => '
            "line.checkVisibility({ opacityProperty: true, visibilityProperty: true }))"
            ".map((line) => line.textContent).filter((text) => text)"
        )

    def status(self):
        """What is said of the step."""
        return self.element.find_element(By.TAG_NAME, "output").text

    def current(self):
        """The formula of the node that the last step has reached."""
        nodes = self.svg.find_elements(By.CSS_SELECTOR, "g.current text.formula")
        return [node.text for node in nodes]

    def script(self, expression):
        """Evaluate JavaScript in which svg and frame are known."""
        body = f"const [frame, svg] = arguments; return {expression}"
        return self.frame.parent.execute_script(body, self.frame, self.svg)


def with_derivatives(graph):
    """The result, after backward."""
    J = graph()
    J.backward()
    return J


def test_picture_is_whole_at_first(show):
    """All values and derivatives, no node is marked."""
    (figure,) = show(with_derivatives(triple_of_sum))
    assert figure.texts("value") == ["= 5", "= 3", "= 2", "= 6", "= 11", "= 33"]
    derivatives = ["da = 3", "db = 6", "dc = 9", "du = 3", "dv = 3", "dJ = 1"]
    assert figure.texts("derivative") == derivatives
    assert figure.current() == []


def test_steps_go_forward_and_then_backward(show):
    """A value appears where forward is, a derivative where backward is."""
    (figure,) = show(with_derivatives(triple_of_sum))
    figure.press(Keys.HOME)
    assert figure.texts("value") == figure.texts("derivative") == []
    formulas = ["a", "b", "c", "u = b · c", "v = a + u", "J = 3 · v"]
    assert figure.texts("formula") == formulas
    values = ["= 5", "= 3", "= 2", "= 6", "= 11", "= 33"]
    for k, formula in enumerate(formulas):
        figure.press(Keys.ARROW_RIGHT)
        assert figure.texts("value") == values[: k + 1]
        assert figure.texts("derivative") == []
        assert figure.current() == [formula]
        assert figure.status() == f"Forward, {k + 1} of 6: {formula} {values[k]}"
    derivatives = ["da = 3", "db = 6", "dc = 9", "du = 3", "dv = 3", "dJ = 1"]
    senders = [", from dv", ", from du", ", from du", ", from dv", ", from dJ", ""]
    for k in reversed(range(6)):
        figure.press(Keys.ARROW_RIGHT)
        assert figure.texts("value") == values
        assert figure.texts("derivative") == derivatives[k:]
        assert figure.current() == [formulas[k]]
        said = f"Backward, {6 - k} of 6: {derivatives[k]}{senders[k]}"
        assert figure.status() == said
    figure.press(Keys.ARROW_RIGHT)
    assert figure.current() == []
    figure.press(Keys.ARROW_LEFT)
    assert figure.current() == ["a"]
    figure.press(Keys.END)
    assert figure.texts("derivative") == derivatives


def test_buttons_do_what_keys_do(show):
    """Each has a name for those who cannot see it."""
    (figure,) = show(with_derivatives(product_with_sum))
    figure.click("step →")
    assert figure.status() == "Forward, 1 of 6: a = 3"
    figure.click("step →")
    figure.click("← back")
    assert figure.texts("value") == ["= 3"]
    figure.click("start")
    assert figure.texts("value") == []
    figure.click("← back")
    assert figure.texts("value") == []
    figure.click("all")
    assert len(figure.texts("derivative")) == 6
    buttons = figure.element.find_elements(By.TAG_NAME, "button")
    names = [button.accessible_name for button in buttons]
    expected = ["start", "← back", "step →", "all", "zoom out", "zoom in", "fit"]
    assert names == expected


def test_graph_without_derivatives_has_forward_steps_only(show):
    """Before backward was called."""
    (figure,) = show(triple_of_sum())
    figure.press(*[Keys.ARROW_RIGHT] * 6)
    assert figure.current() == ["J = 3 · v"]
    figure.press(Keys.ARROW_RIGHT)
    assert figure.current() == []
    assert figure.status().startswith("Arrow keys")


def test_node_used_twice_gets_its_derivative_from_both(show):
    """Both arrows are marked."""
    x = Variable(3.0, "x")
    J = ((2 * x).named("u") + (x * x).named("v")).named("J")
    J.backward()
    (figure,) = show(J)
    figure.press(Keys.ARROW_LEFT)
    assert figure.status() == "Backward, 4 of 4: dx = 8, from du and dv"
    assert figure.script('svg.querySelectorAll("path.current").length') == 2


@pytest.mark.parametrize("width", [800, 1400, 400])
def test_wide_picture_fits_its_column_at_first(show, width):
    """And again when the column changes, until a zoom is chosen."""
    (figure,) = show(with_derivatives(network), width=width)
    assert figure.script("svg.getBoundingClientRect().width") == pytest.approx(width)
    assert not figure.script("frame.scrollWidth > frame.clientWidth")
    assert figure.script("document.documentElement.scrollWidth") == width


def test_small_picture_is_not_enlarged(show):
    """Its letters are those of the page."""
    (figure,) = show(with_derivatives(triple_of_sum), width=1400)
    natural = figure.script("svg.viewBox.baseVal.width")
    assert figure.script("svg.getBoundingClientRect().width") == natural


def test_zoom_by_buttons_keys_and_wheel(show):
    """+ and − are each other's inverse, fit is the width again."""
    (figure,) = show(with_derivatives(network))

    def width():
        return figure.script("svg.getBoundingClientRect().width")

    figure.click("+")
    assert width() == pytest.approx(1000)
    figure.press("+")
    assert width() == pytest.approx(1250)
    figure.press("-")
    figure.click("−")
    assert width() == pytest.approx(800)
    wheel = "new WheelEvent('wheel', {deltaY: -500, ctrlKey: %s, cancelable: true})"
    assert figure.script(f"frame.dispatchEvent({wheel % 'false'})")
    assert width() == pytest.approx(800)
    assert not figure.script(f"frame.dispatchEvent({wheel % 'true'})")
    assert width() == pytest.approx(800 * 2.718281828)
    figure.click("fit")
    assert width() == pytest.approx(800)


def test_drag_moves_what_is_larger_than_the_frame(show, browser):
    """By as much as the mouse moves."""
    (figure,) = show(with_derivatives(network))
    figure.click("+")
    figure.click("+")
    start = figure.script("frame.scrollLeft")
    actions = chains.ActionChains(browser, duration=0)
    actions.click_and_hold(figure.frame).move_by_offset(-100, 0).release().perform()
    assert figure.script("frame.scrollLeft") == pytest.approx(start + 100, abs=2)
    actions.move_by_offset(-50, 0).perform()
    assert figure.script("frame.scrollLeft") == pytest.approx(start + 100, abs=2)


def test_step_shows_a_small_node_in_full_size(show):
    """In the middle; afterwards the picture fits again."""
    (figure,) = show(with_derivatives(network))
    figure.press(*[Keys.ARROW_RIGHT] * 15)
    natural = figure.script("svg.viewBox.baseVal.width")
    assert figure.script("svg.getBoundingClientRect().width") == pytest.approx(natural)
    x, w = figure.script(
        "(({x, width}) => [x, width])"
        '(svg.querySelector("g.current rect").getBoundingClientRect())'
    )
    assert x + w / 2 == pytest.approx(400, abs=2)
    figure.press(Keys.END)
    assert figure.script("svg.getBoundingClientRect().width") == pytest.approx(800)
    figure.press(Keys.HOME, Keys.ARROW_RIGHT)
    figure.click("fit")
    figure.press(Keys.ARROW_RIGHT)
    assert figure.script("svg.getBoundingClientRect().width") == pytest.approx(800)


def test_figures_on_a_page_do_not_collide(show):
    """The same graph three times: each has its own steps and zoom."""
    J = with_derivatives(network)
    one, other, third = show(J, J, with_derivatives(triple_of_sum))
    for figure in (one, other, third):
        assert len(figure.element.find_elements(By.TAG_NAME, "button")) == 7
    one.press(Keys.HOME, Keys.ARROW_RIGHT)
    third.press(Keys.HOME)
    other.click("+")
    assert len(one.texts("value")) == 1
    assert len(other.texts("value")) == 28
    assert third.texts("value") == []
    zoom = "svg.getBoundingClientRect().width / frame.clientWidth"
    assert other.script(zoom) == pytest.approx(1.25)
    assert one.script(zoom) > 3


def test_output_that_is_inserted_later_starts_itself(show, browser):
    """As a notebook does it; what is there already is left as it is."""
    J = with_derivatives(triple_of_sum)
    (first,) = show(J)
    first.press(Keys.HOME)
    browser.execute_script(
        """
        const output = document.body.appendChild(document.createElement("div"));
        output.innerHTML = arguments[0];
        const old = output.querySelector("script");
        const script = document.createElement("script");
        script.textContent = old.textContent;
        old.replaceWith(script);
        """,
        J._repr_html_(),
    )
    _, second = browser.find_elements(By.CLASS_NAME, FIGURE)
    assert len(second.find_elements(By.TAG_NAME, "button")) == 7
    assert first.texts("value") == []
    assert len(browser.find_elements(By.TAG_NAME, "button")) == 14


LUMINANCE = """(() => {
  const linear = (c) =>
    (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).map(Number).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = luminance(getComputedStyle(frame).backgroundColor);
  const inks = ["formula", "value", "derivative"].map((kind) =>
    luminance(getComputedStyle(svg.querySelector(`text.${kind}`)).fill));
  const line = luminance(getComputedStyle(svg.querySelector("rect")).stroke);
  return [paper, ...inks, line];
})()"""


@pytest.mark.parametrize(
    ("page", "dark"),
    [
        ("", False),
        ('data-theme="light"', False),
        ('data-theme="dark"', True),
        ('data-jp-theme-light="true"', False),
        ('data-jp-theme-light="false"', True),
        ('class="vscode-dark"', True),
        ('style="color-scheme: dark"', True),
    ],
)
def test_colors_have_contrast(show, page, dark):
    """Text 4.5 to 1 and lines 3 to 1, as the WCAG ask for; dark where the page is."""
    (figure,) = show(with_derivatives(triple_of_sum), page=page)
    paper, *inks, line = figure.script(LUMINANCE)
    assert (paper < 0.5) == dark

    def contrast(color):
        low, high = sorted((color, paper))
        return (high + 0.05) / (low + 0.05)

    assert min(map(contrast, inks)) >= 4.5
    assert contrast(line) >= 3


def test_picture_can_be_read_aloud(show):
    """It is an image with a name and a description, and steps are announced."""
    (figure,) = show(with_derivatives(triple_of_sum))
    assert figure.svg.aria_role in {"img", "image"}
    assert figure.svg.accessible_name == "Computation graph of J"
    description = figure.script('svg.querySelector("desc").textContent')
    assert "u = b · c = 6   du = 3" in description
    output = figure.element.find_element(By.TAG_NAME, "output")
    assert output.aria_role == "status"


def test_picture_is_there_without_javascript(show, browser):
    """In its natural size, in a frame that scrolls, without buttons."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        (figure,) = show(with_derivatives(network))
        assert figure.element.find_elements(By.TAG_NAME, "button") == []
        assert len(figure.texts("derivative")) == 28
        assert figure.svg.size["width"] > 2000
        assert figure.frame.size["width"] == 800
    finally:
        browser.execute_cdp_cmd(
            "Emulation.setScriptExecutionDisabled", {"value": False}
        )
