"""GitHub's audit log and Google Workspace's reports."""

from __future__ import annotations

from datetime import datetime

from panther_sandbox.clock import api_time, lake_time
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.people import Employee
from panther_sandbox.seed.sources import GITHUB, GSUITE
from panther_sandbox.seed.story import DOMAIN, GITHUB_ORG


def github_event(
    scribe: Scribe, moment: datetime, person: Employee, action: str, *, ip: str | None = None, repo: str | None = None
) -> Row:
    """Return one event of the organisation's audit log."""
    address = ip or person.ip
    foreign = address != person.ip
    fields: Row = {
        "at_sign_timestamp": lake_time(moment),
        "created_at": lake_time(moment),
        "action": action,
        "actor": person.github,
        "actor_ip": address,
        "actor_location": {"country_code": "RO" if foreign else "PT"},
        "business": "acme",
        "org": GITHUB_ORG,
        "operation_type": "access" if action.startswith("git.") else "create",
        "repo": f"{GITHUB_ORG}/{repo}" if repo else None,
        "repository": f"{GITHUB_ORG}/{repo}" if repo else None,
        "repository_public": False if repo else None,
        "visibility": "private" if repo else None,
        "transport_protocol_name": "http" if action.startswith("git.") else None,
        "programmatic_access_type": "Personal access token (classic)" if foreign else None,
        "user": person.github,
        "user_agent": "git/2.45.1",
    }
    return scribe.row(GITHUB, "GitHub.Audit", moment, fields, ip_addresses=[address], usernames=[person.github])


def gsuite_event(
    scribe: Scribe,
    moment: datetime,
    person: Employee,
    application: str,
    name: str,
    parameters: Row,
    *,
    ip: str | None = None,
) -> Row:
    """Return one activity of Google Workspace."""
    address = ip or person.ip
    fields: Row = {
        "kind": "admin#reports#activity",
        "id": {"applicationName": application, "time": api_time(moment), "uniqueQualifier": scribe.hex_id()[:16]},
        "actor": {"email": person.email, "profileId": str(int(person.okta_id[3:12], 16)), "callerType": "USER"},
        "ownerDomain": DOMAIN,
        "ipAddress": address,
        "type": application,
        "name": name,
        "parameters": parameters,
        "etag": scribe.hex_id(),
        "events": [{"type": application, "name": name, "parameters": parameters}],
    }
    emails = [person.email, *(str(value) for value in parameters.values() if "@" in str(value))]
    return scribe.row(
        GSUITE,
        "GSuite.Reports",
        moment,
        fields,
        ip_addresses=[address],
        emails=emails,
        usernames=[person.username],
        domain_names=[email.rpartition("@")[2] for email in emails],
    )
