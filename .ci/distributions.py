"""Check what is in the distributions of a folder, and print how large they are.

``python .ci/distributions.py dist``: the wheel has all files of the package that git
knows, scripts and styles included, and nothing else; the source distribution has these,
the tests, what they read, and what the site is made of.
"""

import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

MEGABYTES = 2.0
# What only a checkout is of use with.
OF_A_CHECKOUT = (".ci/", ".github/", ".pre-commit", ".readthedocs")


def tracked() -> set[str]:
    """Return the paths that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True)
    return {*filter(None, listed.stdout.decode().split("\0"))}


def in_wheel(path: Path) -> set[str]:
    """Return the files of a wheel, without what describes it."""
    names = ZipFile(path).namelist()
    return {name for name in names if ".dist-info/" not in name}


def in_sdist(path: Path) -> set[str]:
    """Return the files of a source distribution, without what describes it."""
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    return names - {"PKG-INFO"}


def differences(path: Path, present: set[str], expected: set[str]) -> list[str]:
    """Return a line for each file too many or too few, and one for the size."""
    size = path.stat().st_size / 1e6
    print(f"{path.name}: {len(present)} files, {size:.2f} MB")
    lines = [f"{path.name} lacks {name}" for name in sorted(expected - present)]
    lines += [f"{path.name} has {name}" for name in sorted(present - expected)]
    if size > MEGABYTES:
        lines.append(f"{path.name} is larger than {MEGABYTES} MB")
    return lines


def main(folder: str) -> None:
    """Print what is wrong, and exit with 1 if anything is."""
    (wheel,), (sdist,) = Path(folder).glob("*.whl"), Path(folder).glob("*.tar.gz")
    files = tracked()
    package = {name for name in files if name.startswith("skshallow/")}
    source = {name for name in files if not name.startswith(OF_A_CHECKOUT)}
    wrong = differences(wheel, in_wheel(wheel), package)
    wrong += differences(sdist, in_sdist(sdist), source)
    print(*wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
