"""README.md and the page of benchmarks say what commands print."""

import json
import re
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# A source distribution has no docs.
RESULTS = ROOT / "docs" / "benchmarks" / "results.md"
BENCHMARKS = ROOT / "docs" / "benchmarks.md"
needs_docs = pytest.mark.skipif(not RESULTS.exists(), reason="needs the docs")
PAGES = [README, BENCHMARKS] if RESULTS.exists() else []
# Of each row of the pages' tables, what the summary of the results calls it.
FIGURES = {
    "the default network on 35 data sets: time to fit": "defaults, MLPClassifier",
    "the network's test accuracy, ours − the peer's": (
        "defaults, accuracy, MLPClassifier"
    ),
    "the network's test log loss, ours − the peer's": (
        "defaults, log loss, MLPClassifier"
    ),
    "the default linear model on 35 data sets: time to fit": (
        "defaults, LogisticRegression"
    ),
    "the linear model's test accuracy, ours − the peer's": (
        "defaults, accuracy, LogisticRegression"
    ),
    "the linear model's test log loss, ours − the peer's": (
        "defaults, log loss, LogisticRegression"
    ),
    "the default network on 12,000 to 45,000 rows: time to fit": "large, MLPClassifier",
    "its test accuracy on these, ours − the peer's": "large, accuracy, MLPClassifier",
    "its test log loss on these, ours − the peer's": "large, log loss, MLPClassifier",
    "a search of 40 fits, 6 cases": "search, GridSearchCV(LogisticRegression)",
    "the same search, 6 cases": "search, LogisticRegressionCV",
    "a fit to the optimum, to 1e-6, 16 cases": "optimum, LogisticRegression (lbfgs)",
    "a fit on raw features, to 1e-4, 8 cases": "raw, LogisticRegression (lbfgs)",
    "an update of gradient descent, 18 cases": "iteration, MLPClassifier",
    "the same update, 18 cases": "iteration, torch",
    "the same update, 7 cases": "iteration, mlxtend",
    "a fit of one update, and the prediction of one row": (
        "overhead, LogisticRegression"
    ),
    "memory beyond X, network on 60000×784": "memory, network, MLPClassifier",
    "memory beyond X, linear model on 1000000×28": "memory, linear, MLPClassifier",
    "two threads, 2 cases": "threads, n_jobs=1",
    "a fit to the optimum on two dask workers, 1000000×50": "cluster, dask-ml (lbfgs)",
    "the same fit on two dask workers": "cluster, dask-ml (newton)",
}


def tables(path):
    """Return the tables of a page: of each its header, and its rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    found = [list(group) for is_table, group in groupby(rows, bool) if is_table]
    return [(header, below[1:]) for header, *below in found]


def rows_below(path, *header):
    """Return the rows of the one table that has this header."""
    (found,) = (rows for cells, rows in tables(path) if cells == list(header))
    return found


def check_rounded(said, figure):
    """Of a number as a page has it, all digits are the figure's."""
    decimals = len(said.partition(".")[2])
    assert float(said.replace("−", "-")) == round(float(figure), decimals)


def test_readme_example_prints_what_it_shows(capsys):
    """The first one, which is followed by its output."""
    text = README.read_text(encoding="utf-8")
    pattern = r"```python\n(.*?)```\n\n```text\n(.*?)```"
    code, output = re.search(pattern, text, re.DOTALL).groups()
    exec(code, {})
    assert capsys.readouterr().out == output


@needs_docs
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_table_has_the_figures_of_the_results(page):
    """Mean and worst, rounded to the digits that the page has."""
    summary = rows_below(RESULTS, "ours beside", "threads", "cases", "mean", "worst")
    results = {row[0]: row[-2:] for row in summary}
    rows = rows_below(page, "", "beside", "mean", "worst")
    assert len(rows) >= 10
    for name, _, *said in rows:
        for number, figure in zip(said, results[FIGURES[name]], strict=True):
            check_rounded(number, figure)


@needs_docs
def test_page_of_benchmarks_has_each_goal_missed():
    """All that results.json says of them, and no other."""
    goals = json.loads(RESULTS.with_suffix(".json").read_text(encoding="utf-8"))[
        "goals"
    ]
    missed = {f"{g['workload']}, {g['peer']}": g for g in goals if not g["met"]}
    rows = rows_below(BENCHMARKS, "", "mean", "goal", "worst", "goal")
    assert [row[0] for row in rows] == list(missed)
    for name, mean, goal, worst, goal_at_worst in rows:
        found = missed[name]
        check_rounded(mean, found["mean_found"])
        check_rounded(worst, found["worst_found"])
        for said, limit in [(goal, found["mean"]), (goal_at_worst, found["worst"])]:
            assert said == ("" if limit is None else f"{limit:g}")
