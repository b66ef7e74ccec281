"""Sessions that set up development and run every check: ``nox --list``.

``nox`` runs all that a change must pass. What stands after ``--`` goes to the command
of a session: ``nox -s tests -- tests/test_losses.py``. In an environment that has all
that is needed, ``nox --no-venv --no-install -s lint`` makes none and installs nothing.
"""

import os
import re
import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.error_on_external_run = True

ROOT = Path(__file__).parent
VENV, DIST, HTML = ROOT / ".venv", ROOT / "dist", ROOT / "docs" / "_build" / "html"
PROJECT = nox.project.load_toml("pyproject.toml")["project"]
TORCH = "torch==2.13.0"
# For sessions that call pip, of which uv makes environments without.
PIP = ["--seed"]
MEASURE = ["--cov=skshallow", "--cov-branch"]
# Tests of what newer versions alone can do.
OF_NEWER_VERSIONS = ["callbacks", "displays", "live_plot"]
# A few seconds that read every kind of file that a source distribution brings.
OF_A_DISTRIBUTION = ["architecture", "docstrings", "golden", "losses", "packaging"]
# What loads something over the network as soon as a page is opened; the address of a
# page itself loads nothing.
LOADS = (
    r'(src|srcset)="(https?:)?//'
    r'|<link(?![^>]+rel="canonical")[^>]+href="(https?:)?//'
)


def test_files(names: list[str]) -> list[str]:
    """Return the paths of files of tests."""
    return [f"tests/test_{name}.py" for name in names]


def exact(requirements: list[str]) -> list[str]:
    """Return lower bounds as versions: of "numpy>=1.26" numpy==1.26."""
    return [requirement.replace(">=", "==") for requirement in requirements]


def printed(session: nox.Session, program: str) -> str:
    """Return what a program in Python prints."""
    output = session.run("python", "-c", program, silent=True)
    return str(output).strip()


def has_torch(session: nox.Session) -> bool:
    """Install torch where it is to be had, and say whether it is there.

    By uv where ``UV_TORCH_BACKEND`` names its devices, else by pip, whose configuration
    may say where wheels are.
    """
    options = {"silent": True, "success_codes": range(256)}
    if "UV_TORCH_BACKEND" in os.environ:
        session.install(TORCH, **options)
    else:
        session.run_install("python", "-m", "pip", "install", TORCH, **options)
    find = "import importlib.util; print(importlib.util.find_spec('torch') is not None)"
    return printed(session, find) == "True"


@nox.session(default=False, venv_backend="none")
def dev(session: nox.Session) -> None:
    """Make .venv with all that development needs, and let git call the hooks."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = nox.virtualenv.UV
    if not VENV.exists():
        session.run(uv, "venv", "--quiet", "--seed", VENV, external=True)
    install = ["pip", "install", "--quiet", "--python", python]
    session.run(uv, *install, "-e", ".[dev]", external=True)
    session.run(python, "-m", "pre_commit", "install", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and structure, and run the hooks of pre-commit."""
    session.install("-e", ".[lint]")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("pre-commit", "run", "--all-files", "--show-diff-on-failure")


@nox.session(venv_params=PIP)
def tests(session: nox.Session) -> None:
    """Run the tests with the newest versions, in two processes."""
    if not has_torch(session):
        session.log("torch cannot be had here: its tests will be skipped")
    session.install("-e", ".[browser,test]")
    session.run("pytest", *session.posargs)


