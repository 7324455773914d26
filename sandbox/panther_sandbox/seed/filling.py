"""Puts the story into an empty store, and gives the rows of the lake."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from panther_sandbox.clock import api_time
from panther_sandbox.lake.columns import LOGS, RULE_MATCHES
from panther_sandbox.lake.plan import Everyday
from panther_sandbox.permissions import ALL_PERMISSIONS, READ_PERMISSIONS
from panther_sandbox.seed import monitor, story
from panther_sandbox.seed.alerts import SeedAlert, event_time, write_alerts
from panther_sandbox.seed.detections import others
from panther_sandbox.seed.detections.rules import PUSH_FATIGUE, RULES, rule_document
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.facts import StoryFacts
from panther_sandbox.seed.intrusion import write_intrusion
from panther_sandbox.seed.noise import DAYS, Noise, write_noise
from panther_sandbox.seed.people import CONSOLE_USERS, INES, LENA, ROLES, TOM
from panther_sandbox.seed.sources import GITHUB_BROKEN_SINCE, SOURCES, cloud_accounts, source_document
from panther_sandbox.store.documents import Kind
from panther_sandbox.store.store import Store

_SLACK = "4f0c6d1e-9b0a-4f5e-8f0b-6f5f0f1b7c11"


@dataclass(frozen=True)
class Seeded:
    """What the seed made besides the store's content: the two tokens, and what the lake is built from."""

    api_token: str
    read_only_token: str
    lake_rows: Mapping[str, list[Row]]
    everyday: Everyday


def fill(store: Store, seed: int, now: datetime) -> Seeded:
    """Fill an empty store; the same seed and time give the same content."""
    scribe = Scribe(seed)
    intrusion = write_intrusion(scribe, story.Timeline.before(now, scribe.facts.hours_before_start))
    noise = write_noise(scribe, now)
    log_rows = sorted([*intrusion.rows(), *noise.rows], key=lambda row: str(row["p_event_time"]))
    alerts = write_alerts(scribe, now, intrusion, noise)
    _add_people(store, now)
    tokens = _add_tokens(store, scribe, now)
    _add_documents(store, now)
    for alert in alerts:
        _add_alert(store, alert)
    _add_comments(store, scribe.facts, alerts)
    _add_queries(store, scribe, now)
    return Seeded(*tokens, _lake_rows(scribe, now, log_rows, alerts), _everyday(noise, now))


def _everyday(noise: Noise, now: datetime) -> Everyday:
    """Say which events may be copied to make more of them; GitHub's log is silent since its webhook broke."""
    ends = {"github_audit": now - GITHUB_BROKEN_SINCE}
    row_ids = [str(row["p_row_id"]) for row in noise.everyday]
    # What was parsed after the start would lie in the future.
    return Everyday(row_ids, now - timedelta(days=DAYS), now - timedelta(minutes=5), ends)


def _lake_rows(scribe: Scribe, now: datetime, log_rows: list[Row], alerts: list[SeedAlert]) -> Mapping[str, list[Row]]:
    tables: dict[str, list[Row]] = defaultdict(list)
    for row in log_rows:
        tables[f"{LOGS}.public.{_table_name(row)}"].append(row)
    for alert in alerts:
        for row in monitor.rule_match_rows(alert):
            tables[f"{RULE_MATCHES}.public.{_table_name(row)}"].append(row)
    tables[monitor.SIGNALS_TABLE] = monitor.signal_rows(scribe, alerts)
    tables[monitor.FAILURES_TABLE] = monitor.classification_failure_rows(scribe, now)
    tables[monitor.RESOURCES_TABLE] = monitor.resource_rows(scribe, now)
    return tables


def _table_name(row: Row) -> str:
    return str(row["p_log_type"]).replace(".", "_").lower()


def _add_people(store: Store, now: datetime) -> None:
    founded = api_time(now - timedelta(days=420))
    store.roles.add(
        {
            "id": role.id,
            "name": role.name,
            "permissions": list(role.permissions),
            "log_type_access": [],
            "log_type_access_kind": "ALLOW_ALL",
            "created_at": founded,
            "updated_at": founded,
            "updated_by": LENA.id,
        }
        for role in ROLES
    )
    store.users.add(
        {
            "id": user.id,
            "email": user.email,
            "given_name": user.given_name,
            "family_name": user.family_name,
            "role_id": user.role.id,
            "enabled": user.enabled,
            "status": "CONFIRMED",
            "created_at": founded,
            "last_logged_in_at": api_time(now - timedelta(hours=9 * (number + 1))),
        }
        for number, user in enumerate(CONSOLE_USERS)
    )


def _add_tokens(store: Store, scribe: Scribe, now: datetime) -> tuple[str, str]:
    given = (("sandbox", ALL_PERMISSIONS), ("sandbox read-only", READ_PERMISSIONS))
    values = [f"pat_{scribe.hex_id()}{scribe.hex_id()[:8]}" for _ in given]
    store.tokens.add(
        {
            "id": scribe.uuid(),
            "name": name,
            "value": value,
            "permissions": list(permissions),
            "allowed_cidr_blocks": ["0.0.0.0/0"],
            "created_at": api_time(now - timedelta(days=30)),
            "created_by": LENA.id,
            "expires_at": None,
            "last_used_at": None,
        }
        for (name, permissions), value in zip(given, values, strict=True)
    )
    return values[0], values[1]


