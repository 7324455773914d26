"""The console entry point `panther-mcp`. The way that a desktop client takes imports only what it uses."""

import sys
from typing import NoReturn

from panther_mcp.errors import StartupError

_USAGE_STATUS = 2


def main() -> NoReturn:
    """Run the command in `sys.argv`. Without arguments, serve what the environment says.

    Exits with 0, or with 2 and an explanation on stderr if the settings, the flags or the machine forbid it.
    """
    try:
        _dispatch(sys.argv[1:])
    except StartupError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_USAGE_STATUS)
    sys.exit(0)


def _dispatch(arguments: list[str]) -> None:
    if not arguments:
        import os

        from panther_mcp.serving import run
        from panther_mcp.settings import Settings

        run(Settings.resolve(os.environ))
    elif arguments == ["--version"]:
        from panther_mcp.installation import package_version

        sys.stdout.write(f"panther-mcp {package_version()}\n")
    else:
        # typer and rich take 150 ms to import; only people type arguments.
        from panther_mcp.cli import app

        app(prog_name="panther-mcp")
