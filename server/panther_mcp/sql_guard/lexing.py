"""How Snowflake cuts SQL into strings, quoted names, comments and code, independent of any parser.

A parser that ends a comment or a string elsewhere than Snowflake would check another statement than the one that
runs. So comments are cut out here, by Snowflake's rules, and the parser's strings are compared with these.
"""

import re
import unicodedata
from dataclasses import dataclass

from panther_mcp.errors import InvalidInput
from panther_mcp.sql_guard.rules import blocked

MOST_CHARACTERS = 500_000

_PARTS = re.compile(
    r"""(?P<line>(?:--|//)[^\n]*+)
      | (?P<block>/\*.*?\*/)
      | (?P<raw>\$\$.*?\$\$)
      | (?P<string>'(?:[^'\\]|\\.|'')*+')
      | (?P<name>"(?:[^"]|"")*+")
      | (?P<open>/\*|\$\$|'|")""",
    re.DOTALL | re.VERBOSE,
)
_OPEN = {"/*": "comment", "$$": "$$ string", "'": "string", '"': "quoted name"}
# Panther renders templates before anything else reads the SQL, inside strings and comments too.
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\#.*?\#\}", re.DOTALL)
_FIRST_WORD = re.compile(r"[\s(;]*([A-Za-z]+)")
_NOT_LINE_BREAK = re.compile(r"[^\n]")
# Characters that some reader might take for the end of a line, and with it of a comment; NUL ends a text for some.
_DOUBTFUL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]|\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Lexed:
    """SQL without its comments: `code` is as long as the SQL, comments are blanks in it.

    `quoted` has where each string and each quoted name begins and ends.
    """

    sql: str
    code: str
    quoted: tuple[tuple[int, int], ...]

    @property
    def first_word(self) -> str:
        """The word that it begins with, in upper case; empty where it begins with something else."""
        found = _FIRST_WORD.match(self.code)
        return found[1].upper() if found else ""


def lexed(sql: str) -> Lexed:
    """Return `sql` without comments.

    Raises `InvalidInput` for what Snowflake cannot read, and `BlockedByPolicy` for templates, whose outcome
    nobody can check here.
    """
    if len(sql) > MOST_CHARACTERS:
        raise InvalidInput(
            f"The SQL has {len(sql):,} characters; {MOST_CHARACTERS:,} are the most.", hint="Shorten its lists."
        )
    if template := _TEMPLATE.search(sql):
        raise blocked(
            "template",
            f"The SQL has a template at {position(sql, template.start())}.",
            "Write the SQL that it stands for. In a string, part the braces: '{' || '{'.",
        )
    pieces: list[str] = []
    quoted: list[tuple[int, int]] = []
    at = 0
    for part in _PARTS.finditer(sql):
        pieces.append(_code(sql, at, part.start()))
        at = part.end()
        if part["open"]:
            raise InvalidInput(
                f"The {_OPEN[part['open']]} that begins at {position(sql, part.start())} does not end.",
                hint="Close it. A ' within a string is written ''.",
            )
        if part["line"] or part["block"]:
            _refuse_doubtful(sql, part.start(), part.group())
            pieces.append(_NOT_LINE_BREAK.sub(" ", part.group()))
        else:
            if "\0" in part.group():
                raise _strange(sql, part.start() + part.group().index("\0"))
            pieces.append(part.group())
            quoted.append(part.span())
    pieces.append(_code(sql, at, len(sql)))
    return Lexed(sql, "".join(pieces), tuple(quoted))


def position(sql: str, at: int) -> str:
    """Return where the character number `at` is, as a person counts: `line 2, column 7`."""
    line = sql.count("\n", 0, at) + 1
    column = at - (sql.rfind("\n", 0, at) + 1) + 1
    return f"line {line}, column {column}"


def _code(sql: str, start: int, end: int) -> str:
    text = sql[start:end]
    if not text.isascii():
        for offset, character in enumerate(text):
            if not character.isascii() and not _in_a_name(character):
                raise _strange(sql, start + offset)
    _refuse_doubtful(sql, start, text)
    return text


def _in_a_name(character: str) -> bool:
    # Letters that another reader might take for others, such as fullwidth ones, have a normal form.
    return character.isalnum() and unicodedata.normalize("NFKC", character) == character


def _refuse_doubtful(sql: str, start: int, text: str) -> None:
    if found := _DOUBTFUL.search(text):
        raise _strange(sql, start + found.start())


def _strange(sql: str, at: int) -> InvalidInput:
    character = sql[at]
    name = unicodedata.name(character, "a control character")
    return InvalidInput(
        f"The SQL has the character U+{ord(character):04X} ({name}) at {position(sql, at)}.",
        hint="Outside of strings, write plain spaces, quotes and letters.",
    )
