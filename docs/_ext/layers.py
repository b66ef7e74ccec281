"""The directive ``layers``: a map of the package, drawn of its contract in setup.cfg.

A row for each line of the contract, a box for each module of the line, and in it the
first words of the module's docstring. It is SVG in the page itself, in the theme's
colours.
"""

import ast
import re
from configparser import ConfigParser
from html import escape
from pathlib import Path
from textwrap import wrap

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
CONTRACT = "importlinter:contract:layers"
# In pixels, as on a phone; LETTERS is how many of a docstring's stand in a row's width.
WIDTH, GAP, LINE, PADDING, LETTERS = 360, 8, 17, 9, 46


def layers() -> list[list[str]]:
    """Return the modules of each line of the contract, from the top."""
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = parser[CONTRACT]["layers"].strip().splitlines()
    return [[name.strip() for name in line.split("|")] for line in lines]


def purpose(name: str) -> str:
    """Return what the docstring of a module says first, up to a colon or semicolon."""
    path = ROOT / "skshallow" / name
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return re.split("[:;\n]", docstring)[0].rstrip(".")


def box(name: str, x: float, y: float, width: float, height: float) -> str:
    """Return a module as a box with its name and what it is for."""
    is_folder = (ROOT / "skshallow" / name).is_dir()
    lines = [f'<tspan class="name">{name}{"/" if is_folder else ".py"}</tspan>']
    lines += map(escape, wrap(purpose(name), int(LETTERS * width / WIDTH)))
    first = y + PADDING + 0.75 * LINE
    text = "".join(
        f'<text x="{x + PADDING:g}" y="{first + LINE * number:g}">{line}</text>'
        for number, line in enumerate(lines)
    )
    shape = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5"'
    return f"<rect {shape}/>{text}"


def svg(rows: list[list[str]]) -> str:
    """Return the map of some rows, two boxes side by side at most."""
    body, y = [], 1.0
    for number, row in enumerate(rows):
        pairs = [row[start : start + 2] for start in range(0, len(row), 2)]
        for pair in pairs:
            width = (WIDTH - GAP * (len(pair) - 1)) / len(pair)
            letters = int(LETTERS * width / WIDTH)
            n_lines = 1 + max(len(wrap(purpose(name), letters)) for name in pair)
            height = n_lines * LINE + 2 * PADDING
            body += [
                box(name, place * (width + GAP) + 1, y, width, height)
                for place, name in enumerate(pair)
            ]
            y += height + GAP
        if number < len(rows) - 1:
            middle = WIDTH / 2 + 1
            body.append(
                f'<path d="M{middle:g} {y - GAP + 2:g}v{LINE}m-5 -6l5 6l5 -6"/>'
            )
            y += LINE - GAP + 5
    described = "; ".join(f"{', '.join(row)}" for row in rows)
    return (
        f'<svg class="layers" role="img" viewBox="0 0 {WIDTH + 2} {y - GAP + 1:g}" '
        f'aria-label="The package from top to bottom: {described}. A row may import '
        f'those below it, and its modules do not import each other.">'
        f"{''.join(body)}</svg>"
    )


class LayersDirective(SphinxDirective):
    """Draws the map."""

    def run(self) -> list[nodes.Node]:
        """Return it as HTML."""
        self.env.note_dependency(str(ROOT / "setup.cfg"))
        return [nodes.raw("", svg(layers()), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_directive("layers", LayersDirective)
    return {"parallel_read_safe": True}
