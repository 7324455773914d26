"""The embedded Panther, its own answers over HTTP, and a client that checks what holds for every result."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import jsonschema
import pytest
from fastmcp import Client

from panther_mcp.catalog import catalog_tools, read_catalog

from ..fences import read_text
from ..tables import as_objects

PATIENCE_SECONDS = 20.0
Json = dict[str, Any]


class Panther:
    """The sandbox's own answers, asked for over HTTP without any of our client code."""

    def __init__(self, url: str, token: str, read_only_token: str) -> None:
        self.url, self.token, self.read_only_token = url, token, read_only_token
        self._http = httpx2.Client(base_url=url, headers={"X-API-Key": token}, trust_env=False, timeout=30)

    def graphql(self, query: str, **variables: Any) -> Any:
        body = self._http.post("/public/graphql", json={"query": query, "variables": variables}).json()
        assert "errors" not in body, body
        return body["data"]

    def rest(self, path: str, **query: Any) -> Any:
        answer = self._http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path: str, **query: Any) -> list[Any]:
        """Every item of a REST list."""
        page = self.rest(path, **query)
        items = page["results"]
        while page["next"]:
            page = self.rest(path, **query, cursor=page["next"])
            items += page["results"]
        return items

    def post(self, path: str, body: Json) -> Json:
        answer = self._http.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def put(self, path: str, body: Json) -> None:
        assert self._http.put(path, json=body).status_code in (200, 201)

    def has(self, path: str) -> bool:
        return self._http.get(path).status_code == 200

    def delete(self, path: str) -> None:
        assert self._http.delete(path).status_code == 204

    def alert(self, title: str) -> Json:
        """The alert whose title holds this text."""
        (found,) = (item for item in self.all("/alerts", limit=50) if title in item["title"])
        return found

    def queries(self, contains: str) -> list[Json]:
        """The data lake queries whose SQL holds this text, newest first."""
        document = "query($c: String) { dataLakeQueries(input: {contains: $c}) { edges { node { id status sql } } } }"
        return [edge["node"] for edge in self.graphql(document, c=contains)["dataLakeQueries"]["edges"]]

    @contextmanager
    def going_wrong(self, *faults: str) -> Iterator[None]:
        """Let the sandbox go wrong for a while, as docs/sandbox.md says."""
        answer = self._http.put("/sandbox/faults", json={"faults": faults})
        assert answer.status_code == 200, answer.text
        try:
            yield
        finally:
            self._http.delete("/sandbox/faults")

    def close(self) -> None:
        self._http.close()


class Caller:
    """Calls tools as a client does, and checks of each result what holds for all of them."""

    def __init__(self, client: Client[Any], tools: dict[str, Any], secrets: tuple[str, ...]) -> None:
        self.client, self.tools, self._secrets = client, tools, secrets
        self._untrusted = {tool.name: tool.untrusted for tool in catalog_tools(read_catalog())}

    async def raw(self, tool: str, /, *args: Json, **arguments: Any) -> Any:
        result = await self.client.call_tool_mcp(tool, args[0] if args else arguments)
        (content,) = result.content
        told = read_text(content.text, result.meta)
        assert told == result.structured_content, "the text is not the structured content"
        if not result.is_error:
            labels = {path.partition(".")[0].removesuffix("[]") for path in self._untrusted[tool]} | {
                "warnings",
                "change",
            }
            fenced = content.text.startswith("<untrusted ")
            assert fenced is bool(labels & told.keys()), "a fence stands where something untrusted does"
        assert not any(secret in content.text for secret in self._secrets), "a result shows the API token"
        return result

    async def __call__(self, tool: str, /, *args: Json, **arguments: Any) -> Json:
        """The result of a call that succeeds, with objects where it tells a table."""
        return as_objects(tool, await self.told(tool, *args, **arguments))

    async def told(self, tool: str, /, *args: Json, **arguments: Any) -> Json:
        """The result of a call that succeeds, in the form in which it is told."""
        result = await self.raw(tool, *args, **arguments)
        assert not result.is_error, result.structured_content
        jsonschema.validate(result.structured_content, self.tools[tool].output_schema)
        return result.structured_content

    async def refused(self, tool: str, /, *args: Json, **arguments: Any) -> Json:
        """The error of a call that fails, without the request id, which is another each time."""
        result = await self.raw(tool, *args, **arguments)
        assert result.is_error, result.structured_content
        error = result.structured_content["error"]
        assert {"error"} <= result.structured_content.keys() <= {"error", "findings"}
        assert error["code"]
        assert error["message"]
        assert "Traceback" not in error["message"]
        assert len(json.dumps(error)) < 10_000
        if not error["message"].startswith("There is no tool "):
            assert re.fullmatch("[0-9a-f]{8}", error.pop("request_id"))
        return error


