"""The table of a trace in a notebook, with a slider that goes through the pass."""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files

TITLES = ("name", "shape", "formula", "first values", "meaning")
LETTERS = re.compile(r"[A-Za-z]+\d?")


@cache
def _asset(name: str) -> str:
    """Return the text of a file beside this module."""
    return files("skshallow.inspection").joinpath(name).read_text(encoding="utf-8")


def to_html(rows: Sequence[tuple[str, ...]]) -> str:
    """Return the table of quantities; without JavaScript, that is all there is."""
    names = [name for name, *_ in rows]
    head = "".join(f"<th>{title}</th>" for title in TITLES)
    return (
        f'<div class="skshallow-trace"><style>{_asset("trace_table.css")}</style>'
        f'<div class="frame"><table><thead><tr>{head}</tr></thead><tbody>'
        f"{''.join(_row(row, names) for row in rows)}</tbody></table></div>"
        f"<script>{_asset('trace_table.js')}</script></div>"
    )


def _row(row: tuple[str, ...], names: Sequence[str]) -> str:
    """Return a row, which says what is computed from what."""
    name, _, formula, _, meaning = row
    used = _used(formula, meaning, names)
    way = "backward" if name.startswith("d") else "forward"
    said = f"{name} is given: {meaning}"
    if formula:
        said = f"{way.capitalize()}: {name} = {formula}, from {_listed(used)}"
    data = {"name": name, "way": way, "from": " ".join(used), "said": said}
    attributes = "".join(f' data-{key}="{escape(it)}"' for key, it in data.items())
    cells = (escape(cell).replace("  ", "\N{NO-BREAK SPACE} ") for cell in row)
    return f"<tr{attributes}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _used(formula: str, meaning: str, names: Sequence[str]) -> list[str]:
    """Return the quantities that are in a formula, or in L or the penalty if J's."""
    letters = set(LETTERS.findall(formula))
    if "L" in letters:
        letters |= {*LETTERS.findall(meaning.partition("L = ")[2])}
    if "penalty" in letters:
        letters |= {"w", "W1", "W2"}
    return [name for name in names if name in letters]


def _listed(names: Sequence[str]) -> str:
    """Return names with commas, and the last one after "and"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
