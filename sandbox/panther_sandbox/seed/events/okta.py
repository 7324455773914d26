"""Okta's system log."""

from __future__ import annotations

from datetime import datetime

from panther_sandbox.clock import api_time, lake_time
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.people import Employee
from panther_sandbox.seed.sources import OKTA

BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
ATTACKER_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
_HOME = ("Lisbon", "Portugal")
_AWAY = ("Bucharest", "Romania")


def okta_event(
    scribe: Scribe,
    moment: datetime,
    person: Employee,
    event_type: str,
    message: str,
    *,
    ip: str | None = None,
    result: str = "SUCCESS",
    reason: str | None = None,
    target: list[Row] | None = None,
    session: str | None = None,
) -> Row:
    """Return one event of a person's Okta account; another address than their own is the attacker's."""
    address = ip or person.ip
    foreign = address != person.ip
    city, country = _AWAY if foreign else _HOME
    agent = ATTACKER_BROWSER if foreign else BROWSER
    event_id = scribe.uuid()
    session = session or scribe.hex_id()[:22]
    fields: Row = {
        "uuid": event_id,
        "published": lake_time(moment),
        "eventType": event_type,
        "legacyEventType": event_type.replace(".", "_"),
        "displayMessage": message,
        "severity": "INFO" if result == "SUCCESS" else "WARN",
        "version": "0",
        "actor": {
            "id": person.okta_id,
            "type": "User",
            "alternateId": person.email,
            "displayName": person.full_name,
        },
        "client": {
            "userAgent": {
                "rawUserAgent": agent,
                "os": "Linux" if foreign else "Mac OS X",
                "browser": "FIREFOX" if foreign else "CHROME",
            },
            "zone": "null",
            "device": "Computer",
            "ipAddress": address,
            "geographicalContext": {"city": city, "country": country},
        },
        "outcome": {"result": result, "reason": reason},
        "target": target or [],
        "authenticationContext": {"externalSessionId": session, "authenticationStep": 0},
        "securityContext": {"asNumber": 64500 if foreign else 64496, "isProxy": foreign},
        "debugContext": {"debugData": {"requestUri": "/api/v1/authn", "threatSuspected": str(foreign).lower()}},
        "request": {"ipChain": [{"ip": address, "version": "V4"}]},
        "transaction": {"id": event_id[:18], "type": "WEB", "detail": {"requestedAt": api_time(moment)}},
    }
    return scribe.row(
        OKTA,
        "Okta.SystemLog",
        moment,
        fields,
        ip_addresses=[address],
        usernames=[person.username, person.full_name],
        emails=[person.email],
        actor_ids=[person.okta_id],
        trace_ids=[session],
    )


def push(scribe: Scribe, moment: datetime, person: Employee, *, ip: str, approved: bool, session: str) -> Row:
    """Return the answer to an Okta Verify push."""
    factor: Row = {"type": "AuthenticatorEnrollment", "displayName": "Okta Verify", "alternateId": "okta_verify"}
    return okta_event(
        scribe,
        moment,
        person,
        "user.authentication.auth_via_mfa" if approved else "user.mfa.okta_verify.deny_push",
        "Authentication of user via MFA" if approved else "User rejected Okta push verify",
        ip=ip,
        result="SUCCESS" if approved else "FAILURE",
        reason=None if approved else "INVALID_CREDENTIALS",
        target=[factor],
        session=session,
    )