@nox.session(python=re.findall(r"[\d.]+", PROJECT["requires-python"])[0])
def oldest(session: nox.Session) -> None:
    """Run the tests with the oldest versions supported, and measure coverage."""
    session.install("-e", ".[test]", *exact(PROJECT["dependencies"]))
    session.run("pytest", "-n2", *MEASURE, "--cov-report=", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Print what oldest covered, with the callbacks of newer versions added."""
    session.install("-e", ".[test]")
    # Here as it is where pytest-xdist is not installed.
    report = ["--cov-append", "--cov-report=term-missing:skip-covered"]
    files = test_files(OF_NEWER_VERSIONS)
    session.run("pytest", "-p", "no:xdist", *MEASURE, *report, *files)


@nox.session(default=False, venv_params=PIP)
def nightly(session: nox.Session) -> None:
    """Run the tests with scikit-learn's nightly: what fails here fails no change.

    It comes from the package index whose address stands in ``NIGHTLY_INDEX``, or where
    that is not set from where pip's configuration says that pre-releases come from.
    """
    session.install("-e", ".[test]")
    index = os.environ.get("NIGHTLY_INDEX")
    source = ["--extra-index-url", index] if index else []
    pip = ["python", "-m", "pip", "install", "--quiet", "--pre", "--upgrade"]
    session.run_install(*pip, *source, "scikit-learn")
    version = printed(session, "import sklearn; print(sklearn.__version__)")
    if not re.search(r"dev|rc", version):
        session.skip(f"no nightly is to be had: {version} is what tests runs with")
    session.log(f"scikit-learn {version}")
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Run the examples in docstrings and guide, build the site, and check it."""
    session.install("-e", ".[browser,docs,test]")
    session.env["MPLBACKEND"] = "Agg"
    doctest = ["python", "-W", "error", "-m", "pytest"]
    session.run(*doctest, "--doctest-modules", "skshallow")
    session.run(*doctest, "--doctest-glob=*.md", "docs/index.md", "docs/guide")
    html = Path(*session.posargs) if session.posargs else HTML
    sphinx = ["python", "-W", "error::FutureWarning", "-m", "sphinx"]
    build = [*sphinx, "-W", "--keep-going", "-q", "-E", "-b", "html"]
    session.run(*build, "docs", html)
    # The gallery was made for the English pages.
    chinese = ["-D", "language=zh_CN", "-D", "plot_gallery=0"]
    session.run(*build, *chinese, "docs", html / "zh")
    # grep returns 1 where it finds nothing.
    grep = ["grep", "-rnP", LOADS, "--include=*.html"]
    session.run(*grep, html, external=True, success_codes=[1])
    session.run("python", "docs/checks/site.py", html)
    session.run("python", "docs/checks/translations.py")


@nox.session
def build(session: nox.Session) -> None:
    """Make wheel and sdist, and check them; then use both, each by a session."""
    session.install("build", "twine")
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", DIST)
    session.run("twine", "check", "--strict", *DIST.iterdir())
    session.run("python", ".ci/distributions.py", DIST)
    session.notify("wheel")
    session.notify("sdist")


@nox.session(default=False)
def wheel(session: nox.Session) -> None:
    """Run the quickstart by the wheel that build made, in another folder."""
    (file,) = DIST.glob("*.whl")
    session.install(f"skshallow[examples] @ {file.as_uri()}")
    folder = Path(session.create_tmp())
    shutil.copy("examples/plot_quickstart.py", folder)
    session.chdir(folder)
    imported = printed(session, "import skshallow; print(skshallow.__file__)")
    if Path(imported).is_relative_to(ROOT / "skshallow"):
        session.error(f"{imported} is not of the wheel")
    session.run("python", "plot_quickstart.py", env={"MPLBACKEND": "Agg"})


@nox.session(default=False)
def sdist(session: nox.Session) -> None:
    """Run some tests of the sdist that build made; nox -s sdist -- tests runs all."""
    (file,) = DIST.glob("*.tar.gz")
    folder = Path(session.create_tmp(), "sdist")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.unpack_archive(file, folder)
    session.chdir(folder / file.name.removesuffix(".tar.gz"))
    session.install(".[test]")
    session.run("pytest", *(session.posargs or test_files(OF_A_DISTRIBUTION)))


@nox.session(venv_params=PIP)
def benchmarks(session: nox.Session) -> None:
    """Run the benchmarks named after ``--``, or two of them briefly."""
    if not has_torch(session):
        session.skip("torch, which some benchmarks compare with, cannot be had here")
    session.install("-e", ".[bench]")
    brief = ["overhead", "growth", "--rounds", "1", "--threads", "1"]
    session.run("python", "-m", "benchmarks", *(session.posargs or brief))
