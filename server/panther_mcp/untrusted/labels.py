"""The paths that the catalog labels as untrusted, as a tree that can be walked beside a result."""

from collections.abc import Iterable
from typing import Final

ITEMS: Final = "[]"


class Below:
    """What is known of a place in a result: whether all below it is untrusted, and else what stands below it."""

    __slots__ = ("below", "untrusted")

    def __init__(self, *, untrusted: bool = False) -> None:
        self.untrusted = untrusted
        self.below: dict[str, Below] = {}

    def at(self, step: str) -> "Below":
        """Return what is known of the place one step below: a field's name, or `[]` for the items of a list."""
        if self.untrusted:
            return self
        # An answer of another shape than the label expects is not trusted for that.
        unexpected = UNTRUSTED if (step == ITEMS) is not (ITEMS in self.below) else TRUSTED
        return self.below.get(step, unexpected if self.below else TRUSTED)


TRUSTED: Final = Below()
UNTRUSTED: Final = Below(untrusted=True)


def tree(paths: Iterable[str]) -> Below:
    """Return the tree of `paths`, such as `alerts[].deliveries[].message`; an empty path is the whole result."""
    root = Below()
    for path in paths:
        at = root
        for step in path.replace(ITEMS, f".{ITEMS}").split(".") if path else ():
            at = at.below.setdefault(step, Below())
        at.untrusted = True
    return root
