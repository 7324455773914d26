"""What can be said of SQL that the parser does not understand: by its words alone, whether it could do more than read.

Snowflake runs a statement that begins with SELECT or WITH as a query, and a query changes something only through
what it calls. So one such statement without stages, variables, files and foreign functions reads only.
"""

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from panther_mcp.errors import BlockedByPolicy
from panther_mcp.sql_guard.functions import may_be_called_by_name
from panther_mcp.sql_guard.rules import blocked, words

# None of these has a place in a query; where one is a column's name, it can be quoted.
_ACTING = words(
    """
    ALTER BEGIN CALL COMMIT COPY CREATE DECLARE DELETE DROP EXECUTE GRANT IDENTIFIER IMMEDIATE INSERT INTO MERGE
    NEXTVAL PROCEDURE PUT REMOVE REVOKE ROLLBACK SET TRUNCATE UNDROP UNSET UPDATE USE
    """
)
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)
_STRINGS = (TokenType.STRING, TokenType.RAW_STRING, TokenType.NATIONAL_STRING, TokenType.HEX_STRING)


def check_words(tokens: Sequence[Token]) -> None:
    """Raise `BlockedByPolicy` unless the words are those of one query that only reads."""
    words = list(tokens)
    while words and words[-1].token_type == TokenType.SEMICOLON:
        words.pop()
    if any(token.token_type == TokenType.SEMICOLON for token in words):
        raise blocked("one_statement", "The SQL has more than one statement.", "Send them one by one.")
    first = next((token for token in words if token.token_type != TokenType.L_PAREN), None)
    if first is None or first.token_type not in (TokenType.SELECT, TokenType.WITH):
        raise _unproven("it does not begin with SELECT or WITH")
    for token, following in zip(words, [*words[1:], None], strict=True):
        quoted = token.token_type == TokenType.IDENTIFIER
        if token.text.upper() in _ACTING and not quoted and token.token_type not in _STRINGS:
            raise _unproven(f"it has the word {token.text.upper()}")
        if token.token_type in (TokenType.PARAMETER, TokenType.PLACEHOLDER) or token.text.startswith("@"):
            raise _unproven("it has a stage or a variable")
        called = following is not None and following.token_type == TokenType.L_PAREN
        if called and token.token_type in _NAMES and not may_be_called_by_name(token.text):
            raise _unproven(f"it calls {token.text[:100]}")


def _unproven(why: str) -> BlockedByPolicy:
    return blocked(
        "read_only",
        f"This server does not understand the SQL, and cannot be sure that it only reads: {why}.",
        "Check its syntax, or write it more simply.",
    )
