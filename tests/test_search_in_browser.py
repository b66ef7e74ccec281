"""Search in the Chinese edition finds words of the field, whatever is beside them."""

import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

pytest.importorskip("sphinx", reason="Sphinx, which numpydoc brings, is missing")
EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"
if not EXTENSIONS.is_dir():
    pytest.skip("the pages are not here", allow_module_level=True)

CONF = f"""
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
extensions = ["search_chinese"]
language = "zh_CN"
html_theme = "basic"
html_favicon = "icon.svg"
"""
# A browser asks for one of each site, and complains where there is none.
ICON = '<svg xmlns="http://www.w3.org/2000/svg"/>'
PAGES = {
    "index": "首页\n====\n\n.. toctree::\n\n   rate\n   layer\n",
    "rate": "下降\n====\n\n学习率太大，梯度下降发散；alpha=0 时逻辑回归的成本函数凸。",
    "layer": "网络\n====\n\n反向传播沿计算图。隐藏层用 ReLU 激活函数，早停防止过拟合。",
}


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that writes nothing down."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve the pages: as files on a disk, search could not read them."""
    source = tmp_path_factory.mktemp("source")
    (source / "conf.py").write_text(CONF, encoding="utf-8")
    (source / "icon.svg").write_text(ICON)
    for name, text in PAGES.items():
        (source / f"{name}.rst").write_text(text, encoding="utf-8")
    html = source / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html"]
    subprocess.run([*command, str(source), str(html)], check=True)
    handler = partial(Quiet, directory=html)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def search(browser, site, query):
    """Return the pages that are found, once the search has ended."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(f"{site}/search.html?q={query}")
    WebDriverWait(browser, 20, poll_frequency=0.02).until(
        lambda driver: driver.execute_script("return Search.status.innerText")
    )
    links = browser.find_elements("css selector", "#search-results li a")
    return {link.get_attribute("href").split("/")[-1].split(".")[0] for link in links}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("学习率", {"rate"}),
        ("学习率太大", {"rate"}),
        ("梯度下降", {"rate"}),
        ("逻辑回归", {"rate"}),
        ("成本函数", {"rate"}),
        ("alpha", {"rate"}),
        ("发散 逻辑回归", {"rate"}),
        ("反向传播", {"layer"}),
        ("计算图", {"layer"}),
        ("隐藏层", {"layer"}),
        ("激活函数", {"layer"}),
        ("ReLU", {"layer"}),
        ("早停", {"layer"}),
        ("函数", {"rate", "layer"}),
        ("学习率 隐藏层", set()),
        ("卷积", set()),
    ],
)
def test_search_finds_the_pages_that_have_the_words(browser, site, query, expected):
    """All words of a query must be on the page, in Chinese or not."""
    assert search(browser, site, query) == expected
