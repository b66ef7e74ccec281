"""The table of a trace fits a phone, in a browser."""

import numpy as np

from skshallow import ShallowNNClassifier
from skshallow.inspection import trace_propagation
from tests.browser import set_width


def test_table_of_a_trace_fits_a_narrow_column(browser, tmp_path):
    """Its cells wrap, so that nothing has to be scrolled or is cut off."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(8, 2)), np.arange(8) % 2
    network = ShallowNNClassifier(4, "tanh", max_iter=5, tol=0, random_state=0)
    trace = trace_propagation(network.fit(X, y), X, y)
    path = tmp_path / "page.html"
    page = f'<!DOCTYPE html><meta charset="utf-8">{trace._repr_html_()}'
    path.write_text(page, encoding="utf-8")
    set_width(browser, 400)
    browser.get(path.as_uri())
    script = "return document.querySelector('.skshallow-trace')"
    column, table = (
        browser.execute_script(script + size)
        for size in (".clientWidth", ".scrollWidth")
    )
    assert table <= column <= 400
