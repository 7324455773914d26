"""What the resource config://panther tells: what this server runs with, and never the API token."""

from collections.abc import Mapping

from panther_mcp.installation import package_version
from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject
from panther_mcp.settings import Settings


def configuration(settings: Settings, tools: Mapping[str, RegisteredTool], transport: str | None) -> JsonObject:
    """Return the configuration as JSON: what is not set is left out. `transport` is the present request's."""
    addresses = {
        "url": settings.instance_url,
        "graphql_url": settings.graphql_url,
        "rest_url": settings.rest_url,
    }
    return {
        "server": {"name": "panther-mcp", "version": package_version()},
        "panther": {
            **{name: url for name, url in addresses.items() if url},
            "api_token": "not set" if settings.api_token is None else "set",
            "verify_tls": settings.verify_tls,
        },
        "transport": transport or "in-process",
        "toolsets": sorted({tool.catalog.toolset for tool in tools.values()}),
        "tools": len(tools),
        "writes": any(tool.catalog.effect != "read" for tool in tools.values()),
        "discovery": settings.discovery,
    }
