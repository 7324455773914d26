"""What every change of an object has: the state before it, the one after it, and how both are told."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from panther_mcp.errors import UpstreamError
from panther_mcp.runtime import Call, JsonObject, plain, record
from panther_mcp.wire import UNCERTAIN

# Texts of several lines are told as a diff, and of a very long one only its beginning.
_CONTEXT_LINES = 1
_MOST_LINES = 200


@dataclass(frozen=True)
class Change:
    """A change that has been computed but not made: the fields that it is about, before and after it."""

    before: Mapping[str, object]
    after: Mapping[str, object]

    @property
    def fields(self) -> list[str]:
        """The fields that differ; one that is empty and one that is absent are the same."""
        names = dict.fromkeys([*self.before, *self.after])
        return [name for name in names if (self.before.get(name) or None) != (self.after.get(name) or None)]

    def told(self, *, secret: Collection[str] = ()) -> JsonObject:
        """Return the change as a result tells it; of the fields in `secret` only that they change."""
        if not self.fields:
            return {"unchanged": True}
        return {"changes": [self._field(name, secret) for name in self.fields]}

    def _field(self, name: str, secret: Collection[str]) -> JsonObject:
        before, after = self.before.get(name), self.after.get(name)
        if name in secret:
            return {"field": name, "secret": True}
        if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
            return {"field": name, "diff": _diff(before, after)}
        values = {"before": before, "after": after}
        return {"field": name} | {word: value for word, value in values.items() if value is not None}


def patch(before: Mapping[str, object], given: Mapping[str, object]) -> Change:
    """Return the change of `before` that sets what is `given`; what is None there stays as it is."""
    return Change(before, {**before, **{name: value for name, value in given.items() if value is not None}})


async def approve(call: Call, change: Change, *, secret: Collection[str] = (), **facts: Any) -> None:
    """Return when `change` may be made; of the fields in `secret` it is only told that they change."""
    await call.approve(**facts, **change.told(secret=secret), state=dict(change.before))


async def approve_deletion(call: Call, doomed: Mapping[Any, Any]) -> None:
    """Return when the object `doomed` may be deleted."""
    await call.approve(before=dict(doomed), deletes=True)


def present(call: Call, answer: object) -> JsonObject:
    """Return the object that Panther answered with, to be changed. Raises `NotFound` where there is none."""
    check_whole(call)
    return record(answer)


def check_whole(call: Call) -> None:
    """Raise `UpstreamError` where Panther has told only a part of what was asked of it.

    What is missing would be taken away by a change that puts the whole back.
    """
    if call.partial:
        raise UpstreamError(
            f"Panther told only a part of the present state, so nothing was changed: {'; '.join(call.partial[:3])}",
            retryable=True,
        )


def confirmed(answer: object, path: str = "") -> JsonObject:
    """Return the object that a change was answered with, or the one that is its field `path`.

    Raises `UpstreamError` where there is none.
    """
    found: JsonObject | None = plain(answer)
    if found and path:
        found = found.get(path)
    if not found:
        raise UpstreamError("Panther did not confirm the change.", hint=UNCERTAIN)
    return found


def _diff(before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=_CONTEXT_LINES)
    # The first two lines would name files.
    shown = list(lines)[2:]
    more = [f"... and {len(shown) - _MOST_LINES} more lines"] if len(shown) > _MOST_LINES else []
    return "\n".join([*shown[:_MOST_LINES], *more])
