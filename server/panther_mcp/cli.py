"""The commands that people type, with typer: serve (the default), sandbox, demo, doctor, config, audit, ..."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Protocol

import typer

from panther_mcp import audit_cli, client_config
from panther_mcp.doctor.command import doctor
from panther_mcp.embedded import require_sandbox
from panther_mcp.errors import StartupError
from panther_mcp.installation import installed_command, package_version
from panther_mcp.serving import run
from panther_mcp.settings import Flags, Settings

app = typer.Typer(
    name="panther-mcp",
    add_completion=False,
    pretty_exceptions_enable=False,  # it would show the values of local variables
    rich_markup_mode=None,
)
app.add_typer(audit_cli.app, name="audit")

_KEY_PLACEHOLDER = "<your API token>"
_URL_PLACEHOLDER = "https://<your instance>.runpanther.net"


class _Address(Protocol):
    """What the sandbox says about itself once it is ready."""

    @property
    def instance_url(self) -> str: ...
    @property
    def api_token(self) -> str: ...
    @property
    def read_only_token(self) -> str: ...


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    transport: Annotated[str | None, typer.Option(help="stdio or http [MCP_TRANSPORT]", show_default="stdio")] = None,
    host: Annotated[
        str | None, typer.Option(help="address to listen on, for http [MCP_HOST]", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        str | None, typer.Option(help="port to listen on, for http [MCP_PORT]", show_default="3000")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="DEBUG, INFO, WARNING, ERROR [LOG_LEVEL]", show_default="WARNING")
    ] = None,
    log_file: Annotated[
        str | None, typer.Option(help="log into this file [MCP_LOG_FILE]", show_default="stderr")
    ] = None,
    log_format: Annotated[
        str | None,
        typer.Option(
            help="auto (text in a terminal, else json), json or text [PANTHER_MCP_LOG_FORMAT]", show_default="auto"
        ),
    ] = None,
    instance_url: Annotated[
        str | None, typer.Option(help="address of your Panther console [PANTHER_INSTANCE_URL]")
    ] = None,
    toolsets: Annotated[
        str | None,
        typer.Option(
            help="toolsets to offer, with commas; all for every one [PANTHER_MCP_TOOLSETS]", show_default="default"
        ),
    ] = None,
    tools: Annotated[str | None, typer.Option(help="single tools to offer, with commas [PANTHER_MCP_TOOLS]")] = None,
    exclude_tools: Annotated[
        str | None, typer.Option(help="tools not to offer, with commas [PANTHER_MCP_EXCLUDE_TOOLS]")
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="offer no tool that changes anything [PANTHER_MCP_READ_ONLY]")
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option(
            help="which changes a person confirms: auto, always or never [PANTHER_MCP_CONFIRM]", show_default="auto"
        ),
    ] = None,
    permission_gating: Annotated[
        str | None,
        typer.Option(
            help="tools that the token may not use: hide, explain or off [PANTHER_MCP_PERMISSION_GATING]",
            show_default="hide",
        ),
    ] = None,
    discovery: Annotated[
        bool,
        typer.Option(
            "--discovery", help="list only a search for tools and a call of what it finds [PANTHER_MCP_DISCOVERY]"
        ),
    ] = False,
    audit: Annotated[
        str | None,
        typer.Option(help="what the audit log records: writes or all [PANTHER_MCP_AUDIT]", show_default="writes"),
    ] = None,
    audit_log: Annotated[
        str | None,
        typer.Option(
            help="file of the audit log, or off [PANTHER_MCP_AUDIT_LOG]", show_default="in the user's state folder"
        ),
    ] = None,
    keep_secrets: Annotated[
        bool,
        typer.Option(
            "--no-redact-content",
            help="show credentials that stand in logs and texts [PANTHER_MCP_REDACT_CONTENT=false]",
        ),
    ] = False,
    sql_guard: Annotated[
        str | None,
        typer.Option(
            help="what to do with SQL that has no time bound: enforce, warn, off [PANTHER_MCP_SQL_GUARD]",
            show_default="enforce",
        ),
    ] = None,
    max_bytes: Annotated[
        str | None,
        typer.Option(help="how much a session may scan, such as 50GB [PANTHER_MCP_MAX_BYTES]"),
    ] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="start an embedded Panther and use that")] = False,
    version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False,
) -> None:
    """MCP server for Panther. Without a command it serves, on stdin and stdout unless told otherwise.

    The API token is read from PANTHER_API_TOKEN only: a flag would show it to every process of this machine.
    """
    if version:
        typer.echo(f"panther-mcp {package_version()}")
        return
    flags = Flags(
        instance_url=instance_url,
        transport=transport,
        host=host,
        port=port,
        log_level=log_level,
        log_file=log_file,
        log_format=log_format,
        toolsets=toolsets,
        tools=tools,
        exclude_tools=exclude_tools,
        read_only=read_only,
        confirm=confirm,
        permission_gating=permission_gating,
        discovery=discovery or None,
        audit=audit,
        audit_log=audit_log,
        redact_content="false" if keep_secrets else None,
        sql_guard=sql_guard,
        max_bytes=max_bytes,
    )
    if context.invoked_subcommand is None:
        run(Settings.resolve(os.environ, flags), sandbox=sandbox)
    elif sandbox or flags != Flags():
        raise typer.BadParameter(f"these flags are for serving, not for `{context.invoked_subcommand}`")


@app.command("sandbox")
def sandbox_command(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="port to listen on; 0 takes a free one")] = 0,
    seed: Annotated[
        int | None, typer.Option(help="names, addresses and times of the story vary with it", show_default="7")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="when its clock starts, in ISO 8601", show_default="the real time"),
    ] = None,
    scale: Annotated[
        int, typer.Option(min=0, max=20_000_000, help="rows that its log tables hold at least: ordinary days are added")
    ] = 0,
    lake: Annotated[
        Path | None, typer.Option(help="folder of your own logs: <database>/<schema>/<table>.ndjson or .parquet")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="folder that keeps what clients change")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="SPEC", help="go wrong: 'status=503;times=2', 'latency=200'; repeatable")
    ] = None,
) -> None:
    """Run an embedded Panther on this machine until ^C, and print what a client of it has to set."""
    require_sandbox()
    from panther_sandbox.clock import parse_time
    from panther_sandbox.errors import DataFolderError, LakeFilesError, StartFailedError
    from panther_sandbox.faults.spec import FaultSpecError
    from panther_sandbox.seed.facts import DEFAULT_SEED
    from panther_sandbox.server import serve as serve_sandbox

    try:
        start = parse_time(now) if now else None
    except ValueError as error:
        raise typer.BadParameter(f"{now!r} is no time in ISO 8601", param_hint="--now") from error
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as ^C: both end it in good order, with status 0
    try:
        serve_sandbox(
            port=port,
            seed=DEFAULT_SEED if seed is None else seed,
            now=start,
            scale=scale,
            lake=lake,
            data=data,
            faults=fault or (),
            on_ready=_announce,
        )
    except FaultSpecError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from error
    except LakeFilesError as error:
        raise StartupError(
            f"Own logs cannot be loaded: {error}.", hint="docs/sandbox.md says what --lake takes."
        ) from error
    except DataFolderError as error:
        raise StartupError(f"The sandbox cannot start: {error}.", hint="Another --data folder can be used.") from error
    except StartFailedError as error:
        raise StartupError(f"The sandbox cannot start: {error}.", hint="Another --port may be free.") from error


@app.command()
def demo() -> None:
    """Investigate an incident in an embedded Panther, through this server, as an AI client would."""
    from panther_mcp.demo import main

    main()


@app.command()
def permissions() -> None:
    """Print which permissions each toolset needs, and what the API token lacks or has too many."""
    from panther_mcp.permission_report import print_report

    if not print_report(Settings.resolve(os.environ), typer.echo):
        raise typer.Exit(1)


app.command()(doctor)


@app.command()
def config(
    client: Annotated[client_config.ClientName | None, typer.Option(help="the client; all of them if left out")] = None,
) -> None:
    """Print what to paste into an MCP client. The API token is left for you to fill in."""
    settings = Settings.resolve(os.environ)
    env = {
        "PANTHER_INSTANCE_URL": settings.instance_url or _URL_PLACEHOLDER,
        "PANTHER_API_TOKEN": _KEY_PLACEHOLDER,
    }
    for name in (client,) if client else client_config.CLIENTS:
        # On stderr, so that stdout can be redirected into a file as it is.
        typer.echo(f"# {name}: for {client_config.WHERE[name]}", err=True)
        typer.echo(client_config.CLIENTS[name](installed_command(), env))


def _announce(address: _Address) -> None:
    # One write: a program that reads these lines gets all of them or none.
    typer.echo(
        f"PANTHER_INSTANCE_URL={address.instance_url}\n"
        f"PANTHER_API_TOKEN={address.api_token}\n"
        f"# read-only: PANTHER_API_TOKEN={address.read_only_token}"
    )
    sys.stdout.flush()
