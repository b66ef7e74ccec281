"""The directive ``picture``: what a page's examples have made, drawn into the page.

The page's examples up to there are run, as doctest runs them, and then the content,
which is not shown. Of the name ``picture`` it leaves a figure of matplotlib, which the
option ``alt`` describes, or SVG, which describes itself. The description and the words
in a figure are translated.
"""

from collections.abc import Iterator
from contextlib import redirect_stdout
from doctest import DocTest, DocTestParser, DocTestRunner
from html import escape, unescape
from io import StringIO
from re import DOTALL, findall, search, sub
from typing import Any, ClassVar
from warnings import catch_warnings, simplefilter
from zlib import crc32

import matplotlib as mpl
import matplotlib.pyplot as plt
from docutils import nodes
from docutils.parsers.rst.directives import unchanged_required
from lessons import STYLE
from matplotlib.figure import Figure
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

# Pictures stand in the text, in its font and its colours, light or dark. They are drawn
# narrow, so that a phone need not make them smaller.
INK = "#010203"
PAGE_STYLE = {
    **STYLE,
    "figure.figsize": (5.2, 3.1),
    "figure.constrained_layout.use": True,
    "font.size": 10.5,
    "svg.fonttype": "none",
    "savefig.transparent": True,
    **dict.fromkeys(
        ["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color"], INK
    ),
    "ytick.color": INK,
    "legend.frameon": False,
}
COLOURS = {
    INK: "currentColor",
    "#000000": "currentColor",
    "#4d4d4d": "currentColor",
    "#0072b2": "var(--pst-color-primary)",
    "#b34e00": "var(--pst-color-secondary)",
    "#d55e00": "var(--pst-color-secondary)",
    # Fonts of matplotlib are not those of a browser.
    "'DejaVu Sans', ": "",
}


class Word(nodes.General, nodes.Element, addnodes.translatable):
    """The description of a picture, or a text in it, as it is and as it is shown."""

    def preserve_original_messages(self) -> None:
        """Keep nothing more: the text in English is an attribute."""

    def extract_original_messages(self) -> list[str]:
        """Return the text in English."""
        return [self["text"]]

    def apply_translated_message(self, original: str, translated: str) -> None:
        """Show a translation."""
        self["shown"] = translated


class Picture(nodes.General, nodes.Element):
    """SVG, and below it its words."""


def visit_picture(translator: Any, node: Picture) -> None:
    """Write the picture with its words, in a frame that scrolls where it has to."""
    svg = node["svg"]
    for word in node.findall(Word):
        text, shown = escape(word["text"]), escape(word["shown"])
        for before, after in [('aria-label="', '"'), (">", "</text>")]:
            svg = svg.replace(before + text + after, before + shown + after)
    translator.body.append(f'<div class="picture">{svg}</div>\n')
    raise nodes.SkipNode


class PictureDirective(SphinxDirective):
    """Draws a picture."""

    has_content: ClassVar[bool] = True
    option_spec: ClassVar[dict[str, Any]] = {"alt": unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        description = " ".join(self.options.get("alt", "").split())
        with mpl.rc_context(PAGE_STYLE), catch_warnings():
            simplefilter("ignore")
            names = self.names_so_far()
            exec("\n".join(self.content), names)
            svg = to_svg(names["picture"], description)
        plt.close("all")
        words = [description, *words_in(svg)] if description else []
        return [Picture("", *(Word(text=word, shown=word) for word in words), svg=svg)]

    def names_so_far(self) -> dict[str, Any]:
        """Run the examples that are new since the last picture; return their names."""
        names, done = self.env.temp_data.setdefault("picture", ({}, []))
        for block in list(self.document_examples())[len(done) :]:
            done.append(block)
            examples = DocTestParser().get_examples(block)
            test = DocTest(examples, names, self.env.docname, None, None, block)
            with redirect_stdout(StringIO()) as said:
                failed = DocTestRunner().run(test, clear_globs=False).failed
            if failed:
                raise self.error(said.getvalue())
            names = test.globs
        self.env.temp_data["picture"] = (names, done)
        return names

    def document_examples(self) -> Iterator[str]:
        """Yield the page's blocks of examples before this place."""
        for block in self.state.document.findall(nodes.literal_block):
            if block.astext().startswith(">>> "):
                yield block.astext() + "\n"


def to_svg(picture: Any, description: str) -> str:
    """Return a figure, or SVG, in the colours of the page."""
    svg = picture if isinstance(picture, str) else figure_to_svg(picture, description)
    for colour, of_page in COLOURS.items():
        svg = svg.replace(colour, of_page)
    # On a phone letters may become smaller, but not too small to be read.
    width, unit = search(r' width="([\d.]+)(\w*)"', svg).groups()
    style = f"min-width: {0.73 * float(width):.0f}{unit or 'px'}"
    return svg.replace("<svg ", f'<svg style="{style}" ', 1)


def figure_to_svg(figure: Figure, description: str) -> str:
    """Return a figure as SVG whose name is its description."""
    file = StringIO()
    # The same names every time, that no other picture of the page has.
    with mpl.rc_context({"svg.hashsalt": f"{crc32(description.encode()):08x}"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    svg = sub(r"<metadata>.*?</metadata>\s*", "", file.getvalue(), flags=DOTALL)
    svg = sub(r'<g id="[\w.]+_\d+"', "<g", svg[svg.index("<svg") :])
    return svg.replace(
        "<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1
    )


def words_in(svg: str) -> list[str]:
    """Return the texts of a figure that are more than numbers and symbols."""
    texts = (unescape(text) for text in findall(r">([^<>]+)</text>", svg))
    return [text for text in dict.fromkeys(texts) if search(r"[^\W\d_]{2}", text)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("picture", PictureDirective)
    app.add_node(Picture, html=(visit_picture, None))
    return {"parallel_read_safe": True}
