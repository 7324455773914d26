"""What a failed call of a tool says of the tool: the permission that it needs, or the form that it expects."""

from pydantic import ValidationError

from panther_mcp.catalog import CatalogTool
from panther_mcp.errors import PermissionDenied, UpstreamError


def misfit(name: str, error: ValidationError) -> UpstreamError:
    """Return the error for an answer that the tolerant models still refuse; arguments are validated before.

    The values are not told: they may be secret.
    """
    details = error.errors(include_input=False, include_url=False, include_context=False)
    if any(detail["type"] == "json_invalid" for detail in details):
        return UpstreamError(
            "Panther's answer cannot be read: it is no JSON, or only a part of it.", hint="Try again.", retryable=True
        )
    places = ", ".join(".".join(map(str, detail["loc"])) for detail in details[:5])
    where = f" (at {places})" if places else ""
    return UpstreamError(
        f"Panther's answer does not have the form that {name} expects{where}.",
        hint="This server may be older than Panther's API; check for an update.",
    )


def with_permissions(error: PermissionDenied, tool: CatalogTool) -> PermissionDenied:
    """Return `error` naming the permissions that the tool needs, unless it names them already."""
    if "missing_permissions" in error.details:
        return error
    needed = tool.permissions.get("all_of") or tool.permissions.get("any_of") or []
    if not needed:
        return error
    word = " and " if tool.permissions.get("all_of") else " or "
    named = PermissionDenied(
        f"{error.message.rstrip('.')}. {tool.name} needs {word.join(needed)}.",
        hint=error.hint,
        details={**error.details, "missing_permissions": needed},
    )
    named.quotes_panther = error.quotes_panther
    return named
