"""The table of a trace in a browser: it fits a phone, and a slider goes through it."""

import numpy as np
import pytest

from skshallow import ShallowNNClassifier
from skshallow.inspection import trace_propagation
from tests.browser import NO_DRIVER, set_width

keys = pytest.importorskip("selenium.webdriver.common.keys", reason=NO_DRIVER)
Keys = keys.Keys


@pytest.fixture
def show(browser, tmp_path):
    """Open a page with the trace of a small network, 400 pixels wide."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(8, 2)), np.arange(8) % 2
    network = ShallowNNClassifier(4, "tanh", max_iter=5, tol=0, random_state=0)
    html = trace_propagation(network.fit(X, y), X, y)._repr_html_()

    def show(count=1, page=""):
        set_width(browser, 400)
        path = tmp_path / "page.html"
        path.write_text(
            f'<!DOCTYPE html><html {page}><meta charset="utf-8">{html * count}',
            encoding="utf-8",
        )
        browser.get(path.as_uri())
        return browser

    return show


def shown(browser):
    """Return what the slider says, and the names of rows by their classes."""
    script = """
        const rows = [...document.querySelectorAll("tbody tr")];
        const names = (kind) => rows.filter((row) => row.classList.contains(kind))
            .map((row) => row.dataset.name);
        const kinds = ["forward", "backward", "used", "later"];
        return [document.querySelector("output").textContent,
                Object.fromEntries(kinds.map((kind) => [kind, names(kind)]))];
    """
    return browser.execute_script(script)


def test_table_of_a_trace_fits_a_narrow_column(show):
    """Its cells wrap, so that nothing has to be scrolled or is cut off."""
    browser = show()
    script = """
        const { clientWidth, scrollWidth, clientHeight, scrollHeight } =
            document.querySelector(".skshallow-trace .frame");
        return [clientWidth, scrollWidth, clientHeight, scrollHeight];
    """
    width, table, height, whole = browser.execute_script(script)
    assert table <= width <= 400
    assert height == whole


def test_slider_of_a_trace_marks_what_is_computed_and_from_what(show):
    """Forward, backward, and back to the whole table; by the keyboard."""
    browser = show()
    slider = browser.find_element("tag name", "input")
    said, rows = shown(browser)
    assert not any(rows.values())
    names = browser.execute_script(
        "return [...document.querySelectorAll('tbody tr')].map((r) => r.dataset.name)"
    )
    steps = len(names)
    slider.send_keys(*[Keys.ARROW_RIGHT] * 5)
    said, rows = shown(browser)
    assert said == f"5 of {steps}. Forward: Z1 = X W1 + b1, from X, W1 and b1"
    assert rows["used"] == ["X", "W1", "b1"]
    assert rows["forward"] == ["Z1"]
    assert rows["later"] == names[5:]
    slider.send_keys(Keys.ARROW_LEFT)
    said, rows = shown(browser)
    assert said == f"4 of {steps}. b1 is given: biases of the hidden layer"
    assert rows["used"] == []
    slider.send_keys(Keys.END)
    said, rows = shown(browser)
    assert said.startswith(f"{steps} of {steps}. Backward: db1 = Σ dZ1 / m, from dZ1")
    assert (rows["backward"], rows["later"]) == (["db1"], [])
    assert slider.get_attribute("aria-valuetext") == said
    slider.send_keys(Keys.HOME)
    assert not any(shown(browser)[1].values())


def test_row_of_a_step_is_in_the_frame(show):
    """Which is lower than the window, so that the slider stays in sight."""
    browser = show()
    browser.find_element("tag name", "input").send_keys(Keys.END)
    script = """
        const box = (selector) =>
            document.querySelector(selector).getBoundingClientRect();
        const [frame, row] = [box(".frame"), box("tr.backward")];
        return [frame.top <= row.top, row.bottom <= frame.bottom + 1,
                frame.height < innerHeight];
    """
    assert all(browser.execute_script(script))


def test_traces_on_a_page_have_a_slider_each(show):
    """However often the script is brought."""
    browser = show(count=2)
    script = """
        return [...document.querySelectorAll(".skshallow-trace")]
            .map((trace) => trace.querySelectorAll("input, output").length);
    """
    assert browser.execute_script(script) == [2, 2]


def test_table_of_a_trace_has_the_colours_of_the_page(show):
    """Its shades let the ground through; words are as elsewhere."""
    browser = show(page='style="color: rgb(236, 236, 236); background: black"')
    browser.find_element("tag name", "input").send_keys(Keys.END)
    script = """
        const style = getComputedStyle(document.querySelector("tr.backward"));
        return [style.color, style.backgroundColor];
    """
    color, ground = browser.execute_script(script)
    assert color == "rgb(236, 236, 236)"
    assert ground == "rgba(213, 94, 0, 0.3)"
