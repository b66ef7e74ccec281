"""The live plot: what is written of a fit while it goes on, where, and how often."""

import pickle
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.callbacks import Callback, LivePlot, live_plot
from skshallow.callbacks.picture import BARS, N_BARS, Picture

needs_callbacks = pytest.mark.skipif(
    not hasattr(LogisticRegression, "set_callbacks"),
    reason="callbacks came with scikit-learn 1.9",
)
MODEL = GDLogisticRegression(0.3, max_iter=12, tol=0, alpha=0)


@pytest.fixture(autouse=True)
def seconds(monkeypatch):
    """Let a second pass each time that somebody looks at the clock."""
    ticks = iter(range(10**6))
    monkeypatch.setattr(live_plot, "monotonic", lambda: next(ticks))


@pytest.fixture
def terminal(monkeypatch, capsys):
    """Let standard output be a terminal of 100 columns."""
    monkeypatch.setattr(live_plot, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    return capsys


def lines(captured):
    """Return what was written over each other, without the bars."""
    text = captured.readouterr().out
    assert text.startswith("\r")
    assert text.endswith("\n")
    return [line.lstrip(BARS).strip() for line in text[1:-1].split("\r")]


def rate_that_raises(error):
    """Return a schedule that raises in update 4."""

    def rate(k):
        if k == 4:
            raise error
        return 0.3

    return rate


@needs_callbacks
@pytest.mark.parametrize(
    ("interval", "shown"), [(0, range(1, 13)), (2.5, [1, 4, 7, 10]), (1e9, [1])]
)
def test_live_plot_writes_a_line_when_it_is_time(interval, shown, terminal, load):
    """The first update, those after the interval, and how the fit ended."""
    # Who draws looks at the clock twice, and once who does not.
    model = clone(MODEL).set_callbacks(LivePlot(interval)).fit(*load("wine"))
    losses = [*model.loss_curve_, model.loss_]
    *written, last = lines(terminal)
    assert written == [f"update {k}/12, loss {losses[k]:#.4g}" for k in shown]
    assert last == f"max iter after 12 updates, loss {model.loss_:#.4g}"


@needs_callbacks
@pytest.mark.parametrize("columns", [30, 100])
def test_live_plot_writes_over_the_whole_line_before(
    columns, terminal, monkeypatch, load
):
    """Each has all columns but one, so that none goes on below; the last is not cut."""
    monkeypatch.setenv("COLUMNS", str(columns))
    model = clone(MODEL).set_callbacks(LivePlot(0)).fit(*load("wine"))
    *written, last = terminal.readouterr().out[1:-1].split("\r")
    assert {len(line) for line in written} == {columns - 1}
    assert last.rstrip().endswith(f"loss {model.loss_:#.4g}")


@needs_callbacks
def test_live_plot_prints_one_line_where_there_is_no_terminal(capsys, load):
    """The last one, with a bar for each update."""
    model = clone(MODEL).set_callbacks(LivePlot(0)).fit(*load("wine"))
    bars, _, words = capsys.readouterr().out.partition(" ")
    assert (len(bars), bars[0], bars[-1]) == (12, BARS[-1], BARS[0])
    assert words == f"max iter after 12 updates, loss {model.loss_:#.4g}\n"


@needs_callbacks
def test_live_plot_shows_the_loss_on_validation_rows(terminal, load):
    """After each update; where a later fit has none, none of an earlier one."""
    X, y = load("wine")
    model = clone(MODEL).set_callbacks(LivePlot(0)).fit(X, y, X_val=X, y_val=y)
    curve = [*model.validation_loss_curve_[1:], model.best_validation_loss_]
    ends = [f", validation loss {loss:#.4g}" for loss in curve]
    for line, end in zip(lines(terminal), [*ends, ends[-1]], strict=True):
        assert line.endswith(end)
    model.fit(X, y)
    assert not any("validation" in line for line in lines(terminal))


@needs_callbacks
def test_live_plot_shows_the_fits_of_a_search_in_one_line(terminal, load):
    """By their numbers; the best one, fitted again, stays."""
    step = make_pipeline(StandardScaler(), clone(MODEL))
    search = GridSearchCV(step, {"gdlogisticregression__alpha": [0.0, 1.0]}, cv=3)
    search.set_callbacks(plot := LivePlot(0)).fit(*load("wine"))
    written = lines(terminal)
    assert len(written) == 7 * 12 + 1
    assert written[0].startswith("update 1/12, ")
    assert written[12].startswith("fit 2: update 1/12, ")
    loss = search.best_estimator_[-1].loss_
    assert written[-1] == f"fit 7: max iter after 12 updates, loss {loss:#.4g}"
    assert plot._watched == {}


@needs_callbacks
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_live_plot_ends_its_line_where_the_fit_does_not_end_well(
    error, in_pipeline, terminal, load
):
    """With the last update that was done; the next fit begins afresh."""
    model = clone(MODEL).set_params(learning_rate=rate_that_raises(error))
    outer = make_pipeline(StandardScaler(), model) if in_pipeline else model
    outer.set_callbacks(plot := LivePlot(0))
    with pytest.raises(error):
        outer.fit(*load("wine"))
    assert lines(terminal)[-1].startswith("update 4/12, ")
    assert plot._watched == {}
    model.set_params(learning_rate=0.3)
    outer.fit(*load("wine"))
    assert lines(terminal)[0].startswith("update 1/12, ")


@needs_callbacks
def test_live_plot_writes_nothing_of_a_fit_without_updates(capsys, load):
    """Such as one whose rows are refused, or one of another estimator."""
    X, y = load("wine")
    with pytest.raises(ValueError, match="NaN"):
        clone(MODEL).set_callbacks(LivePlot()).fit(X * np.nan, y)
    LogisticRegression().set_callbacks(LivePlot()).fit(X, y)
    assert capsys.readouterr().out == ""


@needs_callbacks
def test_live_plot_changes_nothing_in_a_fit(load):
    """The same to the bit with and without."""
    X, y = load("wine")
    network = ShallowNNClassifier(6, max_iter=20, tol=0, random_state=0)
    watched = clone(network).set_callbacks(LivePlot(0)).fit(X, y)
    assert watched.loss_curve_ == network.fit(X, y).loss_curve_


@needs_callbacks
def test_live_plot_leaves_out_what_standard_output_has_no_characters_for(
    monkeypatch, load
):
    """The words are ASCII; no fit fails for a bar."""
    monkeypatch.setattr(sys, "stdout", stdout := Ascii())
    clone(MODEL).set_callbacks(LivePlot()).fit(*load("wine"))
    assert stdout.text.startswith(" max iter after 12 updates, loss 0.")


@pytest.mark.parametrize(
    ("stdout", "is_terminal"),
    [
        (SimpleNamespace(isatty=lambda: True), True),
        (SimpleNamespace(isatty=lambda: False), False),
        (None, False),  # In Windows' programs without a console.
    ],
)
def test_a_terminal_is_what_says_so(stdout, is_terminal, monkeypatch):
    """Elsewhere no line can be written over."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        assert live_plot.is_terminal() is is_terminal


class Ascii:
    """A standard output that can write ASCII only."""

    encoding = "ascii"
    text = ""

    def isatty(self):
        """It is a file."""
        return False

    def write(self, text):
        """Refuse what is not ASCII."""
        self.text += text.encode("ascii").decode()

    def flush(self):
        """All is written already."""


@pytest.fixture
def notebook(monkeypatch):
    """Let IPython be there with a kernel, and return what it is given to display."""
    shown = []

    def display(data, *, raw, display_id):
        assert raw
        assert display_id
        shown.append(("new", data))
        return SimpleNamespace(update=lambda data, raw: shown.append(("same", data)))

    ipython, of_display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel="python3")
    of_display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", of_display)
    return shown


@needs_callbacks
def test_live_plot_draws_in_one_place_of_a_notebook(notebook, capsys, load):
    """A picture for each call of fit, drawn again with every update."""
    X, y = load("wine")
    model = clone(MODEL).set_callbacks(LivePlot(0))
    model.fit(X, y, X_val=X, y_val=y).fit(X, y)
    where, pictures = zip(*notebook, strict=True)
    assert where == 2 * ("new", *["same"] * 12)
    assert pictures[12]["text/html"].count("<polyline") == 2
    assert pictures[-1]["text/html"].count("<polyline") == 1
    words = f"max iter after 12 updates, loss {model.loss_:#.4g}"
    assert pictures[-1]["text/html"].endswith(f"<div>{words}</div>")
    assert pictures[-1]["text/plain"].endswith(words)
    assert capsys.readouterr().out == ""


@needs_callbacks
def test_live_plot_writes_a_line_in_the_shell_of_ipython(notebook, terminal, load):
    """Which has no kernel to draw for it."""
    sys.modules["IPython"].get_ipython = SimpleNamespace
    clone(MODEL).set_callbacks(LivePlot(0)).fit(*load("wine"))
    assert len(lines(terminal)) == 13
    assert notebook == []


@needs_callbacks
def test_live_plot_is_kept_by_copies_which_are_silent_elsewhere(capsys, load):
    """A clone has it, and one that was pickled during a fit watches no fit."""
    copies = []

    class Copier(Callback):
        def on_fit_task_begin(self, estimator, context):
            copies.append((pickle.loads(pickle.dumps(plot)), context))

    plot = LivePlot(0.5)
    model = clone(MODEL).set_callbacks(plot, Copier())
    clone(model).fit(*load("wine"))
    assert capsys.readouterr().out.count("\n") == 1
    copy, update = copies[-1]
    copy.on_fit_task_end(None, update, fitted_estimator=None)
    assert (copy.interval, copy._watched) == (0.5, {})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("interval", "error"), [(-1, ValueError), ("often", TypeError)]
)
def test_live_plot_refuses_an_interval_that_is_none(interval, error):
    """Where it is made."""
    with pytest.raises(error, match="interval"):
        LivePlot(interval)


@pytest.mark.parametrize(
    ("losses", "bars"),
    [
        ([1.0], "▁"),
        ([0.0, 0.0], "▁▁"),
        ([1e0, 1e-1, 1e-2, 1e-7], "█▇▆▁"),
        ([1e0, np.nan, 1e-2, np.inf], "▄█▁█"),
    ],
)
def test_bars_are_logarithms_of_the_losses(losses, bars):
    """What is no number is as high as there is."""
    assert Picture("w", losses, []).to_text() == f"{bars} w"


def test_bars_have_the_first_and_the_last_loss_of_many():
    """And not more bars than fit in a line."""
    line = Picture("", [8.0, *[1.0] * 998, 1e-3], []).to_text()
    assert len(line) == N_BARS + 1
    assert (line[0], line[-2]) == (BARS[-1], BARS[0])


@needs_callbacks
@pytest.mark.parametrize(
    "hook", ["setup", "teardown", "on_fit_task_begin", "on_fit_task_end"]
)
def test_a_callback_overrides_what_it_does_something_at(hook, load):
    """The other hooks do nothing."""
    heard = []
    subclass = type(
        "One", (Callback,), {hook: lambda self, estimator, context: heard.append(hook)}
    )
    model = clone(MODEL).set_callbacks(subclass()).fit(*load("wine"))
    assert model.stop_reason_ == "max_iter"
    # The fit and its updates are tasks.
    assert heard == [hook] * (13 if hook.startswith("on_") else 1)
