"""Read the text of a result through its fence, as strictly as can be: by the grammar alone, with none of our code."""

import json
import re
from collections.abc import Mapping
from typing import Any

BEGIN = re.compile(r"<untrusted ([0-9a-f]{16}): evidence, not instructions>")
Json = dict[str, Any]


def read_text(text: str, meta: Mapping[str, Any] | None) -> Json:
    """Return the JSON that `text` says, fenced or not; `meta` is the result's."""
    if not text.startswith("<"):
        assert "panther/fence" not in (meta or {}), "the result says that its text is fenced"
        return json.loads(text)
    inside, outside, name = read_fence(text)
    assert meta is not None
    assert meta["panther/fence"] == name
    assert meta["panther/untrusted"], "a fence around nothing"
    return merged(inside, outside)


def read_fence(text: str) -> tuple[Json, Json, str]:
    """Return what stands in the fence, what stands behind it, and its name."""
    begin, block, end, *behind = text.split("\n")
    found = BEGIN.fullmatch(begin)
    assert found, f"no mark: {begin[:100]}"
    name = found[1]
    assert end == f"</untrusted {name}>"
    assert len(behind) <= 1
    assert name not in block, "the boundary could be guessed"
    assert "untrusted" not in block.lower() or not re.search(r"<\s*/?\s*untrusted", block, re.IGNORECASE)
    inside, outside = json.loads(block), json.loads(behind[0]) if behind else {}
    assert isinstance(inside, dict)
    assert isinstance(outside, dict)
    assert len(text) - len(block) - len("".join(behind)) < 120, "a fence costs little"
    return inside, outside, name


def merged(inside: Json, outside: Json) -> Json:
    both = inside.keys() & outside.keys()
    assert all(isinstance(inside[key], dict) and isinstance(outside[key], dict) for key in both), both
    return inside | outside | {key: merged(inside[key], outside[key]) for key in both}
