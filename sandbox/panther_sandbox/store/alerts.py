"""Alerts and their events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.paging import Page, decode_cursor, page_at
from panther_sandbox.store.database import Database, Record, marks

_JSON_COLUMNS = ("log_types", "log_sources", "resource_types", "deliveries", "context")


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts are asked for; an empty condition lets all through. Times are API times."""

    listing_type: str | None = None
    subtypes: Sequence[str] = ()
    statuses: Sequence[str] = ()
    severities: Sequence[str] = ()
    log_types: Sequence[str] = ()
    log_sources: Sequence[str] = ()
    resource_types: Sequence[str] = ()
    assignee_ids: Sequence[str] = ()
    detection_id: str | None = None
    created_after: str | None = None
    created_before: str | None = None
    name_contains: str | None = None
    event_count_min: int | None = None
    event_count_max: int | None = None
    descending: bool = True

    def conditions(self) -> tuple[str, list[Any]]:
        """Return the WHERE clause and its parameters."""
        clauses: list[str] = ["1 = 1"]
        parameters: list[Any] = []
        for column, values in (
            ("subtype", self.subtypes),
            ("status", self.statuses),
            ("severity", self.severities),
            ("assignee_id", self.assignee_ids),
        ):
            if values:
                clauses.append(f"{column} IN {marks(values)}")
                parameters += values
        for column, values in (
            ("log_types", self.log_types),
            ("log_sources", self.log_sources),
            ("resource_types", self.resource_types),
        ):
            if values:
                # The column is one of the three above; the values are bound.
                clauses.append(f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value IN {marks(values)})")  # noqa: S608
                parameters += values
        for clause, value in (
            ("listing_type = ?", self.listing_type),
            ("detection_id = ?", self.detection_id),
            ("created_at >= ?", self.created_after),
            ("created_at <= ?", self.created_before),
            ("instr(lower(title), lower(?)) > 0", self.name_contains),
            ("event_count >= ?", self.event_count_min),
            ("event_count <= ?", self.event_count_max),
        ):
            if value is not None:
                clauses.append(clause)
                parameters.append(value)
        return " AND ".join(clauses), parameters


class AlertStore:
    """Reads and changes alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, alert: Record, events: Sequence[Record]) -> None:
        """Add an alert with its events."""
        self._database.insert("alerts", [alert])
        self._database.insert(
            "alert_events",
            ({"alert_id": alert["id"], "position": n, "event": event} for n, event in enumerate(events)),
        )

    def get(self, alert_id: str) -> Record:
        """Return an alert; raise ObjectNotFoundError."""
        found = self._database.row("SELECT * FROM alerts WHERE id = ?", [alert_id])
        if found is None:
            raise ObjectNotFoundError("alert", alert_id)
        return _decoded(found)

    def page(self, wanted: AlertFilter, cursor: str | None, size: int) -> Page[Record]:
        """Return a page of the alerts asked for, by time of creation."""
        where, parameters = wanted.conditions()
        direction = "DESC" if wanted.descending else "ASC"
        offset = decode_cursor("alerts", cursor)
        found = self._database.rows(
            # The clauses are made of our own column names; every value is bound.
            f"SELECT * FROM alerts WHERE {where} "  # noqa: S608 - see above
            f"ORDER BY created_at {direction}, id LIMIT ? OFFSET ?",
            [*parameters, size + 1, offset],
        )
        return page_at("alerts", [_decoded(alert) for alert in found], offset, size)

    def created_between(self, first: str, last: str) -> list[Record]:
        """Return the alerts that were created in a time, whatever their type."""
        found = self._database.rows("SELECT * FROM alerts WHERE created_at >= ? AND created_at < ?", [first, last])
        return [_decoded(alert) for alert in found]

    def events(self, alert_id: str, cursor: str | None, size: int) -> Page[Record]:
        """Return a page of an alert's events, oldest first."""
        listing = f"events.{alert_id}"
        offset = decode_cursor(listing, cursor)
        found = self._database.rows(
            "SELECT event FROM alert_events WHERE alert_id = ? ORDER BY position LIMIT ? OFFSET ?",
            [alert_id, size + 1, offset],
        )
        return page_at(listing, [json.loads(row["event"]) for row in found], offset, size)

    def update(self, alert_ids: Sequence[str], changes: Record, by: str, at: str) -> list[Record]:
        """Change columns of some alerts, all or none, and return the alerts as they are now."""
        with self._database.transaction():
            for alert_id in alert_ids:
                self.get(alert_id)
                for column, value in {**changes, "updated_by": by, "updated_at": at}.items():
                    self._database.execute(f"UPDATE alerts SET {column} = ? WHERE id = ?", [value, alert_id])  # noqa: S608 - column names are ours
            return [self.get(alert_id) for alert_id in alert_ids]


def _decoded(alert: Record) -> Record:
    return {**alert, **{column: json.loads(alert[column]) for column in _JSON_COLUMNS}}
