"""The order of the gallery, and how its pictures look."""

from pathlib import Path
from re import findall
from typing import Any

import matplotlib.pyplot as plt

# The order is that of the gallery's page.
INDEX = Path(__file__).parents[2] / "examples" / "index.rst"
LESSONS = findall(r"\w+\.py", INDEX.read_text(encoding="utf-8"))

# Pages are about ideas, so their pictures look alike without a word about it.
STYLE = {
    "figure.dpi": 120,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.prop_cycle": plt.cycler(color=["#0072b2", "#d55e00", "#009e73", "#cc79a7"]),
}


def set_style(gallery_conf: dict[str, Any], fname: str) -> None:
    """Let a page begin with this style, whatever the last one left."""
    plt.rcParams.update(STYLE)


def place(path: str) -> int:
    """Return the place of a lesson in the course."""
    return LESSONS.index(Path(path).name)
