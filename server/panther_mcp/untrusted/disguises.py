"""The other readings of a text: what it says once it is decoded, or its letters are taken for what they look like."""

import binascii
import html
import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import unquote_plus

# Words of which a text to a model has at least one. Encoded, they are how an encoded text is noticed.
_WORDS: Final = (
    "ignore",
    "instruction",
    "disregard",
    "previous",
    "system prompt",
    "assistant",
    "you are now",
    "forget",
)
_LONGEST_DECODED: Final = 100_000
_MOST: Final = 40
_LOOK_ALIKES: Final = str.maketrans(
    "авекмнорстухіјѕԁɡһԛԝαβγεηικνορτυχωɩոսցօ",
    "abekmhopctyxijsdghqwabyenikvoptuxwinugo",
)
# Letters of two alphabets side by side, letters in other clothes, and marks upon letters.
ODD_LETTERS: Final = (
    r"[a-z][\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][a-z]|[\u0300-\u036f]|"
    r"(?-i:[\u2100-\u214f])|[\u2460-\u24ff\uff21-\uff5a\u{1d400}-\u{1d7ff}\u{1f110}-\u{1f189}]"
)
_ESCAPED: Final = r"(?:%[2-7][0-9a-f]){6}|(?:&#x?[0-9a-f]{2,5};){4}|(?:\\u00[2-7][0-9a-f]){4}|(?:\\x[2-7][0-9a-f]){4}"
# The word "ignore" or "instructions" with something between its letters.
_BETWEEN: Final = r"[\s._*|-]{1,3}"
_SPACED: Final = "|".join(_BETWEEN.join(word) for word in ("ignore", "instru", "disreg"))
_ROT13: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)
_TAG: Final = 0xE0000
_SELECTORS: Final = (0xFE00, 0xE0100)
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{3,}")
# Runs that no script has a use for, and what turns the direction of letters around.
_SMUGGLING: Final = re.compile(
    "[\U000e0000-\U000e0fff]{3}|[\ufe00-\ufe0f]{3}|[\u200b-\u200d\u2060-\u2064\ufeff\u3164\u180e]{4}|[\u202d\u202e]"
)
_SURELY_FLAG: Final = "\U0001f3f4"


def _in_base64(word: str) -> Iterator[str]:
    """Yield what every text in Base64 holds that holds `word`, in lower, upper or title case."""
    for spelling in (word, word.capitalize(), word.upper()):
        yield from _encoded(spelling)


def _encoded(text: str) -> Iterator[str]:
    """Yield what the Base64 of a longer text holds that holds `text`, for each of the places where it can begin."""
    for shift in range(3):
        encoded = b64encode(b"\0" * shift + text.encode()).decode().rstrip("=")
        # The characters at both ends depend on what stands beside.
        yield encoded[(0, 2, 3)[shift] : -1 if (shift + len(text)) % 3 else None]


def signs() -> tuple[str, ...]:
    """Return patterns, for `matching`, of which one matches every text that has another reading.

    They are those of ASCII texts; of others it is `ODD_LETTERS` beside them.
    """
    return (
        _ESCAPED,
        _SPACED,
        "|".join(re.escape(sign) for word in _WORDS for sign in _in_base64(word)),
        "|".join(re.escape(sign) for word in _WORDS[:2] for inner in _in_base64(word) for sign in _encoded(inner)),
        "|".join(word.encode().hex() for word in _WORDS),
        "|".join(word.translate(_ROT13) for word in ("ignore ", "instruction", "disregard")),
        "|".join(word[::-1] for word in ("instructions", " ignore", "disregard")),
    )


@cache
def _runs() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(r"[A-Za-z0-9+/_-]{16,100000}"),
        re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}){8,50000}"),
        re.compile(r"\\u00([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})"),
    )


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(r"(?<=\b\w)[\s._*|-](?=\w\b)")


def readings(text: str) -> Iterator[str]:
    """Yield what `text` says once decoded or unmasked; nothing where that is what it says anyway."""
    base64_run, hex_run, escape = _runs()
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text)
        yield folded
        bare = "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
        yield bare.lower().translate(_LOOK_ALIKES)
    if "%" in text:
        yield unquote_plus(text[:_LONGEST_DECODED])
    if "&#" in text:
        yield html.unescape(text[:_LONGEST_DECODED])
    if "\\" in text:
        yield escape.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    yield _joined().sub("", text[:_LONGEST_DECODED])
    yield text.translate(_ROT13)
    yield text[:_LONGEST_DECODED][::-1]
    for found in list(base64_run.finditer(text))[:_MOST]:
        yield from _decoded(found[0])
    for found in list(hex_run.finditer(text))[:_MOST]:
        yield from _printable(binascii.unhexlify(found[0][:_LONGEST_DECODED]))


def _decoded(run: str) -> Iterator[str]:
    plain = run[:_LONGEST_DECODED].translate(str.maketrans("-_", "+/"))
    try:
        yield from _printable(b64decode(plain[: len(plain) // 4 * 4]))
    except binascii.Error:
        return


def _printable(decoded: bytes) -> Iterator[str]:
    text = decoded.decode("utf-8", "ignore")
    if len(text) > len(decoded) // 2:
        yield text


def smuggled(text: str) -> tuple[bool, str]:
    """Say whether the invisible characters of `text` may carry a message, and return it where it is spelt in tags."""
    if text.isascii():
        return False, ""
    tags = "".join(chr(ord(letter) - _TAG) for run in _TAGS.findall(text) for letter in run)
    # Three flags are written with tags: England's, Scotland's and Wales's.
    flags = text.count(_SURELY_FLAG)
    return _SMUGGLING.search(text) is not None and not (flags and len(tags) <= 6 * flags), tags
