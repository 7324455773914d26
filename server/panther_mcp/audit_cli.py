"""`panther-mcp audit`: verify the audit log, show what is in it, and revert a change."""

import asyncio
import json
import os
from collections import deque
from pathlib import Path
from typing import Annotated, Any

import typer

from panther_mcp.audit.lines import canonical
from panther_mcp.audit.reading import OPEN, RecordedCall, recorded_calls
from panther_mcp.audit.setup import audit_path
from panther_mcp.audit.verify import BrokenLog, verify
from panther_mcp.errors import PantherMcpError, StartupError
from panther_mcp.settings import Settings

app = typer.Typer(help="Verify the audit log, show what is in it, revert a change.", no_args_is_help=True)

_FILE = Annotated[
    Path | None, typer.Argument(help="the log", metavar="[FILE]", show_default="that of PANTHER_MCP_AUDIT_LOG")
]
_LONGEST_ARGUMENTS = 160


@app.command("verify")
def verify_command(
    file: _FILE = None,
    anchor: Annotated[
        str | None, typer.Option(metavar="HASH", help="a hash noted earlier that must still be in the log")
    ] = None,
) -> None:
    """Check that no line of the log was removed, altered, inserted, reordered or cut off at the end.

    Exits with 1 and the first broken line otherwise. Note the hash that it prints somewhere else, and give it as
    --anchor later: only so does it show when somebody wrote the whole log anew.
    """
    path = _path(file)
    pending: dict[str, str] = {}

    def visit(body: dict[str, Any]) -> None:
        if body.get("event") == "intent":
            pending[str(body.get("id"))] = str(body.get("tool"))
        else:
            pending.pop(str(body.get("id")), None)

    found = _verified(path, visit, anchor)
    for call_id, tool in pending.items():
        typer.echo(f"call {call_id} of {tool} has no outcome: it is still running, or its process was killed", err=True)
    for note in found.notes:
        typer.echo(note, err=True)
    typer.echo(f"{found.lines} lines in {found.files} file{'s' * (found.files != 1)} are whole; the last hash is")
    typer.echo(found.end.hash)


@app.command()
def show(
    file: _FILE = None,
    last: Annotated[int, typer.Option(min=1, help="how many calls")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="all that is recorded of each call, one JSON a line")] = False,
) -> None:
    """List the last calls: when, id, tool, outcome, duration, client, arguments. A broken log is not shown."""
    lines: deque[dict[str, Any]] = deque(maxlen=last * 4 + 1_000)
    _verified(_path(file), lines.append, None)
    for call in recorded_calls(lines)[-last:]:
        typer.echo(canonical(dict(call.facts)).decode() if as_json else _told(call))


@app.command()
def undo(
    call_id: Annotated[str, typer.Argument(metavar="ID", help="the call's id, as `audit show` tells it")],
    force: Annotated[
        bool, typer.Option("--force", help="even if something has changed since, or it was another Panther")
    ] = False,
    delete: Annotated[bool, typer.Option("--delete", help="delete what the call created")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be done")] = False,
) -> None:
    """Revert what a call changed, if its state before was recorded and nothing has changed since.

    It is done through the same tools, and recorded. Exits with 1 and the reason where it cannot be reverted.
    """
    # The tools and the HTTP client take time to import; the other commands need neither.
    from panther_mcp.audit.undo import undo as revert

    try:
        settings = Settings.resolve(os.environ)
        undone = asyncio.run(revert(settings, call_id, force=force, deletes=delete, dry_run=dry_run))
    except StartupError:
        raise
    except PantherMcpError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for step in undone.steps:
        typer.echo(f"{'would call' if dry_run else 'called'} {step.tool} {json.dumps(dict(step.arguments))}")
    if undone.keeps:
        typer.echo(undone.keeps)


def _path(file: Path | None) -> Path:
    path = file or audit_path(Settings.resolve(os.environ), os.environ)
    if path is None:
        raise StartupError("The audit log is turned off.", hint="Name a file, or change PANTHER_MCP_AUDIT_LOG.")
    return path


def _verified(path: Path, visit: Any, anchor: str | None) -> Any:
    try:
        return verify(path, visit=visit, anchor=anchor)
    except BrokenLog as broken:
        typer.echo(f"The audit log is broken. {broken}", err=True)
        raise typer.Exit(1) from broken
    except OSError as error:
        raise StartupError(f"{path} cannot be read: {error.strerror or error}.") from error


def _told(call: RecordedCall) -> str:
    facts = call.facts
    arguments = canonical(facts.get("arguments", {})).decode()
    if len(arguments) > _LONGEST_ARGUMENTS:
        arguments = f"{arguments[:_LONGEST_ARGUMENTS]}..."
    took = f"{facts['duration_ms']} ms" if "duration_ms" in facts else "-"
    client = canonical(" ".join(str(facts[name]) for name in ("client", "client_version") if name in facts)).decode()
    undoes = f" (undoes {facts['undoes']})" if "undoes" in facts else ""
    outcome = "no outcome" if call.outcome == OPEN else call.outcome
    return f"{call.began}  {call.id}  {call.tool}  {outcome}  {took}  {client}  {arguments}{undoes}"
