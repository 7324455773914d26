"""What stood in for something else when a model read it, and must not be stored in its place.

A model that changes a body has read it with marks where its secrets are. Written back as it was read, the mark would
replace the secret.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from panther_mcp.errors import InvalidInput

# What is said to people about what was read: there, a mark is how a secret can be talked of.
_SAID: Final = frozenset(("comment", "prompt"))
# Marks of credentials, of our own token, of fences, and of what is left out; `[API token](...)` is a link.
_MARK: Final = re.compile(
    r"\[redacted:[\w.-]+:[0-9a-f]{6}\]|\[API token\](?!\()|\[fake fence\]|</?untrusted [0-9a-f]{16}\b"
    r"|…\[(?:\d+ (?:more|characters cut)|nested deeper)\]"
)


def check_returned(arguments: Mapping[str, Any]) -> None:
    """Raise `InvalidInput` where an argument of a tool that writes holds one of the marks that this server makes."""
    for name, value in arguments.items():
        if name in _SAID:
            continue
        for path, text in _texts(name, value):
            if found := _MARK.search(text):
                line = text.count("\n", 0, found.start()) + 1
                # A fence in an error would itself be taken out.
                mark = "the mark of a fence" if "untrusted" in found[0] else repr(found[0])
                raise InvalidInput(
                    f"{path} holds {mark} (line {line}), which this server shows in the place of something else. "
                    "Nothing was changed: it would have replaced what is really there.",
                    hint=(
                        "Leave out what you do not change. To change this text, a person has to do it in Panther, or "
                        "give what belongs there."
                    ),
                )


def _texts(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in cast("Mapping[object, object]", value).items():
            yield from _texts(f"{path}: {name}"[:200], item)
            yield path, str(name)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _texts(f"{path}[{index}]", item)
