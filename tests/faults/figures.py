"""What the fault suite counts, and the table that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

# The name under which a test hands its figures to whoever prints the table.
PROPERTY = "fault figures"


@dataclass
class Figures:
    """Counts of one part of the suite; those of `MUST_BE_ZERO` have to be 0."""

    calls: int = 0
    faults: int = 0
    lost: int = 0
    duplicated: int = 0
    internal: int = 0
    hangs: int = 0
    peak_mib: float = 0.0

    def handed_over(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return asdict(self)


MUST_BE_ZERO = ("lost", "duplicated", "internal", "hangs")
_TITLES = {
    "calls": "tool calls",
    "faults": "faults injected",
    "lost": "lost writes",
    "duplicated": "duplicated writes",
    "internal": "internal errors",
    "hangs": "hangs",
    "peak_mib": "peak memory",
}


def table(parts: Iterable[tuple[str, Mapping[str, Any]]]) -> Any:
    """Return the table of the figures of the parts, by their names, with a line for all of them."""
    from rich.table import Table

    shown = Table("", *_TITLES.values(), title="Faults")
    shown.columns[0].no_wrap = True
    for column in shown.columns[1:]:
        column.justify = "right"
    totals: dict[str, float] = {}
    for name, figures in sorted(parts, key=lambda part: part[0]):
        shown.add_row(name, *(_said(key, figures[key]) for key in _TITLES))
        for key in _TITLES:
            value = figures[key]
            totals[key] = max(totals.get(key, 0), value) if key == "peak_mib" else totals.get(key, 0) + value
    shown.add_section()
    shown.add_row("all", *(_said(key, totals.get(key, 0)) for key in _TITLES))
    return shown


def _said(key: str, value: float) -> str:
    if key == "peak_mib":
        return f"{value:.0f} MiB" if value else ""
    return f"{value:,}"


assert {field.name for field in fields(Figures)} == set(_TITLES)
