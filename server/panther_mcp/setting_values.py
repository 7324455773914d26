"""The value of one setting: the text of a variable or flag in, the value out; a `ValueError` says what to do."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit

from panther_mcp.secret import Secret
from panther_mcp.sql_guard.budget import Mode, bytes_of

Transport = Literal["stdio", "http"]
PermissionGating = Literal["hide", "explain", "off"]
ConfirmMode = Literal["auto", "always", "never"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LogFormat = Literal["auto", "json", "text"]

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
_LOG_FORMATS: Final[Mapping[str, LogFormat]] = {"auto": "auto", "json": "json", "text": "text"}
_CONFIRM_MODES: Final[Mapping[str, ConfirmMode]] = {"auto": "auto", "always": "always", "never": "never"}
_GATINGS: Final[Mapping[str, PermissionGating]] = {"hide": "hide", "explain": "explain", "off": "off"}
_MODES: Final[Mapping[str, Mode]] = {"enforce": "enforce", "warn": "warn", "off": "off"}
_BOOLEANS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on", "y", "t"), True),
    **dict.fromkeys(("0", "false", "no", "off", "n", "f"), False),
}
_QUOTES: Final = {('"', '"'), ("'", "'"), ("`", "`"), ("\u201c", "\u201d"), ("\u2018", "\u2019")}
_HOST: Final = re.compile(r"[A-Za-z0-9_.:\[\]%-]+")
_LONGEST_TIMEOUT: Final = 3_600.0
_MOST_RETRIES: Final = 10
_MOST_CONCURRENCY: Final = 200
_HIGHEST_RATE: Final = 10_000.0


def unwrap(raw: str) -> str:
    """Strip white space and the quotes that come along when a value is pasted."""
    text = raw.strip()
    while len(text) >= 2 and (text[0], text[-1]) in _QUOTES:
        text = text[1:-1].strip()
    return text


def token(raw: str) -> Secret:
    """Return the API token."""
    # The message must not quote the value: it is the key, or most of it.
    if not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError(
            "holds a space or a character that no Panther API token has. Paste the token alone, as Panther showed it."
        )
    return Secret(raw)


def url(raw: str) -> str:
    """Return a web address without query, fragment and trailing slash; https where no scheme is given."""
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


def boolean(raw: str) -> bool:
    """Return what the usual words for yes and no mean."""
    if (known := _BOOLEANS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is neither true nor false. Set it to true or false, or remove it.")
    return known


def transport(raw: str) -> Transport:
    """Return the transport."""
    if (known := _TRANSPORTS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no transport. Use stdio or http (also: streamable-http).")
    return known


def confirm(raw: str) -> ConfirmMode:
    """Return which changes a person confirms."""
    if (known := _CONFIRM_MODES.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no way to confirm. Use auto, always or never.")
    return known


def gating(raw: str) -> PermissionGating:
    """Return how tools that the token may not use are treated."""
    if (known := _GATINGS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no way to treat tools that the token cannot use. Use hide, explain or off.")
    return known


def log_level(raw: str) -> LogLevel:
    """Return the log level, as Python names it."""
    if (known := _LOG_LEVELS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no log level. Use DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return known


def log_format(raw: str) -> LogFormat:
    """Return the form of the log's records."""
    if (known := _LOG_FORMATS.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no format of the log. Use auto, json or text.")
    return known


def mode(raw: str) -> Mode:
    """Return the mode of the SQL guard."""
    if (known := _MODES.get(raw.lower())) is None:
        raise ValueError(f"{raw!r} is no mode. Use enforce, warn or off.")
    return known


def size(raw: str) -> int | None:
    """Return a number of bytes, as `50GB` tells it."""
    return bytes_of(raw)


def host(raw: str) -> str:
    """Return a host name or IP address, without brackets."""
    if not _HOST.fullmatch(raw):
        raise ValueError(f"{raw!r} is no host name or IP address. Use 127.0.0.1 to serve this machine only.")
    return raw.removeprefix("[").removesuffix("]")


def port(raw: str) -> int:
    """Return a port."""
    number = _whole(raw)
    if not 0 <= number <= 65_535:
        raise ValueError(f"{raw!r} is no port. Use a number from 1 to 65535 (or 0 for any free one).")
    return number


def path(raw: str) -> Path | None:
    """Return a path, `~` expanded."""
    try:
        return Path(raw).expanduser()
    except RuntimeError as unknown_home:
        raise ValueError(f"{raw!r} cannot be expanded. Give the whole path.") from unknown_home


def path_or_off(raw: str) -> Path | Literal["off"] | None:
    """Return a path, or `off`."""
    return "off" if raw.lower() == "off" else path(raw)


def names(raw: str) -> tuple[str, ...]:
    """Return the names between commas, in lower case."""
    return tuple(name for part in raw.split(",") if (name := part.strip().lower()))


def seconds(raw: str) -> float:
    """Return a duration in seconds."""
    try:
        number = float(raw)
    except ValueError:
        number = math.nan
    if not 0 < number <= _LONGEST_TIMEOUT:
        raise ValueError(f"{raw!r} is no duration. Use seconds, above 0 and at most {_LONGEST_TIMEOUT:.0f}.")
    return number


def retries(raw: str) -> int:
    """Return how often a request is repeated."""
    number = _whole(raw)
    if not 0 <= number <= _MOST_RETRIES:
        raise ValueError(f"{raw!r} is no number of retries. Use 0 (none) to {_MOST_RETRIES}.")
    return number


def concurrency(raw: str) -> int:
    """Return how many requests may be under way."""
    number = _whole(raw)
    if not 1 <= number <= _MOST_CONCURRENCY:
        raise ValueError(f"{raw!r} is no number of requests. Use 1 to {_MOST_CONCURRENCY}.")
    return number


def rate(raw: str) -> float:
    """Return a number of requests a second; 0, or `off`, is no limit."""
    try:
        number = 0.0 if raw.lower() == "off" else float(raw)
    except ValueError:
        number = math.nan
    if not (number == 0 or 0.01 <= number <= _HIGHEST_RATE):
        raise ValueError(f"{raw!r} is no rate. Use requests a second (0.01 to {_HIGHEST_RATE:.0f}), or off.")
    return number


def _whole(raw: str) -> int:
    """Return a whole number, -1 for anything else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 5 else -1
