"""The Python and YAML of Acme's detections."""

from __future__ import annotations

PUSH_FATIGUE = """\
def rule(event):
    return event.get("eventType") == "user.mfa.okta_verify.deny_push"


def title(event):
    user = event.deep_get("actor", "alternateId", default="<unknown>")
    return f"Okta push fatigue: repeated denied pushes for {user}"


def dedup(event):
    return event.deep_get("actor", "alternateId", default="")


def alert_context(event):
    return {
        "ip": event.deep_get("client", "ipAddress"),
        "user": event.deep_get("actor", "alternateId"),
    }
"""

NEW_DEVICE = """\
def rule(event):
    if event.get("eventType") != "user.mfa.factor.activate":
        return False
    return event.deep_get("securityContext", "isProxy", default=False)


def title(event):
    user = event.deep_get("actor", "alternateId", default="<unknown>")
    ip = event.deep_get("client", "ipAddress", default="<unknown>")
    return f"Okta: new authenticator enrolled for {user} from {ip}"
"""

FAILED_SIGN_IN = """\
def rule(event):
    return (
        event.get("eventType") == "user.session.start"
        and event.deep_get("outcome", "result") == "FAILURE"
    )


def title(event):
    user = event.deep_get("actor", "alternateId", default="<unknown>")
    return f"Okta: failed sign-ins of {user}"


def dedup(event):
    return event.deep_get("actor", "alternateId", default="")
"""

KEY_FOR_OTHER_USER = """\
from acme_aws import caller_name


def rule(event):
    if event.get("eventName") != "CreateAccessKey" or event.get("errorCode"):
        return False
    target = event.deep_get("requestParameters", "userName")
    return bool(target) and target != caller_name(event)


def title(event):
    target = event.deep_get("requestParameters", "userName")
    return f"AWS: access key for {target} created by {caller_name(event)}"


def severity(event):
    return "HIGH"
"""

BULK_READ = """\
from acme_aws import caller_name

BACKUP_NETWORK = "10.20."


def rule(event):
    if event.get("eventName") != "GetObject" or event.get("errorCode"):
        return False
    bucket = event.deep_get("requestParameters", "bucketName", default="")
    return bucket.startswith("acme-customer-") and not event.get("sourceIPAddress", "").startswith(BACKUP_NETWORK)


def title(event):
    bucket = event.deep_get("requestParameters", "bucketName")
    return f"AWS: bulk read of s3://{bucket} by {caller_name(event)} from {event.get('sourceIPAddress')}"


def dedup(event):
    return f"{event.deep_get('requestParameters', 'bucketName')}:{event.get('sourceIPAddress')}"


def alert_context(event):
    return {
        "accessKeyId": event.deep_get("userIdentity", "accessKeyId"),
        "bucket": event.deep_get("requestParameters", "bucketName"),
        "userAgent": event.get("userAgent"),
    }
"""

BUCKET_ENUMERATION = """\
from acme_aws import caller_name


def rule(event):
    return (
        event.get("eventSource") == "s3.amazonaws.com"
        and event.get("eventName") in ("ListBuckets", "ListObjects")
        and event.deep_get("userIdentity", "type") == "IAMUser"
    )


def title(event):
    return f"AWS: {caller_name(event)} is listing buckets from {event.get('sourceIPAddress')}"
"""

STOP_LOGGING = """\
from acme_aws import caller_name


def rule(event):
    return event.get("eventName") in ("StopLogging", "DeleteTrail", "UpdateTrail")


def title(event):
    outcome = "tried to stop" if event.get("errorCode") else "stopped"
    return f"AWS: {caller_name(event)} {outcome} CloudTrail"
"""

ROLE_FAILURES = """\
def rule(event):
    return event.get("eventName") == "AssumeRole" and event.get("errorCode") == "AccessDenied"


def title(event):
    return f"AWS: refused AssumeRole of {event.deep_get('requestParameters', 'roleArn')}"
"""

BULK_CLONE = """\
def rule(event):
    return (
        event.get("action") == "git.clone"
        and event.get("visibility") == "private"
        and event.get("programmatic_access_type") is not None
    )


def title(event):
    return f"GitHub: {event.get('actor')} clones private repositories with a token from {event.get('actor_ip')}"


def dedup(event):
    return event.get("actor", "")
"""

VISIBILITY_CHANGE = """\
def rule(event):
    return event.get("action") == "repo.access"


def title(event):
    return f"GitHub: visibility of {event.get('repo')} changed by {event.get('actor')}"
"""

FORWARDING = """\
def rule(event):
    return event.get("name") == "email_forwarding_out_of_domain"


def title(event):
    user = event.deep_get("actor", "email", default="<unknown>")
    return f"Google Workspace: mail of {user} is forwarded outside the company"
"""

EXTERNAL_SHARE = """\
def rule(event):
    if event.get("name") != "change_user_access":
        return False
    return event["parameters"]["visibility"] == "shared_externally"


def title(event):
    return f"Drive: {event['parameters']['doc_title']} was shared outside the company"
"""

RARE_SOURCE = """\
def rule(row):
    return row.get("calls", 0) > 100


def title(row):
    return f"AWS: access key {row.get('access_key')} is used from the new address {row.get('ip')}"
"""

PUBLIC_ACCESS_BLOCK = """\
def policy(resource):
    block = resource.get("PublicAccessBlockConfiguration") or {}
    return all(block.get(name) for name in ("BlockPublicAcls", "BlockPublicPolicy"))
"""

KEY_ROTATION = """\
def policy(resource):
    return not any(key.get("AgeDays", 0) > 90 for key in resource.get("AccessKeys", []))
"""

GLOBAL_AWS = '''\
def caller_name(event):
    """Return who made an AWS call: the IAM user, or the session's name of an assumed role."""
    identity = event.get("userIdentity") or {}
    if identity.get("userName"):
        return identity["userName"]
    return identity.get("arn", "<unknown>").rpartition("/")[2]
'''

GLOBAL_NETWORK = '''\
import ipaddress

OFFICE = ipaddress.ip_network("192.0.2.0/24")


def is_office(address):
    """Tell whether an address belongs to the company."""
    return ipaddress.ip_address(address) in OFFICE
'''

SIMPLE_ROOT_LOGIN = """\
MatchFilters:
  - Key: eventName
    Condition: Equals
    Values:
      - ConsoleLogin
  - KeyPath: userIdentity.type
    Condition: Equals
    Values:
      - Root
"""

SIMPLE_ROOT_LOGIN_PYTHON = """\
def rule(event):
    return event.get("eventName") == "ConsoleLogin" and event.deep_get("userIdentity", "type") == "Root"
"""

SIMPLE_SSH = """\
MatchFilters:
  - Key: dstPort
    Condition: Equals
    Values:
      - 22
  - Key: action
    Condition: Equals
    Values:
      - ACCEPT
"""

SIMPLE_SSH_PYTHON = """\
def rule(event):
    return event.get("dstPort") == 22 and event.get("action") == "ACCEPT"
"""
