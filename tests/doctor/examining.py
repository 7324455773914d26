"""Let the doctor look at something, and make its report comparable."""

import re

import pytest
from typer.testing import CliRunner

from panther_mcp.cli import app
from panther_mcp.doctor.examination import CHECKS, examine
from panther_mcp.doctor.findings import Finding

NAMES = [check.name for check in CHECKS]
BEYOND_TOKEN = ["permissions", "version", "schema", "data_lake", "latency"]
TOKEN = "doctor-test-token-0123456789"
HASTY = dict.fromkeys(("PANTHER_MCP_CONNECT_TIMEOUT", "PANTHER_MCP_READ_TIMEOUT", "PANTHER_MCP_CALL_TIMEOUT"), "0.5")
SELF = {"id": "t", "name": "mine", "permissions": []}


async def looked(env: dict[str, str]) -> dict[str, Finding]:
    found = await examine(env)
    assert [one.check for one in found] == NAMES
    assert not any(TOKEN in str(one) for one in found)
    return {one.check: one.finding for one in found}


def at(url: str, token: str = TOKEN, **more: str) -> dict[str, str]:
    return {"PANTHER_INSTANCE_URL": url, "PANTHER_API_TOKEN": token} | more


def skipped_for(found: dict[str, Finding], cause: str) -> list[str]:
    return [name for name, finding in found.items() if finding == Finding("skipped", f"because of: {cause}")]


def command(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run the command in this process with nothing else in the environment that counts."""
    import os

    for name in list(os.environ):
        if name.startswith(("PANTHER_", "MCP_", "OTEL_")):
            monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["doctor", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def settled(text: str, env: dict[str, str]) -> str:
    """The report without what differs from run to run and from machine to machine."""
    text = text.replace(env["PANTHER_INSTANCE_URL"], "URL").replace(env["XDG_STATE_HOME"], "STATE")
    text = re.sub(r"port \d+", "port N", text)
    text = re.sub(r"\b\d+ (ms|s)\b", r"N \1", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:N", text)
    return re.sub(r"(?m)^(\w+ +installation +).*", r"\1...", re.sub(r"(?m)^(\w+ +extras +).*", r"\1...", text))
