"""The log types of the sandbox with their own fields, as Panther's schemas name them."""

from __future__ import annotations

from panther_sandbox.lake.columns import LOGS, STANDARD_COLUMNS, Column, Table


def _columns(**types: str) -> tuple[Column, ...]:
    return (*(Column(name, kind) for name, kind in types.items()), *STANDARD_COLUMNS)


AWS_CLOUDTRAIL = Table(
    LOGS,
    "aws_cloudtrail",
    _columns(
        additionalEventData="variant",
        apiVersion="string",
        awsRegion="string",
        errorCode="string",
        errorMessage="string",
        eventCategory="string",
        eventID="string",
        eventName="string",
        eventSource="string",
        eventTime="timestamp",
        eventType="string",
        eventVersion="string",
        managementEvent="boolean",
        readOnly="boolean",
        recipientAccountId="string",
        requestID="string",
        requestParameters="variant",
        resources="array",
        responseElements="variant",
        sourceIPAddress="string",
        tlsDetails="variant",
        userAgent="string",
        userIdentity="variant",
    ),
    "AWS.CloudTrail",
    "API calls in AWS accounts",
)

OKTA_SYSTEMLOG = Table(
    LOGS,
    "okta_systemlog",
    _columns(
        actor="variant",
        authenticationContext="variant",
        client="variant",
        debugContext="variant",
        displayMessage="string",
        eventType="string",
        legacyEventType="string",
        outcome="variant",
        published="timestamp",
        request="variant",
        securityContext="variant",
        severity="string",
        target="array",
        transaction="variant",
        uuid="string",
        version="string",
    ),
    "Okta.SystemLog",
    "Sign-ins and administration in Okta",
)

AWS_VPCFLOW = Table(
    LOGS,
    "aws_vpcflow",
    _columns(
        version="bigint",
        account="string",
        interfaceId="string",
        srcAddr="string",
        dstAddr="string",
        srcPort="bigint",
        dstPort="bigint",
        protocol="bigint",
        packets="bigint",
        bytes="bigint",
        start="timestamp",
        end="timestamp",
        action="string",
        status="string",
        vpcId="string",
        subNetId="string",
        instanceId="string",
        flowDirection="string",
    ),
    "AWS.VPCFlow",
    "Network flows of the AWS VPCs",
)

GITHUB_AUDIT = Table(
    LOGS,
    "github_audit",
    _columns(
        action="string",
        actor="string",
        actor_ip="string",
        actor_location="variant",
        at_sign_timestamp="timestamp",
        business="string",
        created_at="timestamp",
        hashed_token="string",  # noqa: S106 - the type of a column
        operation_type="string",
        org="string",
        programmatic_access_type="string",
        repo="string",
        repository="string",
        repository_public="boolean",
        transport_protocol_name="string",
        user="string",
        user_agent="string",
        visibility="string",
    ),
    "GitHub.Audit",
    "Audit log of the GitHub organisation",
)

GSUITE_REPORTS = Table(
    LOGS,
    "gsuite_reports",
    _columns(
        actor="variant",
        etag="string",
        events="array",
        id="variant",
        ipAddress="string",
        kind="string",
        name="string",
        ownerDomain="string",
        parameters="variant",
        type="string",
    ),
    "GSuite.Reports",
    "Google Workspace activity: sign-ins, Drive, Gmail, administration",
)

LOG_TABLES = (AWS_CLOUDTRAIL, AWS_VPCFLOW, GITHUB_AUDIT, GSUITE_REPORTS, OKTA_SYSTEMLOG)
