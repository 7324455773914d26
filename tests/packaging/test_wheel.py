"""The wheel: what it installs, and that it serves MCP in an environment that holds nothing else of ours."""

import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from panther_sandbox.server import SandboxAddress, SandboxServer

PACKAGES = {
    "panther_client",
    "panther_mcp",
    "panther_overrides",
    "panther_sandbox",
    "panther_schema",
    "panther_tools",
}


@pytest.fixture(scope="module")
def panther() -> Iterator[SandboxAddress]:
    with SandboxServer() as address:
        yield address


def run(python: Path, *arguments: str, text: str = "", environment: dict[str, str] | None = None) -> str:
    """Run the clean environment's `panther-mcp` far from the checkout and return what it prints."""
    done = subprocess.run(
        [str(python.parent / "panther-mcp"), *arguments],
        input=text,
        env={"PATH": str(python.parent), **(environment or {})},
        cwd=python.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_installs_our_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES
    held = set(names)
    assert {"panther_tools/catalog.json", "panther_schema/panther.graphql", "panther_mcp/py.typed"} <= held
    assert {"panther_overrides/prompts/triage-alert.md", "panther_overrides/guides/sql.md"} <= held
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_tells_its_version(wheel: Path, clean_python: Path) -> None:
    assert run(clean_python, "--version").split() == ["panther-mcp", wheel.name.split("-")[1]]


def test_it_serves_mcp_over_stdio(clean_python: Path, panther: SandboxAddress) -> None:
    messages: list[dict[str, Any]] = [
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "list_alerts", "arguments": {"page_size": 3}}},
    ]
    environment = {"PANTHER_INSTANCE_URL": panther.instance_url, "PANTHER_API_TOKEN": panther.api_token}
    answers = talk(clean_python, messages, environment)
    assert answers[1]["serverInfo"]["name"] == "panther"
    assert len(answers[2]["tools"]) >= 17
    assert len(answers[3]["structuredContent"]["alerts"]) == 3


def talk(python: Path, messages: list[dict[str, Any]], environment: dict[str, str]) -> dict[int, Any]:
    """Send `messages` one after the other, each after the answer to the one before; return the results by id."""
    process = subprocess.Popen(
        [str(python.parent / "panther-mcp")],
        env={"PATH": str(python.parent), **environment},
        cwd=python.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    results: dict[int, Any] = {}
    with process:
        for message in messages:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            process.stdin.flush()
            while "id" in message and message["id"] not in results:
                answer = json.loads(process.stdout.readline())
                if "id" in answer:
                    results[answer["id"]] = answer["result"]
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    return results


def test_without_the_extra_the_sandbox_says_what_to_install(clean_python: Path) -> None:
    done = subprocess.run(
        [str(clean_python.parent / "panther-mcp"), "sandbox"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "pip install 'panther-mcp[sandbox]'" in done.stderr
    assert done.stdout == ""
