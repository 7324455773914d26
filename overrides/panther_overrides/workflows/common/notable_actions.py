"""Which of an entity's actions deserve to be looked at, and why: a few simple tests, told with the result."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_core import from_json

from panther_mcp.runtime import JsonObject
from panther_overrides.workflows.common.lake_values import count, texts

# What the reasons mean, for the reader of a result.
_MEANINGS: Mapping[str, str] = {
    "change": "by its name it creates, deletes or alters something",
    "export": "takes data",
    "failed": "refused or failed",
    "bulk": "10 or more, most of those by anybody, and 3 times as many as before",
    "rare": "at most 3 by anybody",
    "first": "not done by it in the time before",
    "new_source": "address or actor not seen with it before",
}
_WEIGHTS: Mapping[str, int] = {
    "change": 4,
    "export": 3,
    "new_source": 3,
    "bulk": 3,
    "first": 2,
    "rare": 2,
    "failed": 2,
}
_BULK = 10
_RARE = 3
_CHANGES = frozenset(
    (
        *("activate", "add", "assign", "associate", "attach", "authorize", "change", "create", "deactivate", "delete"),
        *("destroy", "detach", "disable", "enable", "enrol", "enroll", "forward", "forwarding", "grant", "invite"),
        *("modify", "promote", "put", "register", "remove", "replace", "reset", "restore", "revoke", "rotate"),
        *("schedule", "set", "share", "stop", "suspend", "transfer", "unassign", "update", "upload", "write"),
    )
)
_EXPORTS = frozenset(["clone", "copy", "download", "dump", "export"])
_FAILED = re.compile(
    r"fail|den(?:y|ied)|reject|refus|error|unauthori[sz]ed|forbidden|invalid|block|exception",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the entity in one log type, with its outcome and source: how often, when, on what, and why."""

    log_type: str
    row: JsonObject
    reasons: tuple[str, ...] = field(default=())

    @property
    def weight(self) -> tuple[int, int]:
        """How notable it is, to sort by: the reasons first, then how seldom anybody does it."""
        return sum(_WEIGHTS[reason] for reason in self.reasons), -count(self.row.get("everyone"))

    def told(self) -> JsonObject:
        """Return what a result says of the action."""
        row = self.row
        details = [_detail(text) for text in dict.fromkeys(texts(row.get("details"))) if text]
        found: JsonObject = {
            "first": str(row.get("first_seen"))[:19],
            "last": str(row.get("last_seen"))[:19],
            "log_type": self.log_type,
            "action": row.get("action"),
            "outcome": row.get("outcome"),
            "events": row.get("events"),
            "by_everyone": row.get("everyone"),
            "source": row.get("by_whom"),
            "detail": details,
            "why": list(self.reasons),
        }
        if found["last"] == found["first"]:
            del found["last"]
        return {name: value for name, value in found.items() if value not in (None, "", [])}


def meaning(reasons: Collection[str]) -> str:
    """Return what `reasons` mean, those that there are."""
    said = "; ".join(f"{reason} = {meant}" for reason, meant in _MEANINGS.items() if reason in reasons)
    return f"why: {said}." if said else ""


def judged(
    log_type: str, rows: Sequence[JsonObject], *, known_before: bool, sources_before: Collection[str]
) -> list[Action]:
    """Return the actions in `rows`, each with the reasons that make it notable.

    `known_before` says whether the entity occurs before the window at all, and `sources_before` with which
    addresses or actors; without that, nothing can be called new.
    """
    actions: list[Action] = []
    for row in rows:
        words = {word.lower() for word in _WORDS.findall(str(row.get("action", "")))}
        text = f"{row.get('action', '')} {row.get('outcome', '')}"
        events, everyone, before = (count(row.get(name)) for name in ("events", "everyone", "seen_before"))
        tests = {
            "change": bool(words & _CHANGES),
            "export": bool(words & _EXPORTS),
            "failed": _FAILED.search(text) is not None,
            "bulk": events >= _BULK and events * 2 > everyone and events > 3 * before,
            "rare": everyone <= _RARE,
            "first": known_before and not before,
            "new_source": known_before and bool(row.get("by_whom")) and row.get("by_whom") not in sources_before,
        }
        actions.append(Action(log_type, row, tuple(name for name, holds in tests.items() if holds)))
    return actions


def _detail(text: str) -> object:
    """Return the object whose JSON `text` is, with its names at its values; any other text as it is."""
    if not text.startswith("{"):
        return text
    try:
        found: object = from_json(text)
    except ValueError:
        # SQL has cut it.
        return text
    return found
