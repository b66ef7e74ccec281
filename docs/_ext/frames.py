"""Puts each picture of the gallery in a frame of its own, which a phone can scroll."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_gallery.directives import imgsgnode


def frame(app: Sphinx, page: nodes.document) -> None:
    """Put a frame around all pictures of a page."""
    for picture in [*page.findall(imgsgnode)]:
        opening = nodes.raw("", '<div class="picture">', format="html")
        closing = nodes.raw("", "</div>", format="html")
        picture.replace_self([opening, picture, closing])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("doctree-read", frame)
    return {"parallel_read_safe": True}
