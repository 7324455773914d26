"""Reads NDJSON line by line: what the types of its fields are, and which line is at fault."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast

import duckdb

from panther_sandbox.errors import LakeFilesError

_BATCH = 5_000
_TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]"
    r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)? ?(Z|[+-]\d\d:?\d\d)?"
)
_BIGGEST = 2**63
_KINDS: dict[type, str] = {bool: "boolean", str: "string", float: "double", dict: "variant", list: "array"}


@dataclass
class _Fields:
    """The kinds of values seen in each field."""

    kinds: dict[str, set[str]] = field(default_factory=lambda: {})

    def see(self, row: dict[str, Any]) -> None:
        for name, value in row.items():
            if value is None:
                self.kinds.setdefault(name, set())
            else:
                self.kinds.setdefault(name, set()).add(_kind(value))

    def types(self) -> dict[str, str]:
        return {name: _type(kinds) for name, kinds in self.kinds.items()}


def stage(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Read a file into the temporary table `staged` (line, body) and return the types of its fields.

    Raises LakeFilesError, which names the line.
    """
    connection.execute("CREATE TEMP TABLE staged (line BIGINT, body VARCHAR)")
    fields = _Fields()
    batch: list[tuple[int, str]] = []
    for number, text, row in _rows(path):
        _check_ours(path, number, row)
        fields.see(row)
        batch.append((number, text))
        if len(batch) == _BATCH:
            _insert(connection, batch)
            batch = []
    _insert(connection, batch)
    _check_names(path, fields.kinds)
    return fields.types()


def _rows(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError:
                raise LakeFilesError(f"{path}, line {number}: is not UTF-8") from None
            if not text:
                continue
            try:
                row = json.loads(text, parse_constant=_refuse_constant)
            except ValueError as error:
                raise LakeFilesError(f"{path}, line {number}: is not JSON: {error}") from None
            except RecursionError:
                raise LakeFilesError(f"{path}, line {number}: is nested too deep") from None
            if not isinstance(row, dict):
                raise LakeFilesError(f"{path}, line {number}: is not a JSON object")
            yield number, text, cast("dict[str, Any]", row)


def _check_ours(path: Path, number: int, row: dict[str, Any]) -> None:
    """Refuse what Panther's own fields cannot hold; any other field takes the type of its values."""
    for name in ("p_event_time", "p_parse_time"):
        value = row.get(name)
        if value is not None and not (isinstance(value, str) and _TIME.fullmatch(value)):
            raise LakeFilesError(f"{path}, line {number}: {name} is no ISO 8601 time")
    for name in (name for name in row if name.startswith("p_any_")):
        if not _is_texts(row[name]):
            raise LakeFilesError(f"{path}, line {number}: {name} is no list of texts")


def _is_texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(i, str) for i in cast("Sequence[Any]", value)))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _insert(connection: duckdb.DuckDBPyConnection, batch: list[tuple[int, str]]) -> None:
    if batch:
        numbers, texts = zip(*batch, strict=True)
        connection.execute("INSERT INTO staged SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])", [numbers, texts])


def _check_names(path: Path, names: dict[str, set[str]]) -> None:
    """Refuse names that are one and the same column in SQL."""
    counts = Counter(name.lower() for name in names)
    repeated = sorted(name for name in names if counts[name.lower()] > 1)
    if repeated:
        raise LakeFilesError(f"{path}: fields differ in case only: {', '.join(repeated)}")


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "timestamp" if _TIME.fullmatch(value) else "string"
    if isinstance(value, int) and not isinstance(value, bool):
        return "bigint" if -_BIGGEST <= value < _BIGGEST else "double"
    return _KINDS[type(value)]


def _type(kinds: set[str]) -> str:
    """Return the one type that holds every kind seen; VARIANT holds anything."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds <= {"string", "timestamp"}:
        return "string"
    if kinds <= {"bigint", "double"}:
        return "double"
    return "variant"
