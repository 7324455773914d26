"""Panther's time macros, made readable for a parser: `p_occurs_since(90m, , p_parse_time)` is no SQL.

They are found among the tokens, so that one in a string or a comment is only text. Each becomes a call of a
function with a name that nobody could have guessed, of the same length, so that positions stay what they are.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from panther_mcp.errors import InvalidInput
from panther_mcp.sql_guard.lexing import position

# Macro -> how many arguments it takes before the optional alias and column.
_NEEDED = {
    "p_occurs_since": 1,
    "p_occurs_between": 2,
    "p_occurs_around": 2,
    "p_occurs_after": 1,
    "p_occurs_before": 1,
}
_DURATIONS = {"p_occurs_since": 0, "p_occurs_around": 1}
_DURATION = re.compile(r"'?\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*'?")
_NAME = re.compile(r'[A-Za-z_][\w$]*|"(?:[^"]|"")+"')
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_NOT_LINE_BREAK = re.compile(r"[^\n]")
_HINT = "Write it as p_occurs_since('1 d'), p_occurs_since('1 d', alias) or p_occurs_between('start', 'end')."


@dataclass(frozen=True, slots=True)
class Macro:
    """A call of a macro: `alias` and `column` are empty where it names none.

    `seconds` is how far p_occurs_since reaches back and p_occurs_around to each side; None where it is not known.
    """

    name: str
    alias: str
    column: str
    seconds: float | None


def without_macros(sql: str, code: str, tokens: Sequence[Token]) -> tuple[str, Mapping[str, Macro]]:
    """Return `code` with each macro as a call of an ordinary function, and what each of these functions means.

    Only the moments among a macro's arguments stay, which may be any expression. Raises `InvalidInput` for a
    macro whose arguments nobody can read.
    """
    if not any(_is_macro(tokens, index) for index in range(len(tokens) - 1)):
        return code, {}
    prefix = _prefix(code)
    text = list(code)
    found: dict[str, Macro] = {}
    for index in range(len(tokens) - 1):
        if _is_macro(tokens, index):
            token = tokens[index]
            spans = _arguments(sql, tokens, index)
            name = token.text.lower()
            found_as = f"{prefix}{len(found):0{len(name) - len(prefix)}d}"
            found[found_as] = _macro(sql, code, token, spans)
            text[token.start : token.end + 1] = found_as
            _keep_moments(text, name, spans)
    return "".join(text), found


def _is_macro(tokens: Sequence[Token], index: int) -> bool:
    return (
        tokens[index].token_type == TokenType.VAR
        and tokens[index].text.lower() in _NEEDED
        and tokens[index + 1].token_type == TokenType.L_PAREN
        # x.p_occurs_since(...) is somebody's function.
        and (index == 0 or tokens[index - 1].token_type != TokenType.DOT)
    )


def _prefix(code: str) -> str:
    while (prefix := f"_{secrets.token_hex(4)}") in code:
        pass
    return prefix


def _arguments(sql: str, tokens: Sequence[Token], index: int) -> list[tuple[int, int]]:
    """Return where each argument begins and ends: the text between the parentheses, cut at the outer commas."""
    depth = 0
    start = tokens[index + 1].end + 1
    spans: list[tuple[int, int]] = []
    for token in tokens[index + 1 :]:
        depth += token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
        depth -= token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)
        if depth == 0 or (depth == 1 and token.token_type == TokenType.COMMA):
            spans.append((start, token.start))
            start = token.end + 1
        if depth == 0:
            return spans
    raise _unreadable(sql, tokens[index], "is not closed")


def _macro(sql: str, code: str, token: Token, spans: Sequence[tuple[int, int]]) -> Macro:
    name = token.text.lower()
    needed = _NEEDED[name]
    texts = [code[start:end].strip() for start, end in spans]
    if not needed <= len(texts) <= needed + 2 or not all(texts[:needed]):
        raise _unreadable(sql, token, f"takes {needed} argument(s), then optionally a table's alias and a column")
    alias, column = (*texts[needed:], "", "")[:2]
    if any(text and not _NAME.fullmatch(text) for text in (alias, column)):
        raise _unreadable(sql, token, "takes a table's alias and a column's name as its last arguments")
    seconds = None
    if name in _DURATIONS:
        duration = _DURATION.fullmatch(texts[_DURATIONS[name]])
        if duration is None:
            raise _unreadable(sql, token, "takes a duration such as '7 d'")
        unit = _SECONDS.get(duration[2].lower()[:1])
        # "mo" might be months: what is not surely known is not judged.
        known = unit is not None and not duration[2].lower().startswith("mo")
        seconds = float(duration[1]) * unit if known and unit is not None else None
    return Macro(name, alias, column, seconds)


def _keep_moments(text: list[str], name: str, spans: Sequence[tuple[int, int]]) -> None:
    kept = [at for at in range(_NEEDED[name]) if at != _DURATIONS.get(name)]
    for number, (start, end) in enumerate(spans):
        if number not in kept:
            text[start:end] = _NOT_LINE_BREAK.sub(" ", "".join(text[start:end]))
        # The comma behind an argument stays only between two that stay.
        if number + 1 < len(spans) and not (number in kept and number + 1 in kept):
            text[end] = " "


def _unreadable(sql: str, token: Token, problem: str) -> InvalidInput:
    return InvalidInput(f"{token.text} at {position(sql, token.start)} {problem}.", hint=_HINT)
