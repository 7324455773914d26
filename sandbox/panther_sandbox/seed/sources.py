"""The log sources that the logs come from; one of them is not healthy."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from panther_sandbox.clock import api_time
from panther_sandbox.seed.people import LENA
from panther_sandbox.seed.story import AWS_ACCOUNT, DOMAIN


@dataclass(frozen=True)
class SeedSource:
    """A log source; `graphql_type` is what it is in the GraphQL API."""

    label: str
    kind: str
    graphql_type: str
    log_types: tuple[str, ...]
    healthy: bool = True
    bucket: str | None = None

    @property
    def id(self) -> str:
        """A stable id."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"source.{self.label}.{DOMAIN}"))


CLOUDTRAIL = SeedSource(
    "CloudTrail org trail", "aws-s3", "S3LogIntegration", ("AWS.CloudTrail",), bucket="acme-log-archive"
)
VPC_FLOW = SeedSource("VPC flow production", "aws-s3", "S3LogIntegration", ("AWS.VPCFlow",), bucket="acme-log-archive")
OKTA = SeedSource("Okta", "okta", "PullerLogIntegration", ("Okta.SystemLog",))
GSUITE = SeedSource("Google Workspace", "gsuite", "PullerLogIntegration", ("GSuite.Reports",))
GITHUB = SeedSource("GitHub audit webhook", "http", "HTTPLogIntegration", ("GitHub.Audit",), healthy=False)
CLOUD_SCAN = SeedSource("Acme production account", "aws-eventbridge", "EventBridgeLogIntegration", ())
SOURCES = (CLOUDTRAIL, VPC_FLOW, OKTA, GSUITE, GITHUB, CLOUD_SCAN)

# The GitHub webhook's format changed this long before the start.
GITHUB_BROKEN_SINCE = timedelta(hours=20)


def source_document(source: SeedSource, now: datetime) -> dict[str, Any]:
    """Return a source as the GraphQL API has it."""
    received = now - timedelta(minutes=4)
    processed = received if source.healthy else now - GITHUB_BROKEN_SINCE
    document: dict[str, Any] = {
        "__typename": source.graphql_type,
        "integrationId": source.id,
        "integrationLabel": source.label,
        "integrationType": source.kind,
        "createdAtTime": api_time(now - timedelta(days=410)),
        "createdBy": LENA.id,
        "isEditable": True,
        "isHealthy": source.healthy,
        "lastEventReceivedAtTime": api_time(received),
        "lastEventProcessedAtTime": api_time(processed),
        "lastModified": api_time(now - timedelta(days=35)),
        "logTypes": list(source.log_types),
    }
    if source.bucket:
        prefix = source.label.split()[0].lower()
        document |= {
            "awsAccountId": AWS_ACCOUNT,
            "kmsKey": None,
            "logProcessingRole": f"arn:aws:iam::{AWS_ACCOUNT}:role/PantherLogProcessingRole-{prefix}",
            "logStreamType": "Auto",
            "logStreamTypeOptions": None,
            "managedBucketNotifications": True,
            "s3Bucket": source.bucket,
            "s3Prefix": f"{prefix}/",
            "s3PrefixLogTypes": [{"prefix": f"{prefix}/", "logTypes": list(source.log_types), "excludedPrefixes": []}],
            "stackName": f"panther-log-analysis-{prefix}",
        }
    return document


def cloud_accounts(now: datetime) -> list[dict[str, Any]]:
    """Return the AWS accounts that Panther scans: Acme's production account."""
    when = api_time(now - timedelta(days=200))
    return [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"cloud-account.{AWS_ACCOUNT}.{DOMAIN}")),
            "awsAccountId": AWS_ACCOUNT,
            "awsStackName": f"panther-cloudsec-{AWS_ACCOUNT}",
            "label": "Acme production",
            "awsScanConfig": {"auditRole": f"arn:aws:iam::{AWS_ACCOUNT}:role/PantherAudit"},
            "awsRegionIgnoreList": [],
            "resourceRegexIgnoreList": [],
            "resourceTypeIgnoreList": [],
            "createdAt": when,
            "createdBy": LENA.id,
            "isEditable": True,
            "isRealtimeScanningEnabled": False,
            "lastModifiedAt": when,
        }
    ]
