"""The table of settings: what each raw value becomes, and what is said about a wrong one."""

from pathlib import Path

import pytest

from panther_mcp.errors import SettingsError
from panther_mcp.settings import Flags, Secret, Settings, is_loopback


def test_defaults():
    settings = Settings.resolve({})
    assert settings == Settings()
    assert (settings.transport, settings.host, settings.port, settings.verify_tls) == (
        "stdio",
        "127.0.0.1",
        3000,
        True,
    )
    assert settings.api_token is None
    assert settings.instance_url is None


@pytest.mark.parametrize(
    ("variable", "raw", "field", "value"),
    [
        (
            "PANTHER_INSTANCE_URL",
            "https://acme.runpanther.net",
            "instance_url",
            "https://acme.runpanther.net",
        ),
        (
            "PANTHER_INSTANCE_URL",
            "https://acme.runpanther.net/",
            "instance_url",
            "https://acme.runpanther.net",
        ),
        ("PANTHER_INSTANCE_URL", "acme.runpanther.net", "instance_url", "https://acme.runpanther.net"),
        ("PANTHER_INSTANCE_URL", "acme.example:8443/x", "instance_url", "https://acme.example:8443/x"),
        (
            "PANTHER_INSTANCE_URL",
            ' "https://a.example/alerts/?x=1#y" ',
            "instance_url",
            "https://a.example/alerts",
        ),
        ("PANTHER_INSTANCE_URL", "“https://a.example”", "instance_url", "https://a.example"),
        ("PANTHER_INSTANCE_URL", "http://[::1]:80/", "instance_url", "http://[::1]:80"),
        ("PANTHER_INSTANCE_URL", "${user_config.url}", "instance_url", None),
        ("PANTHER_INSTANCE_URL", "  ", "instance_url", None),
        (
            "PANTHER_GQL_API_URL",
            "https://a.example/public/graphql/",
            "graphql_url",
            "https://a.example/public/graphql",
        ),
        ("PANTHER_REST_API_URL", "'https://a.example/'", "rest_url", "https://a.example"),
        ("PANTHER_MCP_SECRETS_DIR", "/run/secrets/mcp", "secrets_dir", Path("/run/secrets/mcp")),
        ("PANTHER_MCP_DISCOVERY", "yes", "discovery", True),
        ("PANTHER_MCP_RETRIES", "0", "retries", 0),
        ("PANTHER_MCP_MAX_CONCURRENCY", "200", "max_concurrency", 200),
        ("PANTHER_MCP_RATE_LIMIT", "0.5", "rate_limit", 0.5),
        ("PANTHER_MCP_RATE_LIMIT", "OFF", "rate_limit", 0),
        ("PANTHER_MCP_DISCOVERY", "0", "discovery", False),
        ("PANTHER_API_TOKEN", " 'abc' \n", "api_token", Secret("abc")),
        ("PANTHER_API_TOKEN", "${API_TOKEN}", "api_token", None),
        ("PANTHER_ALLOW_INSECURE_INSTANCE", "TRUE", "verify_tls", False),
        ("PANTHER_MCP_REDACT_CONTENT", "false", "redact_content", False),
        ("PANTHER_MCP_REDACT_CONTENT", "", "redact_content", True),
        ("PANTHER_ALLOW_INSECURE_INSTANCE", "0", "verify_tls", True),
        ("MCP_TRANSPORT", "streamable-http", "transport", "http"),
        ("MCP_TRANSPORT", "HTTP", "transport", "http"),
        ("MCP_HOST", "[::1]", "host", "::1"),
        ("MCP_PORT", "0", "port", 0),
        ("MCP_LOG_FILE", "/tmp/x.log", "log_file", Path("/tmp/x.log")),
        ("LOG_LEVEL", "warn", "log_level", "WARNING"),
        ("PANTHER_MCP_CONNECT_TIMEOUT", "1.5", "connect_timeout", 1.5),
        ("PANTHER_MCP_READ_TIMEOUT", "2", "read_timeout", 2.0),
        ("PANTHER_MCP_CALL_TIMEOUT", "3600", "call_timeout", 3600.0),
        ("PANTHER_MCP_AUDIT", "ALL", "audit", "all"),
        ("PANTHER_MCP_AUDIT_LOG", "Off", "audit_log", "off"),
        ("PANTHER_MCP_AUDIT_LOG", "/tmp/a.jsonl", "audit_log", Path("/tmp/a.jsonl")),
        ("PANTHER_MCP_AUDIT_LOG", "${AUDIT_LOG}", "audit_log", None),
    ],
)
def test_values(variable, raw, field, value):
    assert getattr(Settings.resolve({variable: raw}), field) == value


