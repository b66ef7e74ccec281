"""What of a page is translated that Sphinx leaves, and which pages are not."""

from gettext import NullTranslations
from re import search
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _, init
from sphinx.transforms import SphinxTransform
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import get_node_line, get_node_source

NOTE = "This page is not translated."
# What in a block there is to translate: a comment in code, words in a formula.
WORDS = {nodes.literal_block: r"(^|\s)# ", nodes.math_block: r"\\text\{"}


def catalogue_of(app: Sphinx, docname: str) -> tuple[NullTranslations, bool]:
    """Return the translations of a page, and whether there is a catalogue of them."""
    folders = [app.srcdir / folder for folder in app.config.locale_dirs]
    name = docname_to_domain(docname, app.config.gettext_compact)
    return init(folders, app.config.language, name)


class Cells(SphinxTransform):
    """Says of a table's cells in a container which page they are of.

    The parser does not, and what has no source is not translated.
    """

    # Before Sphinx translates, at 20.
    default_priority: ClassVar[int] = 10

    def apply(self, **kwargs: Any) -> None:
        """Give each cell the source of what it is in."""
        for entry in self.document.findall(nodes.entry):
            for cell in entry.findall(nodes.paragraph):
                cell.source = cell.source or get_node_source(entry)
                cell.line = cell.line or get_node_line(entry)


class Blocks(SphinxTransform):
    """Translates code and formulas, which Sphinx can in reStructuredText alone.

    Only comments and words in them are: what has none is the same in every language.
    """

    # Before Sphinx translates, at 20.
    default_priority: ClassVar[int] = 15

    def apply(self, **kwargs: Any) -> None:
        """Put each block as the catalogue of its page has it."""
        catalogue, _is_translated = catalogue_of(self.app, self.env.docname)
        for kind, words in WORDS.items():
            for block in self.document.findall(kind):
                block["translatable"] = bool(search(words, block.astext()))
                if block["translatable"]:
                    text = catalogue.gettext(block.rawsource)
                    block.rawsource, block.children = text, [nodes.Text(text)]


def announce(app: Sphinx, page: nodes.document) -> None:
    """Say below the title that a page without a catalogue is in English."""
    _catalogue, is_translated = catalogue_of(app, app.env.current_document.docname)
    if app.config.language == "en" or is_translated:
        return
    for title in [*page.findall(nodes.title)][:1]:
        note = nodes.paragraph("", _(NOTE), classes=["untranslated"])
        title.parent.insert(title.parent.index(title) + 1, note)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_transform(Cells)
    app.add_transform(Blocks)
    app.connect("doctree-read", announce)
    return {"parallel_read_safe": True}
