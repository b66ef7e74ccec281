"""A page on which one sees descent at work, update by update."""

import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from numbers import Integral
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from skshallow.inspection.player_data import Run, all_updates, page_data
from skshallow.inspection.player_network import layers_of, left_out, network_picture
from skshallow.inspection.player_pictures import (
    colour_of,
    logits_figure,
    loss_picture,
    markers,
    plane_figure,
)
from skshallow.inspection.recording import DescentRecording, record_descent

TITLE = "Descent, update by update"
SCRIPTS = ("recording.js", "pictures.js", "player.js")
SPEEDS, USUAL_SECONDS = (1, 2, 5, 10, 20, 50, 100, 200), 10
NUMBERS = {
    "loss": "<dt>J</dt>",
    "validation": "<dt>validation</dt>",
    "rate": "<dt>rate</dt>",
    "norm": '<dt title="what tol is compared with">gradient norm</dt>',
}


class DescentPlayer:
    """Plays recorded descents: a page with a slider over the updates.

    Of each recording it draws J, the network with its weights as lines, and for two
    features where each class is predicted and what each hidden unit contributes, or for
    more features how the logits of the samples are distributed. In a notebook it is
    shown as it is; :meth:`save` makes a file of it. The page is complete in itself:
    nothing is loaded over the network, and the browser computes what it draws from θ.
    Space plays and pauses; the arrow keys go from update to update.

    Parameters
    ----------
    recordings : DescentRecording or dict of str to DescentRecording
        What :func:`record_descent` returned, or several by the names to be shown,
        which are played side by side.
    title : str, default="Descent, update by update"
        What stands above.
    max_bytes : int, default=100_000
        How many bytes the parameters of each recording may take. Beyond, only those of
        every so many updates are shown. Up to 1000 samples are drawn.

    Attributes
    ----------
    recordings : dict of str to DescentRecording
        The recordings.

    Raises
    ------
    TypeError
        If something else than recordings is given.
    ValueError
        If there is no recording, or two have the same name as text.

    See Also
    --------
    record_descent : Makes a recording.
    LossCurveDisplay : Draws J as a picture that stands still.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import DescentPlayer
    >>> X, y = make_moons(noise=0.2, random_state=0)
    >>> network = ShallowNNClassifier(4, "tanh", random_state=0)
    >>> player = DescentPlayer.from_estimator(network, X, y)
    >>> player.save("descent.html")  # doctest: +SKIP
    """

    def __init__(
        self,
        recordings: DescentRecording | Mapping[str, DescentRecording],
        *,
        title: str = TITLE,
        max_bytes: int = 100_000,
    ) -> None:
        check_scalar(max_bytes, "max_bytes", Integral, min_val=1)
        if isinstance(recordings, DescentRecording):
            recordings = {"": recordings}
        self.recordings = _by_name(recordings)
        self.title, self.max_bytes = title, max_bytes

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: ArrayLike | None = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: ArrayLike | None = None,
        title: str = TITLE,
        max_bytes: int = 100_000,
    ) -> Self:
        """Record the descent of clones, and play it.

        Parameters
        ----------
        estimator : estimator, Pipeline or dict
            A GDLogisticRegression or ShallowNNClassifier, a Pipeline that ends in one,
            or several as ``{name: estimator}``. They are not changed.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The labels.
        sample_weight : array-like of shape (n_samples,), default=None
            The weights of the samples.
        X_val, y_val, sample_weight_val : array-like, default=None
            Rows to validate on, as `fit` takes them.
        title : str, default="Descent, update by update"
            What stands above.
        max_bytes : int, default=100_000
            How many bytes the parameters of each recording may take.

        Returns
        -------
        player : DescentPlayer
            The player.

        Raises
        ------
        TypeError
            If an estimator is not one of this package, or a Pipeline that ends in one.
        ValueError
            If there is no estimator, or `fit` refuses the data.
        """
        if not isinstance(estimator, Mapping):
            estimator = {"": estimator}
        rows = {"sample_weight": sample_weight, "X_val": X_val, "y_val": y_val}
        recordings = {
            name: record_descent(one, X, y, **rows, sample_weight_val=sample_weight_val)
            for name, one in estimator.items()
        }
        return cls(recordings, title=title, max_bytes=max_bytes)

    def to_html(self) -> str:
        """Return the page.

        Returns
        -------
        page : str
            HTML, complete in itself.
        """
        folder = files("skshallow.inspection") / "player_page"
        read = {each.name: each.read_text("utf-8") for each in folder.iterdir()}
        runs = [
            Run.of(name, recording, self.max_bytes)
            for name, recording in self.recordings.items()
        ]
        section = Template(read["run.html"])
        updates = all_updates(runs)
        return Template(read["player.html"]).substitute(
            title=escape(self.title),
            css=read["player.css"],
            alone="alone" if len(runs) == 1 else "",
            speeds=_speeds(int(updates[-1])),
            last_tick=len(updates) - 1,
            markers=markers(max(len(run.classes) for run in runs)),
            runs="".join(
                section.substitute(_section(run), colour=colour_of(number))
                for number, run in enumerate(runs)
            ),
            loss=loss_picture(runs),
            # Inside of a script, no text may end it.
            data=json.dumps(page_data(runs)).replace("<", r"\u003c"),
            js="".join(read[name] for name in SCRIPTS),
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file.

        Parameters
        ----------
        path : str or path-like
            The file, usually with a name that ends in ``.html``.
        """
        Path(path).write_text(self.to_html(), "utf-8")

    def _repr_html_(self) -> str:
        """Return the page in a frame, where it meets no other page's names.

        The frame's height is set by the page; the one given here is for where that is
        not allowed.
        """
        return (
            f'<iframe title="{escape(self.title)}" srcdoc="{escape(self.to_html())}" '
            'style="width: 100%; height: 44rem; border: 0"></iframe>'
        )


def _by_name(recordings: Any) -> dict[str, DescentRecording]:
    """Return recordings by the names to be shown, or raise."""
    values = recordings.values() if isinstance(recordings, Mapping) else [recordings]
    for each in values:
        if not isinstance(each, DescentRecording):
            raise TypeError(
                "recordings must be what record_descent returned, or a dict of such, "
                f"got {each!r:.60}. DescentPlayer.from_estimator takes estimators."
            )
    if not recordings:
        raise ValueError("There is no recording to play in an empty dict.")
    named = {str(name): each for name, each in recordings.items()}
    if len(named) < len(recordings):
        raise ValueError(f"Two recordings have the same name: {list(recordings)}.")
    return named


def _section(run: Run) -> dict[str, str]:
    """Return what the page says of a run: heading, numbers and pictures."""
    layers = layers_of(run)
    numbers = "".join(
        f'<div>{term} <dd><data class="{name}"></data></dd></div>'
        for name, term in NUMBERS.items()
        if name in run.curves
    )
    return {
        "name": escape(run.name),
        "hidden": "" if run.name else " hidden",
        "numbers": numbers,
        "ending": escape(run.ending),
        "samples": plane_figure(run) if run.has_plane else logits_figure(run),
        "network": network_picture(run, layers),
        "left_out": left_out(layers),
    }


def _speeds(last: int) -> str:
    """Return the speeds; the usual one plays all in some ten seconds."""
    usual = next((s for s in SPEEDS if last <= s * USUAL_SECONDS), SPEEDS[-1])
    return "".join(
        f'<option value="{speed}"{" selected" * (speed == usual)}>'
        f"{speed} updates/s</option>"
        for speed in SPEEDS
    )
