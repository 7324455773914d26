"""What to paste into an MCP client so that it starts this server. Pure: text in, text out.

Each function takes the command (program and arguments) and the environment variables, and returns the text
for one client. Where that text goes is in `WHERE`. The formats are those of the clients' documentation.
"""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

ClientName: TypeAlias = Literal["claude-desktop", "claude-code", "cursor", "goose"]

_NAME: Final = "panther"
_GOOSE_TIMEOUT_SECONDS: Final = 300


def claude_desktop(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Return the JSON for Claude Desktop's configuration file."""
    return _mcp_servers(command, env)


def cursor(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Return the JSON for Cursor's mcp.json."""
    return _mcp_servers(command, env)


def claude_code(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Return the shell command that adds the server to Claude Code."""
    # --env takes any number of values: another option has to stand between the last one and the name.
    variables = (word for name, value in env.items() for word in ("--env", f"{name}={value}"))
    return shlex.join(("claude", "mcp", "add", *variables, "--transport", "stdio", _NAME, "--", *command))


def goose(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Return the YAML for Goose's config.yaml. A JSON string is a YAML string, so both quote alike."""
    lines = [
        "extensions:",
        f"  {_NAME}:",
        "    enabled: true",
        "    type: stdio",
        "    name: Panther",
        f"    cmd: {json.dumps(command[0])}",
        f"    args: {json.dumps(list(command[1:]))}",
        f"    timeout: {_GOOSE_TIMEOUT_SECONDS}",
        "    envs:",
        *(f"      {name}: {json.dumps(value)}" for name, value in env.items()),
    ]
    return "\n".join(lines)


CLIENTS: Final[Mapping[ClientName, Callable[[Sequence[str], Mapping[str, str]], str]]] = {
    "claude-desktop": claude_desktop,
    "claude-code": claude_code,
    "cursor": cursor,
    "goose": goose,
}
WHERE: Final[Mapping[ClientName, str]] = {
    "claude-desktop": "claude_desktop_config.json (Settings > Developer > Edit Config)",
    "claude-code": "a shell",
    "cursor": "~/.cursor/mcp.json, or .cursor/mcp.json of a project",
    "goose": "~/.config/goose/config.yaml",
}


def _mcp_servers(command: Sequence[str], env: Mapping[str, str]) -> str:
    server = {"command": command[0], "args": list(command[1:]), "env": dict(env)}
    return json.dumps({"mcpServers": {_NAME: server}}, indent=2)
