"""From text to a syntax tree: the one place that calls the parser."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.sql_guard.lexing import Lexed, position
from panther_mcp.sql_guard.macros import Macro, without_macros

# It would write whole statements into the log, as warnings.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_STRINGS = (
    TokenType.STRING,
    TokenType.RAW_STRING,
    TokenType.NATIONAL_STRING,
    TokenType.HEX_STRING,
    TokenType.IDENTIFIER,
)
# 0x1F is written without quotes.
_MAYBE_UNQUOTED = (TokenType.HEX_STRING,)


class UnreadableError(Exception):
    """The parser does not understand the SQL; Snowflake might. `error` is what to tell of it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.error = InvalidInput(message, hint="Check it there. It has to be one SELECT in Snowflake's SQL.")


@dataclass(frozen=True, slots=True)
class Read:
    """SQL as the parser understands it: its statements, the macros in them by the name they got, its tokens."""

    lexed: Lexed
    statements: Sequence[exp.Expr]
    macros: Mapping[str, Macro]
    tokens: Sequence[Token]


def tokens_of(text: Lexed) -> list[Token]:
    """Return the tokens of the SQL. Raises `UnreadableError` where the parser cuts it differently than Snowflake."""
    try:
        tokens = Snowflake().tokenize(text.code)
    except SqlglotError as error:
        raise UnreadableError("The SQL cannot be cut into words and strings.") from error
    spans = {end: start for start, end in text.quoted}
    for token in tokens:
        if token.token_type in _STRINGS:
            start = spans.pop(token.end + 1, None)
            # N'...' and x'...' have a letter before.
            fits = start is not None and token.start in (start, start - 1)
            if not fits and not (start is None and token.token_type in _MAYBE_UNQUOTED):
                raise _differently(text, token.start)
    if spans:
        raise _differently(text, min(spans.values()))
    return tokens


def read(text: Lexed) -> Read:
    """Return what the SQL says.

    Raises `UnreadableError`, with the place, where the parser finds no sense in it, and `InvalidInput` where it
    is too deeply nested.
    """
    tokens = tokens_of(text)
    code, macros = without_macros(text.sql, text.code, tokens)
    try:
        parsed = sqlglot.parse(code, read="snowflake")
    except ParseError as error:
        raise _syntax(error) from error
    except SqlglotError as error:
        raise UnreadableError("The SQL cannot be cut into words and strings.") from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # The parser stumbles over some texts instead of saying what is wrong with them.
        raise UnreadableError("The SQL has a syntax error.") from error
    except RecursionError as error:
        raise InvalidInput("The SQL is nested too deeply.", hint="Split it with WITH.") from error
    statements = [one for one in parsed if one is not None and not isinstance(one, exp.Semicolon)]
    return Read(text, statements, macros, tokens)


def place(read_sql: Read, node: exp.Expr) -> str:
    """Return where `node` stands, or an empty text where the parser does not say."""
    for found in node.find_all(exp.Identifier):
        start = found.meta.get("start")
        if isinstance(start, int):
            return position(read_sql.lexed.sql, start)
    return ""


def _differently(text: Lexed, at: int) -> UnreadableError:
    return UnreadableError(f"The SQL's strings cannot be told apart at {position(text.sql, at)}.")


def _syntax(error: ParseError) -> UnreadableError:
    first = error.errors[0] if error.errors else {}
    near = str(first.get("highlight") or "")
    line, column = int(first.get("line") or 1), int(first.get("col") or 1)
    where = f"line {line}, column {max(1, column - len(near) + 1)}"
    shown = f", near {bounded(near, 60)!r}" if near else ""
    return UnreadableError(f"The SQL has a syntax error at {where}{shown}.")
