"""Tables that Panther writes itself: rule matches, signals, classification failures, scans of resources."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from panther_sandbox.clock import lake_time
from panther_sandbox.lake.catalog import CLASSIFICATION_FAILURES, CORRELATION_SIGNALS, RESOURCE_HISTORY
from panther_sandbox.seed.alerts import SeedAlert, event_time
from panther_sandbox.seed.detections.rules import RULES
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.sources import CLOUD_SCAN, GITHUB, GITHUB_BROKEN_SINCE
from panther_sandbox.seed.story import AWS_ACCOUNT, GITHUB_ORG, LISTED_BUCKETS

SIGNALS_TABLE = CORRELATION_SIGNALS.qualified_name
FAILURES_TABLE = CLASSIFICATION_FAILURES.qualified_name
RESOURCES_TABLE = RESOURCE_HISTORY.qualified_name


def rule_match_rows(alert: SeedAlert) -> list[Row]:
    """Return an alert's events as the rule match tables hold them."""
    rule = next((rule for rule in RULES if rule.id == alert.detection_id), None)
    last = max((event_time(row) for row in alert.events), default=alert.created_at)
    added: Row = {
        "p_rule_id": alert.detection_id,
        "p_rule_tags": list(rule.tags) if rule else [],
        "p_rule_reports": (rule.reports or {}) if rule else {},
        "p_rule_severity": rule.severity if rule else alert.severity,
        "p_rule_error": alert.error,
        "p_alert_id": alert.id,
        "p_alert_severity": alert.severity,
        "p_alert_title": alert.title,
        "p_alert_creation_time": lake_time(alert.created_at),
        "p_alert_update_time": lake_time(max(last, alert.created_at)),
        "p_alert_context": alert.context,
        "p_dedup_string": alert.title,
    }
    return [{**row, **added} for row in alert.events]


def signal_rows(scribe: Scribe, alerts: Iterable[SeedAlert]) -> list[Row]:
    """Return a signal for each event that a rule matched."""
    return [
        {
            **{name: value for name, value in row.items() if name.startswith("p_")},
            "p_rule_id": alert.detection_id,
            "p_rule_severity": alert.severity,
            "p_signal_id": scribe.hex_id(),
            "p_match_time": row["p_parse_time"],
            "p_alert_id": alert.id,
            "p_alert_severity": alert.severity,
        }
        for alert in alerts
        if alert.listing_type == "ALERT"
        for row in alert.events
    ]


def classification_failure_rows(scribe: Scribe, now: datetime) -> list[Row]:
    """Return what became of GitHub's events since its format changed: `created_at` is a text, no longer a number."""
    rows: list[Row] = []
    for number in range(40):
        moment = now - GITHUB_BROKEN_SINCE + timedelta(minutes=29 * number)
        payload = {
            "@timestamp": moment.isoformat(),
            "action": "git.push",
            "actor": scribe.facts.engineers[number % 7].github,
            "created_at": moment.isoformat(),
            "org": GITHUB_ORG,
        }
        rows.append(
            {
                "p_source_id": GITHUB.id,
                "p_source_label": GITHUB.label,
                "p_event_time": lake_time(moment),
                "p_parse_time": lake_time(moment + timedelta(seconds=30)),
                "p_row_id": scribe.hex_id(),
                "p_log_type": "Panther.ClassificationFailure",
                "reason": "GitHub.Audit: field created_at: expected a unix time in milliseconds, found a string",
                "payload": json.dumps(payload),
            }
        )
    return rows


def resource_rows(scribe: Scribe, now: datetime) -> list[Row]:
    """Return the last scan of the buckets; one of them was public until it was mended."""
    return [
        scribe.row(
            CLOUD_SCAN,
            "Snapshot.ResourceHistory",
            now - timedelta(days=1),
            {
                "changeType": "SYNC",
                "resourceId": f"arn:aws:s3:::{bucket}",
                "resourceType": "AWS.S3.Bucket",
                "resource": {
                    "Name": bucket,
                    "AccountId": AWS_ACCOUNT,
                    "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
                },
            },
            aws_arns=[f"arn:aws:s3:::{bucket}"],
            aws_account_ids=[AWS_ACCOUNT],
        )
        for bucket in LISTED_BUCKETS
    ]
