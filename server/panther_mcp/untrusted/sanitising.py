"""Take out of a text what a reader cannot see, what steers a terminal, and what looks like a fence of ours."""

import re
from functools import cache
from typing import Final

# A value that is longer loses its end. More than a whole result may have: nothing that would be shown gets lost.
LONGEST: Final = 50_000
LONGEST_NAME: Final = 256
# What tells of a cut stands behind it, and is not to be cut the next time.
_NOT_WORTH_A_CUT: Final = 32
FAKE_FENCE: Final = "[fake fence]"

# As the inside of a character class, for `re` and for the engine of `matching` alike.
_CONTROLS: Final = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"
# All that has no width, no ink or another direction: soft hyphen, joiners, Hangul and Khmer fillers, marks and
# overrides of direction, separators of lines, invisible operators, variation selectors, interlinear notes, musical
# and shorthand controls, the blank Braille pattern, non-characters, and the whole plane of tags.
_RANGES: Final = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFDD0, 0xFDEF)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF)),
    *((0x13430, 0x13455), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_INVISIBLE: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES)
# Half of a pair that JSON in UTF-8 cannot hold.
_SURROGATES: Final = "\ud800-\udfff"
_LESS: Final = "<\uff1c\ufe64\u2039\u27e8\u3008\u2329\u276e\u2770"
_FENCE: Final = rf"[{_LESS}]\s{{0,9}}[/\uff0f\u2044\u2215\\]?\s{{0,9}}untrusted\b"
# What `sanitised` may change; a text that does not match stays as it is (but for its length).
CHANGES: Final = (f"[\\r{_CONTROLS}{_INVISIBLE}]", _FENCE)
# Of these, what has no business in any text, whoever wrote it.
HARM: Final = (f"[{_CONTROLS}{_INVISIBLE}]", _FENCE)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    return (
        # A whole sequence that colours or moves; of one that carries text only its beginning: text is evidence.
        re.compile(r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]|(?:\x1b\]|\x9d)\d{0,4};?|\x1b[ -/]{0,4}[0-OQ-WYZ`-~]"),
        re.compile("\r\n?|[\x85\u2028\u2029]"),
        re.compile(f"[{_CONTROLS}{_INVISIBLE}{_SURROGATES}]+"),
        re.compile(f"{_FENCE}[^>\uff1e\n]{{0,120}}[>\uff1e]?", re.IGNORECASE),
    )


def sanitised(text: str, longest: int = LONGEST) -> str:
    """Return what a person who looks at `text` sees of it, at most about `longest` characters.

    Line breaks and tabs stay. A fake fence is replaced by a mark.
    """
    return shortened(visible(text), longest)


def visible(text: str) -> str:
    """Return `text` without terminal escapes, control and invisible characters, and fake fences."""
    escapes, breaks, unseen, fences = _patterns()
    if "\x1b" in text or not text.isascii():
        text = escapes.sub("", text)
    text = breaks.sub("\n", text)
    return fences.sub(FAKE_FENCE, unseen.sub("", text))


def shortened(text: str, longest: int, unread: int = 0) -> str:
    """Return `text`, or its beginning and how much is left out; `unread` characters have been left out before."""
    left = len(text) - longest + unread if len(text) > longest else unread
    return f"{text[:longest]}…[{left} more]" if left > _NOT_WORTH_A_CUT else text
