"""Which faults are asked for at the moment, and how often each has happened.

Only the server's event loop uses it, so it needs no lock.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from panther_sandbox.faults.spec import Fault, parse_faults
from panther_sandbox.faults.target import Target

_REMEMBERED_HEADERS = 1024


class Rule:
    """A fault that is asked for, and what is left of it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        self._spared = 0
        self.happened = 0
        self._random = random.Random(fault.seed)  # noqa: S311 - repeatable on purpose

    def take(self) -> bool:
        """Use the fault for a request; False when it is spared or used up, or chance decides against it."""
        if self.left == 0:
            return False
        if self._spared < self.fault.skip:
            self._spared += 1
            return False
        if self.fault.probability < 1 and self._random.random() >= self.fault.probability:
            return False
        if self.left is not None:
            self.left -= 1
        self.happened += 1
        return True

    def give_back(self) -> None:
        """Count a use as none: the answer held nothing that the fault could change."""
        if self.left is not None:
            self.left += 1
        self.happened -= 1

    def latency_seconds(self) -> float:
        """Return how long to wait this time."""
        jitter = self.fault.option_number("jitter") or 0
        return (self.fault.number + self._random.uniform(0, jitter)) / 1000

    def described(self) -> dict[str, Any]:
        """Return the rule as the control route shows it."""
        return {"fault": self.fault.spec, "happened": self.happened, "left": self.left}


class FaultRegistry:
    """The faults of the whole sandbox, and those that requests have asked for by header."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.rules = [Rule(fault) for fault in faults]
        # A client that retries sends the same header again: its count goes on.
        self._of_headers: OrderedDict[str, list[Rule]] = OrderedDict()

    def replace(self, faults: Iterable[Fault]) -> None:
        """Ask for other faults; what headers have asked for is forgotten as well."""
        self.rules = [Rule(fault) for fault in faults]
        self._of_headers.clear()

    def of_header(self, text: str) -> Sequence[Rule]:
        """Return the rules that a header asks for. Raises FaultSpecError."""
        rules = self._of_headers.get(text)
        if rules is None:
            rules = self._of_headers[text] = [Rule(fault) for fault in parse_faults(text)]
            if len(self._of_headers) > _REMEMBERED_HEADERS:
                self._of_headers.popitem(last=False)
        self._of_headers.move_to_end(text)
        return rules

    def take(self, target: Target, extra: Sequence[Rule]) -> list[Rule]:
        """Return the rules that befall a request now; those of its header come first."""
        taken: list[Rule] = []
        groups: set[str] = set()
        for rule in (*extra, *self.rules):
            group = rule.fault.definition.group
            if group in groups or not target.befallen_by(rule.fault) or not rule.take():
                continue
            taken.append(rule)
            if group is not None:
                groups.add(group)
        return taken
