"""What a text does that evidence has no reason to do: give orders to the model that reads it, or hide that."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from panther_mcp.untrusted import disguises, phrases
from panther_mcp.untrusted.matching import Matches, matcher
from panther_mcp.untrusted.sanitising import FAKE_FENCE

# How many layers of encoding are taken off.
_LAYERS = 2


class Suspicions:
    """Finds the kinds of suspicion that a text raises; `tools` are the names of this server's tools."""

    def __init__(self, tools: Iterable[str]) -> None:
        self._tools = tuple(tools)

    def signs(self) -> tuple[str, ...]:
        """Return patterns, for `matching`, of which one matches every ASCII text that raises a suspicion."""
        return (*phrases.ANCHORS, *(re.escape(tool) for tool in self._tools), *disguises.signs())

    def of(self, raw: str, seen: str) -> dict[str, str]:
        """Return the kinds of suspicion that a text raises, each with its reason.

        `raw` is the text as it came, `seen` what a person sees of it.
        """
        found: dict[str, str] = {}
        if FAKE_FENCE in seen and FAKE_FENCE not in raw:
            found[phrases.FENCE[0]] = phrases.FENCE[1]
        hides, message = disguises.smuggled(raw)
        if hides:
            found[phrases.HIDDEN[0]] = phrases.HIDDEN[1]
        for kind in self._in(seen):
            found[kind] = self._kinds[kind][0]
        for reading in (message, *self._readings(seen, _LAYERS)):
            for kind in self._in(reading):
                found.setdefault(kind, f"encoded or in disguise, {self._kinds[kind][0]}")
        return found

    def _in(self, text: str) -> list[str]:
        if text.isascii() and not self._anchored(text):
            return []
        return [kind for kind, matches in self._matchers.items() if matches(text)]

    def _readings(self, text: str, layers: int) -> Sequence[str]:
        if not layers or not self._disguised(text):
            return ()
        found = tuple(disguises.readings(text))
        return (*found, *(deeper for reading in found for deeper in self._readings(reading, layers - 1)))

    @cached_property
    def _kinds(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        kind, reason = phrases.TOOL_CALL
        calls = {kind: (reason, phrases.tool_calls(self._tools))} if self._tools else {}
        return {**phrases.KINDS, **calls}

    @cached_property
    def _matchers(self) -> dict[str, Matches]:
        return {kind: matcher(patterns) for kind, (_, patterns) in self._kinds.items()}

    @cached_property
    def _anchored(self) -> Matches:
        return matcher((*phrases.ANCHORS, *(re.escape(tool) for tool in self._tools)))

    @cached_property
    def _disguised(self) -> Matches:
        return matcher((*disguises.signs(), disguises.ODD_LETTERS))
