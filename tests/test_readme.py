"""README.md says what commands print: its examples, and the summary of benchmarks."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# A source distribution has no docs.
RESULTS = ROOT / "docs" / "benchmarks" / "results.md"
needs_results = pytest.mark.skipif(not RESULTS.exists(), reason="needs the docs")
# Of each row of the page's table, what the summary of the results calls it.
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
    "a search of 40 fits, 6 cases": "search, GridSearchCV(LogisticRegression)",
    "an update of gradient descent, 18 cases": "iteration, MLPClassifier",
    "the same update, 18 cases": "iteration, torch",
    "memory beyond X, network on 60000×784": "memory, network, MLPClassifier",
}


def rows(path):
    """Return the rows of all tables in a page, by their first cell."""
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("| ").split("|") for line in lines if line.startswith("|")]
    return {first.strip(): [cell.strip() for cell in rest] for first, *rest in cells}


def test_readme_example_prints_what_it_shows(capsys):
    """The first one, which is followed by its output."""
    text = README.read_text(encoding="utf-8")
    code, output = re.search(
        r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.S
    ).groups()
    exec(code, {})
    assert capsys.readouterr().out == output


@needs_results
@pytest.mark.parametrize("row", FIGURES)
def test_readme_figures_are_the_results(row):
    """Mean and worst, rounded to the digits that the page has."""
    found = rows(RESULTS)[FIGURES[row]][-2:]
    for said, figure in zip(rows(README)[row][-2:], found, strict=True):
        decimals = len(said.partition(".")[2])
        assert float(said.replace("−", "-")) == round(float(figure), decimals)
