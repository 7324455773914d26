"""Logging for the process: records on stderr or in a file, never on stdout, with the API token or a credential."""

import logging
import sys
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeGuard

from panther_mcp.errors import StartupError
from panther_mcp.settings import Settings
from panther_mcp.telemetry.present import PRESENT

if TYPE_CHECKING:
    from panther_mcp.untrusted.protection import Protection

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Each of them says at INFO what our own records say already, once a request or more.
_CHATTY: Final = ("anyio", "asyncio", "fastmcp", "httpcore2", "httpx2", "mcp", "opentelemetry", "urllib3", "uvicorn")
# At DEBUG it shows the arguments of every call.
_LOGS_ARGUMENTS: Final = "fastmcp.server.mixins.mcp_operations"


def configure(settings: Settings) -> None:
    """Send all records of the process to `settings.log_file`, or to stderr, and nowhere else.

    They are lines of JSON, or plain text where `settings.log_format` says so or, with `auto`, where a person reads them
    in a terminal. Libraries stay silent below WARNING unless the level is DEBUG.

    Raises:
        StartupError: The log file cannot be opened for writing.
    """
    handler = _file_handler(settings.log_file) if settings.log_file else logging.StreamHandler()
    text = settings.log_format == "text" or (
        settings.log_format == "auto" and settings.log_file is None and sys.stderr.isatty()
    )
    handler.setFormatter(_TextFormatter(settings) if text else _JsonFormatter(settings))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    level = logging.DEBUG if settings.log_level == "DEBUG" else logging.WARNING
    logging.getLogger(_LOGS_ARGUMENTS).addFilter(_WITHOUT_VALUES)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.getLogger().level))


class _WithoutValues(logging.Filter):
    """Names the arguments of a call in place of what FastMCP would log of them: values may be secret, or anybody's."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass; of a mapping that it would show, only the keys."""
        if isinstance(record.args, tuple):
            record.args = tuple(sorted(value) if _is_arguments(value) else value for value in record.args)
        return True


def _is_arguments(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


_WITHOUT_VALUES: Final = _WithoutValues()


class _SafeFormatter(logging.Formatter):
    """Takes the API token and credentials out of what a record ends up as, traceback included: a last line of defence.

    What records quote from outside can neither steer a terminal nor hide in it.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(_FORMAT)
        self._settings = settings

    @cached_property
    def _protection(self) -> "Protection":
        # Most processes end without a record.
        from panther_mcp.untrusted.protection import Protection

        tokens = (self._settings.api_token, *self._settings.http_tokens)
        return Protection(tokens=[token.reveal() for token in tokens if token], redact=self._settings.redact_content)

    def safe(self, text: str) -> str:
        """Return the text as it may be written."""
        return self._protection.text(text)


class _TextFormatter(_SafeFormatter):
    """One record as text, with the call of a tool that it belongs to behind its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text as it may be written."""
        return self.safe(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Return the line without the traceback."""
        line = super().formatMessage(record)
        call = PRESENT.get()
        return line if call is None else f"{line} [request {call.request_id}, {call.tool}, session {call.session}]"


class _JsonFormatter(_SafeFormatter):
    """One record as one line of JSON, with the call of a tool that it belongs to.

    Texts are made safe before they are written as JSON, which would put backslashes into what is looked for.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's JSON."""
        from pydantic_core import to_json

        line: dict[str, object] = {
            "time": _iso(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": self.safe(record.getMessage()),
        }
        if (call := PRESENT.get()) is not None:
            line |= {"request_id": call.request_id, "tool": call.tool, "session": call.session}
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["exception"] = self.safe(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = self.safe(self.formatStack(record.stack_info))
        return to_json(line, fallback=lambda value: self.safe(str(value))).decode()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _file_handler(path: Path) -> logging.Handler:
    try:
        # Only its owner may read it: queries and what they are about end up in it.
        path.touch(mode=0o600)
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise StartupError(
            f"The log file {path} cannot be written: {error.strerror or error}.",
            hint="Change MCP_LOG_FILE or --log-file, or create its folder.",
        ) from error
