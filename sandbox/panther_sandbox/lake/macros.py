"""Panther's time macros, expanded on tokens before parsing: `p_occurs_since(90m)` is no SQL that a parser knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlglot.dialects.snowflake import Snowflake
from sqlglot.tokenizer_core import Token, TokenType

from panther_sandbox.clock import lake_time, parse_time
from panther_sandbox.errors import QueryRejectedError

_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 604_800),
}
_DURATION = re.compile(r"\s*(\d+)\s*([a-zA-Z]*)\s*")

# Macro -> how many arguments it needs before the optional alias and column.
_MACROS = {
    "p_occurs_since": 1,
    "p_occurs_between": 2,
    "p_occurs_around": 2,
    "p_occurs_after": 1,
    "p_occurs_before": 1,
}


def expand_macros(sql: str, now: datetime) -> str:
    """Replace every time macro in the SQL with its condition; the rest of the text stays as it is."""
    tokens = Snowflake().tokenize(sql)
    parts: list[str] = []
    copied = position = 0
    while position < len(tokens) - 1:
        token, following = tokens[position], tokens[position + 1]
        name = token.text.lower()
        calls_macro = token.token_type == TokenType.VAR and following.token_type == TokenType.L_PAREN
        if calls_macro and name.startswith("p_occurs_"):
            arguments, closing = _read_arguments(sql, tokens, position + 1, name)
            parts += [sql[copied : token.start], _condition(name, arguments, now)]
            copied = tokens[closing].end + 1
            position = closing
        position += 1
    parts.append(sql[copied:])
    return "".join(parts)


def parse_duration(text: str) -> int:
    """Return the seconds in `'1 d'`, `90m`, `3 weeks` or `3600`."""
    match = _DURATION.fullmatch(_unquote(text))
    unit = _SECONDS.get(match.group(2).lower()) if match else None
    if match is None or unit is None:
        raise QueryRejectedError(f"invalid time offset: {text}")
    return int(match.group(1)) * unit


def _read_arguments(sql: str, tokens: Sequence[Token], opening: int, name: str) -> tuple[list[str], int]:
    """Return the texts between the parentheses, cut at the outer commas, and where the closing one is."""
    depth = 0
    start = tokens[opening].end + 1
    arguments: list[str] = []
    for index in range(opening, len(tokens)):
        token = tokens[index]
        if token.token_type == TokenType.L_PAREN:
            depth += 1
        elif token.token_type == TokenType.R_PAREN:
            depth -= 1
        if (token.token_type == TokenType.COMMA and depth == 1) or depth == 0:
            arguments.append(sql[start : token.start].strip())
            start = token.end + 1
        if depth == 0:
            return arguments, index
    raise QueryRejectedError(f"SQL compilation error:\nthe call of {name} is not closed")


def _condition(name: str, arguments: list[str], now: datetime) -> str:
    needed = _MACROS.get(name)
    if needed is None:
        raise QueryRejectedError(f"SQL compilation error:\nUnknown function {name.upper()}")
    if not needed <= len(arguments) <= needed + 2 or not all(arguments[:needed]):
        raise QueryRejectedError(f"{name} takes {needed} argument(s), then optionally a table alias and a column")
    column = _column(arguments[needed:])
    first = arguments[0]
    if name == "p_occurs_since":
        return f"({column} >= {_literal(now)} - INTERVAL '{parse_duration(first)} seconds')"
    if name == "p_occurs_after":
        return f"({column} >= {_moment(first)})"
    if name == "p_occurs_before":
        return f"({column} <= {_moment(first)})"
    if name == "p_occurs_between":
        return f"({column} >= {_moment(first)} AND {column} <= {_moment(arguments[1])})"
    margin = f"INTERVAL '{parse_duration(arguments[1])} seconds'"
    middle = _moment(first)
    return f"({column} >= {middle} - {margin} AND {column} <= {middle} + {margin})"


def _column(optional: list[str]) -> str:
    alias, column = (*optional, "", "")[:2]
    column = column or "p_event_time"
    return f"{alias}.{column}" if alias else column


def _moment(text: str) -> str:
    if not text.startswith("'"):
        return f"({text})"
    try:
        return _literal(parse_time(_unquote(text)))
    except ValueError:
        raise QueryRejectedError(f"Timestamp {text} is not recognized") from None


def _literal(moment: datetime) -> str:
    return f"'{lake_time(moment)}'::TIMESTAMP_NTZ"


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
