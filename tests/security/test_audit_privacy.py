"""What of a call's arguments and states stands in the audit log: bounded, harmless, and without secrets."""

import json
import os
from pathlib import Path

import pytest

from panther_mcp.audit.lines import canonical, digest
from panther_mcp.audit.privacy import HIDDEN, Cleaner
from panther_mcp.settings import Secret

from .test_audit_calls import mcp, path, recorded, some_alert

__all__ = ["mcp", "path"]


SECRETS = [
    "api_token", "token", "password", "db_password", "passphrase", "client_secret", "secretValue", "sharedSecret",
    "privateKey", "private_key", "apiKey", "aws_secret_access_key", "Authorization", "bearerToken", "credentials",
    "token_value", "pwd", "session-token",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
async def test_the_value_of_a_secret_parameter_is_never_recorded(mcp, path, name):
    await mcp.refused("add_alert_comment", alert_id="x", comment="y", **{name: "hunter2-planted"})
    await mcp.refused("add_alert_comment", alert_id="x", comment={"deep": [{name: {"within": "hunter2-planted"}}]})
    text = path.read_text()
    assert "hunter2-planted" not in text
    assert text.count(HIDDEN) == 2


async def test_our_own_tokens_are_never_recorded(connect, panther, path):
    http_token = "http-token-of-this-very-server-0123456789"
    settings = {"instance_url": panther.url, "audit_log": path, "audit": "all", "http_tokens": (Secret(http_token),)}
    async with connect(token=panther.token, **settings) as mcp:
        alert = some_alert(panther)
        for secret in (panther.token, http_token):
            for tool, arguments in (
                ("query_data_lake", {"sql": f"SELECT 1 -- {secret}"}),
                ("get_user", {"user_id": secret}),
                ("get_user", {secret: secret}),
                ("update_alert_status", {"alert_ids": [alert["id"], f"x{secret}y"], "status": secret}),
                ("update_alert_assignee", {"alert_ids": [f"x{secret}y"], "assignee_id": "nobody"}),
                ("add_alert_comment", {"alert_id": alert["id"], "comment": f"key: {secret}"}),
            ):
                await mcp.client.call_tool_mcp(tool, arguments)
    text = "".join(file.read_text() for file in path.parent.iterdir())
    assert panther.token not in text
    assert http_token not in text
    assert text.count(HIDDEN) >= 12


@pytest.mark.parametrize("name", ["page_token", "token_id", "token_name", "secret_id", "statuses", "next_token"])
def test_what_is_no_secret_is_recorded(name):
    assert Cleaner(()).arguments({name: "shown"})[0] == {name: "shown"}


async def test_arguments_are_bounded_and_their_digest_is_of_the_whole(mcp, path):
    huge = {"alert_id": "x", "comment": "c" * 3_000_000, "more": ["m" * 5_000] * 500, "n": dict.fromkeys("abc", "d")}
    await mcp.refused("add_alert_comment", huge)
    (line,) = recorded(path)
    assert path.stat().st_size < 20_000
    assert line["arguments_sha256"] == digest(canonical(huge))
    shorter = {"alert_id": "x", "comment": "c" * 3_000_000}
    await mcp.refused("add_alert_comment", shorter)
    assert recorded(path)[-2]["arguments"]["comment"] == f"{'c' * 2_000}… (+2998000)"


@pytest.mark.parametrize(
    "value",
    [
        "\x1b[2J\u202e\u200b\x00",
        "\ud800",
        1e400,
        "\n" + json.dumps({"event": "call", "seq": 99}),
        json.loads("[" * 40 + "]" * 40),
    ],
    ids=["terminal", "surrogate", "infinite", "line", "deep"],
)
def test_odd_values_neither_break_a_line_nor_reach_a_terminal(value):
    shown, whole = Cleaner(("secret",)).arguments({"x": value})
    text = canonical(shown)
    assert b"\n" not in text
    assert all(32 <= byte < 127 for byte in text)
    assert len(whole) == 64


def test_a_state_that_held_a_secret_or_is_too_large_is_marked():
    cleaner = Cleaner(("hunter2",))
    assert cleaner.state({"a": {"body": "x", "n": None}}) == ({"a": {"body": "x", "n": None}}, True)
    assert cleaner.state({"a": {"authSecret": "x"}}) == ({"a": {"authSecret": HIDDEN}}, False)
    assert cleaner.state({"a": {"body": "has hunter2"}}) == ({"a": {"body": f"has {HIDDEN}"}}, False)
    large, whole = cleaner.state({"a": {"body": "x" * (1 << 20)}})
    assert (large["bytes"], whole) == ((1 << 20) + 17, False)


def test_the_log_of_the_tests_is_not_the_developers():
    assert Path(os.environ["XDG_STATE_HOME"]) != Path.home() / ".local" / "state"
