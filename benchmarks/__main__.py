"""The command: measures, prints the tables, and writes them with JSON and a picture."""

import argparse
import sys
from functools import partial
from itertools import chain
from pathlib import Path

from benchmarks.accuracy import accuracy
from benchmarks.cluster import cluster
from benchmarks.defaults import defaults
from benchmarks.devices import devices
from benchmarks.footprint import memory, overhead
from benchmarks.iteration import growth, iteration, threads
from benchmarks.large import large
from benchmarks.measure import MODES, Record
from benchmarks.optimum import optimum, raw
from benchmarks.report import machine, markdown, write
from benchmarks.rounds import rounds
from benchmarks.search import FILE_MEGABYTES, search

WORKLOADS = {
    measure.__name__: measure
    for measure in (
        defaults,
        large,
        search,
        optimum,
        raw,
        accuracy,
        iteration,
        memory,
        overhead,
        threads,
        growth,
        cluster,
        rounds,
        devices,
    )
}
TAKE_DATA = (defaults, large)


def main() -> None:
    """Run the workloads that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="|".join(WORKLOADS))
    parser.add_argument(
        "--threads",
        choices=[*MODES, "both"],
        default="both",
        help="one each by CPU time, the libraries' default by the clock, or both",
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of each pair")
    parser.add_argument(
        "--data", type=Path, help="folder of CSV files for defaults and large"
    )
    parser.add_argument(
        "--megabytes",
        type=float,
        default=FILE_MEGABYTES,
        help="size of the file that search writes to a temporary folder and reads",
    )
    parser.add_argument("--out", type=Path, help="folder for JSON, tables and picture")
    options = parser.parse_args()
    names = options.workloads or list(WORKLOADS)
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no such workload: {unknown}; there are {', '.join(WORKLOADS)}")
    if options.data and not options.data.is_dir():
        parser.error(f"no such folder: {options.data}")
    workloads = WORKLOADS | {
        measure.__name__: partial(measure, folder=options.data) for measure in TAKE_DATA
    }
    workloads["search"] = partial(search, megabytes=options.megabytes)
    chosen = [MODES[options.threads]] if options.threads in MODES else [*MODES.values()]
    records: list[Record] = []
    try:
        for record in chain.from_iterable(
            workloads[name](chosen, options.rounds) for name in names
        ):
            print(
                f"{record.workload}: {record.case}, {record.peer}, threads "
                f"{record.mode}: {record.ratio:.3g}  {record.note}",
                file=sys.stderr,
                flush=True,
            )
            records.append(record)
    except KeyboardInterrupt:
        print("interrupted: the tables show what there is", file=sys.stderr)
    print(markdown(records, machine()))
    if options.out:
        write(records, options.out)


if __name__ == "__main__":
    main()
