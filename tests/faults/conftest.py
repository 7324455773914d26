"""The scale of the fault suite, and the table of its figures at the end.

`small` is what every test run does, in about a minute on two cores; `full` is `nox -s faults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .figures import PROPERTY, Figures, table
from .panther import FaultyPanther, faulty_panther


@dataclass(frozen=True)
class Scale:
    """How much is done. Of `trials` None stands for all: each tool under each fault, at several of its requests."""

    trials: int | None
    wild_calls: int
    soak_seconds: float
    most_growth_mib: float
    kills: int


SMALL = Scale(trials=2, wild_calls=1_000, soak_seconds=5, most_growth_mib=48, kills=2)
FULL = Scale(trials=None, wild_calls=5_000, soak_seconds=60, most_growth_mib=24, kills=15)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-scale", choices=("small", "full"), default="small", help="how much the fault suite does")
    parser.addoption("--seconds", type=float, help="for how long the fault suite soaks")


@pytest.fixture(scope="session")
def scale(pytestconfig: pytest.Config) -> Scale:
    # The options are unknown where this folder is not named on the command line.
    chosen = FULL if pytestconfig.getoption("--fault-scale", "small") == "full" else SMALL
    seconds = pytestconfig.getoption("--seconds", None)
    return chosen if seconds is None else Scale(**{**vars(chosen), "soak_seconds": seconds})


@pytest.fixture(scope="module")
def panther() -> Iterator[FaultyPanther]:
    """A sandbox of the module's own."""
    with faulty_panther() as running:
        running.remember()
        yield running


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str, Figures], None]:
    """Return what hands the figures of a part, by its name, over to the table."""
    return lambda part, figures: record_property(PROPERTY, {"part": part, **figures.handed_over()})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where a server process keeps what it writes."""
    return tmp_path


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
    found = [value for one in reports for name, value in one.user_properties if name == PROPERTY]
    if found and terminalreporter.config.getoption("--fault-scale", "small") == "full":
        from rich.console import Console

        terminalreporter.write_line("")
        Console(width=120).print(table((figures["part"], figures) for figures in found))
