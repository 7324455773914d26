"""Say in sentences what the answers to a call lack: what failed, had another form, or is unknown to Panther."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from panther_mcp.errors import bounded

_SHOWN_PLACES: Final = 10


def failures(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what GraphQL's `errors` beside the data say."""
    return [bounded(str(error.get("message", error))) for error in errors]


def misfits(places: Collection[str]) -> list[str]:
    """Return a sentence on the values at `places` that had another form than described; none where there are none."""
    if not places:
        return []
    shown = bounded(", ".join(list(places)[:_SHOWN_PLACES]))
    more = f" and {len(places) - _SHOWN_PLACES} more" if len(places) > _SHOWN_PLACES else ""
    return [f"Panther's answer has another form than expected at {shown}{more}: left out."]


def left_out(names: Collection[str]) -> list[str]:
    """Return a sentence on what was not asked for, as Panther does not know it; none where that is nothing."""
    return [f"This Panther does not know {', '.join(sorted(names))}: left out of the result."] if names else []
