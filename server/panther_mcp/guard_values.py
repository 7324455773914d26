"""Values of the settings that guard the server: who may use it over HTTP, and what is audited."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from panther_mcp.secret import Secret

Audited = Literal["writes", "all"]

_AUDITED: Final[Mapping[str, Audited]] = {"writes": "writes", "all": "all"}
_SHORTEST_TOKEN: Final = 32
_FEWEST_CHARACTERS: Final = 8
_ALLOWED_HOST: Final = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]+|\[[0-9a-f:.]+\]")


def audited(raw: str) -> Audited:
    """Return what is to be audited. This and the other functions raise `ValueError` for what is none."""
    if raw.lower() not in _AUDITED:
        raise ValueError(f"{raw!r} is not known. Use writes or all; PANTHER_MCP_AUDIT_LOG=off turns the log off.")
    return _AUDITED[raw.lower()]


def http_tokens(raw: str) -> tuple[Secret, ...]:
    """Return the tokens that HTTP clients may send, of which any is as good; commas stand between them."""
    # The message must not quote the values.
    tokens = [part.strip() for part in raw.split(",") if part.strip()]
    for token in tokens:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("holds a space or a character that cannot stand in a header. Separate tokens by commas.")
        if len(token) < _SHORTEST_TOKEN or len(set(token)) < _FEWEST_CHARACTERS:
            raise ValueError(
                f"can be guessed. Make random tokens of at least {_SHORTEST_TOKEN} characters, as with "
                "`openssl rand -hex 32`."
            )
    return tuple(Secret(token) for token in tokens)


def allowed_hosts(raw: str) -> tuple[str, ...]:
    """Return the names under which HTTP clients may reach the server; `*.` stands for any name before the rest."""
    hosts = tuple(name for part in raw.split(",") if (name := part.strip().lower()))
    for host in hosts:
        if not _ALLOWED_HOST.fullmatch(host):
            raise ValueError(f"{host!r} is no host name. Give names without scheme and port, such as mcp.example.com.")
    return hosts
