"""Looks at every page of a built site: ``python docs/checks/site.py HTML_FOLDER``.

A browser loads each page once. axe-core says what of it is hard to read or to operate,
in light and in dark; it must be no wider than the window of a desktop or of a phone;
its links must lead somewhere; and the browser must have nothing to complain of.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit
from urllib.request import url2pathname

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.browser import set_width, start

# Each frame is looked at by itself. What is left out are the roles that docutils gives
# to citations.
COMMON = {"iframes": False, "preload": False, "resultTypes": ["violations"]}
CITATIONS = ["aria-allowed-role", "aria-required-children", "aria-roles"]
ALL = COMMON | {"rules": {rule: {"enabled": False} for rule in CITATIONS}}
COLOURS = COMMON | {"runOnly": ["color-contrast"]}
# In which colours, at which width, and by which rules a page is looked at: on a phone
# it is in the dark, where nothing but colours and width is different.
VIEWS = [("light", 1400, ALL), ("dark", 400, COLOURS)]

# What is folded, or waits until it is scrolled to, is looked at as well; and colours as
# they are, not on the way from one to another.
UNFOLD = """
document.head.insertAdjacentHTML(
  "beforeend", "<style>* { transition: none !important }</style>");
for (const it of document.querySelectorAll("details")) it.open = true;
for (const it of document.querySelectorAll("[loading]")) it.loading = "eager";
"""
AXE = """
const [options, done] = arguments;
axe.run(document, options).then(done);
"""
# What goes beyond the window, unless something around it scrolls, and what is cut. That
# an article scrolls as a whole does not count.
WIDE = """
const all = [...document.body.querySelectorAll("*")];
const visible = { opacityProperty: true, visibilityProperty: true };
const seen = all.filter((it) => it.checkVisibility(visible));
const width = document.documentElement.clientWidth;
const holds = (it) =>
  getComputedStyle(it).overflowX !== "visible" && !it.querySelector("h1");
const isHeld = (it) => it !== null && (holds(it) || isHeld(it.parentElement));
const beyond = seen.filter((it) => it.getBoundingClientRect().right > width + 1);
const innermost = beyond.filter((it) => beyond.every((other) => other === it ||
  !it.contains(other)));
const isCut = (it) => {
  const { overflowX, textOverflow } = getComputedStyle(it);
  const cuts = ["hidden", "clip"].includes(overflowX) && textOverflow !== "ellipsis";
  return cuts && it.clientWidth > 1 && it.scrollWidth > it.clientWidth + 1 &&
    it.innerText;
};
return [...innermost.filter((it) => !isHeld(it.parentElement)), ...seen.filter(isCut)]
  .map((it) => it.cloneNode().outerHTML);
"""
LINKS = "return [...document.links].map((it) => it.href);"
ANCHORS = "return [...document.querySelectorAll('[id]')].map((it) => it.id);"


def pages(site: Path) -> list[Path]:
    """Return the pages of a site, without what the theme and viewcode bring."""
    files = sorted(site.rglob("*.html"))
    return [it for it in files if "/_" not in f"/{it.relative_to(site).as_posix()}"]


def documents(browser: Any) -> Iterator[str]:
    """Let the browser stand in the page, then in each of its frames; say in which."""
    yield ""
    for number, frame in enumerate(browser.find_elements("tag name", "iframe"), 1):
        browser.switch_to.frame(frame)
        yield f", frame {number}"
        browser.switch_to.default_content()


def prefer(browser: Any, scheme: str) -> None:
    """Let the user prefer a scheme of colours; with "" none."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def faults_seen(browser: Any, axe: str) -> Iterator[str]:
    """Yield what axe-core finds in a page, and what is too wide, element by element."""
    for scheme, width, rules in VIEWS:
        prefer(browser, scheme)
        set_width(browser, width)
        for where in documents(browser):
            browser.execute_script(axe)
            for rule in browser.execute_async_script(AXE, rules)["violations"]:
                for node in rule["nodes"]:
                    # Its first line says how many of the following are to be mended.
                    reason = node["failureSummary"].splitlines()[1].strip()
                    yield f"{scheme}{where}: {rule['id']}: {reason}: {node['html']}"
            for element in browser.execute_script(WIDE):
                yield f"{width} pixels{where}: too wide: {element}"


def complaints(browser: Any) -> Iterator[str]:
    """Yield the errors that the browser has noted: of scripts, of missing files."""
    for entry in browser.get_log("browser"):
        if entry["level"] == "SEVERE":
            yield f"console: {entry['message']}"


def dead(links: list[str], anchors: dict[Path, set[str]]) -> Iterator[str]:
    """Yield the links to files that are missing, or to anchors that a page lacks."""
    for link in sorted({it for it in links if it.startswith("file:")}):
        address, fragment = urldefrag(link)
        anchor, _, _ = fragment.partition(":~:")  # Behind it is a text to look for.
        file = Path(url2pathname(urlsplit(address).path))
        if not file.is_file() or anchor not in anchors.get(file, {anchor}) | {""}:
            yield f"dead link: {link}"


def faults(browser: Any, site: Path) -> Iterator[str]:
    """Yield the faults of a site, each with its page."""
    site = site.resolve()
    axe = import_module("axe_core_python.selenium").Axe().axe_script
    browser.set_script_timeout(120)
    links, anchors = {}, {}
    for page in pages(site):
        browser.get(page.as_uri())
        browser.execute_script(UNFOLD)
        # A page that is not translated looks as it does in English.
        untranslated = browser.find_elements("class name", "untranslated")
        seen = () if untranslated else faults_seen(browser, axe)
        for fault in chain(seen, complaints(browser)):
            yield f"{page.relative_to(site)}: {fault}"
        links[page] = browser.execute_script(LINKS)
        anchors[page] = {*browser.execute_script(ANCHORS)}
    prefer(browser, "")
    for page in links:
        for fault in dead(links[page], anchors):
            yield f"{page.relative_to(site)}: {fault}"


def main(site: str) -> int:
    """Print the faults of a site, or why it was not looked at; return how to exit."""
    try:
        pytest.importorskip("axe_core_python", reason="axe-core-python is missing")
        browser = start()
    except pytest.skip.Exception as reason:
        print(f"skipped: {reason}")
        return 0
    found = 0
    with browser:
        for fault in faults(browser, Path(site)):
            print(fault, flush=True)
            found += 1
    print(f"{found} faults on {len(pages(Path(site)))} pages")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
