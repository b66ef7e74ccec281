"""The order of the gallery, and how its pictures look."""

from typing import Any

import matplotlib.pyplot as plt
from sphinx_gallery.sorting import FileNameSortKey

# After the quickstart that of the course; pages not named here come last, by name.
LESSONS = [
    "quickstart",
    "one_neuron",
    "loops_and_vectorised",
    "learning_rates",
    "cost_surfaces",
    "computation_graph",
    "photographs",
    "why_nonlinear",
    "activations",
    "propagation_trace",
    "symmetry",
    "hidden_layer_size",
    "grid_search",
    "bootstraps",
]

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


class LessonOrder(FileNameSortKey):
    """Sorts lessons by their place in the course."""

    def __call__(self, filename: str) -> tuple[int, str]:
        """Return what comes before what."""
        name = filename.removeprefix("plot_").removesuffix(".py")
        place = LESSONS.index(name) if name in LESSONS else len(LESSONS)
        return place, name
