"""The check of the environment: what is set, missing, misspelt, left as a placeholder, or contradicts itself."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from panther_mcp.catalog import read_catalog
from panther_mcp.doctor.case import Case
from panther_mcp.doctor.findings import Finding, failed, together, warning
from panther_mcp.errors import SettingsError
from panther_mcp.selection import selected_tools
from panther_mcp.settings import Settings, is_loopback

_OURS: Final = ("PANTHER_", "MCP_")
# How a placeholder of some README looks; a desktop client's ${...} is an empty setting instead.
_PLACEHOLDER: Final = re.compile(r"<[^>]*>|\b(your|my)[-_ ]|change[-_ ]?me|placeholder|x{6}|\.\.\.", re.IGNORECASE)
_EMPTY: Final = re.compile(r"\s*\$\{[^}]*\}\s*")
_SET_URL: Final = (
    "Set PANTHER_INSTANCE_URL to the address of your Panther console, such as https://acme.runpanther.net."
)
_SET_TOKEN: Final = "Set PANTHER_API_TOKEN to an API token (Panther console: Settings > API Tokens)."  # noqa: S105


async def settings(case: Case) -> Finding:
    """Find whether the settings are sound; from then on the case has them."""
    try:
        resolved = Settings.resolve(case.environment)
        selected_tools(read_catalog(), resolved)
    except SettingsError as error:
        problems = [failed("The server does not start with these settings", *error.problems)]
        return together([*problems, *_placeholders(case.environment), *_unknown(case.environment)], "")
    case.settings = resolved
    findings = [
        *_missing(resolved),
        *_placeholders(case.environment),
        *_contradictions(resolved, case.environment),
        *_unknown(case.environment),
    ]
    count = sum(name in known_variables() for name, value in case.environment.items() if value)
    return together(
        findings, f"{count} variable{'s' * (count != 1)} set; nothing is missing, misspelt or contradictory"
    )


def known_variables() -> frozenset[str]:
    """Return the names of the variables that are settings: those that `Settings.resolve` asks for."""
    asked: set[str] = set()

    class Recording(dict[str, str]):
        def get(self, key: str, default: object = None, /) -> object:  # type: ignore[override]
            asked.add(key)
            return default

    Settings.resolve(Recording())
    return frozenset(asked)


def _missing(settings: Settings) -> Iterator[Finding]:
    if not (settings.instance_url or settings.graphql_url or settings.rest_url):
        yield failed("No address of Panther is set", _SET_URL)
    if settings.api_token is None:
        yield failed("No API token is set", _SET_TOKEN)


def _placeholders(environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(known_variables() & environment.keys()):
        value = environment[name]
        if _EMPTY.fullmatch(value):
            yield warning(
                f"{name} holds a placeholder that the client did not fill in, and counts as not set",
                f"Set {name} in the client's configuration, or take it out.",
            )
        elif name.startswith("PANTHER_") and _PLACEHOLDER.search(value):
            yield failed(f"{name} still holds a placeholder", f"Put the real value into {name}.")


def _unknown(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Find variables that look like ours and are not: a misspelt setting is a setting that is not made."""
    known = sorted(known_variables())
    for name in sorted(environment):
        if name in known or not name.startswith(_OURS):
            continue
        ours = name.startswith("PANTHER_")
        close = get_close_matches(name, known, n=1, cutoff=0.6 if ours else 0.85)
        if close:
            yield warning(f"{name} is no setting of this server", f"If {close[0]} is meant, rename {name}.")
        elif ours:
            yield warning(
                f"{name} is no setting of this server",
                "docs/configuration.md lists the settings; others have no effect.",
            )


def _contradictions(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    hosts = {
        "PANTHER_INSTANCE_URL": _host(settings.instance_url),
        "PANTHER_GQL_API_URL": _host(settings.graphql_url),
        "PANTHER_REST_API_URL": _host(settings.rest_url),
    }
    domains = {host.removeprefix("api.") for host in hosts.values() if host}
    if len(domains) > 1:
        yield warning(
            f"{', '.join(name for name, host in hosts.items() if host)} name different hosts",
            "Of an address that is set twice, PANTHER_GQL_API_URL and PANTHER_REST_API_URL win. Leave out the others.",
        )
    if not settings.verify_tls:
        yield warning(
            "PANTHER_ALLOW_INSECURE_INSTANCE is on: certificates are not checked, and the API token could be stolen",
            "Take it out unless this is a test instance.",
        )
    if settings.transport == "http" and not is_loopback(settings.host) and not settings.http_tokens:
        yield failed(
            f"The server would listen on {settings.host} for everybody",
            "Set PANTHER_MCP_HTTP_TOKEN (`openssl rand -hex 32`), or listen on 127.0.0.1.",
        )
    if settings.transport == "stdio" and settings.http_tokens:
        yield warning(
            "PANTHER_MCP_HTTP_TOKEN has no effect: the transport is stdio", "Set MCP_TRANSPORT=http, or take it out."
        )
    if both := sorted({*settings.tools} & {*settings.exclude_tools}):
        yield warning(
            f"{', '.join(both)} {'is' if len(both) == 1 else 'are'} both chosen and excluded, and not offered",
            "Leave it out of PANTHER_MCP_TOOLS or of PANTHER_MCP_EXCLUDE_TOOLS.",
        )
    if settings.read_timeout > settings.call_timeout and "PANTHER_MCP_READ_TIMEOUT" in environment:
        yield warning(
            "PANTHER_MCP_READ_TIMEOUT is longer than PANTHER_MCP_CALL_TIMEOUT, which ends the call first",
            "Make the call's the longer one.",
        )
    if settings.audit == "all" and settings.audit_log == "off":
        yield warning("PANTHER_MCP_AUDIT=all has no effect: PANTHER_MCP_AUDIT_LOG is off", "Take one of the two out.")


def _host(url: str | None) -> str:
    return (urlsplit(url).hostname or "") if url else ""
