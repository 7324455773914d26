"""What is told beside a result about the orders that its texts hold: bounded, and in our own words only."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from panther_mcp.untrusted.walking import Suspicion

_MOST: Final = 10
_INDEX: Final = re.compile(r"\[\d+\]")


def findings(suspicions: Iterable[Suspicion]) -> list[dict[str, Any]]:
    """Return a finding for each field and kind: the first path, the kind, the reason, and how often if more than once.

    The texts themselves are not told again: they stand in the result.
    """
    first: dict[tuple[str, str], Suspicion] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for suspicion in suspicions:
        key = (_INDEX.sub("[]", suspicion.path), suspicion.kind)
        first.setdefault(key, suspicion)
        counts[key] += 1
    told: list[dict[str, Any]] = []
    for key, suspicion in list(first.items())[:_MOST]:
        finding: dict[str, Any] = {"path": suspicion.path, "kind": suspicion.kind, "reason": suspicion.reason}
        if counts[key] > 1:
            finding["count"] = counts[key]
        told.append(finding)
    if len(first) > _MOST:
        told.append({"more": len(first) - _MOST})
    return told
