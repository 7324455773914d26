"""What a lake is built from; free of heavy imports, so that the plan can be made while those are under way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Everyday:
    """Which events may be copied, by p_row_id, and the time their copies fall into.

    `ends` names the tables whose time ends before the others', `last`.
    """

    row_ids: Collection[str]
    first: datetime
    last: datetime
    ends: Mapping[str, datetime]


@dataclass(frozen=True)
class LakePlan:
    """The rows by qualified table name; how many rows the log tables shall have at least; a folder of own logs."""

    rows: Mapping[str, Sequence[dict[str, Any]]]
    everyday: Everyday
    now: datetime
    scale: int = 0
    folder: Path | None = None
