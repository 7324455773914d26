"""Secrets in every field of the sandbox that can hold one: none of them comes out of any tool, error or log."""

import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp import logs
from panther_mcp.audit.verify import verify
from panther_mcp.settings import Secret, Settings
from panther_sandbox.store.documents import Kind

from .evil import TOOLS, Evil, arguments_of, called
from .planting import plant
from .secret_texts import SECRETS

# Fields that are secret by their label, with values that no pattern knows.
LABELLED = {
    "authSecretValue": "distinctive webhook value",
    "authBearerToken": "distinctive bearer value",
    "authPassword": "distinctive basic value",
}
ORDER = ("read", "write", "destructive")
READ_LAST = ("get_ai_alert_triage_summary",)
# Their only other argument is a secret of their own.
NOT_CALLED: frozenset[str] = frozenset()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(evil, attacked, audit_log) -> AsyncIterator[Client[Any]]:
    async with attacked(evil, audit_log=audit_log, audit="all") as found:
        yield found


@pytest.fixture(scope="module")
def audit_log(tmp_path_factory) -> Path:
    """Where every call of this module's client is recorded, with its arguments and states."""
    return tmp_path_factory.mktemp("audit") / "audit.jsonl"


def plant_labelled(evil: Evil) -> list[str]:
    """Write distinctive values into the fields that are secret by label; return all secrets of that kind."""
    documents = evil.sandbox.store.documents
    for source in documents.all(Kind.SOURCE):
        if source["__typename"] == "HTTPLogIntegration":
            documents.put(Kind.SOURCE, source["integrationId"], source | {"http": {"authMethod": "Basic"} | LABELLED})
    tokens = [row["value"] for row in evil.sandbox.store.database.rows("SELECT value FROM tokens")]
    return [*LABELLED.values(), *tokens, evil.address.api_token, evil.address.read_only_token]


async def call_every_tool(client: Client[Any], facts: dict[str, Any]) -> dict[str, str]:
    """Return all that each tool says, texts and structured content, reading ones first."""
    said: dict[str, str] = {}
    for tool in sorted(TOOLS.values(), key=lambda tool: (ORDER.index(tool.effect), tool.name in READ_LAST)):
        arguments = arguments_of(tool, facts)
        if arguments is None or tool.name in NOT_CALLED:
            continue
        result = await called(client, tool.name, arguments)
        said[tool.name] = f"{result.content[0].text}\n{json.dumps(result.structured_content, ensure_ascii=False)}"
        wrong = await called(client, tool.name, dict.fromkeys(arguments, "no-such-thing") | {"unknown": 1})
        said[f"{tool.name} refused"] = wrong.content[0].text
    return said


