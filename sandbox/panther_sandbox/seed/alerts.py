"""The alerts of the last two weeks, each holding rows that also stand in the log tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from panther_sandbox.clock import parse_time
from panther_sandbox.seed.detections import others, rules
from panther_sandbox.seed.detections.rules import SeedRule
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.intrusion import Intrusion
from panther_sandbox.seed.noise import Noise
from panther_sandbox.seed.people import INES, TOM, SeedUser
from panther_sandbox.seed.sources import CLOUDTRAIL, GITHUB, GITHUB_BROKEN_SINCE, SeedSource


@dataclass(frozen=True)
class SeedAlert:
    """An alert; `listing_type` is ALERT, DETECTION_ERROR or SYSTEM_ERROR, `subtype` what the alert's type says."""

    id: str
    title: str
    severity: str
    created_at: datetime
    listing_type: str = "ALERT"
    subtype: str = "RULE"
    status: str = "OPEN"
    description: str = ""
    runbook: str = ""
    detection_id: str | None = None
    system_error: str | None = None
    source: SeedSource | None = None
    log_type: str | None = None
    resource_type: str | None = None
    events: Sequence[Row] = ()
    assignee: SeedUser | None = None
    updated_by: SeedUser | None = None
    context: dict[str, Any] = field(default_factory=lambda: {})
    error: str | None = None


def event_time(row: Row) -> datetime:
    """Return when an event happened."""
    return parse_time(row["p_event_time"])


def write_alerts(scribe: Scribe, now: datetime, intrusion: Intrusion, noise: Noise) -> list[SeedAlert]:
    """Write every alert."""
    return [
        *_intrusion_alerts(scribe, intrusion),
        *_noisy_alerts(scribe, now, noise),
        *_detection_errors(scribe, noise),
        *_system_errors(scribe, now),
        *_policy_alerts(scribe, now),
    ]


def _rule_alert(scribe: Scribe, rule: SeedRule, title: str, events: Sequence[Row], **more: Any) -> SeedAlert:
    created = event_time(events[min(rule.threshold, len(events)) - 1]) + timedelta(
        seconds=scribe.random.randint(60, 150)
    )
    return SeedAlert(
        id=scribe.hex_id(),
        title=title,
        severity=rule.severity,
        created_at=created,
        description=rule.description,
        runbook=rule.runbook,
        detection_id=rule.id,
        log_type=rule.log_type,
        events=events,
        **more,
    )


def _intrusion_alerts(scribe: Scribe, intrusion: Intrusion) -> list[SeedAlert]:
    facts = scribe.facts
    victim, user = facts.victim.email, facts.service_user
    denied = intrusion.pushes[: facts.denied_pushes]
    exfiltration_context = {
        "accessKeyId": facts.access_key,
        "bucket": facts.bucket,
        "userAgent": facts.injection,
    }
    scheduled = SeedAlert(
        id=scribe.hex_id(),
        title=f"AWS: access key {facts.access_key} is used from the new address {facts.exfil_ip}",
        severity="MEDIUM",
        created_at=event_time(intrusion.exfiltration[-1]) + timedelta(hours=3),
        subtype="SCHEDULED_RULE",
        detection_id=others.RARE_SOURCE_ID,
        description="A key is used from an address it never came from.",
        runbook="Find out who made the key.",
        log_type="AWS.CloudTrail",
        events=intrusion.enumeration[:1],
    )
    return [
        _rule_alert(
            scribe,
            rules.PUSH_FATIGUE,
            f"Okta push fatigue: repeated denied pushes for {facts.unharmed.email}",
            intrusion.unharmed_pushes,
        ),
        _rule_alert(
            scribe,
            rules.PUSH_FATIGUE,
            f"Okta push fatigue: repeated denied pushes for {victim}",
            denied,
            status="TRIAGED",
            assignee=TOM,
            updated_by=TOM,
            context={"ip": facts.login_ip, "user": victim},
        ),
        _rule_alert(
            scribe,
            rules.NEW_DEVICE,
            f"Okta: new authenticator enrolled for {victim} from {facts.login_ip}",
            intrusion.enrolment,
        ),
        _rule_alert(
            scribe,
            rules.KEY_FOR_OTHER_USER,
            f"AWS: access key for {user} created by {facts.victim.username}",
            intrusion.key_creation,
        ),
        _rule_alert(
            scribe,
            rules.BUCKET_ENUMERATION,
            f"AWS: {user} is listing buckets from {facts.exfil_ip}",
            intrusion.enumeration[1:],
        ),
        _rule_alert(
            scribe,
            rules.BULK_READ,
            f"AWS: bulk read of s3://{facts.bucket} by {user} from {facts.exfil_ip}",
            intrusion.exfiltration,
            context=exfiltration_context,
        ),
        _rule_alert(
            scribe,
            rules.BULK_CLONE,
            f"GitHub: {facts.victim.github} clones private repositories with a token from {facts.login_ip}",
            intrusion.github[1:],
        ),
        _rule_alert(scribe, rules.STOP_LOGGING, f"AWS: {user} tried to stop CloudTrail", intrusion.stop_logging),
        _rule_alert(
            scribe,
            rules.FORWARDING,
            f"Google Workspace: mail of {victim} is forwarded outside the company",
            intrusion.forwarding,
        ),
        scheduled,
    ]


