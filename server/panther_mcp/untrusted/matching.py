"""Yes or no, and fast: does a text match one of many patterns? In linear time, whatever the text."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from pydantic_core import SchemaValidator, core_schema

Matches = Callable[[str], bool]

_ESCAPE_OR_CLASS: Final = re.compile(r"\\[\s\S]|\[(?:\\[\s\S]|[^\]])*\]")
_ASCII: Final = {r"\b": r"(?-u:\b)", r"\w": "[0-9A-Za-z_]", r"\d": "[0-9]", r"\s": r"[ \t-\r]"}
_IN_CLASS: Final = {r"\w": "0-9A-Za-z_", r"\d": "0-9", r"\s": r" \t-\r"}


def matcher(patterns: Iterable[str]) -> Matches:
    """Return what says whether a text matches one of `patterns`; case does not count.

    The engine is Rust's, by way of pydantic: two orders of magnitude faster than `re` for many alternatives, and
    never worse than linear, which matters where an attacker writes the text. It knows no look-around. `\\b`, `\\d`,
    `\\s` and `\\w` are those of ASCII: the tables of Unicode would cost more than the patterns.
    """
    joined = "|".join(f"(?:{_ESCAPE_OR_CLASS.sub(_in_ascii, pattern)})" for pattern in patterns)
    schema = core_schema.str_schema(pattern=f"(?is){joined}", regex_engine="rust-regex")
    return SchemaValidator(schema).isinstance_python


def _in_ascii(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("["):
        return re.sub(r"\\[\s\S]", lambda escape: _IN_CLASS.get(escape[0], escape[0]), text)
    return _ASCII.get(text, text)
