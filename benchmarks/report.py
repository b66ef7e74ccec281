"""What was measured, as tables, a picture and JSON, which has the goals as well."""

import json
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from math import isnan, nan
from pathlib import Path
from statistics import fmean, geometric_mean

import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, NullLocator
from threadpoolctl import threadpool_info

from benchmarks.measure import Record


@dataclass(frozen=True)
class Goal:
    """What ours/peer is to be at most, as geometric mean and at worst.

    Differences are to have that arithmetic mean; of accuracies they are to be at least
    that, not at most.
    """

    workload: str
    peer: str
    mean: float | None = None
    worst: float | None = None
    cases: str = ""
    at_least: bool = False

    def __str__(self) -> str:
        return f"{self.workload}, {self.peer}" + (f", {self.cases}" * bool(self.cases))

    def measured(self, records: list[Record], mode: str) -> tuple[float, float] | None:
        """Return the mean and the worst, if it was measured."""
        chosen = [
            r
            for r in records
            if (r.workload, r.peer, r.mode) == (self.workload, self.peer, mode)
            and self.cases in r.case
        ]
        if not chosen:
            return None
        ratios = [r.ratio for r in chosen]
        worst = min(ratios) if self.at_least else max(ratios)
        if chosen[0].is_difference:
            return fmean(ratios), worst
        return geometric_mean(ratios) if min(ratios) > 0 else float("nan"), worst

    def is_met(self, mean: float, worst: float) -> bool:
        """Whether these figures reach it."""
        sign = -1 if self.at_least else 1
        return (self.mean is None or sign * mean <= sign * self.mean) and (
            self.worst is None or sign * worst <= sign * self.worst
        )


GOALS = (
    Goal("defaults, accuracy", "MLPClassifier", mean=0, worst=-0.035, at_least=True),
    Goal("defaults, log loss", "MLPClassifier", mean=-0.01),
    Goal("defaults", "MLPClassifier", mean=0.35),
    Goal(
        "defaults, accuracy",
        "LogisticRegression",
        mean=-0.001,
        worst=-0.035,
        at_least=True,
    ),
    Goal("defaults, log loss", "LogisticRegression", mean=0),
    Goal("defaults", "LogisticRegression", mean=1),
    Goal("large, accuracy", "MLPClassifier", worst=-0.003, at_least=True),
    Goal("large, log loss", "MLPClassifier", worst=0),
    Goal("large", "MLPClassifier", mean=0.35),
    Goal("search", "GridSearchCV(LogisticRegression)", mean=0.3, worst=0.6),
    Goal("search", "LogisticRegressionCV", mean=0.6),
    Goal("search, 40 fits", "one fit", worst=8),
    Goal("optimum", "LogisticRegression (lbfgs)", mean=0.5, worst=1),
    Goal("raw", "LogisticRegression (lbfgs)", mean=0.05, worst=0.5),
    Goal("accuracy", "MLPClassifier", mean=0.2, worst=0.5),
    Goal("accuracy lost", "MLPClassifier", worst=0.005),
    Goal("iteration", "MLPClassifier", mean=0.6, worst=0.9),
    Goal("iteration", "torch", mean=0.5, worst=0.9),
    Goal("iteration", "mlxtend", mean=0.2, worst=0.9),
    Goal("iteration", "floor", mean=1.2, cases="60000×784"),
    Goal("memory, network", "MLPClassifier", worst=0.05),
    Goal("memory, linear", "MLPClassifier", worst=0.2),
    Goal("memory growth, network", "itself", worst=1.1),
    Goal("memory growth, linear", "labels, 10 bytes a row", worst=1.1),
    Goal("overhead", "LogisticRegression", worst=1),
    Goal("overhead", "MLPClassifier", worst=1),
    Goal("threads", "n_jobs=1", worst=0.6),
    Goal("threads", "n_jobs=1, two BLAS threads", worst=1),
    Goal("growth", "exponent", worst=1.02),
    Goal("cluster", "dask-ml (lbfgs)", worst=0.3),
    Goal("cluster", "dask-ml (newton)", worst=0.5),
    Goal("cluster", "dask-ml (newton, normalize=False)", worst=0.5),
    Goal("devices", "torch", worst=1.1, cases="1000000×784"),
)

# Figures of these are not of ours beside a peer's on one case, or have a picture.
NOT_DOTS = ("growth", "search, 40 fits", "search, fits together")
PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "mlxtend",
    "dask",
    "distributed",
    "dask-ml",
)


def machine() -> str:
    """Return what it was measured on, in one line."""
    cpu = platform.processor() or "unknown CPU"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [line.split(": ")[1] for line in lines if line.startswith("model name")]
        cpu = f"{len(names)} cores of {names[0]}"
    blas = {f"{lib['internal_api']} {lib['version']}" for lib in threadpool_info()}
    versions = []
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            versions.append(f"{package} {version(package)}")
    return (
        f"{cpu}, {platform.system()}, Python {platform.python_version()}, "
        f"{', '.join(versions)}, {', '.join(sorted(blas))}"
    )


