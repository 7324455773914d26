"""From the lines of an audit log to the calls that they tell of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OPEN = "unknown"


@dataclass(frozen=True)
class RecordedCall:
    """One audited call: all that its lines say of it. `outcome` is `unknown` where no line tells."""

    id: str
    facts: Mapping[str, Any]

    @property
    def tool(self) -> str:
        """The tool's name."""
        return str(self.facts.get("tool"))

    @property
    def outcome(self) -> str:
        """How it ended: `ok`, `partial`, an error's code, or `unknown`."""
        return str(self.facts.get("outcome", OPEN))

    @property
    def began(self) -> str:
        """When its first line was written."""
        return str(self.facts.get("time"))


def recorded_calls(bodies: Iterable[Mapping[str, Any]]) -> list[RecordedCall]:
    """Return the calls that the lines `bodies` tell of, in the order in which they began."""
    found: dict[str, dict[str, Any]] = {}
    for body in bodies:
        if isinstance(name := body.get("id"), str):
            known = found.setdefault(name, {})
            known |= {key: value for key, value in body.items() if key != "time" or key not in known}
    return [RecordedCall(name, facts) for name, facts in found.items()]