def _add_documents(store: Store, now: datetime) -> None:
    documents = store.documents
    documents.add(Kind.RULE, (rule_document(rule, now) for rule in RULES))
    documents.add(Kind.SIMPLE_RULE, others.simple_rules(now))
    documents.add(Kind.SCHEDULED_RULE, others.scheduled_rules(now))
    documents.add(Kind.POLICY, others.policies(now))
    documents.add(Kind.GLOBAL, others.global_helpers(now))
    documents.add(Kind.DATA_MODEL, others.data_models(now))
    documents.add(Kind.QUERY, others.queries(now))
    documents.add(Kind.UPLOAD, others.uploads(now))
    documents.add(Kind.CLOUD_ACCOUNT, cloud_accounts(now))
    documents.add(Kind.SOURCE, (source_document(source, now) for source in SOURCES), key="integrationId")


def _add_alert(store: Store, alert: SeedAlert) -> None:
    times = [event_time(row) for row in alert.events]
    last = max([*times, alert.created_at])
    sources = {str(row["p_source_id"]) for row in alert.events}
    if alert.source:
        sources.add(alert.source.id)
    record: Row = {
        "id": alert.id,
        "listing_type": alert.listing_type,
        "subtype": alert.subtype,
        "title": alert.title,
        "severity": alert.severity,
        "status": alert.status,
        "description": alert.error or alert.description,
        "reference": "",
        "runbook": alert.runbook,
        "created_at": api_time(alert.created_at),
        "first_event_at": api_time(min(times)) if times else None,
        "last_event_at": api_time(last),
        "updated_at": api_time(last + timedelta(minutes=40)) if alert.updated_by else None,
        "updated_by": alert.updated_by.id if alert.updated_by else None,
        "assignee_id": alert.assignee.id if alert.assignee else None,
        "detection_id": alert.detection_id,
        "system_error": alert.system_error,
        "source_id": alert.source.id if alert.source else None,
        "log_types": [alert.log_type] if alert.log_type else [],
        "log_sources": sorted(sources),
        "resource_types": [alert.resource_type] if alert.resource_type else [],
        "event_count": len(alert.events),
        "deliveries": _deliveries(alert),
        "context": alert.context,
    }
    store.alerts.add(record, alert.events)


def _deliveries(alert: SeedAlert) -> list[Row]:
    """Serious alerts go to Slack; the one about the forwarding found Slack out of order."""
    if alert.severity not in ("HIGH", "CRITICAL"):
        return []
    failed = "forwarded outside" in alert.title
    return [
        {
            "outputId": _SLACK,
            "label": "Slack #security-alerts",
            "success": not failed,
            "statusCode": 503 if failed else 200,
            "message": "service unavailable" if failed else "ok",
            "dispatchedAt": api_time(alert.created_at + timedelta(seconds=4)),
            "url": "https://hooks.slack.example/services/T000/B000",
        }
    ]


def _add_comments(store: Store, facts: StoryFacts, alerts: Iterable[SeedAlert]) -> None:
    """Tom's notes on the push fatigue alert of the victim."""
    alert = next(
        alert for alert in alerts if alert.detection_id == PUSH_FATIGUE.id and facts.victim.email in alert.title
    )
    name = facts.victim.given_name
    notes = (
        (
            20,
            f"{facts.denied_pushes} denied pushes, then one approved, all from {facts.login_ip}. "
            f"Trying to reach {name}.",
        ),
        (
            55,
            f"Could not reach {name} by phone, left a message. "
            "Handing over to the day shift: please check the session.",
        ),
    )
    for minutes, body in notes:
        store.comments.add(
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{alert.id}.{minutes}")),
                "alert_id": alert.id,
                "body": body,
                "format": "PLAIN_TEXT",
                "created_at": api_time(alert.created_at + timedelta(minutes=minutes)),
                "created_by": TOM.id,
            }
        )


def _add_queries(store: Store, scribe: Scribe, now: datetime) -> None:
    """Queries of earlier days, whose results have expired."""
    scheduled, saved = others.queries(now)
    given = (
        (scheduled["name"], scheduled["sql"], True, "succeeded", "", None, 6),
        (saved["name"], saved["sql"], False, "succeeded", "", TOM.id, 30),
        (
            None,
            "SELECT user FROM panther_logs.public.okta_systemlog LIMIT 10",
            False,
            "failed",
            "SQL compilation error: error line 1 at position 7\ninvalid identifier 'USER'",
            INES.id,
            31,
        ),
    )
    for name, sql, is_scheduled, status, message, issued_by, hours in given:
        started = now - timedelta(hours=hours)
        store.queries.add(
            {
                "id": scribe.uuid(),
                "name": name,
                "sql": sql,
                "is_scheduled": is_scheduled,
                "status": status,
                "message": message,
                "issued_by": issued_by,
                "started_at": api_time(started),
                "completed_at": api_time(started + timedelta(seconds=3)),
            }
        )
