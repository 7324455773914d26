"""What Panther adds to every event: its own fields and the indicators it found."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from panther_sandbox.clock import lake_time
from panther_sandbox.seed.enrichment import AddressBook
from panther_sandbox.seed.facts import StoryFacts
from panther_sandbox.seed.sources import SeedSource

Row = dict[str, Any]


class Scribe:
    """Writes events; all ids and delays come from one seeded generator, so a seed gives the same lake."""

    def __init__(self, seed: int) -> None:
        self.facts = StoryFacts.of(seed)
        self.random = random.Random(seed)  # noqa: S311 - sample data, nothing secret
        self._addresses = AddressBook(self.facts)

    def uuid(self) -> str:
        """Return the next UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def hex_id(self) -> str:
        """Return the next id of 32 hex digits, as alerts and rows have."""
        return f"{self.random.getrandbits(128):032x}"

    def row(self, source: SeedSource, log_type: str, moment: datetime, fields: Row, **indicators: list[str]) -> Row:
        """Return an event with Panther's fields; `ip_addresses=[...]` becomes `p_any_ip_addresses`."""
        parsed = moment + timedelta(seconds=self.random.uniform(35, 240))
        found = {f"p_any_{name}": sorted(set(values)) for name, values in indicators.items() if values}
        enrichment = self._addresses.enrichment(indicators.get("ip_addresses", []))
        return {
            **without_nulls(fields),
            "p_event_time": lake_time(moment),
            "p_parse_time": lake_time(parsed),
            "p_log_type": log_type,
            "p_row_id": self.hex_id(),
            "p_source_id": source.id,
            "p_source_label": source.label,
            "p_schema_version": 0,
            **({"p_enrichment": enrichment} if enrichment else {}),
            **found,
        }


def without_nulls(fields: Row) -> Row:
    """Leave out what has no value, at every depth, as Panther does when it stores an event."""
    return {
        name: without_nulls(value) if isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType] - JSON
        for name, value in fields.items()
        if value is not None
    }
