"""Run the embedded Panther beside us, in this process, or say why that cannot be."""

import contextlib
import importlib.util
from collections.abc import Generator
from typing import TYPE_CHECKING

from panther_mcp.errors import StartupError

if TYPE_CHECKING:
    from panther_sandbox.server import SandboxAddress

# What the extra `sandbox` installs. Most of it is imported only once the sandbox starts.
_REQUIRED = ("duckdb", "graphql", "sqlglot", "starlette", "uvicorn")


def require_sandbox() -> None:
    """Raise `StartupError` where the packages that the sandbox needs are not installed."""
    missing = [name for name in _REQUIRED if importlib.util.find_spec(name) is None]
    if missing:
        raise StartupError(
            f"The sandbox needs packages that are not installed ({', '.join(missing)}).",
            hint="Install them with: pip install 'panther-mcp[sandbox]'",
        )


@contextlib.contextmanager
def embedded_panther() -> Generator["SandboxAddress"]:
    """Serve a sandbox on a free loopback port meanwhile, and yield its address and tokens.

    Raises `StartupError` where it cannot start.
    """
    require_sandbox()
    from panther_sandbox.errors import StartFailedError
    from panther_sandbox.server import SandboxServer

    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(SandboxServer())
        except StartFailedError as error:
            raise StartupError(f"The sandbox cannot start: {error}.") from error
        yield address
