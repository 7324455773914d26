"""What `panther-mcp doctor` makes of what answers, or does not: hosts, tokens, paths, drift, clocks."""

import asyncio
import re
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from panther_mcp.doctor.examination import examine
from panther_mcp.doctor.findings import Finding

from .examining import BEYOND_TOKEN, HASTY, SELF, TOKEN, at, looked, skipped_for


async def test_a_host_that_is_silent_ends_it_in_time(home: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        found = await looked(at(f"http://127.0.0.1:{silent.getsockname()[1]}", **HASTY) | home)
    assert time.monotonic() - began < 15
    assert found["tcp"].status == "ok"
    assert (found["api"].status, "did not answer" in found["api"].found) == ("failed", True)
    assert skipped_for(found, "api") == ["graphql", "token", *BEYOND_TOKEN]


async def test_when_all_time_is_taken_what_needs_nobody_is_known_all_the_same(home: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = at(f"http://127.0.0.1:{silent.getsockname()[1]}") | home
        found = {one.check: one.finding for one in await examine(env, seconds=0.2)}
    assert (found["tcp"].status, found["tcp"].found) == ("failed", "It took too long to find out")
    assert {found[name].status for name in ("settings", "audit_log", "secrets", "installation", "extras")} == {"ok"}
    none = {one.check: one.finding for one in await examine(env, seconds=0)}
    assert none["dns"] == Finding("skipped", "no time was left")
    assert none["secrets"].status == "ok"


async def test_a_bad_token(panther: Any, home: dict[str, str]) -> None:
    found = await looked(at(panther.url) | home)
    assert [found[name].status for name in ("api", "graphql", "token")] == ["ok", "ok", "failed"]
    assert "does not accept the API token" in found["token"].found
    assert "PANTHER_API_TOKEN" in found["token"].fixes[0]
    assert skipped_for(found, "token") == BEYOND_TOKEN


async def test_a_wrong_path(panther: Any, home: dict[str, str]) -> None:
    found = await looked(at(f"{panther.url}/wrong/path", panther.token) | home)
    assert found["address"].status == "warning"
    assert found["api"].status == "failed"
    assert "Panther's API is not there" in found["api"].found
    assert "PANTHER_GQL_API_URL" in found["api"].fixes[0]


class TestAnswers:
    """A Panther whose answers a test writes."""

    async def test_a_web_page(self, script: Any, home: dict[str, str]) -> None:
        page = b"<!doctype html><title>Sign in</title>"
        script.answers = {"HEAD /": (200, b""), "GET /": page, "GET /api-tokens/self": page}
        found = await looked(at(script.url) | home)
        assert found["api"].status == "failed"
        assert "web page" in found["api"].found
        assert "PANTHER_REST_API_URL" in found["api"].fixes[0]
        assert script.times("HEAD /") == script.times("GET /") == 1

    async def test_another_service(self, script: Any, home: dict[str, str]) -> None:
        script.answers = {"HEAD /": (404, b""), "GET /api-tokens/self": {"hello": "world"}}
        found = await looked({"PANTHER_REST_API_URL": script.url, "PANTHER_API_TOKEN": TOKEN} | home)
        assert "not as Panther's API does" in found["api"].found

    async def test_a_token_that_ends_soon_and_may_nothing(self, script: Any, home: dict[str, str]) -> None:
        soon = (datetime.now(UTC) + timedelta(days=3, hours=1)).isoformat()
        script.answers = {
            "HEAD /": (200, b""),
            "GET /api-tokens/self": SELF | {"expiresAt": soon, "allowedCIDRBlocks": ["192.0.2.0/24"]},
            "DoctorProbe": {"data": {"__typename": "Query"}},
            "Introspection": (400, {"errors": [{"message": "introspection is disabled"}]}),
        }
        found = await looked({"PANTHER_REST_API_URL": script.url, "PANTHER_API_TOKEN": TOKEN} | home)
        assert found["token"].status == "warning"
        assert "for 192.0.2.0/24, until " in found["token"].found
        assert found["token"].found.endswith(": 3 days from now")
        assert found["permissions"].status == "failed"
        assert found["version"] == Finding("skipped", "the token lacks GeneralSettingsRead")
        assert found["data_lake"] == Finding("skipped", "the token lacks DataAnalyticsRead")
        assert found["schema"].status == "skipped"
        assert "introspection is disabled" in found["schema"].found
        assert script.times("Introspection") == 1
        assert script.times("HEAD /") == 1

    async def test_a_machine_that_is_not_allowed(self, script: Any, home: dict[str, str]) -> None:
        refusal = (403, {"error": "forbidden"})
        script.answers = {"HEAD /": (200, b""), "GET /api-tokens/self": refusal, "DoctorProbe": refusal}
        found = await looked({"PANTHER_REST_API_URL": script.url, "PANTHER_API_TOKEN": TOKEN} | home)
        assert (found["api"].status, found["token"].status) == ("ok", "failed")
        assert "CIDR" in found["token"].fixes[0]


async def test_drift_is_told_with_the_tools_that_it_hits(panther: Any, home: dict[str, str]) -> None:
    with panther.going_wrong("lacks=Query.alerts", "lacks=Alert.runbook"):
        found = await looked(at(panther.url, panther.token) | home)
    assert found["schema"].status == "warning"
    assert "Query.alerts" in found["schema"].found
    assert re.search(r"list_alerts.* cannot work", found["schema"].found)


async def test_what_fails_of_a_panther_that_answers(panther: Any, home: dict[str, str]) -> None:
    """What comes after the token is one thing each: one that fails says nothing of the others."""
    with panther.going_wrong("errors=only;operation=ListDatabases", "latency=1600;operation=DoctorProbe"):
        found = await looked(at(panther.url, panther.token) | home)
    assert {name for name, finding in found.items() if finding.status != "ok"} == {"data_lake", "latency"}
    assert found["data_lake"].status == "failed"
    assert (found["latency"].status, found["latency"].found.endswith(": slow")) == ("warning", True)


@pytest.mark.parametrize(("seconds", "says"), [(3_600, "behind"), (-3_600, "ahead of")])
async def test_a_clock_that_is_wrong(seconds: int, says: str, home: dict[str, str]) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        writer.write(f"HTTP/1.1 401 X\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        found = await looked({"PANTHER_REST_API_URL": url, "PANTHER_API_TOKEN": TOKEN} | home)
    assert found["clock"].status == "warning"
    assert re.search(rf"is 3(599|600|601) s {says} Panther's", found["clock"].found)
