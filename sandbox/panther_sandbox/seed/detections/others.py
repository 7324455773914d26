"""Acme's other detections and what detections use: scheduled and simple rules, policies, globals, models, queries."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from panther_sandbox.clock import api_time
from panther_sandbox.seed.detections import bodies
from panther_sandbox.seed.detections.rules import detection_document, unit_test
from panther_sandbox.seed.story import DOMAIN
from panther_sandbox.uploads.entities import COUNTED

Document = dict[str, Any]

RARE_SOURCE_ID = "AWS.AccessKey.NewSource.Scheduled"
RARE_SOURCE_NAME = "AWS access key used from a new address"
PUBLIC_ACCESS_ID = "AWS.S3.PublicAccessBlock"
KEY_ROTATION_ID = "AWS.IAM.KeyRotation"
RARE_SOURCE_QUERY = "AWS access keys by address"


def scheduled_rules(now: datetime) -> list[Document]:
    """Return the scheduled rules."""
    common = detection_document(
        RARE_SOURCE_ID, RARE_SOURCE_NAME, "MEDIUM", "A key is used from an address it never came from.", ("AWS",), now
    )
    return [
        common
        | {
            "body": bodies.RARE_SOURCE,
            "dedupPeriodMinutes": 1440,
            "runbook": "Find out who made the key.",
            "scheduledQueries": [RARE_SOURCE_QUERY],
            "summaryAttributes": [],
            "tests": [unit_test("many calls", {"access_key": "AKIA", "calls": 101}, expected=True)],
            "threshold": 1,
        }
    ]


def simple_rules(now: datetime) -> list[Document]:
    """Return the simple rules; `pythonBody` is what they compile to."""
    given = (
        (
            "AWS.Console.RootLogin",
            "AWS root login",
            "HIGH",
            "AWS.CloudTrail",
            bodies.SIMPLE_ROOT_LOGIN,
            bodies.SIMPLE_ROOT_LOGIN_PYTHON,
        ),
        (
            "AWS.VPC.AcceptedSSH",
            "SSH accepted from outside",
            "INFO",
            "AWS.VPCFlow",
            bodies.SIMPLE_SSH,
            bodies.SIMPLE_SSH_PYTHON,
        ),
    )
    return [
        detection_document(identifier, name, severity, f"{name}.", ("AWS",), now)
        | {
            "alertContext": "",
            "alertTitle": "",
            "dedupPeriodMinutes": 60,
            "detection": detection,
            "dynamicSeverities": "",
            "groupBy": "",
            "inlineFilters": "",
            "logTypes": [log_type],
            "pythonBody": python,
            "runbook": "",
            "summaryAttributes": [],
            "threshold": 1,
        }
        for identifier, name, severity, log_type, detection, python in given
    ]


def policies(now: datetime) -> list[Document]:
    """Return the policies."""
    given = (
        (PUBLIC_ACCESS_ID, "S3 buckets block public access", "HIGH", "AWS.S3.Bucket", bodies.PUBLIC_ACCESS_BLOCK),
        (KEY_ROTATION_ID, "IAM keys are rotated", "LOW", "AWS.IAM.User", bodies.KEY_ROTATION),
    )
    return [
        detection_document(identifier, name, severity, f"{name}.", ("AWS",), now)
        | {"body": body, "resourceTypes": [resource_type], "suppressions": []}
        for identifier, name, severity, resource_type, body in given
    ]


def global_helpers(now: datetime) -> list[Document]:
    """Return the Python modules that detections import."""
    given = (
        ("acme_aws", "Who made an AWS call", bodies.GLOBAL_AWS),
        ("acme_network", "Acme's own addresses", bodies.GLOBAL_NETWORK),
    )
    return [
        {
            "id": identifier,
            "description": description,
            "body": body,
            "tags": [],
            "createdAt": api_time(now - timedelta(days=300)),
            "lastModified": api_time(now - timedelta(days=60)),
        }
        for identifier, description, body in given
    ]


def data_models(now: datetime) -> list[Document]:
    """Return the mappings of log fields to common names."""
    given = (
        (
            "Acme.Okta.SystemLog",
            "Okta.SystemLog",
            {"actor_user": "$.actor.alternateId", "source_ip": "$.client.ipAddress"},
        ),
        (
            "Acme.AWS.CloudTrail",
            "AWS.CloudTrail",
            {"actor_user": "$.userIdentity.arn", "source_ip": "sourceIPAddress"},
        ),
    )
    return [
        {
            "id": identifier,
            "displayName": identifier,
            "description": f"Common names for {log_type}",
            "enabled": True,
            "logTypes": [log_type],
            "mappings": [{"name": name, "path": path} for name, path in mappings.items()],
            "body": "",
            "createdAt": api_time(now - timedelta(days=300)),
            "lastModified": api_time(now - timedelta(days=90)),
        }
        for identifier, log_type, mappings in given
    ]


def queries(now: datetime) -> list[Document]:
    """Return the saved queries; one runs on a schedule."""
    given = (
        (
            RARE_SOURCE_QUERY,
            "Calls by access key and address in the last day",
            "SELECT userIdentity:accessKeyId::string AS access_key, sourceIPAddress AS ip, COUNT(*) AS calls\n"
            "FROM panther_logs.public.aws_cloudtrail\n"
            "WHERE p_occurs_since('1 d')\nGROUP BY 1, 2 ORDER BY calls DESC",
            {"cron": "", "disabled": False, "rateMinutes": 1440, "timeoutMinutes": 15},
        ),
        (
            "Okta sign-ins by country",
            "Sign-ins of the last week by country",
            "SELECT client:geographicalContext.country::string AS country, COUNT(*) AS sign_ins\n"
            "FROM panther_logs.public.okta_systemlog\n"
            "WHERE p_occurs_since('7 d') AND eventType = 'user.session.start'\nGROUP BY 1",
            None,
        ),
    )
    return [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"query.{name}.{DOMAIN}")),
            "name": name,
            "description": description,
            "sql": sql,
            "managed": False,
            "schedule": schedule,
            "createdAt": api_time(now - timedelta(days=120)),
            "updatedAt": api_time(now - timedelta(days=15)),
        }
        for name, description, sql, schedule in given
    ]


def uploads(now: datetime) -> list[Document]:
    """Return the uploads of the past: Acme's globals came in a bundle."""
    brought = [document["id"] for document in global_helpers(now)]
    when = api_time(now - timedelta(days=15))
    return [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"upload.globals.{DOMAIN}")),
            "purpose": "upload",
            "mode": "CLASSIC_ZIP",
            "createdAt": when,
            "updatedAt": when,
            "status": "COMPLETED",
            "error": None,
            "result": {kind: _new(brought if kind == "globalHelpers" else []) for kind in COUNTED},
        }
    ]


def _new(ids: list[str]) -> Document:
    none: Document = {"modified": 0, "modifiedIds": [], "deleted": 0, "deletedIds": []}
    return {"new": len(ids), "newIds": ids, "total": len(ids), "totalIds": ids} | none
