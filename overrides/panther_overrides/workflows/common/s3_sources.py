"""The settings of log sources that read an S3 bucket, as Panther takes them."""

from collections.abc import Mapping
from typing import Any, cast

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import JsonObject

_SHAPE = 'Each prefix is {"prefix": "logs/", "logTypes": ["AWS.ALB"], "excludedPrefixes": ["logs/old/"]}.'
_KEYS = frozenset({"prefix", "logTypes", "excludedPrefixes"})


def s3_prefixes(given: list[dict[str, object]] | None) -> list[JsonObject] | None:
    """Return the prefixes with all their keys, or None for none given. Raises `InvalidInput` for an odd one."""
    return None if given is None else [_prefix(number, item) for number, item in enumerate(given)]


def stream_options(json_array_field: str | None) -> JsonObject | None:
    """Return the options of a stream type, or None where there are none."""
    return None if json_array_field is None else {"jsonArrayEnvelopeField": json_array_field}


def stream_type(name: object) -> Any:
    """Return the stream type as the client takes it. Raises `InvalidInput` for one that this server does not know."""
    from panther_client.graphql.enums import LogStreamType

    try:
        return LogStreamType(str(name))
    except ValueError as error:
        raise InvalidInput(
            f"The source's stream type is {bounded(str(name), 60)}, which cannot be put back as it is.",
            hint="Give stream_type.",
        ) from error


def _prefix(number: int, item: Mapping[str, object]) -> JsonObject:
    problem = _problem(item)
    if problem:
        raise InvalidInput(f"prefixes.{number}: {problem}.", hint=_SHAPE)
    return {
        "prefix": item.get("prefix", ""),
        "logTypes": item["logTypes"],
        "excludedPrefixes": item.get("excludedPrefixes", []),
    }


def _problem(item: Mapping[str, object]) -> str | None:
    if unknown := item.keys() - _KEYS:
        return f"there is no key {bounded(sorted(unknown)[0], 60)!r}"
    if not isinstance(item.get("prefix", ""), str):
        return "prefix is no text"
    if not _is_texts(item.get("logTypes")) or not item["logTypes"]:
        return "logTypes is no list of log types"
    return None if _is_texts(item.get("excludedPrefixes", [])) else "excludedPrefixes is no list of texts"


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value))
