"""The gallery's pictures and thumbnails: framed, and translated.

A picture is in a frame of its own, which a phone can scroll, and its description is a
passage of its page. A thumbnail has the title and the first paragraph of the page that
it leads to, as they stand there.
"""

from html import escape
from re import split
from typing import Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_gallery.directives import ImageSg, imgsgnode, visit_imgsg_html

TITLE = '<div class="sphx-glr-thumbnail-title">'


class Plot(imgsgnode, addnodes.translatable):
    """A picture that a lesson has drawn."""

    def preserve_original_messages(self) -> None:
        """Keep the description as it was written."""
        self["description"] = self["alt"]

    def extract_original_messages(self) -> list[str]:
        """Return the description, if there is one."""
        return [self["description"]] if self["description"] else []

    def apply_translated_message(self, original: str, translated: str) -> None:
        """Describe the picture in another language."""
        self["alt"] = translated


def visit_plot(translator: Any, node: Plot) -> None:
    """Write the picture in its frame."""
    translator.body.append('<div class="picture">')
    visit_imgsg_html(translator, node)
    translator.body.append("</div>")
    raise nodes.SkipNode


class PlotDirective(ImageSg, SphinxDirective):
    """Makes a picture of what sphinx-gallery writes for one."""

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        (image,) = super().run()
        picture = Plot(**image.attributes)
        self.set_source_info(picture)
        return [picture]


class Thumbnails(SphinxPostTransform):
    """Gives thumbnails the texts of their pages, while links still name these."""

    default_priority: ClassVar[int] = 5
    formats: ClassVar[tuple[str, ...]] = ("html",)

    def run(self) -> None:
        """Change the tooltip, which comes before the link, and the title behind it."""
        for title in list(self.document.findall(nodes.raw)):
            if TITLE in title.astext():
                around = title.parent
                i = around.index(title)
                (link,) = around[i - 1].findall(addnodes.pending_xref)
                name = link["reftarget"].lstrip("/")
                heading, intro = self.texts_of(name)
                before, after = split('tooltip=".*?"', around[i - 2].astext())
                start = f'{before}tooltip="{intro}"{after}'
                end = f"{TITLE}{heading}</div></div>"
                around[i - 2] = nodes.raw("", start, format="html")
                around[i] = nodes.raw("", end, format="html")

    def texts_of(self, name: str) -> tuple[str, str]:
        """Return the title of a page and its first paragraph, as HTML has them."""
        (lesson, *_) = self.env.get_doctree(name).findall(nodes.section)
        (intro, *_) = lesson.findall(nodes.paragraph)
        return escape(self.env.titles[name].astext()), escape(intro.astext())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register them; the picture takes the place of sphinx-gallery's."""
    app.add_directive("image-sg", PlotDirective, override=True)
    app.add_node(Plot, html=(visit_plot, None))
    app.add_post_transform(Thumbnails)
    return {"parallel_read_safe": True}