def markdown(records: list[Record], where: str) -> str:
    """Return what to expect, and then every figure, as Markdown."""
    parts = [f"Measured on {where}.", _summary_table(records)]
    for workload in dict.fromkeys(record.workload for record in records):
        chosen = [record for record in records if record.workload == workload]
        parts += [f"### {workload}", _table(chosen)]
    return "\n\n".join(parts) + "\n"


def _summary_table(records: list[Record]) -> str:
    """Return a row for each workload, peer and mode: what is to be expected."""
    lines = [
        "| ours beside | threads | cases | mean | worst |",
        "|---|---|---|---|---|",
    ]
    for workload, peer, mode in dict.fromkeys(
        (r.workload, r.peer, r.mode) for r in records
    ):
        goals = [g for g in GOALS if (g.workload, g.peer) == (workload, peer)]
        goal = goals[0] if goals else Goal(workload, peer)
        everything = replace(goal, cases="")
        mean, worst = everything.measured(records, mode) or (nan, nan)
        n = sum((r.workload, r.peer, r.mode) == (workload, peer, mode) for r in records)
        lines.append(
            f"| {workload}, {peer} | {mode} | {n} | {_number(mean)} "
            f"| {_number(worst)} |"
        )
    return "\n".join(lines)


def _goals_reached(records: list[Record]) -> list[dict[str, object]]:
    """Return for each goal that was measured what was asked and what came out."""
    reached = []
    for goal in GOALS:
        for mode in sorted({record.mode for record in records}):
            measured = goal.measured(records, mode)
            if measured is not None:
                mean, worst = measured
                found = {"mode": mode, "mean_found": mean, "worst_found": worst}
                met = {"met": goal.is_met(mean, worst)}
                reached.append({**asdict(goal), **found, **met})
    return reached


def _table(records: list[Record]) -> str:
    compared = dict.fromkeys(
        "ours − peer's" if r.is_difference else "ours/peer" for r in records
    )
    lines = [
        f"| case | peer | threads | ours | peer's | {' or '.join(compared)} | |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.case} | {r.peer} | {r.mode} | {_quantity(r.ours, r.unit)} "
        f"| {_quantity(r.theirs, r.unit)} | {_number(r.ratio)} | {r.note} |"
        for r in records
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None or isnan(value) else f"{value:.3g}"


def _quantity(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.4g} {unit}".strip()
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1:
            return f"{value * factor:.3g} {name}"
    return f"{value * 1e6:.3g} µs"


def picture(records: list[Record], path: Path) -> None:
    """Draw every time ratio as a dot, a row for each workload and peer."""
    timed = [record for record in records if record.unit == "s" and record.mode == "1"]
    timed = [record for record in timed if record.workload not in NOT_DOTS]
    groups = list(dict.fromkeys((r.workload, r.peer) for r in timed))[::-1]
    figure, ax = plt.subplots(figsize=(8, 0.45 * len(groups) + 1.2), layout="tight")
    for height, group in enumerate(groups):
        ratios = [r.ratio for r in timed if (r.workload, r.peer) == group]
        ax.plot(ratios, [height] * len(ratios), "o", color="C0", alpha=0.45, mew=0)
        mean = geometric_mean(ratios)
        ax.plot(mean, height, "|", color="black", ms=16, mew=2)
        ax.annotate(
            f"{mean:.2g}",
            (mean, height),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    ax.axvline(1, color="grey", lw=1)
    ax.set(
        xscale="log",
        xlabel="ours / the peer's, one thread each (bar: geometric mean)",
        yticks=range(len(groups)),
        yticklabels=[f"{workload}, {peer}" for workload, peer in groups],
    )
    ax.margins(y=0.12)
    ax.grid(axis="x", alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def picture_of_fits(records: list[Record], path: Path) -> None:
    """Draw the time against the number of fits, together and one by one."""
    # A case ends in "fits: 40".
    points = [(int(r.case.split()[-1]), r.ours, r.theirs) for r in records]
    numbers, ours, theirs = zip(*sorted(points), strict=True)
    figure, ax = plt.subplots(figsize=(6, 4), layout="tight")
    ax.plot(numbers, theirs, "o-", color="C1", label="one by one")
    ax.plot(numbers, ours, "o-", color="C0", label="together")
    ax.set(xscale="log", yscale="log", xlabel="fits", ylabel="seconds")
    ax.set_xticks(numbers, numbers)
    ax.set_xticks([], minor=True)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_title(f"{records[0].case.rsplit(',', 1)[0]}, threads: {records[0].mode}")
    ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def write(records: list[Record], folder: Path) -> None:
    """Write results.json, results.md, results.png and, if measured, search.png."""
    folder.mkdir(parents=True, exist_ok=True)
    where = machine()
    data = {
        "machine": where,
        "goals": _goals_reached(records),
        "records": [record._asdict() for record in records],
    }
    text = json.dumps(data, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n")
    (folder / "results.md").write_text(markdown(records, where))
    picture(records, folder / "results.png")
    fits = [r for r in records if r.workload == "search, fits together"]
    if fits:
        picture_of_fits(
            [r for r in fits if r.mode == fits[0].mode], folder / "search.png"
        )
