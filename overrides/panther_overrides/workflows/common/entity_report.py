"""The report on an entity within its size: each part gets a share, and what does not fit is counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_core import to_json

from panther_mcp.runtime import JsonObject
from panther_mcp.sql_guard.quoting import lake_time
from panther_overrides.workflows.common.entity_kinds import Entity
from panther_overrides.workflows.common.entity_sql import RELATED, Window
from panther_overrides.workflows.common.lake_values import count
from panther_overrides.workflows.common.notable_actions import Action, meaning
from panther_overrides.workflows.common.row_pages import shortened

_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")
# What of the size a part may take at most; notable actions take what is left.
_SHARES: Mapping[str, float] = {"activity": 0.12, "alerts": 0.25, "signals": 0.08, "related": 0.25}
_MOST_RELATED = 8
_MOST_NOTABLE = 60
_LARGEST_ENTRY = 1_000


@dataclass(slots=True)
class Findings:
    """What the parts of an investigation have found: rows of the lake, the actions, and the queries they are from."""

    activity: list[JsonObject] = field(default_factory=list[JsonObject])
    alerts: list[JsonObject] = field(default_factory=list[JsonObject])
    signals: list[JsonObject] = field(default_factory=list[JsonObject])
    actions: list[Action] = field(default_factory=list[Action])
    agents: list[JsonObject] = field(default_factory=list[JsonObject])
    query_ids: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, part: str) -> list[JsonObject]:
        """Return the entries of one kind of `activity`: log_type, ip, username, ..."""
        return [row for row in self.activity if row.get("part") == part]

    @property
    def known_before(self) -> bool:
        """Whether the entity occurs before the window."""
        return any(row.get("seen_before") for row in self.of("log_type"))


def report(entity: Entity, who: JsonObject, window: Window, found: Findings, *, most_bytes: int) -> JsonObject:
    """Return the result of an investigation in at most `most_bytes` of JSON, `left_out` counting what did not fit."""
    result: JsonObject = {
        "entity": shortened(entity.told() | who, _LARGEST_ENTRY),
        "window": {
            "start": lake_time(window.start)[:19],
            "end": lake_time(window.end)[:19],
            "compared_with_since": lake_time(window.baseline)[:19],
        },
    }
    note = _note(found)
    tail: JsonObject = {"query_ids": found.query_ids} | ({"note": note} if note else {})
    budget = most_bytes - _size(result) - _size(tail) - 150
    left_out: dict[str, int] = {}
    spent = 0
    for part, entries in (
        ("activity", _activity(found)),
        ("alerts", sorted((_timed(row) for row in found.alerts), key=_by_severity)),
        ("signals", [_timed(row) for row in found.signals]),
    ):
        fitting = _fitting(entries, int(budget * _SHARES[part]))
        _put(result, part, fitting, len(entries), left_out)
        spent += _size(fitting)
    related, dropped = _related(entity, found, int(budget * _SHARES["related"]))
    if related:
        result["related"] = related
    if dropped:
        left_out["related"] = dropped
    spent += _size(related)
    # Of an entity that was never there before, every action is worth a look.
    wanted = (one for one in found.actions if one.reasons or not found.known_before)
    notable = sorted(wanted, key=lambda one: one.weight, reverse=True)
    told = _fitting([one.told() for one in notable[:_MOST_NOTABLE]], budget - spent)
    # The most notable are chosen, and told in the order in which they happened.
    _put(result, "notable", sorted(told, key=lambda one: str(one["first"])), len(notable), left_out)
    if plain := len(found.actions) - len(notable):
        left_out["ordinary_actions"] = plain
    return result | ({"left_out": left_out} if left_out else {}) | tail


def _note(found: Findings) -> str:
    if not found.of("log_type") and not found.alerts:
        return "Nothing in this window: try an earlier start_date, another spelling or another kind."
    said = meaning({reason for action in found.actions for reason in action.reasons})
    unseen = "" if found.known_before else "It does not occur in the time before: all that it did is listed."
    return f"{said} {unseen}".strip()


def _activity(found: Findings) -> list[JsonObject]:
    shown = ("events", "first", "last")
    return [
        {"log_type": row["entry"]} | {name: value for name, value in _timed(row).items() if name in shown}
        for row in found.of("log_type")
        if row.get("events")
    ]


def _related(entity: Entity, found: Findings, budget: int) -> tuple[JsonObject, int]:
    """Return what occurs in the same events, by kind, new things first; and how many entries did not fit."""
    own = {value for values in entity.wanted.values() for value in values}
    kinds = {kind: found.of(kind) for kind in RELATED} | {"user_agent": _agents(found.agents)}
    related: JsonObject = {}
    dropped = 0
    for kind, rows in kinds.items():
        others = [row for row in rows if row.get("events") and row.get("entry") not in own]
        others.sort(key=lambda row: (found.known_before and bool(row.get("seen_before")), -count(row["events"])))
        entries = [_entry(row, new=found.known_before and not row.get("seen_before")) for row in others[:_MOST_RELATED]]
        fitting = _fitting(entries, budget // len(kinds))
        # The lake gives the first entries only, and says how many there are.
        there = max((count(row.get("entries")) for row in rows), default=0) - (len(rows) - len(others))
        dropped += max(there, len(others)) - len(fitting)
        if fitting:
            related[kind] = fitting
    return related, dropped


def _agents(rows: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the user agents of all log types as entries, each once."""
    found: dict[str, JsonObject] = {}
    for row in rows:
        name = str(row.get("action"))
        known = found.setdefault(name, row | {"entry": name, "events": 0, "seen_before": 0})
        known["events"] += count(row["events"])
        known["seen_before"] += count(row.get("seen_before"))
        known["first_seen"] = min(known["first_seen"], row["first_seen"])
        known["last_seen"] = max(known["last_seen"], row["last_seen"])
    return list(found.values())


def _entry(row: JsonObject, *, new: bool) -> JsonObject:
    told: JsonObject = {"value": row["entry"], "events": row["events"]}
    if not new:
        # The times of what has always been there say little.
        return told
    return told | {"new": True} | {name: time for name, time in _timed(row).items() if name in ("first", "last")}


def _timed(row: JsonObject) -> JsonObject:
    """Return a row with its times to the second, `last` only where it differs."""
    kept = {name: value for name, value in row.items() if name not in ("first_seen", "last_seen", "seen_before")}
    first, last = (str(row[name])[:19] if row.get(name) else None for name in ("first_seen", "last_seen"))
    return kept | ({"first": first} if first else {}) | ({"last": last} if last and last != first else {})


def _by_severity(alert: JsonObject) -> tuple[int, str]:
    severity = alert.get("severity")
    return (_SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)), str(alert.get("first"))


def _put(result: JsonObject, part: str, fitting: list[JsonObject], there: int, left_out: dict[str, int]) -> None:
    if fitting:
        result[part] = fitting
    if len(fitting) < there:
        left_out[part] = there - len(fitting)


def _fitting(entries: Sequence[JsonObject], budget: int) -> list[JsonObject]:
    """Return the first of `entries` that fit into `budget` bytes; one that is too large alone is shortened."""
    found: list[JsonObject] = []
    for entry in entries:
        short = shortened(entry, _LARGEST_ENTRY)
        budget -= _size(short)
        if budget < 0:
            break
        found.append(short)
    return found


def _size(value: object) -> int:
    return len(to_json(value)) + 1
