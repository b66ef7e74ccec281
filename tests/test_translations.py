"""The check of the Chinese edition tells what has changed since it was translated."""

import subprocess
import sys
from pathlib import Path

import pytest

polib = pytest.importorskip("polib", reason="polib, of the extra test, is missing")
pytest.importorskip("sphinx", reason="Sphinx, which numpydoc brings, is missing")
DOCS = Path(__file__).parents[1] / "docs"
if not DOCS.is_dir():
    pytest.skip("the pages are not here", allow_module_level=True)
sys.path.insert(0, str(DOCS / "checks"))

import translations  # noqa: E402

CODE = "x = 1  # the input\ny = '#fff'\n"


def catalogue(**entries):
    """Return a catalogue with these translations."""
    file = polib.POFile()
    file.extend(polib.POEntry(msgid=i, msgstr=s) for i, s in entries.items())
    return file


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("The loss", True),
        ("[loss](guide/objective.md)", True),
        (":download:`as scripts <all.zip>`", True),
        (CODE, True),
        ("`loss_curve_`, {py:class}`~skshallow.LossCurve`", False),
        (":math:`dW`, :class:`~skshallow.LossCurve`, ``coef_``", False),
        ("$dW = X^T dZ$", False),
        ("[](guide/objective.md)", False),
        (".. image:: ../examples/quickstart.png", False),
        ("0.97", False),
        ("学习率 (learning rate)", False),
    ],
)
def test_passage_is_translated_where_it_has_words(passage, expected):
    """Formulas, names, links and numbers are the same in Chinese."""
    assert translations.has_words(passage) is expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"loss": "损失", CODE: CODE.replace("the input", "输入")}, []),
        ({"loss": "损失"}, [f"to do: {CODE}"]),
        ({"loss": "损失", CODE: ""}, [f"to do: {CODE}"]),
        ({"loss": "损失", CODE: CODE.replace("1", "2")}, [f"to do: {CODE}"]),
        ({"loss": "损失", CODE: CODE, "rate": "学习率"}, ["gone: rate"]),
        ({"loss": "损失", CODE: CODE, "rate": ""}, []),
    ],
)
def test_check_tells_what_is_new_or_gone(entries, expected):
    """A passage is to do if it has no translation, or one with other code."""
    template = catalogue(**{"loss": "", CODE: "", "`loss_`": ""})
    found = translations.differences(template, catalogue(**entries))
    assert list(found) == expected


def test_check_tells_of_a_fuzzy_translation():
    """What is marked as fuzzy is not shown, so it is to do."""
    fuzzy = catalogue(loss="损失")
    fuzzy[0].flags = ["fuzzy"]
    assert list(translations.differences(catalogue(loss=""), fuzzy)) == ["to do: loss"]


def test_update_keeps_translations_and_offers_those_of_similar_passages():
    """A passage that has changed a little is fuzzy; one that is new is empty."""
    template = catalogue(**{"the loss": "", "The rate is 0.2.": "", "new": ""})
    old = catalogue(**{"The rate is 0.1.": "学习率是 0.1。", "the loss": "损失"})
    new = translations.updated(template, old)
    assert [(e.msgid, e.msgstr, e.fuzzy, e.previous_msgid) for e in new] == [
        ("the loss", "损失", False, None),
        ("The rate is 0.2.", "学习率是 0.1。", True, "The rate is 0.1."),
        ("new", "", False, None),
    ]


@pytest.mark.parametrize(("now", "count"), [("# A", 0), ("# B", 1)])
def test_check_tells_when_the_readme_has_changed(now, count):
    """The translation has the digest of the README that was translated."""
    (message,) = translations.readme_differences("# A", "")
    translation = message[message.index("<!--") :]
    assert len(list(translations.readme_differences(now, translation))) == count


CONF = f"""
import sys
sys.path.insert(0, {str(DOCS / "_ext")!r})
extensions = ["myst_parser", "translated"]
myst_enable_extensions = ["colon_fence"]
language = "zh_CN"
html_theme = "basic"
locale_dirs = ["locale"]
gettext_compact = False
gettext_additional_targets = ["literal-block"]
"""
CHANGED = CODE.replace("1", "2")
PAGE = f"""
# Page

```python
{CODE}```

```python
{CHANGED}```

:::{{container}} prose

| loss |
|---|

:::
"""


def test_page_shows_translations_of_code_as_it_stands(tmp_path):
    """Comments are Chinese, and English where the code has changed; so are cells."""
    pytest.importorskip("myst_parser", reason="MyST, of the extra docs, is missing")
    folder = tmp_path / "locale" / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    file = catalogue(**{CODE: CODE.replace("the input", "输入"), "loss": "损失"})
    file.metadata = translations.HEADER
    file.save(folder / "index.po")
    (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
    (tmp_path / "index.md").write_text(PAGE, encoding="utf-8")
    html = tmp_path / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html"]
    subprocess.run([*command, str(tmp_path), str(html)], check=True)
    page = (html / "index.html").read_text(encoding="utf-8")
    shown = ["# 输入", "# the input", "损失"]
    assert [page.count(text) for text in shown] == [1, 1, 1]
