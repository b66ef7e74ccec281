"""What stands in more than one file is the same in all of them."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import skshallow

ROOT = Path(__file__).parents[1]


def pyproject():
    """Return the table ``project``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def recipe():
    """Return conda's recipe, with the values of its context put in."""
    text = (ROOT / "conda" / "recipe.yaml").read_text("utf-8")
    context = yaml.safe_load(text)["context"]
    return yaml.safe_load(
        re.sub(
            r"\$\{\{ (\w+) \}\}", lambda found: context.get(found[1], found[0]), text
        )
    )


def citation():
    """Return how to cite the package."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def requirements(lines):
    """Return names with their bounds; conda has a space between them."""
    parsed = [Requirement(line) for line in lines]
    return {requirement.name: str(requirement.specifier) for requirement in parsed}


def test_conda_requires_what_pip_does():
    """The same packages from the same versions on, and the same Python."""
    project = pyproject()
    needed = requirements(project["dependencies"])
    assert requirements(recipe()["requirements"]["run"]) == {
        "python": project["requires-python"],
        **needed,
    }


@pytest.mark.parametrize(
    "version",
    [lambda: recipe()["package"]["version"], lambda: citation()["version"]],
    ids=["conda/recipe.yaml", "CITATION.cff"],
)
def test_version_is_that_of_the_package(version):
    """It is set in skshallow/__init__.py, and repeated where that cannot be read."""
    assert version() == skshallow.__version__


def test_changelog_begins_with_what_is_coming_or_this_version():
    """And the day of this version is the one to cite."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (\S+)(?: – ([\d-]+))?$", text, re.MULTILINE)
    released = headings[1:] if headings[0] == ("Unreleased", "") else headings
    assert released[0] == (skshallow.__version__, citation()["date-released"])


def test_every_extra_of_development_is_in_dev():
    """``nox -s dev`` brings what the checks need; benchmarks have their own session."""
    extras = pyproject()["optional-dependencies"]
    development = {"browser", "docs", "lint", "test"}
    brought = {extra for line in extras["dev"] for extra in Requirement(line).extras}
    assert development <= brought
    assert development <= set(extras)
