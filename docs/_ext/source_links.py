"""Links to the source: a role for pages, and what sphinx.ext.linkcode asks for.

The role ``source`` takes a file, ``skshallow/objective/models.py``, or an object as
pkgutil.resolve_name does, ``skshallow.objective.models:ShallowNetwork.forward``. Where
the address of the repository is known, both lead to it, an object to its lines.
Elsewhere an object leads to its page of sphinx.ext.viewcode, and a file is plain text.
A file or an object that does not exist is a warning.
"""

from inspect import getsourcefile, getsourcelines, unwrap
from pathlib import Path
from pkgutil import resolve_name

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode

ROOT = Path(__file__).parents[2]
# What Python raises for what is not there, has no source, or is not below ROOT.
MISSING = (ImportError, AttributeError, OSError, TypeError, ValueError)
logger = logging.getLogger(__name__)


def is_file(name: str) -> bool:
    """Whether a name is a path, not that of an object."""
    return "/" in name


def place(name: str) -> str:
    """Return the path of a file or object, with the lines of an object.

    Raises one of MISSING where there is no such thing, or none of this repository's.
    """
    if is_file(name):
        if not (ROOT / name).is_file():
            raise FileNotFoundError(name)
        return name
    found = resolve_name(name)
    # Of a property, the lines are its function's.
    found = unwrap(getattr(found, "fget", found))
    lines, first = getsourcelines(found)
    path = Path(getsourcefile(found) or "").relative_to(ROOT)
    return f"{path.as_posix()}#L{first}-L{first + len(lines) - 1}"


def short(name: str) -> str:
    """Return what is shown: of a file its name, and of a function its module, too."""
    if is_file(name):
        return name.rpartition("/")[2]
    module, _, inside = name.partition(":")
    is_function = inside[0].islower()
    return f"{module.rpartition('.')[2]}.{inside}" if is_function else inside


def set_linkcode(app: Sphinx, config: Config) -> None:
    """Tell sphinx.ext.linkcode where the objects of the API reference are."""

    def linkcode_resolve(domain: str, info: dict[str, str]) -> str | None:
        try:
            at = place(f"{info['module']}:{info['fullname']}")
        except MISSING:
            return None  # An attribute has no lines, and a library's are elsewhere.
        return f"{config.source_tree}/{at}"

    if config.source_tree:
        config.linkcode_resolve = linkcode_resolve


class SourceRole(SphinxRole):
    """A file or an object of the source."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return what will be a link, and have viewcode make the page that it needs."""
        name, shown = self.text, nodes.literal(self.text, short(self.text))
        try:
            at = place(name)
        except MISSING:
            logger.warning("no such source: %s", name, location=self.get_location())
            return [shown], []
        if self.config.source_tree:
            address = f"{self.config.source_tree}/{at}"
            return [nodes.reference("", "", shown, refuri=address)], []
        if is_file(name):
            return [shown], []
        show_code(self.env, name)
        # Which page it is from, and so the link, is known when pages are written. What
        # viewcode leads back to is the first link of a page.
        link = pending_xref("", shown, reftype="source", refdomain="", reftarget=name)
        anchor = name.replace(":", ".")
        anchors = self.env.temp_data.setdefault("source", set())
        ids = [] if anchor in anchors else [anchor]
        anchors.add(anchor)
        return [nodes.inline("", "", link, ids=ids)], []


def show_code(env: BuildEnvironment, name: str) -> None:
    """Have viewcode make a page of a module, with an anchor at an object.

    It makes pages of what the API reference names, and has no hook for more: this is
    the dictionary that it keeps them in.
    """
    module, _, inside = name.partition(":")
    if not hasattr(env, "_viewcode_modules"):
        env._viewcode_modules = {}
    analyzer = ModuleAnalyzer.for_module(module)
    entry = (analyzer.code, analyzer.find_tags(), {}, module)
    _, _, used, _ = env._viewcode_modules.setdefault(module, entry)
    used.setdefault(inside, env.docname)


def link(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.Element
) -> nodes.Element | None:
    """Return the link to the page of an object's code, in HTML; elsewhere its name."""
    if node["reftype"] != "source":
        return None
    if app.builder.format != "html":
        return shown
    module, _, inside = node["reftarget"].partition(":")
    page = "_modules/" + module.replace(".", "/")
    return make_refnode(app.builder, node["refdoc"], page, inside, shown)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it. ``source_tree`` is the address below which the files are, if any."""
    app.add_config_value("source_tree", "", "env", str)
    app.add_role("source", SourceRole())
    app.connect("config-inited", set_linkcode)
    app.connect("missing-reference", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