@pytest.mark.parametrize(
    ("variable", "raw"),
    [
        ("PANTHER_INSTANCE_URL", "ftp://a.example"),
        ("PANTHER_INSTANCE_URL", "https://"),
        ("PANTHER_INSTANCE_URL", "https://a.example:notaport"),
        ("PANTHER_INSTANCE_URL", "https://a b.example"),
        ("PANTHER_INSTANCE_URL", "https://[::1"),
        ("PANTHER_INSTANCE_URL", "https://user:hunter2@a.example"),
        ("PANTHER_GQL_API_URL", "file:///etc/passwd"),
        ("PANTHER_REST_API_URL", "https:///x"),
        ("PANTHER_API_TOKEN", "X-API-Key: hunter2"),
        ("PANTHER_API_TOKEN", "hunter2\nhunter2"),
        ("PANTHER_API_TOKEN", "hunter2…"),
        ("PANTHER_ALLOW_INSECURE_INSTANCE", "maybe"),
        ("MCP_TRANSPORT", "sse"),
        ("MCP_HOST", "a b"),
        ("MCP_PORT", "65536"),
        ("MCP_PORT", "٣"),
        ("LOG_LEVEL", "loud"),
        ("MCP_LOG_FILE", "~nobody-of-that-name/x"),
        ("PANTHER_MCP_READ_TIMEOUT", "0"),
        ("PANTHER_MCP_RETRIES", "11"),
        ("PANTHER_MCP_RETRIES", "-1"),
        ("PANTHER_MCP_MAX_CONCURRENCY", "0"),
        ("PANTHER_MCP_RATE_LIMIT", "-1"),
        ("PANTHER_MCP_RATE_LIMIT", "nan"),
        ("PANTHER_MCP_RATE_LIMIT", "fast"),
        ("PANTHER_MCP_READ_TIMEOUT", "nan"),
        ("PANTHER_MCP_CALL_TIMEOUT", "inf"),
        ("PANTHER_MCP_CALL_TIMEOUT", "1h"),
        ("PANTHER_MCP_AUDIT", "none"),
        ("PANTHER_MCP_AUDIT_LOG", "~nobody-of-that-name/x"),
        ("PANTHER_MCP_HTTP_TOKEN", "hunter2"),
        ("PANTHER_MCP_HTTP_ALLOWED_HOSTS", "*"),
    ],
)
def test_wrong_values_name_their_variable(variable, raw):
    with pytest.raises(SettingsError) as caught:
        Settings.resolve({variable: raw})
    (problem,) = caught.value.problems
    assert problem.startswith(f"{variable}: ")
    assert problem.endswith(".")
    assert "hunter2" not in str(caught.value)


def test_all_problems_come_at_once_and_flags_win():
    environment = {"MCP_PORT": "x", "LOG_LEVEL": "x", "MCP_HOST": "not read"}
    with pytest.raises(SettingsError) as caught:
        Settings.resolve(environment, Flags(transport="x", host="localhost"))
    assert str(caught.value) == (
        "panther-mcp cannot start with these settings:\n"
        "  - --transport: 'x' is no transport. Use stdio or http (also: streamable-http).\n"
        "  - MCP_PORT: 'x' is no port. Use a number from 1 to 65535 (or 0 for any free one).\n"
        "  - LOG_LEVEL: 'x' is no log level. Use DEBUG, INFO, WARNING, ERROR or CRITICAL."
    )
    settings = Settings.resolve({"MCP_PORT": "1", "LOG_LEVEL": "x"}, Flags(port=2, log_level="info"))
    assert (settings.port, settings.log_level) == (2, "INFO")


def test_a_secret_shows_itself_nowhere():
    secret = Secret("hunter2")
    settings = Settings(api_token=secret)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", repr(settings), str(settings)):
        assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != Secret("other")
    assert len({secret, Secret("hunter2")}) == 1


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", [None, "", "localhost.example", "10.0.0.1", "0.0.0.0", "127.0.0.1.example", "::"])
def test_not_loopback(host):
    assert not is_loopback(host)
