"""Raw environment variables and flags in, one frozen `Settings` out; every problem is reported at once."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

from panther_mcp import setting_values as values
from panther_mcp.errors import SettingsError
from panther_mcp.guard_values import Audited, allowed_hosts, audited, http_tokens
from panther_mcp.secret import Secret as Secret
from panther_mcp.setting_values import ConfirmMode as ConfirmMode
from panther_mcp.setting_values import LogFormat as LogFormat
from panther_mcp.setting_values import LogLevel as LogLevel
from panther_mcp.setting_values import PermissionGating as PermissionGating
from panther_mcp.setting_values import Transport as Transport
from panther_mcp.sql_guard.budget import Mode

_T = TypeVar("_T")
# What a desktop client passes on for an optional field that its user left empty.
_PLACEHOLDER: Final = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line gave, unchecked; None where a flag was absent. A flag wins over its variable."""

    instance_url: str | None = None
    transport: str | None = None
    host: str | None = None
    port: str | int | None = None
    log_level: str | None = None
    log_file: str | None = None
    log_format: str | None = None
    toolsets: str | None = None
    tools: str | None = None
    exclude_tools: str | None = None
    read_only: bool = False
    confirm: str | None = None
    permission_gating: str | None = None
    discovery: bool | None = None
    audit: str | None = None
    audit_log: str | None = None
    redact_content: str | None = None
    sql_guard: str | None = None
    max_bytes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the server runs with. Built once, by `resolve`, and passed in; timeouts are in seconds.

    A missing URL or token is not an error here: the server starts, and the calls that need it say what to
    set. URLs have a scheme, and neither query, fragment nor trailing slash.
    """

    instance_url: str | None = None
    graphql_url: str | None = None
    rest_url: str | None = None
    api_token: Secret | None = None
    verify_tls: bool = True
    transport: Transport = "stdio"
    host: str = "127.0.0.1"
    port: int = 3000
    log_file: Path | None = None
    log_level: LogLevel = "WARNING"
    log_format: LogFormat = "auto"
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    call_timeout: float = 300.0
    retries: int = 3
    max_concurrency: int = 32
    # Requests a second; 0 is no limit.
    rate_limit: float = 500.0
    toolsets: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    exclude_tools: tuple[str, ...] = ()
    read_only: bool = False
    confirm: ConfirmMode = "auto"
    permission_gating: PermissionGating = "hide"
    # None: below the user's state folder.
    secrets_dir: Path | None = None
    discovery: bool = False
    audit: Audited = "writes"
    # None: below the user's state folder.
    audit_log: Path | Literal["off"] | None = None
    http_tokens: tuple[Secret, ...] = ()
    http_allowed_hosts: tuple[str, ...] = ()
    redact_content: bool = True
    sql_guard: Mode = "enforce"
    max_bytes: int | None = None

    @classmethod
    def resolve(cls, environment: Mapping[str, str], flags: Flags | None = None) -> "Settings":
        """Return the settings that `environment` (as `os.environ`) and `flags` ask for.

        Raises:
            SettingsError: something is wrong; its message names each variable or flag, and what to do.
        """
        given = flags or Flags()
        read = _Reader(environment)
        token = read.value("PANTHER_API_TOKEN", None, values.token, None)
        settings = cls(
            instance_url=read.value("PANTHER_INSTANCE_URL", given.instance_url, values.url, None, "--instance-url"),
            graphql_url=read.value("PANTHER_GQL_API_URL", None, values.url, None),
            rest_url=read.value("PANTHER_REST_API_URL", None, values.url, None),
            api_token=token,
            verify_tls=not read.value("PANTHER_ALLOW_INSECURE_INSTANCE", None, values.boolean, False),
            transport=read.value("MCP_TRANSPORT", given.transport, values.transport, "stdio", "--transport"),
            host=read.value("MCP_HOST", given.host, values.host, "127.0.0.1", "--host"),
            port=read.value("MCP_PORT", given.port, values.port, 3000, "--port"),
            log_file=read.value("MCP_LOG_FILE", given.log_file, values.path, None, "--log-file"),
            log_level=read.value("LOG_LEVEL", given.log_level, values.log_level, "WARNING", "--log-level"),
            log_format=read.value(
                "PANTHER_MCP_LOG_FORMAT", given.log_format, values.log_format, "auto", "--log-format"
            ),
            connect_timeout=read.value("PANTHER_MCP_CONNECT_TIMEOUT", None, values.seconds, 10.0),
            read_timeout=read.value("PANTHER_MCP_READ_TIMEOUT", None, values.seconds, 60.0),
            call_timeout=read.value("PANTHER_MCP_CALL_TIMEOUT", None, values.seconds, 300.0),
            retries=read.value("PANTHER_MCP_RETRIES", None, values.retries, 3),
            max_concurrency=read.value("PANTHER_MCP_MAX_CONCURRENCY", None, values.concurrency, 32),
            rate_limit=read.value("PANTHER_MCP_RATE_LIMIT", None, values.rate, 500.0),
            toolsets=read.value("PANTHER_MCP_TOOLSETS", given.toolsets, values.names, (), "--toolsets"),
            tools=read.value("PANTHER_MCP_TOOLS", given.tools, values.names, (), "--tools"),
            exclude_tools=read.value(
                "PANTHER_MCP_EXCLUDE_TOOLS", given.exclude_tools, values.names, (), "--exclude-tools"
            ),
            read_only=given.read_only or read.value("PANTHER_MCP_READ_ONLY", None, values.boolean, False),
            confirm=read.value("PANTHER_MCP_CONFIRM", given.confirm, values.confirm, "auto", "--confirm"),
            permission_gating=read.value(
                "PANTHER_MCP_PERMISSION_GATING", given.permission_gating, values.gating, "hide", "--permission-gating"
            ),
            secrets_dir=read.value("PANTHER_MCP_SECRETS_DIR", None, values.path, None),
            discovery=read.value("PANTHER_MCP_DISCOVERY", given.discovery, values.boolean, False, "--discovery"),
            audit=read.value("PANTHER_MCP_AUDIT", given.audit, audited, "writes", "--audit"),
            audit_log=read.value("PANTHER_MCP_AUDIT_LOG", given.audit_log, values.path_or_off, None, "--audit-log"),
            http_tokens=read.value("PANTHER_MCP_HTTP_TOKEN", None, http_tokens, ()),
            http_allowed_hosts=read.value("PANTHER_MCP_HTTP_ALLOWED_HOSTS", None, allowed_hosts, ()),
            redact_content=read.value(
                "PANTHER_MCP_REDACT_CONTENT", given.redact_content, values.boolean, True, "--no-redact-content"
            ),
            sql_guard=read.value("PANTHER_MCP_SQL_GUARD", given.sql_guard, values.mode, "enforce", "--sql-guard"),
            max_bytes=read.value("PANTHER_MCP_MAX_BYTES", given.max_bytes, values.size, None, "--max-bytes"),
        )
        if read.problems:
            raise SettingsError(read.problems)
        return settings


def is_loopback(host: str | None) -> bool:
    """Say whether `host` (a name or an IP address, without brackets or port) can only be this machine."""
    if not host:
        return False
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False  # a name that has to be resolved


class _Reader:
    """Takes raw values from flags and the environment, and keeps the problems it meets."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def value(
        self,
        variable: str,
        flag_value: str | int | bool | None,
        parse: Callable[[str], _T],
        default: _T,
        flag: str | None = None,
    ) -> _T:
        """Return what `parse` makes of the flag, else of the variable; `default` if neither is usable."""
        from_flag = flag is not None and flag_value is not None
        raw = values.unwrap(str(flag_value) if from_flag else self._environment.get(variable, ""))
        if not raw or _PLACEHOLDER.fullmatch(raw):
            return default
        try:
            return parse(raw)
        except ValueError as problem:
            self.problems.append(f"{flag if from_flag else variable}: {problem}")
            return default
