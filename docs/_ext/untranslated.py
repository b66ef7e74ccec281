"""Says of a page without a catalogue, in another language, that it is in English."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.i18n import docname_to_domain

NOTE = "This page is not translated."


def is_translated(app: Sphinx, docname: str) -> bool:
    """Whether there is a catalogue for a page."""
    name = docname_to_domain(docname, app.config.gettext_compact)
    catalogue = Path(app.config.language, "LC_MESSAGES", f"{name}.po")
    folders = [Path(app.srcdir, folder) for folder in app.config.locale_dirs]
    return any((folder / catalogue).exists() for folder in folders)


def announce(app: Sphinx, page: nodes.document) -> None:
    """Put the note below the title of a page."""
    is_english = app.config.language == "en"
    if is_english or is_translated(app, app.env.current_document.docname):
        return
    for title in [*page.findall(nodes.title)][:1]:
        note = nodes.paragraph("", _(NOTE), classes=["untranslated"])
        title.parent.insert(title.parent.index(title) + 1, note)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("doctree-read", announce)
    return {"parallel_read_safe": True}
