"""Raw environment variables and flags in, one frozen `Settings` out; every problem is reported at once."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit

from panther_mcp.errors import SettingsError
from panther_mcp.guard_values import Audited, allowed_hosts, audited, http_tokens
from panther_mcp.secret import Secret as Secret
from panther_mcp.sql_guard.budget import Mode, bytes_of

Transport = Literal["stdio", "http"]
PermissionGating = Literal["hide", "explain", "off"]
ConfirmMode = Literal["auto", "always", "never"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
_T = TypeVar("_T")

_TRANSPORTS: Final[Mapping[str, Transport]] = {"stdio": "stdio", "http": "http", "streamable-http": "http"}
_LOG_LEVELS: Final[Mapping[str, LogLevel]] = {
    "trace": "DEBUG",
    "debug": "DEBUG",
    "info": "INFO",
    "warn": "WARNING",
    "warning": "WARNING",
    "error": "ERROR",
    "critical": "CRITICAL",
    "fatal": "CRITICAL",
}
_CONFIRM_MODES: Final[Mapping[str, ConfirmMode]] = {"auto": "auto", "always": "always", "never": "never"}
_GATINGS: Final[Mapping[str, PermissionGating]] = {"hide": "hide", "explain": "explain", "off": "off"}
_MODES: Final[Mapping[str, Mode]] = {"enforce": "enforce", "warn": "warn", "off": "off"}
_BOOLEANS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on", "y", "t"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n", "f"), False),
}
_QUOTES: Final = {('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u2018", "\u2019")}
# What a desktop client passes on for an optional field that its user left empty.
_PLACEHOLDER: Final = re.compile(r"\$\{[^}]*\}")
_HOST: Final = re.compile(r"[A-Za-z0-9_.:\[\]%-]+")
_LONGEST_TIMEOUT: Final = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line gave, unchecked; None where a flag was absent. A flag wins over its variable."""

    instance_url: str | None = None
    transport: str | None = None
    host: str | None = None
    port: str | int | None = None
    log_level: str | None = None
    log_file: str | None = None
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
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    call_timeout: float = 300.0
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
        token = read.value("PANTHER_API_TOKEN", None, _token, None)
        settings = cls(
            instance_url=read.value("PANTHER_INSTANCE_URL", given.instance_url, _url, None, "--instance-url"),
            graphql_url=read.value("PANTHER_GQL_API_URL", None, _url, None),
            rest_url=read.value("PANTHER_REST_API_URL", None, _url, None),
            api_token=token,
            verify_tls=not read.value("PANTHER_ALLOW_INSECURE_INSTANCE", None, _boolean, False),
            transport=read.value("MCP_TRANSPORT", given.transport, _transport, "stdio", "--transport"),
            host=read.value("MCP_HOST", given.host, _host, "127.0.0.1", "--host"),
            port=read.value("MCP_PORT", given.port, _port, 3000, "--port"),
            log_file=read.value("MCP_LOG_FILE", given.log_file, _path, None, "--log-file"),
            log_level=read.value("LOG_LEVEL", given.log_level, _log_level, "WARNING", "--log-level"),
            connect_timeout=read.value("PANTHER_MCP_CONNECT_TIMEOUT", None, _seconds, 10.0),
            read_timeout=read.value("PANTHER_MCP_READ_TIMEOUT", None, _seconds, 60.0),
            call_timeout=read.value("PANTHER_MCP_CALL_TIMEOUT", None, _seconds, 300.0),
            toolsets=read.value("PANTHER_MCP_TOOLSETS", given.toolsets, _names, (), "--toolsets"),
            tools=read.value("PANTHER_MCP_TOOLS", given.tools, _names, (), "--tools"),
            exclude_tools=read.value("PANTHER_MCP_EXCLUDE_TOOLS", given.exclude_tools, _names, (), "--exclude-tools"),
            read_only=given.read_only or read.value("PANTHER_MCP_READ_ONLY", None, _boolean, False),
            confirm=read.value("PANTHER_MCP_CONFIRM", given.confirm, _confirm, "auto", "--confirm"),
            permission_gating=read.value(
                "PANTHER_MCP_PERMISSION_GATING", given.permission_gating, _gating, "hide", "--permission-gating"
            ),
            secrets_dir=read.value("PANTHER_MCP_SECRETS_DIR", None, _path, None),
            discovery=read.value("PANTHER_MCP_DISCOVERY", given.discovery, _boolean, False, "--discovery"),
            audit=read.value("PANTHER_MCP_AUDIT", given.audit, audited, "writes", "--audit"),
            audit_log=read.value("PANTHER_MCP_AUDIT_LOG", given.audit_log, _path_or_off, None, "--audit-log"),
            http_tokens=read.value("PANTHER_MCP_HTTP_TOKEN", None, http_tokens, ()),
            http_allowed_hosts=read.value("PANTHER_MCP_HTTP_ALLOWED_HOSTS", None, allowed_hosts, ()),
            redact_content=read.value(
                "PANTHER_MCP_REDACT_CONTENT", given.redact_content, _boolean, True, "--no-redact-content"
            ),
            sql_guard=read.value("PANTHER_MCP_SQL_GUARD", given.sql_guard, _mode, "enforce", "--sql-guard"),
            max_bytes=read.value("PANTHER_MCP_MAX_BYTES", given.max_bytes, _size, None, "--max-bytes"),
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
        raw = _unwrap(str(flag_value) if from_flag else self._environment.get(variable, ""))
        if not raw or _PLACEHOLDER.fullmatch(raw):
            return default
        try:
            return parse(raw)
        except ValueError as problem:
            self.problems.append(f"{flag if from_flag else variable}: {problem}")
            return default


def _unwrap(raw: str) -> str:
    """Strip white space and the quotes that come along when a value is pasted."""
    text = raw.strip()
    while len(text) >= 2 and (text[0], text[-1]) in _QUOTES:
        text = text[1:-1].strip()
    return text


def _token(raw: str) -> Secret:
    # The message must not quote the value: it is the key, or most of it.
    if not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError(
            "holds a space or a character that no Panther API token has. Paste the token alone, as Panther showed it."
        )
    return Secret(raw)


def _url(raw: str) -> str:
    # The value is not quoted either: a URL may carry a password.
    text = raw if "://" in raw else f"https://{raw}"
    try:
        parts: SplitResult = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or not _HOST.fullmatch(host):
        raise ValueError("is not a web address. Give it as https://acme.runpanther.net.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or password. Leave it out; the key belongs in PANTHER_API_TOKEN.")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _boolean(raw: str) -> bool:
    if (known := _BOOLEANS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is neither true nor false. Set it to true or false, or remove it.")
    return known


def _transport(raw: str) -> Transport:
    if (known := _TRANSPORTS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no transport. Use stdio or http (also: streamable-http).")
    return known


def _confirm(raw: str) -> ConfirmMode:
    if (known := _CONFIRM_MODES.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no way to confirm. Use auto, always or never.")
    return known


def _gating(raw: str) -> PermissionGating:
    if (known := _GATINGS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no way to treat tools that the token cannot use. Use hide, explain or off.")
    return known


def _log_level(raw: str) -> LogLevel:
    if (known := _LOG_LEVELS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no log level. Use DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return known


def _mode(raw: str) -> Mode:
    if (known := _MODES.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no mode. Use enforce, warn or off.")
    return known


def _size(raw: str) -> int | None:
    return bytes_of(raw)


def _host(raw: str) -> str:
    if not _HOST.fullmatch(raw):
        raise ValueError(f"{raw!r} is no host name or IP address. Use 127.0.0.1 to serve this machine only.")
    return raw.removeprefix("[").removesuffix("]")


def _port(raw: str) -> int:
    number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 5 else -1
    if not 0 <= number <= 65_535:
        raise ValueError(f"{raw!r} is no port. Use a number from 1 to 65535 (or 0 for any free one).")
    return number


def _path(raw: str) -> Path | None:
    try:
        return Path(raw).expanduser()
    except RuntimeError as unknown_home:
        raise ValueError(f"{raw!r} cannot be expanded. Give the whole path.") from unknown_home


def _path_or_off(raw: str) -> Path | Literal["off"] | None:
    return "off" if raw.lower() == "off" else _path(raw)


def _names(raw: str) -> tuple[str, ...]:
    return tuple(name for part in raw.split(",") if (name := part.strip().lower()))


def _seconds(raw: str) -> float:
    try:
        number = float(raw)
    except ValueError:
        number = math.nan
    if not 0 < number <= _LONGEST_TIMEOUT:
        raise ValueError(f"{raw!r} is no duration. Use seconds, above 0 and at most {_LONGEST_TIMEOUT:.0f}.")
    return number
