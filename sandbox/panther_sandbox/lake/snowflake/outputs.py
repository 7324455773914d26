"""Output columns without a name: Snowflake calls each by its own text."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake
from sqlglot.tokenizer_core import Token, TokenType

_OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)
_AFTER_OUTPUTS = (
    TokenType.FROM,
    TokenType.WHERE,
    TokenType.GROUP_BY,
    TokenType.HAVING,
    TokenType.QUALIFY,
    TokenType.ORDER_BY,
    TokenType.LIMIT,
    TokenType.UNION,
    TokenType.EXCEPT,
    TokenType.INTERSECT,
    TokenType.SEMICOLON,
)


def name_outputs(statement: exp.Query, sql: str) -> None:
    """Give each unnamed output column of a query its text in lower case; `sql` is what the query was parsed from."""
    select: exp.Expr = statement
    while not isinstance(select, exp.Select):
        select = select.this
    outputs = list(select.expressions)
    texts = _output_texts(sql)
    for number, output in enumerate(outputs):
        if isinstance(output, exp.Column | exp.Alias | exp.Star) or output.is_star:
            continue
        text = texts[number] if len(texts) == len(outputs) else output.sql(dialect="snowflake")
        output.replace(exp.alias_(output.copy(), text.lower(), quoted=True))


def _output_texts(sql: str) -> list[str]:
    """Return the texts between the first SELECT outside parentheses and what follows its outputs."""
    tokens = Snowflake().tokenize(sql)
    first = _first_output(tokens)
    texts: list[str] = []
    depth = 0
    start = index = first
    while index < len(tokens):
        token = tokens[index]
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        ends = depth == 0 and token.token_type in _AFTER_OUTPUTS
        if ends or (depth == 0 and token.token_type == TokenType.COMMA):
            texts.append(_between(sql, tokens, start, index))
            start = index + 1
        if ends:
            return texts
        index += 1
    texts.append(_between(sql, tokens, start, len(tokens)))
    return texts


def _first_output(tokens: Sequence[Token]) -> int:
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth == 0 and token.token_type == TokenType.SELECT:
            skips = index + 1 < len(tokens) and tokens[index + 1].token_type in (TokenType.DISTINCT, TokenType.ALL)
            return index + 2 if skips else index + 1
    return len(tokens)


def _between(sql: str, tokens: Sequence[Token], start: int, end: int) -> str:
    return sql[tokens[start].start : tokens[end - 1].end + 1] if start < end else ""
