"""Each tool of the catalog over real stdio, in both generations of the protocol, against the sandbox's own answers."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp.catalog import read_catalog

from . import (  # noqa: F401 - they register their checks
    access_checks,
    alert_checks,
    backtest_checks,
    bulk_checks,
    detection_checks,
    finding_checks,
    lake_checks,
    measuring_checks,
    reading_checks,
    session_checks,
    source_checks,
    upload_checks,
    writing_checks,
)
from .checks import CHECKS

NAMES = [tool["name"] for tool in read_catalog()["tools"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["legacy", "2026-07-28"])
async def stdio(panther, opened, request, tmp_path_factory) -> AsyncIterator[Any]:
    """A client of the real process, whose log must not show the token."""
    log = tmp_path_factory.mktemp("stdio") / "stderr"
    env = {"PANTHER_INSTANCE_URL": panther.url, "PANTHER_API_TOKEN": panther.token, "LOG_LEVEL": "DEBUG"}
    env |= {"PANTHER_MCP_TOOLSETS": "all", "PANTHER_MCP_CONFIRM": "never", "PANTHER_MCP_SQL_GUARD": "off"}
    secrets = tmp_path_factory.mktemp("state") / "secrets"
    env["PANTHER_MCP_SECRETS_DIR"] = str(secrets)
    env |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp"], env=env, keep_alive=False, log_file=log)
    async with opened(Client(transport, mode=request.param), panther.token) as caller:
        version = caller.client.session.protocol_version
        assert version == "2026-07-28" if request.param != "legacy" else version.startswith("2025-")
        yield caller
    check_log(log, panther.token, source_checks.PLANTED, *(path.read_text().strip() for path in secrets.glob("*")))


def check_log(log: Path, *secrets: str) -> None:
    logged = log.read_text()
    assert "call_tool" in logged, "the log is that of the server"
    assert not [secret for secret in secrets if secret in logged]
    assert "Traceback" not in logged


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.asyncio(loop_scope="module")
async def test_does_what_it_says(name, stdio, panther):
    assert name in CHECKS, f"{name} has no check: write one in {__file__}"
    await CHECKS[name](stdio, panther)


def test_each_check_is_of_a_tool():
    assert sorted(CHECKS) == sorted(NAMES)
