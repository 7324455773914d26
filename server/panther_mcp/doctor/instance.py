"""The checks of what this Panther is: its version, its GraphQL schema, its data lake."""

from panther_client.graphql.client import PantherGraphQL
from panther_mcp.catalog import read_catalog
from panther_mcp.doctor.case import Case
from panther_mcp.doctor.findings import Finding, Skipped, failed, ok, warning
from panther_mcp.drift.compare import compare
from panther_mcp.drift.introspection import introspect
from panther_mcp.errors import (
    DeadlineExceeded,
    PantherMcpError,
    PermissionDenied,
    RateLimited,
    Unavailable,
    bounded,
)
from panther_mcp.selection import selected_tools

_LONGEST_VERSION = 60
_SHOWN = 8
_UPDATE = "Look for a newer panther-mcp (`pip install -U panther-mcp`); until then, tools tell what they leave out."


async def version(case: Case) -> Finding:
    """Find which version of Panther answers."""
    case.require("GeneralSettingsRead")
    told = await PantherGraphQL(case.http).get_general_settings()
    if told is None or not told.pantherVersion:
        raise Skipped("Panther does not say")
    return ok(f"Panther {bounded(told.pantherVersion, _LONGEST_VERSION)}")


async def data_lake(case: Case) -> Finding:
    """Find whether there is a data lake that the token may read; listing what is in it costs nothing."""
    case.require("DataAnalyticsRead")
    try:
        databases = [one.name or "" for one in await PantherGraphQL(case.http).list_databases() or () if one]
    except PermissionDenied as error:
        return warning(error.message, "The token needs DataAnalyticsRead to search logs.")
    if not any(name.partition(".")[0] == "panther_logs" for name in databases):
        return failed(
            f"{len(databases)} databases, and panther_logs is not among them",
            "Ask Panther's support whether the data lake of this instance is set up.",
        )
    return ok(f"{len(databases)} databases can be queried")


async def schema(case: Case) -> Finding:
    """Find what this Panther's GraphQL schema lacks of what the tools use."""
    try:
        answer = await introspect(case.http)
    except (DeadlineExceeded, RateLimited, Unavailable):
        raise
    except PantherMcpError as error:
        raise Skipped(f"this Panther does not tell its schema: {error.message}") from error
    offered = selected_tools(read_catalog(), case.sound)
    differences = [one for one in compare(answer) if not offered.isdisjoint(one.tools)]
    if not differences:
        return ok("has all that the tools ask for")
    unusable = sorted({tool for one in differences if one.effect == "unsupported" for tool in one.tools} & offered)
    told = f"differs from what this version was made for: {_few([one.coordinate for one in differences])}"
    if not unusable:
        return warning(f"{told}; all tools work, some with less", _UPDATE)
    finding = failed if len(unusable) == len(offered) else warning
    return finding(f"{told}; {_few(unusable)} cannot work", _UPDATE)


def _few(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return bounded(f"{', '.join(names[:_SHOWN])}{f' and {more} more' if more > 0 else ''}")
