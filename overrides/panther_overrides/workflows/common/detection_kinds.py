"""The four kinds of detection: how each is listed and read over REST, and which filters it has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from panther_mcp.runtime import Call

_COMMON = frozenset({"name_contains", "state", "severity", "tag", "created_by", "last_modified_by"})


@dataclass(frozen=True)
class DetectionKind:
    """A kind of detection; `fetch_page` takes the filters that it has, `cursor` and `limit`."""

    name: str
    filters: frozenset[str]
    fetch_page: Callable[..., Awaitable[Any]]
    fetch: Callable[[str], Awaitable[object]]


def detection_kinds(call: Call) -> dict[str, DetectionKind]:
    """Return the kinds by their names, in the order in which they are listed."""
    rest = call.rest
    kinds = (
        DetectionKind("rules", _COMMON | {"log_type"}, rest.rule_list, lambda id_: rest.rule_get(id=id_)),
        DetectionKind(
            "simple_rules",
            _COMMON | {"log_type"},
            rest.simple_rule_list,
            # With the Python that the YAML compiles to: it says what the rule really does.
            lambda id_: rest.simple_rule_get(id=id_, include_python=True),
        ),
        DetectionKind(
            "scheduled_rules", _COMMON, rest.scheduled_rule_list, lambda id_: rest.scheduled_rule_get(id=id_)
        ),
        DetectionKind(
            "policies",
            _COMMON | {"resource_type", "compliance_status"},
            rest.policy_list,
            lambda id_: rest.policy_get(id=id_),
        ),
    )
    return {kind.name: kind for kind in kinds}