def _noisy_alerts(scribe: Scribe, now: datetime, noise: Noise) -> list[SeedAlert]:
    """Alerts that nobody needs to act on; most were closed by hand."""
    found: list[SeedAlert] = []
    for number, events in enumerate(noise.failed_passwords):
        user = events[0]["actor"]["alternateId"]
        old = event_time(events[0]) < now - timedelta(days=3)
        handled: dict[str, Any] = {"status": "CLOSED", "updated_by": TOM} if old and number % 4 else {}
        title = f"Okta: failed sign-ins of {user}"
        found.append(_rule_alert(scribe, rules.FAILED_PASSWORD, title, events, **handled))
    for events in noise.role_failures:
        role = events[0]["requestParameters"]["roleArn"]
        title = f"AWS: refused AssumeRole of {role}"
        found.append(
            _rule_alert(scribe, rules.ROLE_FAILURES, title, events, status="RESOLVED", assignee=INES, updated_by=INES)
        )
    for row in noise.visibility_changes:
        title = f"GitHub: visibility of {row['repo']} changed by {row['actor']}"
        found.append(_rule_alert(scribe, rules.VISIBILITY_CHANGE, title, [row]))
    for row in noise.external_shares:
        if "visibility" in row["parameters"]:
            title = f"Drive: {row['parameters']['doc_title']} was shared outside the company"
            found.append(_rule_alert(scribe, rules.EXTERNAL_SHARE, title, [row]))
    return found


def _detection_errors(scribe: Scribe, noise: Noise) -> list[SeedAlert]:
    broken = [row for row in noise.external_shares if "visibility" not in row["parameters"]]
    return [
        _rule_alert(
            scribe,
            rules.EXTERNAL_SHARE,
            f"{rules.EXTERNAL_SHARE.id} failed: KeyError: 'visibility'",
            [row],
            listing_type="DETECTION_ERROR",
            subtype="RULE_ERROR",
            error="KeyError: 'visibility': line 4, in rule",
        )
        for row in broken
    ]


def _system_errors(scribe: Scribe, now: datetime) -> list[SeedAlert]:
    given = (
        (
            f"Source {GITHUB.label} has classification failures",
            "HIGH",
            now - GITHUB_BROKEN_SINCE + timedelta(minutes=15),
            "SOURCE_CLASSIFICATION_FAILURES",
            GITHUB,
            "OPEN",
        ),
        (
            f"Source {CLOUDTRAIL.label} received no data",
            "MEDIUM",
            now - timedelta(days=9),
            "SOURCE_NO_DATA",
            CLOUDTRAIL,
            "RESOLVED",
        ),
    )
    return [
        SeedAlert(
            id=scribe.hex_id(),
            title=title,
            severity=severity,
            created_at=created,
            listing_type="SYSTEM_ERROR",
            subtype="SYSTEM_ERROR",
            status=status,
            system_error=kind,
            source=source,
        )
        for title, severity, created, kind, source, status in given
    ]


def _policy_alerts(scribe: Scribe, now: datetime) -> list[SeedAlert]:
    given = (
        (others.PUBLIC_ACCESS_ID, "HIGH", "AWS.S3.Bucket", "acme-marketing-assets", 6, "RESOLVED"),
        (others.KEY_ROTATION_ID, "LOW", "AWS.IAM.User", "svc-legacy-sync", 11, "OPEN"),
    )
    return [
        SeedAlert(
            id=scribe.hex_id(),
            title=f"{policy} failed on {resource}",
            severity=severity,
            created_at=now - timedelta(days=days),
            subtype="POLICY",
            status=status,
            detection_id=policy,
            resource_type=resource_type,
        )
        for policy, severity, resource_type, resource, days, status in given
    ]
