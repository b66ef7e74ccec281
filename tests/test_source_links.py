"""The pages' links to the source lead to what they name."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COURSE = ROOT / "docs" / "course.md"
# A source distribution has no docs.
pytestmark = pytest.mark.skipif(not COURSE.exists(), reason="needs the docs")
NAMES = (
    re.findall("{source}`(.*?)`", COURSE.read_text(encoding="utf-8"))
    if COURSE.exists()
    else []
)


@pytest.fixture
def links(monkeypatch):
    """The extension of the site."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(ROOT / "docs" / "_ext")
    yield pytest.importorskip("source_links")
    sys.modules.pop("source_links")


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_source_of_the_course_begins_where_its_link_leads(links, name):
    """At the definition of a class or function; a file is there."""
    path, _, lines = links.place(name).partition("#")
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    if lines:
        first, last = (int(line[1:]) for line in lines.split("-"))
        kind = r"(class|def) "
        assert re.match(
            rf"\s*{kind}{name.split(':')[1].split('.')[-1]}\b", text[first - 1]
        )
        assert first < last <= len(text)


def test_source_names_every_row_of_the_course():
    """Each row of its tables leads to code or to the page of a class."""
    rows = re.findall(r"^\| \d+ \|.*", COURSE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 20
    for row in rows:
        assert re.search("{source}`skshallow|{py:class}`", row.split(" | ")[3]), row


@pytest.mark.parametrize(
    "name",
    [
        "skshallow/objective/missing.py",
        "skshallow.missing:Class",
        "skshallow.objective.models:Missing",
        "skshallow.objective.models:ShallowNetwork.missing",
        "numpy:einsum",
    ],
)
def test_source_that_is_not_here_is_refused(links, name):
    """By one of the exceptions that become a warning."""
    with pytest.raises(links.MISSING):
        links.place(name)
