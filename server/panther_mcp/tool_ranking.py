"""Rank tools by how well they fit a query: BM25 over weighted words, brought to their stems.

Weights say where a word counts: most in a tool's name, least in the sentences about its parameters. What a
description says of other tools does not count.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_NAME, _SAYS, _KEYWORD, _PARAMETER, _SENTENCE = 3.0, 1.0, 2.0, 0.6, 0.3
_K1, _B = 1.2, 0.5
_LIST = 1.1
_WORD = re.compile(r"[a-z0-9]{2,}")
_IDENTIFIER = re.compile(r"[a-z0-9_]+")
# Longest first; what stays must be a word of at least three letters.
_ENDINGS: Final = (
    *(("ations", ""), ("ation", ""), ("ities", "ity"), ("ings", ""), ("ions", ""), ("ies", "y"), ("ied", "y")),
    *(("ing", ""), ("ion", ""), ("ees", ""), ("ee", ""), ("es", ""), ("ed", ""), ("er", ""), ("s", ""), ("e", "")),
)
_SAME: Final = {
    "analyst": "user",
    "colleague": "user",
    "finding": "alert",
    "incident": "alert",
    "ingest": "bytes",
    "member": "user",
    "people": "user",
    "person": "user",
    "policy": "detection",
    "rule": "detection",
    "snowflake": "sql",
    "said": "comment",
    "team": "user",
    "volume": "bytes",
}
_SILENT: Final = (
    "about all an and are as at be by can do does for from get have how in into is it its me my not of on or "
    "please show tell that the them there this to use was what when where which who will with you"
)


@dataclass(frozen=True)
class Described:
    """A tool as it is searched: its name, description, parameters with their sentences, and other words for it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    keywords: str = ""


class Ranking:
    """An index of tools."""

    def __init__(self, tools: Sequence[Described]) -> None:
        known = frozenset(tool.name for tool in tools)
        self._weights = {tool.name: _weights(tool, known) for tool in tools}
        # Having many parameters makes a tool no less fitting.
        self._lengths = {tool.name: len(_stems(tool.description)) for tool in tools}
        self._average = sum(self._lengths.values()) / len(tools) if tools else 1.0
        self._spread = Counter(word for weights in self._weights.values() for word in weights)

    def named(self, query: str) -> list[str]:
        """Return the names of tools that stand in `query`, in its order."""
        return [word for word in dict.fromkeys(_IDENTIFIER.findall(query.lower())) if word in self._weights]

    def best(self, query: str) -> list[tuple[str, float]]:
        """Return the names of the tools that fit `query`, best first, each with its score."""
        words = set(_stems(query)) - _SILENT_STEMS
        scores = {name: self._score(name, words) for name in self._weights}
        return sorted(((name, score) for name, score in scores.items() if score > 0), key=lambda one: -one[1])

    def _score(self, name: str, words: set[str]) -> float:
        weights, length = self._weights[name], self._lengths[name]
        score = 0.0
        for word in words & weights.keys():
            rare = math.log(1 + (len(self._weights) - self._spread[word] + 0.5) / (self._spread[word] + 0.5))
            weight = weights[word]
            score += rare * weight * (_K1 + 1) / (weight + _K1 * (1 - _B + _B * length / self._average))
        # Where nothing else decides, a list is where to begin.
        return score * _LIST if name.startswith("list_") else score


def _weights(tool: Described, known: frozenset[str]) -> dict[str, float]:
    weights: defaultdict[str, float] = defaultdict(float)
    says = _IDENTIFIER.sub(
        lambda found: "" if found[0] in known else found[0], tool.description.partition("Example:")[0]
    )
    parts = [(tool.name, _NAME), (says, _SAYS), (tool.keywords, _KEYWORD)]
    for param, schema in tool.parameters.get("properties", {}).items():
        values = " ".join(map(str, schema.get("enum") or schema.get("items", {}).get("enum") or ()))
        parts += [(param, _PARAMETER), (f"{schema.get('description', '')} {values}", _SENTENCE)]
    for text, weight in parts:
        for word in _stems(text):
            weights[word] += weight
    return {word: weight for word, weight in weights.items() if word not in _SILENT_STEMS}


def _stems(text: str) -> list[str]:
    stems = (_stem(word) for word in _WORD.findall(text.lower()))
    return [_SAME_STEMS.get(stem, stem) for stem in stems]


def _stem(word: str) -> str:
    return next(
        (
            word.removesuffix(ending) + instead
            for ending, instead in _ENDINGS
            if word.endswith(ending) and len(word) - len(ending) >= 3
        ),
        word,
    )


_SAME_STEMS: Final = {_stem(word): _stem(same) for word, same in _SAME.items()}
_SILENT_STEMS: Final = frozenset(_stems(_SILENT))
