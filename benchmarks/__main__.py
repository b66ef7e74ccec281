"""The command: measures, prints the tables, and writes them with JSON and a picture."""

import argparse
import sys
from itertools import chain
from pathlib import Path

from benchmarks.accuracy import accuracy
from benchmarks.cluster import cluster
from benchmarks.devices import devices
from benchmarks.footprint import memory, overhead
from benchmarks.iteration import growth, iteration, threads
from benchmarks.measure import MODES, Record
from benchmarks.optimum import optimum, raw
from benchmarks.report import machine, markdown, write
from benchmarks.rounds import rounds

WORKLOADS = {
    measure.__name__: measure
    for measure in (
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
    parser.add_argument("--out", type=Path, help="folder for JSON, tables and picture")
    options = parser.parse_args()
    names = options.workloads or list(WORKLOADS)
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no such workload: {unknown}; there are {', '.join(WORKLOADS)}")
    chosen = [MODES[options.threads]] if options.threads in MODES else [*MODES.values()]
    records: list[Record] = []
    try:
        for record in chain.from_iterable(
            WORKLOADS[name](chosen, options.rounds) for name in names
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
