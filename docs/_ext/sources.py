"""What the site changes in Markdown pages before it reads or translates them."""

from re import search, sub
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import init
from sphinx.transforms import SphinxTransform
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import get_node_line, get_node_source

# The table of results is written by ``python -m benchmarks``: it has no title, and
# sections of the third level, as on the page that links to it.
RESULTS = "benchmarks/results"
TITLE = "# Results of the benchmarks\n\n"
TOCTREE = f"\n```{{toctree}}\n:hidden:\n{RESULTS}\n```\n"
# What in a block there is to translate: a comment in code, words in a formula.
WORDS = {nodes.literal_block: r"(^|\s)# ", nodes.math_block: r"\\text\{"}


def adapt(app: Sphinx, docname: str, content: list[str]) -> None:
    """Give the results a title and a parent, and end code where it ends.

    In the results, numbers stay with their units. In the guide an example that prints
    something is followed by an empty line, or doctest would take the fence for output.
    Of a picture's description, MyST would join the lines without a space.
    """
    page = content[0].replace("\n\n```\n", "\n```\n")
    page = sub(r"!\[[^]]*\]", lambda it: it[0].replace("\n", " "), page)
    if docname == RESULTS:
        if not page.startswith("# "):
            page = TITLE + page.replace("\n### ", "\n## ")
        page = sub(r"(\d) (\w+) (?=\|)", "\\1\N{NO-BREAK SPACE}\\2 ", page)
    if docname == "benchmarks":
        page += TOCTREE
    content[0] = page


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
        folders = [self.app.srcdir / folder for folder in self.config.locale_dirs]
        page = docname_to_domain(self.env.docname, self.config.gettext_compact)
        catalogue, _ = init(folders, self.config.language, page)
        for kind, words in WORDS.items():
            for block in self.document.findall(kind):
                block["translatable"] = bool(search(words, block.astext()))
                if block["translatable"]:
                    text = catalogue.gettext(block.rawsource)
                    block.rawsource, block.children = text, [nodes.Text(text)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("source-read", adapt)
    app.add_transform(Cells)
    app.add_transform(Blocks)
    return {"parallel_read_safe": True}
