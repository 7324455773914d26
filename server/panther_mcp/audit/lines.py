"""One line of the audit log: JSON in its canonical form, chained to the line before by a SHA-256. Pure.

`prev` is the hash of the line before (zeros for the first), `hash` the SHA-256 of the line's own canonical JSON
without `hash`; so each hash covers everything before it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

FIRST: Final = "0" * 64
VERSION: Final = 1


class BrokenLine(Exception):  # noqa: N818 - what it says is that a line is broken
    """A line is not as this server wrote it, or does not follow the one before; the message says in what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the chain stands: the number and the hash of its last line."""

    seq: int = 0
    hash: str = FIRST


def canonical(value: Any) -> bytes:
    """Return the one JSON text for `value`: keys sorted, no white space, ASCII (so it is safe on a terminal)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def digest(value: bytes) -> str:
    """Return the SHA-256 of `value` in hexadecimal."""
    return hashlib.sha256(value).hexdigest()


def sealed(body: Mapping[str, Any], after: Place) -> tuple[bytes, Place]:
    """Return the line that holds `body` and follows `after`, with its line end, and the place that it takes."""
    full = {**body, "v": VERSION, "seq": after.seq + 1, "prev": after.hash}
    place = Place(after.seq + 1, digest(canonical(full)))
    return canonical({**full, "hash": place.hash}) + b"\n", place


def opened(line: bytes) -> dict[str, Any]:
    """Return what a line (without its line end) holds. Raises `BrokenLine` where it is not as it was written."""
    try:
        found: object = json.loads(line)
    except ValueError as error:
        raise BrokenLine("it is no JSON") from error
    if not isinstance(found, dict):
        raise BrokenLine("it is no JSON object")
    body = cast("dict[str, Any]", found)
    try:
        written = canonical(body)
    except ValueError as error:
        raise BrokenLine("it was altered: it is not in the form in which it was written") from error
    if written != line:
        raise BrokenLine("it was altered: it is not in the form in which it was written")
    if body.get("hash") != digest(canonical({name: value for name, value in body.items() if name != "hash"})):
        raise BrokenLine("it was altered: its hash does not fit what it holds")
    if not isinstance(body.get("seq"), int) or not isinstance(body.get("prev"), str):
        raise BrokenLine("it was altered: its number or the hash of the line before is missing")
    return body


def follows(body: Mapping[str, Any], after: Place) -> Place:
    """Return the place of the line `body`. Raises `BrokenLine` where it does not follow `after`."""
    if body["seq"] != after.seq + 1:
        raise BrokenLine(
            f"lines were removed, inserted or reordered: number {after.seq + 1} is expected here, "
            f"and it has {body['seq']}"
        )
    if body["prev"] != after.hash:
        raise BrokenLine("the line before was replaced: it does not have the hash that is written here")
    return Place(body["seq"], body["hash"])
