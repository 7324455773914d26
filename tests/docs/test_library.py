"""Each code block of docs/library.md runs, against the sandbox in the place of its addresses."""

import ast
import asyncio
import inspect
import re
import socket
from pathlib import Path

import pytest
import uvicorn
from fastmcp import Client

from panther_sandbox.server import SandboxServer

PAGE = Path(__file__).parents[2] / "docs/library.md"
BLOCKS = dict(
    re.findall(
        r"^## (.+?)$(?:(?!^## ).)*?^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
)


@pytest.fixture(scope="module")
def panther():
    with SandboxServer() as address:
        yield address


@pytest.fixture(scope="module")
def staging():
    with SandboxServer(seed=11) as address:
        yield address


async def run(title, panther, staging) -> dict:
    """Run a block and return its names."""
    text = BLOCKS[title]
    for name, address in (("acme-staging", staging), ("acme", panther)):
        text = text.replace(f"https://{name}.runpanther.net", address.instance_url)
        text = text.replace(f'"token of {name}"', repr(address.api_token))
    assert "token of" not in text
    code = compile(text, title, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names: dict = {}
    waiting = eval(code, names)
    if inspect.isawaitable(waiting):
        await waiting
    return names


def test_every_section_has_one():
    assert list(BLOCKS) == [
        "Creating a server",
        "Tables",
        "Mounting it in another server",
        "Two Panthers in one process",
        "Serving it",
    ]
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(BLOCKS)


async def test_creating(panther, staging, capsys):
    names = await run("Creating a server", panther, staging)
    alerts = names["found"].structured_content["alerts"]
    assert alerts
    assert capsys.readouterr().out.splitlines() == [f"{one['id']} {one['title']}" for one in alerts]


async def test_tables(panther, staging, capsys):
    names = await run("Tables", panther, staging)
    assert names["found"].structured_content["fields"]
    printed = [line.split(" ") for line in capsys.readouterr().out.splitlines()]
    assert len(printed) == 9
    assert all(len(line) == 2 and line[0].isalnum() for line in printed)


async def test_mounting(panther, staging):
    names = await run("Mounting it in another server", panther, staging)
    assert names["alerts"].structured_content["alerts"]
    assert names["users"].structured_content["users"]
    assert "Write the handover" in names["prompt"].messages[0].content.text
    assert '"AWS.CloudTrail"' in names["schema"][0].text
    assert '"calls":1,' in names["session"][0].text


async def test_two_panthers(panther, staging):
    names = await run("Two Panthers in one process", panther, staging)
    live, tried = ({one["id"] for one in names[name].structured_content["alerts"]} for name in ("live", "tried"))
    assert live
    assert tried
    assert live.isdisjoint(tried)


async def test_serving(panther, staging):
    application = (await run("Serving it", panther, staging))["application"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(application, log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with Client(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp") as client:
            assert (await client.call_tool("list_databases")).structured_content["databases"]
        server.should_exit = True
        await serving
