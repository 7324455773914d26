"""Run the benchmark: both servers in turn, A B A B, on one sandbox; prints the tables and writes docs/benchmarks/."""

import argparse
from pathlib import Path

from benchmarks import calls, scaling, sizes, starting
from benchmarks.contest import contest
from benchmarks.machine import machine
from benchmarks.report import show, write

PARTS = {
    "start": starting.start,
    "calls": calls.calls,
    "at-once": calls.at_once,
    "bulk": calls.bulk,
    "sizes": sizes.sizes,
    "growth": scaling.scale,
}
_FOLDER = Path(__file__).parents[1] / "docs" / "benchmarks"


def main() -> None:
    """Measure what the arguments name, print it, and write it down if it is the whole."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("command", help="the incumbent's command")
    parser.add_argument("name", help="its name and version, for the page")
    parser.add_argument("--rounds", type=int, default=3, help="how often each server takes its turn")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"with commas, of {', '.join(PARTS)}")
    parser.add_argument("--output", type=Path, help="folder to write into [docs/benchmarks, if all parts are run]")
    given = parser.parse_args()
    chosen = given.parts.split(",")
    if unknown := [name for name in chosen if name not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    with contest(given.command) as both:
        found = []
        for name in chosen:
            found.append(PARTS[name](both, given.rounds))
            show(found[-1])
        about = machine(both, given.name)
    folder = given.output or (_FOLDER if set(chosen) == set(PARTS) else None)
    if folder:
        write(folder, found, about)


if __name__ == "__main__":
    main()
