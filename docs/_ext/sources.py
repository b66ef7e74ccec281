"""What the site changes in Markdown pages before it reads them."""

from re import sub

from sphinx.application import Sphinx

# The table of results is written by ``python -m benchmarks``: it has no title, and
# sections of the third level, as on the page that links to it.
RESULTS = "benchmarks/results"
TITLE = "# Results of the benchmarks\n\n"
TOCTREE = f"\n```{{toctree}}\n:hidden:\n{RESULTS}\n```\n"


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("source-read", adapt)
    return {"parallel_read_safe": True}
