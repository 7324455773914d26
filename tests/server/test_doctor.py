"""What `panther-mcp doctor` finds wherever a Panther, a network or a machine is wrong, and what it says."""

import asyncio
import json
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from panther_mcp.cli import app
from panther_mcp.doctor.examination import CHECKS, examine
from panther_mcp.doctor.findings import Finding

NAMES = [check.name for check in CHECKS]
BEYOND_TOKEN = ["permissions", "version", "schema", "data_lake", "latency"]
TOKEN = "doctor-test-token-0123456789"
HASTY = dict.fromkeys(("PANTHER_MCP_CONNECT_TIMEOUT", "PANTHER_MCP_READ_TIMEOUT", "PANTHER_MCP_CALL_TIMEOUT"), "0.5")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def dead() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


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


WELL = """\
ok       settings      2 variables set; nothing is missing, misspelt or contradictory
ok       address       URL, a console, whose page says where the API is
ok       dns           127.0.0.1 needs none
ok       tcp           connected to 127.0.0.1, port N in N ms
ok       tls           plain http, on this machine
ok       api           answers at URL
ok       graphql       answers at URL/public/graphql
ok       token         accepted: 'sandbox', for 0.0.0.0/0
ok       permissions   enough for all 48 tools that are offered
ok       version       Panther 1.119.4
ok       schema        has all that the tools ask for
ok       data_lake     6 databases can be queried
ok       latency       GraphQL N ms, REST N ms (median of 3 light calls)
ok       clock         agrees with Panther's to N s
ok       audit_log     STATE/panther-mcp/audit.jsonl, once something is changed
ok       secrets       STATE/panther-mcp/secrets, once there is one
ok       installation  ...
ok       extras        ...

18 ok
"""


