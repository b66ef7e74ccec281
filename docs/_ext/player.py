"""The directive ``player``: an example in a page, and below it the player it has made.

Its content is what doctest takes for an example; that of the name ``player`` is shown.
"""

from doctest import DocTestParser
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class PlayerDirective(SphinxDirective):
    """Runs an example."""

    has_content: ClassVar[bool] = True

    def run(self) -> list[nodes.Node]:
        """Return the code, and the player as a frame."""
        text = "\n".join(self.content)
        names: dict[str, object] = {}
        for example in DocTestParser().get_examples(text):
            exec(example.source, names)
        code = nodes.literal_block(text, text, language="python")
        self.set_source_info(code)
        return [code, nodes.raw("", names["player"]._repr_html_(), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("player", PlayerDirective)
    return {"parallel_read_safe": True}
