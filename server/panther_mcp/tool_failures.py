"""What a failed call says of its tool: the permission that it needs, the form that it expects, what it has changed."""

from pydantic import ValidationError

from panther_mcp.catalog import CatalogTool
from panther_mcp.errors import DeadlineExceeded, PantherMcpError, PermissionDenied, UnsupportedByPanther, UpstreamError
from panther_mcp.wire import UNCERTAIN


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


def left_unknown(error: PantherMcpError) -> bool:
    """Say whether a request that failed with `error` may have been served all the same."""
    if isinstance(error, UpstreamError):
        # What an instance does not know, it has not begun to do.
        return not isinstance(error, UnsupportedByPanther)
    return UNCERTAIN in error.hint


def failed(error: Exception, tool: CatalogTool, *, changed: bool) -> PantherMcpError:
    """Return our error for what has ended a tool: its deadline, an answer that does not fit, or an error of ours.

    `changed`: changes were sent that Panther did not refuse, so that the error has to say that they may be made.
    """
    if isinstance(error, PantherMcpError):
        failure = error
        failure.quotes_panther = True
    elif isinstance(error, ValidationError):
        failure = misfit(tool.name, error)
    else:
        failure = DeadlineExceeded(f"{tool.name} took longer than {tool.timeout} s.")
    if changed:
        say_uncertain(failure)
    return failure


def say_uncertain(error: PantherMcpError) -> None:
    """Make `error` say that a change may have been made."""
    if UNCERTAIN not in error.hint:
        again = error.retryable or isinstance(error, UpstreamError)
        error.hint = UNCERTAIN if again or not error.hint else f"{UNCERTAIN} {error.hint}"
    error.retryable = False
