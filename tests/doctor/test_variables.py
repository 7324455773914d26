"""What `panther-mcp doctor` says of variables that are missing, misspelt, contradictory or dangerous."""

import pytest

from .examining import BEYOND_TOKEN, NAMES, at, looked, skipped_for


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
