"""How the change of a tool is reverted: how its objects are read, and which calls lead back. Types and helpers.

The table of all tools that can be reverted is `panther_overrides.reversals`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from panther_mcp.errors import NotFound

if TYPE_CHECKING:
    from panther_mcp.runtime import Call

# The objects that a change touches by their ids, each with the fields that it touches; None: there is no such object.
States = Mapping[str, Mapping[str, Any] | None]
Pair = tuple[States, States]


@dataclass(frozen=True)
class Step:
    """One call on the way back: a tool and its arguments.

    `send` does it instead where the tool's parameters cannot say it, and `leads_to` says to which states; it is
    audited in the tool's name.
    """

    tool: str
    arguments: Mapping[str, Any]
    send: "Callable[[Call], Awaitable[object]] | None" = None
    leads_to: States = field(default_factory=dict[str, Mapping[str, Any] | None])


@dataclass(frozen=True)
class Reversal:
    """What a tool changes, and the way back.

    `read` reads what there is now: of each object at least the fields that the tool can change. `change` returns
    the states that the tool's validated arguments lead to. `steps` returns the calls that lead to the states given
    second from those given first. `keeps` says what stays. `seen` returns the present states from what the change was
    computed from, with the arguments given first, so that they need not be read again. `told` says that the call itself
    tells its states (`Change.documents`).
    """

    read: "Callable[[Call, Sequence[str]], Awaitable[States]]"
    change: Callable[[Mapping[str, Any]], States]
    steps: Callable[[States, States], list[Step]]
    keeps: str = ""
    seen: Callable[[Mapping[str, Any], Any], States] | None = None
    told: bool = False

    async def states(self, call: "Call", arguments: Mapping[str, Any], state: object = None) -> tuple[States, States]:
        """Return the states before and after a call with these arguments, of the fields that it touches.

        `state` is what the change was computed from, where the call has told that.
        """
        after = self.change(arguments)
        known = self.seen is not None and state is not None
        present = self.seen(arguments, state) if known and self.seen else await self.read(call, list(after))
        return {name: of_fields(present.get(name), fields) for name, fields in after.items()}, after


def of_fields(state: Mapping[str, Any] | None, fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what `state` has of `fields`; a field that it lacks is null."""
    return None if state is None else {name: state.get(name) for name in fields or state}


def document_states(documents: Mapping[str, tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]) -> Pair:
    """Return the states before and after of documents: of one that is changed the fields that differ, else all."""
    before: dict[str, Mapping[str, Any] | None] = {}
    after: dict[str, Mapping[str, Any] | None] = {}
    for name, (old, new) in documents.items():
        if old is not None and new is not None:
            differing = [field for field in {**old, **new} if old.get(field) != new.get(field)]
            old, new = ({field: state.get(field) for field in differing} for state in (old, new))
        before[name], after[name] = old, new
    return before, after


def still(now: Any, left: Any) -> bool:
    """Say whether a value `now` is what a call left: Panther may tell more of an object than it was given."""
    if isinstance(now, Mapping) and isinstance(left, Mapping):
        told, given = cast("Mapping[str, Any]", now), cast("Mapping[str, Any]", left)
        return all(still(told.get(name), value) for name, value in given.items())
    if isinstance(now, list) and isinstance(left, list):
        many, few = cast("Sequence[Any]", now), cast("Sequence[Any]", left)
        if all(isinstance(item, str) for item in (*many, *few)):
            # Names: permissions, tags, log types. Their order means nothing.
            return sorted(many) == sorted(few)
        return len(many) == len(few) and all(map(still, many, few))
    return now == left or (not now and not left and now is not False and left is not False)


class NoWayBack(Exception):  # noqa: N818 - what it says is that there is none
    """These states cannot be reached through the tools; the message says why."""


def document(
    tool: str,
    *,
    id_param: str,
    fields: Mapping[str, str],
    read: "Callable[[Call, str], Awaitable[Mapping[str, Any]]]",
    always: Sequence[str] = (),
    keeps: str = "",
) -> Reversal:
    """Return the reversal of a tool that changes fields of one document and leaves the rest as it is (a PUT).

    `fields` maps the tool's parameters to the document's fields, `read` reads a whole document; the parameters in
    `always` are given with every call. `keeps` says what stays. A field that was
    empty before cannot be emptied again, as such a tool takes no value for one that is not given.
    """

    async def read_all(call: "Call", names: Sequence[str]) -> States:
        found: dict[str, Mapping[str, Any] | None] = {}
        for name in names:
            try:
                found[name] = await read(call, name)
            except NotFound:
                found[name] = None
        return found

    def change(arguments: Mapping[str, Any]) -> States:
        given = {wire: arguments[param] for param, wire in fields.items() if arguments.get(param) is not None}
        return {arguments[id_param]: given}

    def steps(present: States, wanted: States) -> list[Step]:
        return [_put(tool, id_param, fields, always, name, present.get(name), state) for name, state in wanted.items()]

    return Reversal(read_all, change, steps, keeps, seen=lambda arguments, state: {arguments[id_param]: state})


def _put(
    tool: str,
    id_param: str,
    fields: Mapping[str, str],
    always: Sequence[str],
    name: str,
    present: Mapping[str, Any] | None,
    wanted: Mapping[str, Any] | None,
) -> Step:
    if present is None or wanted is None:
        raise NoWayBack(f"{name} was created or deleted, not updated")
    arguments: dict[str, Any] = {id_param: name}
    for param, wire in fields.items():
        if wire in wanted and wanted[wire] != present.get(wire):
            if wanted[wire] in (None, "", []):
                raise NoWayBack(f"{wire} of {name} was empty before, and {tool} cannot empty it")
            arguments[param] = wanted[wire]
        elif param in always:
            arguments[param] = present.get(wire)
    return Step(tool, arguments)
