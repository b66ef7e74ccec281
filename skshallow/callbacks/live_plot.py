"""A line in a terminal, or a picture in a notebook, that shows how a fit goes."""

import shutil
import sys
from dataclasses import dataclass, field
from numbers import Real
from time import monotonic
from typing import Any, Protocol

from sklearn.utils import check_scalar

from skshallow.callbacks.base import Callback
from skshallow.callbacks.picture import Picture


class Screen(Protocol):
    """Where pictures are shown, each in place of the one before."""

    def show(self, picture: Picture) -> None:
        """Show how a fit goes."""

    def end(self, picture: Picture) -> None:
        """Show how it went, to stay."""


def is_terminal() -> bool:
    """Whether what is written can be written over."""
    return sys.stdout is not None and sys.stdout.isatty()


def width() -> int:
    """Return how many columns of a terminal can be filled without a new line."""
    return shutil.get_terminal_size().columns - 1


class Terminal:
    """One line, written again and again; if this is no terminal, the last time only."""

    def show(self, picture: Picture) -> None:
        """Write the line over the one before."""
        if is_terminal():
            # A wider line would go on in the next, and not be written over.
            self._write("\r" + picture.to_text()[: width()].ljust(width()))

    def end(self, picture: Picture) -> None:
        """Write the whole line, and end it."""
        text = picture.to_text()
        self._write(f"\r{text.ljust(width())}\n" if is_terminal() else f"{text}\n")

    def _write(self, text: str) -> None:
        """Write what standard output has characters for: no fit fails for a picture."""
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        print(text.encode(encoding, "ignore").decode(encoding), end="", flush=True)


class Notebook:
    """A picture below the cell."""

    handle: Any = None

    def show(self, picture: Picture) -> None:
        """Draw it in place of the one before."""
        from IPython.display import display

        data = {"text/html": picture.to_html(), "text/plain": picture.to_text()}
        if self.handle is None:
            self.handle = display(data, raw=True, display_id=True)
        else:
            self.handle.update(data, raw=True)

    end = show


def make_screen() -> Screen:
    """Return a notebook where this is one: IPython is loaded there, with a kernel."""
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    return Notebook() if hasattr(get_shell(), "kernel") else Terminal()


@dataclass
class Watched:
    """One call of fit, in which our estimators may be fitted several times.

    The fit that began last is the one shown.
    """

    interval: float
    screen: Screen = field(default_factory=make_screen)
    fit: Any = None
    n_fits: int = 0
    picture: Picture | None = None
    due: float = -float("inf")

    def update(self, context: Any, fitted: Any) -> None:
        """Take up an update, and show it if it is time."""
        if context.task_id == 0:
            self.fit, self.picture = context.parent, Picture("", [], [])
            self.n_fits += 1
        if context.parent is not self.fit or self.picture is None:
            return
        self.picture.losses.append(fitted.loss_)
        if fitted.best_validation_loss_ is not None:
            self.picture.validation_losses.append(fitted.best_validation_loss_)
        self._say(f"update {fitted.n_iter_}/{self.fit.max_subtasks}", fitted)
        if monotonic() >= self.due:
            self.screen.show(self.picture)
            self.due = monotonic() + self.interval

    def end_of_fit(self, estimator: Any) -> None:
        """Say why descent stopped, and what the loss of the parameters kept is."""
        n_updates = estimator.n_iter_
        reason = estimator.stop_reason_.replace("_", " ")
        updates = f"{n_updates} update{'s' * (n_updates != 1)}"
        self._say(f"{reason} after {updates}", estimator)

    def _say(self, where: str, fitted: Any) -> None:
        """Say how far the fit is, which fit it is if there are several, and its J."""
        assert self.picture is not None
        number = f"fit {self.n_fits}: " if self.n_fits > 1 else ""
        words = f"{number}{where}, loss {fitted.loss_:#.4g}"
        if self.picture.validation_losses:
            words += f", validation loss {fitted.best_validation_loss_:#.4g}"
        self.picture = self.picture._replace(words=words)


class LivePlot(Callback):
    """Shows how the loss falls while fitting: a line, or in a notebook a picture.

    In a terminal, one line is written again and again: J after each update as small
    bars, how many updates of `max_iter` are done, J, and with validation rows their
    loss. Where standard output is no terminal, the last such line is printed. In a
    notebook, a picture is drawn in place of the one before. J is on a logarithmic
    scale.

    It is set on the outermost estimator: a Pipeline or a search passes it on. There is
    one line for each call of fit, however many fits are in it: it shows the one that
    began last, with its number, and so after a search the fit with the best parameters.
    Fits in other processes are not shown.

    Parameters
    ----------
    interval : float, default=0.1
        The seconds between two pictures, at least.

    Raises
    ------
    TypeError, ValueError
        If `interval` is no number, or negative.

    See Also
    --------
    skshallow.inspection.LossCurveDisplay : Draws the loss after the fit.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.callbacks import LivePlot
    >>> model = GDLogisticRegression(0.1, max_iter=30, tol=0).set_callbacks(LivePlot())
    >>> model = model.fit(*load_iris(return_X_y=True))
    █▆▅▆▆▅▅▄▃▃▂▂▂▂▁▁ max iter after 30 updates, loss 0.6736
    """

    def __init__(self, interval: float = 0.1) -> None:
        check_scalar(interval, "interval", Real, min_val=0)
        self.interval = interval
        # scikit-learn's meta-estimators pass it on to what they fit, however deep.
        self.max_propagation_depth = None
        self._watched: dict[Any, Watched] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Return all but what is on a screen, which a copy elsewhere has not got."""
        return vars(self) | {"_watched": {}}

    def setup(self, estimator: Any, context: Any) -> None:
        """Watch a call of fit.

        Parameters
        ----------
        estimator : estimator
            What is fitted.
        context : sklearn.callback.CallbackContext
            Its task.
        """
        self._watched[context.root_uuid] = Watched(self.interval)

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any
    ) -> None:
        """Take up an update, or the end of a fit.

        Parameters
        ----------
        estimator : estimator
            What is fitted.
        context : sklearn.callback.CallbackContext
            The task that has ended.
        fitted_estimator : estimator
            The estimator as it stands.
        """
        watched = self._watched.get(context.root_uuid)
        if watched is None:
            return
        if context.task_name == "update":
            watched.update(context, fitted_estimator)
        elif context is watched.fit:
            watched.end_of_fit(estimator)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Show the last picture, whether the fit went well or not.

        Parameters
        ----------
        estimator : estimator
            What was to be fitted.
        context : sklearn.callback.CallbackContext
            Its task.
        """
        watched = self._watched.pop(context.root_uuid)
        if watched.picture is not None:
            watched.screen.end(watched.picture)
