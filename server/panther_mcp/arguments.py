"""Arguments as models write them, brought into the form that a tool takes, or refused with what is wrong."""

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal, cast
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import ArgsKwargs, from_json

from panther_mcp.errors import InvalidInput

_RELATIVE = re.compile(r"^-\s*(\d{1,5})\s*([smhdw])$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHOWN_PROBLEMS = 10
_LONGEST_ID = 500
_TIME_HELP = "write an ISO 8601 time such as 2026-03-01T12:00:00Z, or a relative one such as -7d, -12h, -30m"


def _timestamp(text: str) -> str:
    """Return `text`, absolute or relative to now, as ISO 8601 in UTC."""
    given = text.strip()
    relative = _RELATIVE.match(given.lower())
    try:
        if given.lower() == "now":
            moment = datetime.now(UTC)
        elif relative:
            moment = datetime.now(UTC) - timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        else:
            moment = datetime.fromisoformat(given)
            # A time without a zone is UTC, as everywhere in Panther.
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"this is not a time; {_TIME_HELP}") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[str, AfterValidator(_timestamp)]


def _id(text: str) -> str:
    """Return the id in `text`: itself, or the last part of the URL that a person copied from the console."""
    given = text.strip()
    if given.lower().startswith(("https://", "http://")):
        given = unquote(urlsplit(given).path.rstrip("/").rsplit("/", 1)[-1])
    if not given:
        raise ValueError("there is no id in this")
    if len(given) > _LONGEST_ID or not given.isprintable():
        raise ValueError(f"this is no id: ids are printable and at most {_LONGEST_ID} characters long")
    return given


Id = Annotated[str, AfterValidator(_id)]
# Results are compact unless "full" is asked for; a model that says so in words is right too.
Detail = Annotated[Literal["full"] | None, BeforeValidator(lambda value: None if value == "compact" else value)]


class ArgumentValidator:
    """Validates the arguments of one tool function, whose first parameter is the call itself."""

    def __init__(self, function: Callable[..., object]) -> None:
        def capture(**arguments: object) -> dict[str, object]:
            return arguments

        # pydantic validates calls of functions; this one has the tool's signature and returns what it got.
        signature = inspect.signature(function)
        self._names = [name for name in signature.parameters if name != "call"]
        kept = [param for name, param in signature.parameters.items() if name != "call"]
        capture.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]  # read by inspect
        capture.__annotations__ = {param.name: param.annotation for param in kept}
        # TypeAdapter takes functions too; its signature only speaks of types.
        self._adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(cast("Any", capture))

    def __call__(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return `arguments` validated, with defaults filled in.

        Raises `InvalidInput` that names each wrong argument; the values themselves are not repeated, as they
        may be large or secret.
        """
        try:
            return self._adapter.validate_python(ArgsKwargs((), dict(arguments)))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False, include_context=False)
        listed = "; ".join(
            f"{_where(detail['loc'])}: {self._what(detail['type'], detail['msg'], detail['loc'])}"
            for detail in details[:_SHOWN_PROBLEMS]
        )
        more = len(details) - _SHOWN_PROBLEMS
        raise InvalidInput(
            f"These arguments do not fit: {listed}{f'; and {more} more' if more > 0 else ''}.",
        )

    def _what(self, kind: str, message: str, location: tuple[int | str, ...]) -> str:
        if kind == "unexpected_keyword_argument":
            close = get_close_matches(str(location[-1]), self._names, n=1)
            return "there is no such argument" + (f" (did you mean {close[0]}?)" if close else "")
        if kind in ("missing_argument", "missing_keyword_only_argument"):
            return "this argument is required"
        return message.removeprefix("Value error, ").rstrip(".")


def normalise(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return `arguments` with what models write in place of nothing or of a list brought into form.

    A null or an empty string for an optional argument counts as not given; a single value for a list
    argument becomes a list of one, and the JSON text of a list or of an object becomes that.
    """
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
    required = cast("list[str]", schema.get("required", []))
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if name not in required and name in properties and value in (None, ""):
            continue
        if value != "" and isinstance(value, str | int | float) and properties.get(name, {}).get("type") == "array":
            value = _as_list(value)
        elif isinstance(value, str) and value.startswith("{") and properties.get(name, {}).get("type") == "object":
            value = _as_object(value)
        found[name] = value
    return found


def _as_list(value: str | float) -> list[object]:
    """Return the list that `value` is the JSON text of, as some clients send lists, or a list of it alone."""
    if isinstance(value, str) and value.startswith("["):
        try:
            found = from_json(value)
        except ValueError:
            return [value]
        if isinstance(found, list):
            return cast("list[object]", found)
    return [value]


def _as_object(value: str) -> object:
    """Return the object that `value` is the JSON text of, as some clients send objects, or `value` itself."""
    try:
        return from_json(value)
    except ValueError:
        return value


def _where(location: tuple[int | str, ...]) -> str:
    # A name that a client made up may be of any length.
    return ".".join(str(part)[:60] for part in location) or "arguments"
