"""Logging for the process: plain records on stderr or in a file, never on stdout or with the API token."""

import logging
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeGuard

from panther_mcp.errors import StartupError
from panther_mcp.settings import Settings

if TYPE_CHECKING:
    from panther_mcp.untrusted.protection import Protection

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Each of them says at INFO what our own records say already, once a request or more.
_CHATTY: Final = ("anyio", "asyncio", "fastmcp", "httpcore2", "httpx2", "mcp", "uvicorn")
# At DEBUG it shows the arguments of every call.
_LOGS_ARGUMENTS: Final = "fastmcp.server.mixins.mcp_operations"


def configure(settings: Settings) -> None:
    """Send all records of the process to `settings.log_file`, or to stderr, and nowhere else.

    Libraries stay silent below WARNING unless the level is DEBUG.

    Raises:
        StartupError: The log file cannot be opened for writing.
    """
    handler = _file_handler(settings.log_file) if settings.log_file else logging.StreamHandler()
    handler.setFormatter(_SafeFormatter(settings))
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

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text as it may be written."""
        return self._protection.text(super().format(record))


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
