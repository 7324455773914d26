"""The command `panther-mcp doctor`, with typer."""

import asyncio
import json
import os
import sys
from typing import Annotated, Final

import typer

from panther_mcp.setting_values import unwrap
from panther_mcp.untrusted.protection import Protection

# What is shorter is no secret, and to hide it would make the report illegible.
_SHORTEST_SECRET: Final = 8


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document, for programs")] = False,
) -> None:
    """Check settings, network, API token, permissions, schema and this machine, and say what to do.

    Nothing is changed. Exits with 1 if something failed. Takes 15 seconds at the most.
    """
    from panther_mcp.doctor.examination import examine
    from panther_mcp.doctor.screen import document, lines

    found = asyncio.run(examine(os.environ))
    protection = Protection(tokens=_secrets())
    if as_json:
        typer.echo(json.dumps(document(found, protection), ensure_ascii=False, indent=2))
    else:
        for line in lines(found, protection, marks=_shows_marks()):
            typer.echo(line)
    if any(one.finding.status == "failed" for one in found):
        raise typer.Exit(1)


def _secrets() -> list[str]:
    """Return what must not be shown, as it stands in the environment: the settings may be unsound."""
    token = os.environ.get("PANTHER_API_TOKEN", "")
    clients = os.environ.get("PANTHER_MCP_HTTP_TOKEN", "").split(",")
    values = (token, unwrap(token), *clients, *map(unwrap, clients))
    return [value for value in values if len(value.strip()) >= _SHORTEST_SECRET]


def _shows_marks() -> bool:
    """Say whether stdout is a terminal that can show a check mark."""
    if not sys.stdout.isatty():
        return False
    try:
        "✓✗".encode(sys.stdout.encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return os.environ.get("TERM") != "dumb"
