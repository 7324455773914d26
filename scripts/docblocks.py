"""What the generated parts of the docs print; cog runs it (`nox -s docs -- --update`)."""

import os
import subprocess
import sys

from panther_mcp import client_config
from panther_mcp.doctor.examination import CHECKS
from panther_mcp.prompt_texts import read_prompts
from panther_overrides.resources import GUIDES, TEMPLATES

_ENVIRONMENT = {
    "PANTHER_INSTANCE_URL": "https://acme.runpanther.net",
    "PANTHER_API_TOKEN": "<your API token>",
}


def client(name: client_config.ClientName, language: str) -> str:
    """Return the configuration of an MCP client as a code block."""
    return f"```{language}\n{client_config.CLIENTS[name](('panther-mcp',), _ENVIRONMENT)}\n```"


def prompts() -> str:
    """Return a table of the prompts."""
    rows = ["| prompt | arguments | what it does |", "| --- | --- | --- |"]
    for name, prompt in read_prompts().items():
        arguments = ", ".join(
            f"`{name}`{'' if known.required else ' (optional)'}" for name, known in prompt.arguments.items()
        )
        rows.append(f"| `{name}` | {arguments} | {prompt.description} |")
    return "\n".join(rows)


def resources() -> str:
    """Return a table of the resources that need a tool."""
    rows = ["| URI | what it is | offered where this tool is |", "| --- | --- | --- |"]
    rows += [f"| `{one.uri}` | {one.description} | `{one.tool}` |" for one in (*GUIDES, *TEMPLATES)]
    return "\n".join(rows)


def checks() -> str:
    """Return a table of what the doctor looks at."""
    rows = ["| check | what it looks at |", "| --- | --- |"]
    return "\n".join([*rows, *(f"| `{check.name}` | {check.about} |" for check in CHECKS)])


def command(*arguments: str) -> str:
    """Return a code block with a call of `panther-mcp` and what it prints."""
    environment = {**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "panther_mcp", *arguments], env=environment, capture_output=True, text=True, check=True
    )
    lines = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
    return f"```console\n$ panther-mcp {' '.join(arguments)}\n{lines}\n```"
