"""The order of the gallery."""

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


class LessonOrder(FileNameSortKey):
    """Sorts lessons by their place in the course."""

    def __call__(self, filename: str) -> tuple[int, str]:
        """Return what comes before what."""
        name = filename.removeprefix("plot_").removesuffix(".py")
        place = LESSONS.index(name) if name in LESSONS else len(LESSONS)
        return place, name