class Script:
    """A Panther on loopback whose answers a test writes: what no sandbox gives.

    `answers` maps an operation's name, or "GET /path", to a body (bytes are sent as they are), to a status and
    a body, or to a list of those, of which the last one stays. `asked` has the variables or the query of each
    request, in order, `sent` its body as it came, and `bodies` what that holds. It answers while it is `open`.
    """

    url = ""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Json]] = []
        self.sent: list[bytes] = []
        self.bodies: list[Json] = []
        self.open = asyncio.Event()
        self.open.set()

    def times(self, name: str) -> int:
        return [asked for asked, _ in self.asked].count(name)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"content-length: (\d+)", head.lower())
            sent = await reader.readexactly(int(length[1]) if length else 0)
            body = json.loads(sent or b"{}")
            method, target, _ = head.split("\r\n")[0].split(" ")
            self.bodies.append(body)
            path, _, query = target.partition("?")
            name = body.get("operationName") or f"{method} {path}"
            self.bodies.append(body)
            self.asked.append((name, body.get("variables") or dict(parse_qsl(query))))
            self.sent.append(sent)
            await self.open.wait()
            status, payload = self._answer(name)
            text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            start = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
            writer.write(f"{start}Content-Length: {len(text)}\r\n\r\n".encode() + text)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, name: str) -> tuple[int, Any]:
        answer = self.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return answer if isinstance(answer, tuple) else (200, answer)


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    """A Panther that answers what the test says."""
    served = Script()
    server = await asyncio.start_server(served.handle, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield served
    server.close()
    await server.wait_closed()


@pytest.fixture
async def scripted(
    script: Script, connect: Callable[..., AbstractAsyncContextManager[Caller]]
) -> AsyncIterator[Caller]:
    """A client of a server that uses `script`."""
    async with connect(token="script-token-0123456789", rest_url=script.url, permission_gating="off") as caller:
        yield caller


@pytest.fixture(scope="session")
def panther() -> Iterator[Panther]:
    from panther_sandbox.server import SandboxServer

    with SandboxServer() as address:
        answers = Panther(address.instance_url, address.api_token, address.read_only_token)
        yield answers
        answers.close()


@pytest.fixture(scope="session")
def opened() -> Callable[..., AbstractAsyncContextManager[Caller]]:
    """Return what makes a `Caller` of a client."""

    @asynccontextmanager
    async def open_client(client: Client[Any], *secrets: str) -> AsyncIterator[Caller]:
        async with client:
            yield Caller(client, {tool.name: tool for tool in await client.list_tools()}, secrets)

    return open_client


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the servers of the tests keep secrets: never in the state folder of whoever runs them."""
    return tmp_path_factory.mktemp("state") / "secrets"


@pytest.fixture(scope="session")
def connect(
    opened: Callable[..., AbstractAsyncContextManager[Caller]], secrets_dir: Path
) -> Callable[..., AbstractAsyncContextManager[Caller]]:
    """Return what opens a client of a server in this process, with the given settings."""
    from panther_mcp.server import create_server
    from panther_mcp.settings import Secret, Settings

    @asynccontextmanager
    async def open_server(*, token: str | None = None, mode: str = "auto", **settings: Any) -> AsyncIterator[Caller]:
        settings = {"toolsets": ("all",), "confirm": "never", "sql_guard": "off", "secrets_dir": secrets_dir} | settings
        # As the command serves it; what a program may make of one, the tests of mounting show.
        server = create_server(Settings(api_token=Secret(token) if token else None, **settings), standalone=True)
        async with opened(Client(server, mode=mode), *([token] if token else [])) as caller:
            yield caller

    return open_server


@pytest.fixture
async def mcp(
    panther: Panther,
    connect: Callable[..., AbstractAsyncContextManager[Caller]],
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Caller]:
    """A client of a server in this process that uses the sandbox."""
    async with connect(token=panther.token, instance_url=panther.url) as caller:
        yield caller
    assert panther.token not in caplog.text


@pytest.fixture(scope="session")
def until() -> Callable[..., Awaitable[None]]:
    """Return what waits until a condition holds."""

    async def wait(condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"{what}: it did not happen within {PATIENCE_SECONDS} s"
            await asyncio.sleep(0.02)

    return wait
