"""From the settings to the audit log: where it is, what goes into it, and which secrets stay out."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from panther_mcp.audit.auditor import Auditor
from panther_mcp.audit.log import AuditLog
from panther_mcp.audit.privacy import Cleaner
from panther_mcp.errors import StartupError
from panther_mcp.installation import package_version
from panther_mcp.settings import Settings


def audit_path(settings: Settings, environment: Mapping[str, str]) -> Path | None:
    """Return the path of the audit log, or None where it is turned off.

    Unless it is set, it is `panther-mcp/audit.jsonl` in the user's state folder (`XDG_STATE_HOME`).
    Raises `StartupError` where the user has none.
    """
    if settings.audit_log is None:
        state = Path(environment.get("XDG_STATE_HOME", ""))
        if not state.is_absolute():
            state = _home() / ".local" / "state"
        return state / "panther-mcp" / "audit.jsonl"
    return None if settings.audit_log == "off" else settings.audit_log


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise StartupError(
            "This user has no home folder for the audit log.", hint="Set PANTHER_MCP_AUDIT_LOG to a file, or to off."
        ) from error


def auditor_for(settings: Settings, environment: Mapping[str, str], redact: Callable[[str], str]) -> Auditor | None:
    """Return what writes the audit log that `settings` ask for, or None where it is turned off.

    `redact` takes credentials out of a text.
    """
    path = audit_path(settings, environment)
    if path is None:
        return None
    keys = (settings.api_token, *settings.http_tokens)
    return Auditor(
        AuditLog(path),
        everything=settings.audit == "all",
        cleaner=Cleaner((key.reveal() for key in keys if key), redact),
        facts={
            "instance": instance_name(settings),
            "token": fingerprint(settings.api_token.reveal()) if settings.api_token else None,
            "server": package_version(),
        },
    )


def instance_name(settings: Settings) -> str | None:
    """Return the Panther that `settings` lead to, as the audit log names it: host and port."""
    url = settings.instance_url or settings.graphql_url or settings.rest_url
    return urlsplit(url).netloc.lower() if url else None


def fingerprint(token: str) -> str:
    """Return what tells tokens apart without showing them: the start of a digest."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]