def groups() -> list[list[str]]:
    """Names of secrets to plant together, a line each; what has no end would take in all that follows."""
    endless = [name for name in SECRETS if "cut off" in name]
    others = [name for name in SECRETS if name not in endless]
    return [others[first :: len(others) // 6] for first in range(len(others) // 6)] + [[name] for name in endless]


@pytest.mark.parametrize("names", groups(), ids=", ".join)
@pytest.mark.asyncio(loop_scope="module")
async def test_no_tool_tells_a_secret(evil, client, caplog, audit_log, names):
    caplog.set_level(logging.DEBUG)
    secrets = [SECRETS[name][1] for name in names]
    facts = plant(evil.sandbox, "\n".join(SECRETS[name][0] for name in names))
    labelled = plant_labelled(evil)
    said = await call_every_tool(client, facts)
    assert len(said) >= 60, "too few tools could be called"
    shown = 0
    for tool, everything in said.items():
        assert not [name for name, secret in zip(names, secrets, strict=True) if secret in everything], tool
        assert not [value for value in labelled if value in everything], tool
        shown += "[redacted:" in everything
    assert shown >= 15, "the secret was not read: nothing is shown by that"
    log = "\n".join(record.getMessage() for record in caplog.records)
    assert not [value for value in labelled if value in log]
    lines: list[str] = []
    verify(audit_log, visit=lambda body: lines.append(json.dumps(body, ensure_ascii=False)))
    assert len(lines) >= len(said)
    assert any("[redacted:" in line for line in lines), "the secret was not among the arguments"
    for line in lines:
        assert not [name for name, secret in zip(names, secrets, strict=True) if secret in line]
        assert not [value for value in labelled if value in line], line


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_secret_has_the_same_mark_in_every_tool(evil, client):
    text, _ = SECRETS["jwt"]
    facts = plant(evil.sandbox, text)
    alert = (await called(client, "get_alert", {"alert_id": facts["alert_id"]})).structured_content
    rows = (await called(client, "query_data_lake", {"sql": facts["sql"]})).structured_content["rows"]
    user = (await called(client, "get_user", {"user_id": facts["user_id"]})).structured_content
    assert alert["title"] == rows[0]["agent"] == user["givenName"]
    assert alert["title"].startswith("id_token [redacted:jwt:")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_secret_that_only_its_column_gives_away_does_not_come_out_in_a_table(client):
    sql = " UNION ALL ".join(
        f"SELECT {n} AS n, 'correct horse {n}' AS password, 'always the same' AS db_password, 'battery {n}' AS word"
        for n in range(4)
    )
    result = await called(client, "query_data_lake", {"sql": f"{sql} ORDER BY n"})
    told = result.structured_content
    assert told["fields"] == ["n", "password", "word"]
    assert [(row[0], row[1][:19], row[2]) for row in told["rows"]] == [
        (n, "[redacted:password:", f"battery {n}") for n in range(4)
    ]
    assert told["same_in_all"]["db_password"].startswith("[redacted:password:")
    assert not [secret for secret in ("correct horse", "always the same") if secret in result.content[0].text]
    assert set(result.meta["panther/untrusted"]) >= {"rows[]", "same_in_all", "fields"}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_flag_keeps_credentials_but_neither_labelled_secrets_nor_our_token(evil, attacked):
    text, secret = SECRETS["jwt"]
    facts = plant(evil.sandbox, f"{text} and {evil.address.api_token}")
    labelled = plant_labelled(evil)
    async with attacked(evil, redact_content=False) as client:
        said = await call_every_tool(client, facts)
    assert secret in said["get_alert"]
    assert "[API token]" in said["get_alert"]
    for tool, everything in said.items():
        assert not [value for value in labelled if value in everything], tool


@pytest.mark.asyncio(loop_scope="module")
async def test_an_error_that_quotes_a_secret_does_not_tell_it(evil, client):
    _, secret = SECRETS["stripe_key"]
    planted = SECRETS["stripe_key"][0]
    refused = await called(client, "query_data_lake", {"sql": f"SELECT CAST('{planted}' AS INTEGER) AS x"})
    assert refused.is_error
    assert secret not in refused.content[0].text
    assert "[redacted:stripe_key:" in refused.content[0].text


async def test_the_log_of_a_process_shows_none(evil, tmp_path):
    """The real process, as talkative as it can be, over stdio."""
    text = "; ".join(text for text, _ in SECRETS.values())
    facts = plant(evil.sandbox, text[:4_000])
    labelled = plant_labelled(evil)
    log = tmp_path / "stderr"
    env = {"PANTHER_INSTANCE_URL": evil.address.instance_url, "PANTHER_API_TOKEN": evil.address.api_token}
    env |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    env |= {"LOG_LEVEL": "DEBUG", "PANTHER_MCP_TOOLSETS": "all"}
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp"], env=env, keep_alive=False, log_file=log)
    async with Client(transport) as client:
        await call_every_tool(client, facts)
    logged = log.read_text()
    assert "call_tool" in logged
    for text, secret in SECRETS.values():
        assert secret not in logged, text
    assert not [value for value in labelled if value in logged]


FORMATTERS = [logs._TextFormatter, logs._JsonFormatter]


@pytest.mark.parametrize("form", FORMATTERS)
@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_a_record_of_the_log_tells_no_secret(form, text, secret):
    token = "pat_own_token_0123456789"
    formatter = form(Settings(api_token=Secret(token)))
    try:
        raise RuntimeError(f"answered {text}")
    except RuntimeError:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "%s with %s \x1b[2J\u202e", (text, token), sys.exc_info()
        )
    line = formatter.format(record)
    if form is logs._JsonFormatter:
        line += "".join(json.loads(line).values())
    assert secret not in line
    assert token not in line
    assert not set(line) & set("\x1b\u202e")
    assert "Traceback" in line


@pytest.mark.parametrize("form", FORMATTERS)
def test_the_flag_keeps_credentials_in_the_log_but_not_our_token(form):
    formatter = form(Settings(api_token=Secret("pat_own_0123456789"), redact_content=False))
    text, secret = SECRETS["jwt"]
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s pat_own_0123456789", (text,), None)
    assert secret in formatter.format(record)
    assert "pat_own" not in formatter.format(record)
