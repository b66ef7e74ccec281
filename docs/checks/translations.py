"""Which passages of translated pages are new or changed since they were translated.

``python docs/checks/translations.py`` lists them, by page, and its status is 1 if there
are any. With ``--update`` it writes them into the catalogues, each beside the
translation of the passage that it resembles most, marked as fuzzy, if there is one.

A page is translated if it has a catalogue; an empty file becomes one by ``--update``.
"""

import argparse
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from re import MULTILINE, findall, search, sub
from tempfile import TemporaryDirectory
from textwrap import shorten

from polib import POEntry, POFile, pofile
from sphinx.cmd.build import main as sphinx_build

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CATALOGUES = DOCS / "locale" / "zh_CN" / "LC_MESSAGES"
README, README_ZH = ROOT / "README.md", ROOT / "README.zh-CN.md"

# Phrases of the theme and the templates, which have no page.
PHRASES = "sphinx"
# A link with a text of its own.
TEXT = r"`([^`<]+) <[^`]+>`"
HEADER = {"Language": "zh_CN", "Content-Type": "text/plain; charset=UTF-8"}
# A comment in code has a space after its mark, a colour has none.
COMMENT = r"(^|\s)# .*$"
IN_FORMULA = r"\\text\{[^}]*\}"
CHINESE = "[\u4e00-\u9fff]"
# What is the same in every language: pictures, formulas, code, roles, addresses.
ALIKE = r"^\.\. image::.*|\$[^$]*\$|`+[^`]+`+|\{[\w:]+\}|:[\w:]+:|\]\([^)]*\)"


def has_words(passage: str) -> bool:
    """Return whether there is something to translate."""
    words = search(r"[^\W\d_]{2}", sub(ALIKE, "", sub(TEXT, r"\1", passage)))
    return words is not None and not search(CHINESE, passage)


def code_in(passage: str) -> str:
    """Return code without comments and formulas without words; all else is nothing."""
    words = f"{COMMENT}|{IN_FORMULA}"
    return sub(words, "", passage, flags=MULTILINE) if "\n" in passage else ""


def is_done(entry: POEntry) -> bool:
    """Return whether a passage is translated, and code in it is what it was."""
    return entry.translated() and (
        not entry.msgstr or code_in(entry.msgid) == code_in(entry.msgstr)
    )


def differences(template: POFile, catalogue: POFile) -> Iterator[str]:
    """Yield each passage without a translation, and each translation without one."""
    passages = dict.fromkeys(entry.msgid for entry in template)
    done = {entry.msgid for entry in catalogue if is_done(entry)}
    yield from (f"to do: {p}" for p in filter(has_words, passages) if p not in done)
    old = (entry.msgid for entry in catalogue if entry.msgstr)
    yield from (f"gone: {p}" for p in old if p not in passages)


def updated(template: POFile, catalogue: POFile) -> POFile:
    """Return the passages of a template with what a catalogue has for each."""
    old = {entry.msgid: entry for entry in catalogue if entry.msgstr}
    passages = dict.fromkeys(entry.msgid for entry in template)
    gone = [msgid for msgid in old if msgid not in passages]
    new = POFile(wrapwidth=0)
    new.metadata = HEADER
    for msgid in filter(has_words, passages):
        entry = old.get(msgid) or POEntry(msgid=msgid)
        if msgid not in old:
            for similar in get_close_matches(msgid, gone, 1):
                entry.previous_msgid, entry.flags = similar, ["fuzzy"]
                entry.msgstr = old[similar].msgstr
        new.append(entry)
    return new


def readme_differences(original: str, translation: str) -> Iterator[str]:
    """Yield that the README is another than the one that was translated, if it is."""
    digest = sha256(original.encode()).hexdigest()[:16]
    if findall(r"<!-- README\.md ([0-9a-f]+) -->", translation) != [digest]:
        yield f"to do: it has changed, and is now <!-- README.md {digest} -->"


def make_templates(folder: str) -> None:
    """Extract the passages of all pages, without running the gallery."""
    command = ["-q", "-b", "gettext", "-D", "plot_gallery=0"]
    if sphinx_build([*command, "-d", f"{folder}/doctrees", str(DOCS), folder]):
        sys.exit("the passages could not be extracted")


def translated_pages() -> dict[str, Path]:
    """Return the catalogue of each page that has one."""
    pages = {p.relative_to(CATALOGUES): p for p in sorted(CATALOGUES.rglob("*.po"))}
    names = {str(page.with_suffix("")): path for page, path in pages.items()}
    return {name: path for name, path in names.items() if name != PHRASES}


def check(templates: Path, update: bool) -> int:
    """Print the differences of all pages and return how many there are."""
    found = [
        (README_ZH.name, d)
        for d in readme_differences(
            README.read_text("utf-8"), README_ZH.read_text("utf-8")
        )
    ]
    for page, path in translated_pages().items():
        template, catalogue = pofile(templates / f"{page}.pot"), pofile(path)
        if update:
            catalogue = updated(template, catalogue)
            catalogue.save(path)
        found += [(page, d) for d in differences(template, catalogue)]
    for page, difference in found:
        print(f"{page}: {shorten(difference, 100)}")
    return len(found)


def main() -> None:
    """Check or update the catalogues."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="renew the catalogues")
    parser.add_argument(
        "templates", nargs="?", help="made by sphinx-build -b gettext, if they are"
    )
    arguments = parser.parse_args()
    with TemporaryDirectory() as scratch:
        if not arguments.templates:
            make_templates(scratch)
        templates = Path(arguments.templates or scratch)
        sys.exit(check(templates, arguments.update) > 0)


if __name__ == "__main__":
    main()
