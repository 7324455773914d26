"""Acme's rules: Python over streaming logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from panther_sandbox.clock import api_time
from panther_sandbox.seed.detections import bodies
from panther_sandbox.seed.people import INES
from panther_sandbox.seed.story import AWS_ACCOUNT

CREATED_BY = {"id": INES.id, "type": "user"}


@dataclass(frozen=True)
class SeedRule:
    """A rule, with one event that it must match and one that it must not."""

    id: str
    name: str
    severity: str
    log_type: str
    body: str
    description: str
    runbook: str
    tags: tuple[str, ...]
    matching: dict[str, Any]
    other: dict[str, Any]
    threshold: int = 1
    reports: dict[str, list[str]] | None = None


PUSH_FATIGUE = SeedRule(
    "Okta.MFA.PushFatigue",
    "Okta MFA push fatigue",
    "HIGH",
    "Okta.SystemLog",
    bodies.PUSH_FATIGUE,
    "A user denies several push notifications in a row: someone who has the password is pushing.",
    "1. Look for an approved push and a new session from the same address.\n2. Call the user.\n3. Reset sessions.",
    ("Okta", "Credential Access"),
    {"eventType": "user.mfa.okta_verify.deny_push", "actor": {"alternateId": "a@acme.example"}},
    {"eventType": "user.session.start"},
    threshold=4,
    reports={"MITRE ATT&CK": ["TA0006:T1621"]},
)
NEW_DEVICE = SeedRule(
    "Okta.NewDevice.MFA",
    "Okta authenticator enrolled from a proxy",
    "MEDIUM",
    "Okta.SystemLog",
    bodies.NEW_DEVICE,
    "A new authenticator was enrolled from an anonymising network.",
    "Ask the user whether the device is theirs. If not, remove the factor and end all sessions.",
    ("Okta", "Persistence"),
    {"eventType": "user.mfa.factor.activate", "securityContext": {"isProxy": True}},
    {"eventType": "user.mfa.factor.activate", "securityContext": {"isProxy": False}},
    reports={"MITRE ATT&CK": ["TA0003:T1556.006"]},
)
FAILED_PASSWORD = SeedRule(
    "Okta.Login.FailedPassword",
    "Okta failed sign-ins",
    "LOW",
    "Okta.SystemLog",
    bodies.FAILED_SIGN_IN,
    "Several failed sign-ins of one user.",
    "Usually a mistyped password. Look for a success from another address.",
    ("Okta",),
    {"eventType": "user.session.start", "outcome": {"result": "FAILURE"}},
    {"eventType": "user.session.start", "outcome": {"result": "SUCCESS"}},
    threshold=3,
)
KEY_FOR_OTHER_USER = SeedRule(
    "AWS.IAM.AccessKeyForOtherUser",
    "AWS access key created for another user",
    "HIGH",
    "AWS.CloudTrail",
    bodies.KEY_FOR_OTHER_USER,
    "Someone created an access key for a user that is not their own.",
    "Ask the caller. Look for calls made with the new key (p_any_trace_ids holds key ids).",
    ("AWS", "Persistence"),
    {
        "eventName": "CreateAccessKey",
        "requestParameters": {"userName": "svc"},
        "userIdentity": {"arn": f"arn:aws:sts::{AWS_ACCOUNT}:assumed-role/r/someone"},
    },
    {"eventName": "CreateUser"},
    reports={"MITRE ATT&CK": ["TA0003:T1098.001"]},
)
BULK_READ = SeedRule(
    "AWS.S3.BulkObjectRead",
    "AWS bulk read of customer data",
    "CRITICAL",
    "AWS.CloudTrail",
    bodies.BULK_READ,
    "Many objects of a bucket with customer data are read from outside the network.",
    "1. Find what the access key did, and who made it.\n2. Deactivate the key.\n3. Count what was read.",
    ("AWS", "Exfiltration"),
    {
        "eventName": "GetObject",
        "requestParameters": {"bucketName": "acme-customer-exports"},
        "sourceIPAddress": "198.51.100.9",
    },
    {
        "eventName": "GetObject",
        "requestParameters": {"bucketName": "acme-customer-exports"},
        "sourceIPAddress": "10.20.1.17",
    },
    threshold=50,
    reports={"MITRE ATT&CK": ["TA0010:T1567"]},
)
BUCKET_ENUMERATION = SeedRule(
    "AWS.S3.BucketEnumeration",
    "AWS bucket enumeration by an IAM user",
    "MEDIUM",
    "AWS.CloudTrail",
    bodies.BUCKET_ENUMERATION,
    "An IAM user lists buckets, which our services never do.",
    "Find out what the key read afterwards.",
    ("AWS", "Discovery"),
    {"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "userIdentity": {"type": "IAMUser"}},
    {"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "userIdentity": {"type": "AssumedRole"}},
)
STOP_LOGGING = SeedRule(
    "AWS.CloudTrail.StopLogging",
    "AWS CloudTrail stopped or changed",
    "HIGH",
    "AWS.CloudTrail",
    bodies.STOP_LOGGING,
    "Someone stopped, deleted or changed a trail, or tried to.",
    "Check whether the call was denied, and whether the trail still logs.",
    ("AWS", "Defense Evasion"),
    {"eventName": "StopLogging"},
    {"eventName": "StartLogging"},
    reports={"MITRE ATT&CK": ["TA0005:T1562.008"]},
)
ROLE_FAILURES = SeedRule(
    "AWS.IAM.AssumeRoleDenied",
    "AWS role refused",
    "LOW",
    "AWS.CloudTrail",
    bodies.ROLE_FAILURES,
    "A principal tried several times to assume a role it may not.",
    "Usually a missing permission in a deployment.",
    ("AWS",),
    {"eventName": "AssumeRole", "errorCode": "AccessDenied"},
    {"eventName": "AssumeRole"},
    threshold=4,
)
BULK_CLONE = SeedRule(
    "GitHub.Repo.BulkClone",
    "GitHub private repositories cloned with a token",
    "MEDIUM",
    "GitHub.Audit",
    bodies.BULK_CLONE,
    "Private repositories are cloned with a personal access token.",
    "Compare the address with the user's own. Revoke the token if in doubt.",
    ("GitHub", "Collection"),
    {"action": "git.clone", "visibility": "private", "programmatic_access_type": "Personal access token (classic)"},
    {"action": "git.clone", "visibility": "public"},
)
VISIBILITY_CHANGE = SeedRule(
    "GitHub.Repo.VisibilityChange",
    "GitHub repository visibility changed",
    "INFO",
    "GitHub.Audit",
    bodies.VISIBILITY_CHANGE,
    "A repository was made public or private.",
    "Check that nothing private became public.",
    ("GitHub",),
    {"action": "repo.access"},
    {"action": "repo.create"},
)
FORWARDING = SeedRule(
    "GSuite.Gmail.ExternalForwarding",
    "Google Workspace mail forwarded outside",
    "HIGH",
    "GSuite.Reports",
    bodies.FORWARDING,
    "A user's mail is forwarded to an address outside the company.",
    "Ask the user. Remove the forwarding.",
    ("GSuite", "Collection"),
    {"name": "email_forwarding_out_of_domain"},
    {"name": "login_success"},
)
EXTERNAL_SHARE = SeedRule(
    "GSuite.Drive.ExternalShare",
    "Drive document shared outside",
    "LOW",
    "GSuite.Reports",
    bodies.EXTERNAL_SHARE,
    "A document was shared with someone outside the company.",
    "Ask the owner.",
    ("GSuite",),
    {"name": "change_user_access", "parameters": {"visibility": "shared_externally", "doc_title": "x"}},
    {"name": "view"},
)
RULES = (
    PUSH_FATIGUE,
    NEW_DEVICE,
    FAILED_PASSWORD,
    KEY_FOR_OTHER_USER,
    BULK_READ,
    BUCKET_ENUMERATION,
    STOP_LOGGING,
    ROLE_FAILURES,
    BULK_CLONE,
    VISIBILITY_CHANGE,
    FORWARDING,
    EXTERNAL_SHARE,
)


def detection_document(
    identifier: str, name: str, severity: str, description: str, tags: tuple[str, ...], now: datetime
) -> dict[str, Any]:
    """Return the fields that every kind of detection has in the REST API."""
    return {
        "id": identifier,
        "displayName": name,
        "description": description,
        "severity": severity,
        "enabled": True,
        "managed": False,
        "outputIDs": [],
        "reports": {},
        "tags": list(tags),
        "tests": [],
        "createdAt": api_time(now - timedelta(days=200)),
        "createdBy": CREATED_BY,
        "createdByExternal": "",
        "lastModified": api_time(now - timedelta(days=21)),
    }


def unit_test(name: str, event: dict[str, Any], *, expected: bool) -> dict[str, Any]:
    """Return a unit test of a detection as the REST API has it."""
    return {"name": name, "resource": json.dumps(event), "expectedResult": expected, "mocks": []}


def rule_document(rule: SeedRule, now: datetime) -> dict[str, Any]:
    """Return a rule as the REST API has it."""
    common = detection_document(rule.id, rule.name, rule.severity, rule.description, rule.tags, now)
    return common | {
        "body": rule.body,
        "dedupPeriodMinutes": 60,
        "inlineFilters": "",
        "logTypes": [rule.log_type],
        "reports": rule.reports or {},
        "runbook": rule.runbook,
        "summaryAttributes": ["p_any_ip_addresses", "p_any_usernames"],
        "tests": [
            unit_test("matches", rule.matching, expected=True),
            unit_test("does not match", rule.other, expected=False),
        ],
        "threshold": rule.threshold,
    }
