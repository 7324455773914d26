"""AWS CloudTrail and VPC flow logs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panther_sandbox.clock import lake_time
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.people import Employee
from panther_sandbox.seed.sources import CLOUDTRAIL, VPC_FLOW
from panther_sandbox.seed.story import AWS_ACCOUNT

CONSOLE_AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Principal:
    """Who calls AWS: the userIdentity of the event and the names found in it."""

    identity: Row
    arn: str
    username: str
    access_key: str


def sso_principal(person: Employee, role: str = "Engineering") -> Principal:
    """Return a person who came in by SSO."""
    role_name = f"AWSReservedSSO_{role}_3f9a1c"
    arn = f"arn:aws:sts::{AWS_ACCOUNT}:assumed-role/{role_name}/{person.username}"
    key = "ASIA" + person.okta_id[3:19].upper()
    identity: Row = {
        "type": "AssumedRole",
        "principalId": f"AROASBX{role.upper()}:{person.username}",
        "arn": arn,
        "accountId": AWS_ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{AWS_ACCOUNT}:role/{role_name}",
                "userName": role_name,
            },
            "attributes": {"mfaAuthenticated": "true"},
        },
    }
    return Principal(identity, arn, person.username, key)


def service_principal(user: str, access_key: str) -> Principal:
    """Return an IAM user that calls with an access key."""
    arn = f"arn:aws:iam::{AWS_ACCOUNT}:user/{user}"
    identity: Row = {
        "type": "IAMUser",
        "principalId": "AIDASBX" + user.replace("-", "").upper()[:12],
        "arn": arn,
        "accountId": AWS_ACCOUNT,
        "accessKeyId": access_key,
        "userName": user,
    }
    return Principal(identity, arn, user, access_key)


def api_call(
    scribe: Scribe,
    moment: datetime,
    principal: Principal,
    service: str,
    name: str,
    *,
    ip: str,
    agent: str = CONSOLE_AGENT,
    parameters: Row | None = None,
    response: Row | None = None,
    error: tuple[str, str] | None = None,
    extra: Row | None = None,
    arns: tuple[str, ...] = (),
) -> Row:
    """Return one CloudTrail event; `error` is its code and message, `arns` the resources touched."""
    read_only = name.startswith(("Get", "List", "Describe", "Head"))
    data_event = service == "s3" and name in ("GetObject", "PutObject", "HeadObject")
    code, message = error or (None, None)
    fields: Row = {
        "eventVersion": "1.09",
        "userIdentity": principal.identity,
        "eventTime": lake_time(moment),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": ip,
        "userAgent": agent,
        "errorCode": code,
        "errorMessage": message,
        "requestParameters": parameters,
        "responseElements": response,
        "additionalEventData": extra,
        "requestID": scribe.uuid(),
        "eventID": scribe.uuid(),
        "readOnly": read_only,
        "resources": [{"arn": arn, "accountId": AWS_ACCOUNT} for arn in arns],
        "eventType": "AwsApiCall",
        "managementEvent": not data_event,
        "recipientAccountId": AWS_ACCOUNT,
        "eventCategory": "Data" if data_event else "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"{service}.{REGION}.amazonaws.com"},
    }
    return scribe.row(
        CLOUDTRAIL,
        "AWS.CloudTrail",
        moment,
        fields,
        ip_addresses=[ip],
        usernames=[principal.username],
        aws_account_ids=[AWS_ACCOUNT],
        aws_arns=[principal.arn, *arns],
        trace_ids=[principal.access_key],
    )


def read_object(
    scribe: Scribe, moment: datetime, principal: Principal, bucket: str, key: str, size: int, *, ip: str, agent: str
) -> Row:
    """Return a GetObject of `size` bytes."""
    return api_call(
        scribe,
        moment,
        principal,
        "s3",
        "GetObject",
        ip=ip,
        agent=agent,
        parameters={"bucketName": bucket, "key": key, "Host": f"{bucket}.s3.{REGION}.amazonaws.com"},
        extra={"bytesTransferredIn": 0, "bytesTransferredOut": size, "SignatureVersion": "SigV4"},
        arns=(f"arn:aws:s3:::{bucket}/{key}", f"arn:aws:s3:::{bucket}"),
    )


def flow(
    scribe: Scribe, moment: datetime, source: str, target: str, port: int, *, accepted: bool, size: int, instance: str
) -> Row:
    """Return one VPC flow record of a minute."""
    fields: Row = {
        "version": 5,
        "account": AWS_ACCOUNT,
        "interfaceId": "eni-0" + instance[-16:],
        "srcAddr": source,
        "dstAddr": target,
        "srcPort": scribe.random.randint(32_768, 60_999),
        "dstPort": port,
        "protocol": 6,
        "packets": max(1, size // 900),
        "bytes": size,
        "start": lake_time(moment),
        "end": lake_time(moment + timedelta(seconds=59)),
        "action": "ACCEPT" if accepted else "REJECT",
        "status": "OK",
        "vpcId": "vpc-0a41c09d7e5b3f218",
        "subNetId": "subnet-07c2d1f0ab96e4d53",
        "instanceId": instance,
        "flowDirection": "ingress",
    }
    return scribe.row(
        VPC_FLOW,
        "AWS.VPCFlow",
        moment,
        fields,
        ip_addresses=[source, target],
        aws_account_ids=[AWS_ACCOUNT],
        aws_instance_ids=[instance],
    )
