"""Rows as they are shown: within a ceiling of bytes, read on by a cursor of ours that loses and repeats none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import to_json

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.column_summary import summarise
from panther_overrides.workflows.common.lake_queries import MOST_ROWS_A_PAGE, LakePage, read_page

MOST_ROW_BYTES = 40_000
# To how many characters the strings of a row that is too large are cut, tried in turn.
_STRING_LENGTHS = (10_000, 3_000, 1_000, 300, 100, 30)
_LONGEST_CURSOR = 2_000


@dataclass(frozen=True, slots=True)
class RowPosition:
    """Where a page of ours begins: `skip` rows after Panther's cursor `at`; about `size` rows are expected to fit."""

    query_id: str
    size: int
    skip: int
    at: str | None

    def encode(self) -> str:
        """Return the position as the cursor that a client passes back."""
        return f"{self.query_id}:{self.size}:{self.skip}:{self.at or ''}"

    @classmethod
    def decode(cls, cursor: str) -> "RowPosition":
        """Return the position in `cursor`. Raises `InvalidInput` when it is not one of ours."""
        query_id, *rest = cursor.split(":", 3)
        if query_id and len(rest) == 3 and len(cursor) <= _LONGEST_CURSOR:
            size, skip, at = rest
            if all(number.isascii() and number.isdigit() and len(number) <= 3 for number in (size, skip)) and int(size):
                return cls(query_id, int(size), int(skip), at or None)
        raise foreign_cursor()


def foreign_cursor() -> InvalidInput:
    """Return the error for a cursor that is not of this query."""
    return InvalidInput("This is not a cursor of this tool.", hint="Pass next_cursor as it came.")


async def read_on(call: Call, position: RowPosition, *, max_rows: int, timeout: float) -> JsonObject:
    """Return the page of up to `max_rows` rows at `position`. Raises `InvalidInput` where there is none."""
    at, skip = position.at, position.skip
    # Not more than will be shown, so that the page ends where Panther's does and the next one skips nothing.
    size = min(skip + min(max_rows, position.size), MOST_ROWS_A_PAGE)
    while True:
        page = await read_page(call, position.query_id, cursor=at, size=size, timeout=timeout)
        if skip < len(page.rows) or (not skip and page.following is None):
            return shown(page, skip=skip, max_rows=max_rows)
        if page.following is None:
            raise foreign_cursor()
        # So many rows were too large to be read at once, or this page ended with the one before.
        skip -= len(page.rows)
        at, size = page.following, max_rows


def shown(page: LakePage, *, skip: int = 0, max_rows: int) -> JsonObject:
    """Return up to `max_rows` rows of `page` after the first `skip`, how to read on, and what the query was.

    The first page of a query tells its columns, and a summary of them where there are more rows than it shows.
    """
    wanted = page.rows[skip : skip + max_rows]
    rows = that_fit(wanted)
    first = page.is_first and not skip
    result: JsonObject = {"rows": rows}
    if first:
        result["columns"] = page.columns
    result["row_count"] = page.row_count
    following = _following(page, skip + len(rows), len(rows), cut=len(rows) < len(wanted))
    if first and following is not None:
        result["summary"] = summarise(page.rows, page.columns)
    notes = [bounded(page.message, 300)] if page.message else []
    if len(rows) < len(wanted):
        notes.append(
            f"{len(rows)} of the {len(wanted)} rows read fit into {MOST_ROW_BYTES:,} bytes; next_cursor has the "
            "others. Select fewer columns for more rows a page."
        )
    if notes:
        result["note"] = " ".join(notes)
    if following is not None:
        result["next_cursor"] = following.encode()
    return result | {"bytes_scanned": page.bytes_scanned, "query_id": page.query_id}


def in_turn(groups: Sequence[Sequence[JsonObject]], most_bytes: int = MOST_ROW_BYTES) -> list[list[JsonObject]]:
    """Return the first rows of each of `groups` that fit into `most_bytes` together: none crowds out another."""
    chosen: list[list[JsonObject]] = [[] for _ in groups]
    left = most_bytes
    open_groups = [index for index, rows in enumerate(groups) if rows]
    share = most_bytes // max(len(open_groups), 1)
    while open_groups:
        for index in list(open_groups):
            at = len(chosen[index])
            row = groups[index][at] if at else shortened(groups[index][0], share)
            size = _size(row)
            if at and size > left:
                open_groups.remove(index)
                continue
            chosen[index].append(row)
            left -= size
            if at + 1 == len(groups[index]):
                open_groups.remove(index)
    return chosen


def shortened(row: JsonObject, most_bytes: int = MOST_ROW_BYTES) -> JsonObject:
    """Return `row` within `most_bytes`: its longest strings cut, each saying how much of it is missing.

    Where that is not enough, nested values become text that is cut as well, and at last columns are left out.
    """
    most_bytes -= 1
    if _size(row) <= most_bytes:
        return row
    for longest in _STRING_LENGTHS:
        cut = cast("JsonObject", _with_short_strings(row, longest))
        if _size(cut) <= most_bytes:
            return cut
    flat: JsonObject = {}
    for longest in _STRING_LENGTHS:
        flat = {_cut(name, 100): _as_short_text(value, longest) for name, value in row.items()}
        if _size(flat) <= most_bytes:
            return flat
    left = most_bytes - 100
    kept: JsonObject = {}
    for name, value in flat.items():
        left -= _size({name: value})
        if left < 0:
            kept["…"] = f"[{len(flat) - len(kept)} columns cut]"
            break
        kept[name] = value
    return kept


def that_fit(rows: Sequence[JsonObject], most_bytes: int = MOST_ROW_BYTES) -> list[JsonObject]:
    """Return the first of `rows` within `most_bytes`: at least one, shortened if it has to be."""
    fitting: list[JsonObject] = []
    left = most_bytes - 1
    for row in rows:
        size = _size(row)
        if size > left:
            break
        fitting.append(row)
        left -= size
    return fitting or [shortened(row, most_bytes) for row in rows[:1]]


def _following(page: LakePage, done: int, fitting: int, *, cut: bool) -> RowPosition | None:
    """Return where the row after the first `done` of `page` stands, or None when there is none.

    `fitting` rows have fitted into this page of ours; `cut` says that no more would have.
    """
    size = fitting if cut else min(fitting * 4, MOST_ROWS_A_PAGE)
    if done < len(page.rows):
        return RowPosition(page.query_id, max(size, 1), done, page.at)
    if page.following is not None:
        return RowPosition(page.query_id, max(size, 1), 0, page.following)
    return None


def _with_short_strings(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return _cut(value, longest)
    if isinstance(value, dict):
        return {name: _with_short_strings(item, longest) for name, item in cast("JsonObject", value).items()}
    if isinstance(value, list):
        return [_with_short_strings(item, longest) for item in cast("list[object]", value)]
    return value


def _as_short_text(value: Any, longest: int) -> Any:
    """Return a text, or the JSON of a nested value, cut; other values as they are."""
    text = to_json(value).decode() if isinstance(value, dict | list) else value
    return _cut(text, longest) if isinstance(text, str) else text


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest + 30 else f"{text[:longest]}…[{len(text) - longest} characters cut]"


def _size(value: object) -> int:
    """Return the bytes of `value` in a result, with the comma behind it."""
    return len(to_json(value)) + 1
