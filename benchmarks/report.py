"""Write the figures down: a page with tables, a file for programs, plots, and a table in the terminal."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Part
from benchmarks.plots import plot

_INTRODUCTION = """# Benchmarks

`nox -s bench` measures this server and the incumbent in turn (A B A B) in one run, on one sandbox, through raw JSON-RPC
over stdio, and writes this page, `results.json` and the plots. Times are medians. Every figure of the incumbent is of
the same run; what counts is the ratio, ours / theirs. Tokens are tiktoken's, encoding o200k_base. The questions of the
triage are in `benchmarks/triage.py`. The first start of all is not counted: from the second one on, the list of tools
is made of the permissions that the token had before.
"""


def write(folder: Path, parts: Sequence[Part], machine: dict[str, str]) -> None:
    """Write `README.md`, `results.json` and a plot for each part into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = [_INTRODUCTION, "| | |", "| --- | --- |", *(f"| {name} | {told} |" for name, told in machine.items()), ""]
    results: dict[str, Any] = {"machine": machine, "parts": {}}
    for part in parts:
        text += [f"## {part.title}", "", *_rows(part.figures), ""]
        if name := plot(folder, part):
            text += [f"![{part.title}: ratios]({name})", ""]
        results["parts"][part.title] = {
            "figures": [figure.as_json() for figure in part.figures],
            "samples": {
                name: {side: [round(value, 3) for value in values] for side, values in sides.items()}
                for name, sides in part.samples.items()
            },
        }
    (folder / "README.md").write_text("\n".join(text), encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def show(part: Part) -> None:
    """Print the figures of a part."""
    table = Table(title=part.title)
    for column in ("", "unit", "ours", "theirs", "ratio", "goal"):
        table.add_column(column, justify="left" if not column else "right")
    for figure in part.figures:
        table.add_row(*_cells(figure))
    Console().print(table)


def _rows(figures: Sequence[Figure]) -> list[str]:
    rows = ["| | unit | ours | theirs | ratio | goal |", "| --- | --- | ---: | ---: | ---: | --- |"]
    rows += [f"| {' | '.join(_cells(figure))} |" for figure in figures]
    notes = [f"{figure.name}: {figure.note}." for figure in figures if figure.note]
    return [*rows, *([""] if notes else []), *notes]


def _cells(figure: Figure) -> tuple[str, ...]:
    goal = ""
    if figure.goal is not None:
        goal = f"{'≥' if figure.more_is_better else '≤'} {figure.goal:g}: {'reached' if figure.reached else 'missed'}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    theirs = "" if figure.theirs is None else _number(figure.theirs)
    return figure.name, figure.unit, _number(figure.ours), theirs, ratio, goal


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
