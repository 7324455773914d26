"""The safety rules, each a small function that returns a named `Rule`.

- `max_items`: a list argument has an upper bound.
- `at_most`: a number has an upper bound that is tighter than the API's.
- `at_least_one_of`: a call must give one of several arguments.
- `one_of`: an argument takes only certain values.
- `exclusive`: two arguments that contradict each other cannot be given together.
- `default_window`: a listing without a time range gets one.
- `time_order`: a time range must not end before it begins.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from panther_mcp.errors import InvalidInput
from panther_overrides.model import Arguments, Rule, Schema

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def max_items(param: str, limit: int) -> Rule:
    """Refuse a call whose list `param` holds more than `limit` items."""

    def apply(arguments: Arguments) -> Arguments:
        given = len(arguments.get(param) or ())
        if given > limit:
            raise _refused(
                "max_items",
                f"{param} holds {given} items; at most {limit} are allowed in one call.",
                f"Split the list into calls of at most {limit}.",
            )
        return arguments

    def narrow(schema: Schema) -> None:
        schema["properties"][param]["maxItems"] = limit

    return Rule("max_items", (param,), f"`{param}` takes at most {limit} items.", apply, narrow)


def at_most(param: str, limit: int) -> Rule:
    """Refuse a call whose number `param` is above `limit`."""

    def apply(arguments: Arguments) -> Arguments:
        given = arguments.get(param)
        if given is not None and given > limit:
            raise _refused("at_most", f"{param} is {given}; at most {limit} is allowed.", f"Lower {param}.")
        return arguments

    def narrow(schema: Schema) -> None:
        schema["properties"][param]["maximum"] = limit

    return Rule("at_most", (param,), f"`{param}` is at most {limit}.", apply, narrow)


def at_least_one_of(*params: str) -> Rule:
    """Refuse a call that gives none of `params`."""
    names = ", ".join(params)

    def apply(arguments: Arguments) -> Arguments:
        if not any(_given(arguments, param) for param in params):
            raise _refused("at_least_one_of", f"None of {names} is given.", "Give at least one of them.")
        return arguments

    return Rule("at_least_one_of", params, f"At least one of {names} must be given.", apply)


def one_of(param: str, *values: int) -> Rule:
    """Refuse a call whose `param` is none of `values`."""
    listed = ", ".join(map(str, values))

    def apply(arguments: Arguments) -> Arguments:
        given = arguments.get(param)
        if given is not None and given not in values:
            raise _refused("one_of", f"{param} is {given}; it must be one of {listed}.", f"Take one of {listed}.")
        return arguments

    def narrow(schema: Schema) -> None:
        schema["properties"][param]["enum"] = list(values)

    return Rule("one_of", (param,), f"`{param}` is one of {listed}.", apply, narrow)


def exclusive(*params: str) -> Rule:
    """Refuse a call that gives more than one of `params`."""
    names = ", ".join(params)

    def apply(arguments: Arguments) -> Arguments:
        given = [param for param in params if _given(arguments, param)]
        if len(given) > 1:
            raise _refused("exclusive", f"{' and '.join(given)} exclude each other.", "Give only one of them.")
        return arguments

    return Rule("exclusive", params, f"Only one of {names} can be given.", apply)


def default_window(start: str, end: str, *, days: int, unless: str) -> Rule:
    """Fill an absent time range: `end` becomes now, `start` lies `days` before the end.

    Nothing is filled when the argument `unless` is given and neither `start` nor `end` is.
    """

    def apply(arguments: Arguments) -> Arguments:
        if _given(arguments, unless) and not _given(arguments, start) and not _given(arguments, end):
            return arguments
        until = datetime.fromisoformat(arguments[end]) if _given(arguments, end) else datetime.now(UTC)
        # An end in the year 1 has no day seven days before it.
        window = min(timedelta(days=days), until - _EARLIEST)
        begin = arguments[start] if _given(arguments, start) else _iso(until - window)
        return {**arguments, start: begin, end: _iso(until)}

    says = f"Without `{unless}`, `{start}` is {days} days before `{end}`, and `{end}` is now."
    return Rule("default_window", (start, end, unless), says, apply)


def time_order(start: str, end: str) -> Rule:
    """Refuse a time range that ends before it begins."""

    def apply(arguments: Arguments) -> Arguments:
        if _given(arguments, start) and _given(arguments, end):
            begin, until = arguments[start], arguments[end]
            if datetime.fromisoformat(begin) > datetime.fromisoformat(until):
                raise _refused("time_order", f"{start} ({begin}) is after {end} ({until}).", "Exchange the two times.")
        return arguments

    return Rule("time_order", (start, end), f"`{start}` is not after `{end}`.", apply)


def _given(arguments: Arguments, param: str) -> bool:
    value: Any = arguments.get(param)
    return value is not None and value not in ("", [])


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refused(rule: str, message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, hint=hint, details={"rule": rule})