def test_all_is_well(panther: Any, home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    env = at(panther.url, panther.token) | home
    status, text = command(monkeypatch, env)
    assert settled(text, env) == WELL
    assert status == 0
    assert not Path(home["XDG_STATE_HOME"]).exists(), "nothing is written"


DEAD = """\
ok       settings      2 variables set; nothing is missing, misspelt or contradictory
ok       address       URL, a console, whose page says where the API is
ok       dns           127.0.0.1 needs none
failed   tcp           No connection to 127.0.0.1:N: All connection attempts failed
skipped  tls           because of: tcp
skipped  api           because of: tcp
skipped  graphql       because of: tcp
skipped  token         because of: tcp
skipped  permissions   because of: tcp
skipped  version       because of: tcp
skipped  schema        because of: tcp
skipped  data_lake     because of: tcp
skipped  latency       because of: tcp
skipped  clock         because of: tcp
ok       audit_log     STATE/panther-mcp/audit.jsonl, once something is changed
ok       secrets       STATE/panther-mcp/secrets, once there is one
ok       installation  ...
ok       extras        ...

What to do:
  tcp: Check PANTHER_INSTANCE_URL and the network (VPN, proxy, firewall).

7 ok, 1 failed, 10 skipped
"""


def test_nobody_listens(dead: str, home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    env = at(dead) | home
    status, text = command(monkeypatch, env)
    assert settled(text, env) == DEAD
    assert status == 1


def test_the_json_document(panther: Any, home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    status, text = command(monkeypatch, at(panther.url, panther.read_only_token) | home, "--json")
    told = json.loads(text)
    assert status == 0, "a warning is no failure"
    assert list(told) == ["form", "panther_mcp", "status", "counts", "checks"]
    assert (told["form"], told["status"]) == (1, "warning")
    assert told["counts"] == {"ok": 17, "warning": 1, "failed": 0, "skipped": 0}
    assert [check["name"] for check in told["checks"]] == NAMES
    assert {tuple(check) for check in told["checks"]} == {("name", "status", "found", "fixes")}
    (lacking,) = (check for check in told["checks"] if check["status"] == "warning")
    assert lacking == {
        "name": "permissions",
        "status": "warning",
        "found": "9 of 48 tools that are offered cannot be used",
        "fixes": [
            "ai lacks RunPantherAI; alerts lacks AlertModify; detections lacks PolicyModify, RuleModify. Give these to "
            "the token, or offer less (PANTHER_MCP_TOOLSETS); `panther-mcp permissions` names each tool."
        ],
    }
    assert panther.read_only_token not in text


async def test_a_token_that_reads_is_enough_where_only_reading_is_offered(panther: Any, home: dict[str, str]) -> None:
    env = at(panther.url, panther.read_only_token, PANTHER_MCP_TOOLSETS="alerts", PANTHER_MCP_READ_ONLY="1") | home
    assert (await looked(env))["permissions"].status == "ok"


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


async def test_what_is_wrong_with_the_variables() -> None:
    env = {
        "PANTHER_API_TOKEN": "<your API token>",
        "PANTHER_INSTANCE_URL": "https://<your instance>.runpanther.net",
        "PANTHER_API_KEY": "abc",
        "PANTHER_MCP_READONLY": "true",
        "MCP_TRANSPORTS": "http",
        "PANTHER_MCP_TOOLSETS": "${user_config.toolsets}",
        "MCP_PORT": "http",
    }
    found = await looked(env)
    assert found["settings"].status == "failed"
    assert "abc" not in str(found["settings"])
    assert found["settings"].fixes == (
        "PANTHER_API_TOKEN: holds a space or a character that no Panther API token has. Paste the token alone, as "
        "Panther showed it.",
        "PANTHER_INSTANCE_URL: is not a web address. Give it as https://acme.runpanther.net.",
        "MCP_PORT: 'http' is no port. Use a number from 1 to 65535 (or 0 for any free one).",
        "Put the real value into PANTHER_API_TOKEN.",
        "Put the real value into PANTHER_INSTANCE_URL.",
        "Set PANTHER_MCP_TOOLSETS in the client's configuration, or take it out.",
        "If MCP_TRANSPORT is meant, rename MCP_TRANSPORTS.",
        "If PANTHER_API_TOKEN is meant, rename PANTHER_API_KEY.",
        "If PANTHER_MCP_READ_ONLY is meant, rename PANTHER_MCP_READONLY.",
    )
    assert skipped_for(found, "settings") == [
        name for name in NAMES if name not in ("settings", "installation", "extras")
    ]


@pytest.mark.parametrize(
    ("env", "status", "says"),
    [
        ({}, "failed", "No address of Panther is set. No API token is set."),
        ({"PANTHER_REST_API_URL": "https://api.other.example"}, "warning", "name different hosts"),
        ({"PANTHER_ALLOW_INSECURE_INSTANCE": "1"}, "warning", "certificates are not checked"),
        ({"MCP_TRANSPORT": "http", "MCP_HOST": "0.0.0.0"}, "failed", "would listen on 0.0.0.0 for everybody"),
        ({"PANTHER_MCP_HTTP_TOKEN": "0123456789abcdef0123456789abcdef"}, "warning", "the transport is stdio"),
        (
            {"PANTHER_MCP_TOOLS": "get_alert,list_alerts", "PANTHER_MCP_EXCLUDE_TOOLS": "get_alert"},
            "warning",
            "both chosen and",
        ),
        ({"PANTHER_MCP_TOOLSETS": "alert"}, "failed", "does not start"),
        ({"PANTHER_MCP_CALL_TIMEOUT": "5", "PANTHER_MCP_READ_TIMEOUT": "9"}, "warning", "ends the call first"),
        ({"PANTHER_MCP_AUDIT": "all", "PANTHER_MCP_AUDIT_LOG": "off"}, "warning", "has no effect"),
    ],
)
async def test_settings_that_contradict_each_other(env: dict[str, str], status: str, says: str) -> None:
    from panther_mcp.doctor.case import Case
    from panther_mcp.doctor.variables import settings

    sound = at("https://acme.runpanther.net") if env else {}
    finding = await settings(Case(sound | env))
    assert finding.status == status
    assert says in finding.found or any(says in fix for fix in finding.fixes)


async def test_a_name_that_nobody_knows(home: dict[str, str]) -> None:
    found = await looked(at("https://no-such-host.invalid") | home)
    assert found["dns"].status == "failed"
    assert "no-such-host.invalid is not known" in found["dns"].found
    assert skipped_for(found, "dns") == ["tcp", "tls", "api", "graphql", "token", *BEYOND_TOKEN, "clock"]


async def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(home: dict[str, str]) -> None:
    found = await looked(at("http://panther.invalid") | home)
    assert "not encrypted" in found["address"].found
    assert found["dns"].status == "skipped"


SELF = {"id": "t", "name": "mine", "permissions": []}


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


def certificate(folder: Path, *, days: int = 90, name: str = "127.0.0.1", issuer: str = "Test CA") -> Path:
    """A certificate for an address with its key, signed by itself, in one file."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(pem))
    return path


@asynccontextmanager
async def https(script: Any, pem: Path) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(script.handle, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("made", "trusted", "status", "says"),
    [
        ({}, False, "failed", "self-signed"),
        ({}, True, "ok", "certificate by Test CA, trusted until "),
        ({"days": 5}, True, "warning", "days from now"),
        ({"days": -1}, True, "failed", "has expired"),
        ({"name": "192.0.2.1"}, True, "failed", "not for this host"),
        ({"issuer": "Zscaler Inc."}, True, "warning", "a proxy that reads what is encrypted"),
    ],
    ids=["self-signed", "trusted", "ends soon", "expired", "another name", "inspected"],
)
async def test_certificates(
    made: dict[str, Any],
    trusted: bool,
    status: str,
    says: str,
    script: Any,
    home: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pem = certificate(tmp_path, **made)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    script.answers = {"HEAD /": (200, b""), "GET /api-tokens/self": SELF}
    async with https(script, pem) as url:
        found = await looked({"PANTHER_REST_API_URL": url, "PANTHER_API_TOKEN": TOKEN} | home)
    assert found["tls"].status == status
    assert says in found["tls"].found
    assert bool(found["tls"].fixes) is (status != "ok")
    assert found["tcp"].status == "ok"
    assert (found["api"].status == "skipped") is (status == "failed")


async def test_tls_to_a_port_that_speaks_none(panther: Any, home: dict[str, str]) -> None:
    found = await looked(at(panther.url.replace("http:", "https:")) | home)
    assert found["tls"].found == "The host answers, but does not speak TLS on this port"


async def test_through_a_proxy(script: Any, home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The host is known to the proxy alone; what opens the proxy is not shown."""
    proxy = script.url.removeprefix("http://")
    monkeypatch.setenv("HTTP_PROXY", f"http://me:opens-the-proxy@{proxy}")
    monkeypatch.setenv("http_proxy", f"http://me:opens-the-proxy@{proxy}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    url = "http://panther.invalid"
    refusal = (401, {"message": "no"})
    script.answers = {f"HEAD {url}/": (200, b""), f"GET {url}/api-tokens/self": refusal, "DoctorProbe": refusal}
    given = {"PANTHER_REST_API_URL": url, "PANTHER_ALLOW_INSECURE_INSTANCE": "1", "PANTHER_API_TOKEN": TOKEN}
    found = await looked(given | home)
    assert found["dns"] == Finding("skipped", f"the proxy {proxy} resolves names")
    assert found["tcp"].found.startswith(f"connected to panther.invalid, port 80 through the proxy {proxy} in ")
    assert found["tls"].status == "warning"
    assert found["api"].status == "ok"
    assert "opens-the-proxy" not in str(found)


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


class TestThisMachine:
    """What needs no Panther."""

    async def test_an_audit_log_that_verifies_and_one_that_does_not(self, home: dict[str, str], tmp_path: Path) -> None:
        from panther_mcp.audit.log import AuditLog

        path = tmp_path / "audit.jsonl"
        for number in range(3):
            AuditLog(path).append({"event": "call", "number": number}, durable=False)
        env = home | {"PANTHER_MCP_AUDIT_LOG": str(path)}
        assert (await looked(env))["audit_log"].found == f"{path} verifies: 3 lines"
        path.write_text(path.read_text().replace('"number":1', '"number":7'))
        finding = (await looked(env))["audit_log"]
        assert finding.status == "failed"
        assert "line 2" in finding.found

    async def test_an_audit_log_that_cannot_be_written(self, home: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        finding = (await looked(home | {"PANTHER_MCP_AUDIT_LOG": str(tmp_path / "file" / "audit.jsonl")}))["audit_log"]
        assert finding.status == "failed"
        assert "is no folder" in finding.found
        assert "every change is refused" in finding.fixes[0]

    async def test_no_audit_log(self, home: dict[str, str]) -> None:
        assert (await looked(home | {"PANTHER_MCP_AUDIT_LOG": "off"}))["audit_log"].status == "warning"

    async def test_a_folder_for_secrets_that_is_open(self, home: dict[str, str], tmp_path: Path) -> None:
        folder = tmp_path / "open"
        folder.mkdir(mode=0o755)
        finding = (await looked(home | {"PANTHER_MCP_SECRETS_DIR": str(folder)}))["secrets"]
        assert (finding.status, finding.fixes) == ("warning", (f"chmod 700 {folder}",))
        folder.chmod(0o700)
        assert (await looked(home | {"PANTHER_MCP_SECRETS_DIR": str(folder)}))["secrets"].status == "ok"


def test_what_the_report_shows_is_safe(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A token with a line break is refused by the settings, and still not shown."""
    status, text = command(monkeypatch, at("https://acme.invalid", f"{TOKEN} x", PANTHER_MCP_AUDIT=f"{TOKEN} x") | home)
    assert status == 1
    assert TOKEN not in text
