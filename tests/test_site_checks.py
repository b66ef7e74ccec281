"""The checker of the built site finds what is planted, and nothing else."""

from contextlib import nullcontext
from pathlib import Path
from runpy import run_path

import pytest

from tests.browser import NO_DRIVER

SCRIPT = Path(__file__).parents[1] / "docs" / "checks" / "site.py"
if not SCRIPT.is_file():
    pytest.skip("the checker is not with these tests", allow_module_level=True)
pytest.importorskip("selenium", reason=NO_DRIVER)
pytest.importorskip("axe_core_python", reason="axe-core-python is missing")

checker = run_path(str(SCRIPT))

PAGE = """<!DOCTYPE html>
<html lang=en><title>A page</title><main><h1 id=begin>A page</h1>{}</main></html>
"""
FRAME = "<iframe title='A frame' srcdoc='{}'></iframe>"
GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
SOUND = [
    "<h2>A section</h2><p>Words, and <a href='../index.html#begin'>a link</a>.</p>",
    "<p>There is <a href='../index.html#:~:text=Words'>a text</a>.</p>",
    "<details><summary>A question</summary><p>An answer.</p></details>",
    f"<img alt='A dot' loading='lazy' src='{GIF}'>",
    "<div style='overflow-x: auto' tabindex=0><p style='width: 2000px'>Wide.</p></div>",
    FRAME.format(PAGE.format("<p>Words.</p>")),
]
PALE = "<p style='color: #bbb; background: #fff'>{}</p>"
DARK = "@media (prefers-color-scheme: dark) { i { color: #bbb } }"
# Each with what it is called, and a part of it that nothing else has.
PLANTED = {
    PALE.format("seen"): ("light: color-contrast", ">seen<"),
    f"<details><summary>A question</summary>{PALE.format('folded')}</details>": (
        "light: color-contrast",
        ">folded<",
    ),
    f"<style>{DARK}</style><i>dim</i>": ("dark: color-contrast", "<i>dim</i>"),
    FRAME.format(PAGE.format("<p style=color:#bbb>framed</p>")): (
        "light, frame 1: color-contrast",
        ">framed<",
    ),
    "<h4>Too deep</h4>": ("light: heading-order", "<h4>"),
    f"<img src='{GIF}'>": ("light: image-alt", "<img"),
    "<input name=a>": ("light: label", "<input"),
    "<a href='#begin'><b hidden>unseen</b></a>": ("light: link-name", "unseen"),
    "<b style='display: block; width: 700px'>wide</b>": ("400 pixels: too wide", "<b"),
    "<p style='overflow: hidden; width: 9px'>cut</p>": ("1400 pixels: too wide", "9px"),
    "<a href='missing.html'>link</a>": ("dead link", "zh/missing.html"),
    "<a href='#nowhere'>link</a>": ("dead link", "zh/page.html#nowhere"),
    "<a href='../index.html#lost'>link</a>": ("dead link", "/index.html#lost"),
    "<a href='#gone:~:text=A'>link</a>": ("dead link", "zh/page.html#gone:~:text=A"),
    "<script>missing()</script>": ("console", "missing is not defined"),
    "<img alt='' loading='lazy' src='missing.png'>": ("console", "missing.png"),
}


@pytest.fixture(scope="module")
def faults(chromium, tmp_path_factory):
    """Return what is found on a site whose second page, in a folder, has this in it."""

    def faults(parts):
        site = tmp_path_factory.mktemp("site")
        (site / "zh").mkdir()
        (site / "index.html").write_text(PAGE.format("<p>Words.</p>"))
        (site / "zh" / "page.html").write_text(PAGE.format("\n".join(parts)))
        return [*checker["faults"](chromium, site)]

    return faults


@pytest.fixture(scope="module")
def planted(faults):
    """Return what is found on a page with all of them."""
    return faults(PLANTED)


def test_sound_page_has_no_faults(faults):
    """Words, a link, pictures, what is folded, what scrolls, and a frame."""
    assert faults(SOUND) == []


@pytest.mark.parametrize(("kind", "part"), PLANTED.values())
def test_planted_fault_is_found(planted, kind, part):
    """With its page, what kind of fault it is, and where."""
    start = f"zh/page.html: {kind}"
    assert [it.startswith(start) and part in it for it in planted].count(True) == 1


def test_exit_status_says_whether_there_are_faults(monkeypatch, tmp_path, capsys):
    """1 with a list of them; 0 without, or with the reason why nobody has looked."""
    found = ["index.html: a fault"]

    def skipping():
        pytest.skip("no browser")

    main = checker["main"]
    names = main.__globals__
    monkeypatch.setitem(names, "start", nullcontext)
    monkeypatch.setitem(names, "faults", lambda browser, site: found)
    assert main(tmp_path) == 1
    assert capsys.readouterr().out == "index.html: a fault\n1 faults on 0 pages\n"
    found.clear()
    assert main(tmp_path) == 0
    monkeypatch.setitem(names, "start", skipping)
    assert main(tmp_path) == 0
    assert "skipped: no browser" in capsys.readouterr().out
