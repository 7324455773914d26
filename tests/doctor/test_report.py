"""What `panther-mcp doctor` prints where all is well, and where nobody listens: as text and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from .examining import NAMES, TOKEN, at, command, looked, settled

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


def test_what_the_report_shows_is_safe(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A token with a line break is refused by the settings, and still not shown."""
    status, text = command(monkeypatch, at("https://acme.invalid", f"{TOKEN} x", PANTHER_MCP_AUDIT=f"{TOKEN} x") | home)
    assert status == 1
    assert TOKEN not in text
