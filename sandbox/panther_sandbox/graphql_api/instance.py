"""What the instance knows beside its entities: feature flags, enrichment of events, profiles of actors."""

from __future__ import annotations

import ipaddress
import json
from collections import defaultdict
from typing import Any, cast

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time, lake_time, parse_time
from panther_sandbox.errors import InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.operation import Operation, Operations
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.seed.enrichment import AddressBook
from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts
from panther_sandbox.seed.people import Employee
from panther_sandbox.store.database import Record

Input = dict[str, Any]
# What of the sandbox can be switched on; any other flag has the treatment that the client expects.
_FLAGS = {"panther-ai": True, "simple-detections": True, "correlation-rules": True, "pypanther": False}
_PROFILES = "employees"
_SEEN = """
SELECT MIN(p_event_time) AS first, MAX(p_event_time) AS last FROM panther_views.public.all_logs
WHERE ARRAY_CONTAINS('{email}'::VARIANT, p_any_emails) OR ARRAY_CONTAINS('{username}'::VARIANT, p_any_usernames)
"""


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""

    def flags(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        treatments = [
            {"flag": item["flag"], "treatment": _FLAGS.get(item["flag"], bool(item.get("defaultTreatment")))}
            for item in input["flags"]
        ]
        return {"flags": treatments}

    def enriched(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return {"enrichedEvent": _enriched(sandbox, _event(input.get("event")))}

    def profile(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        wanted = id.lower()
        for person in _facts(sandbox).employees:
            if wanted in (person.email, person.username, person.okta_id.lower(), person.github):
                return _profile(sandbox, person)
        raise ObjectNotFoundError("actor", id)

    return {
        "featureFlags": Operation(flags, ()),
        "generateEnrichedEvent": Operation(enriched, ("RuleRead", "PolicyRead", "RuleModify")),
        "actorProfileInfo": Operation(profile, ("DataAnalyticsRead", "AlertRead")),
    }


def mutations(_sandbox: Sandbox) -> Operations:
    """Return the served mutations: none."""
    return {}


def _event(given: object) -> Record:
    """Return an event that is given as an object or as its JSON text."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise InvalidInputError("event is not JSON") from None
    if not isinstance(given, dict):
        raise InvalidInputError("event must be a JSON object")
    return cast("Record", given)


def _enriched(sandbox: Sandbox, event: Record) -> Record:
    """Return an event as ingestion would leave it: with its times, its indicators, and what is known of its people."""
    now = lake_time(sandbox.clock.now())
    facts = _facts(sandbox)
    texts = _texts(event)
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for person in facts.employees:
        for path, text in texts.items():
            if text.lower() in (person.email, person.username, person.github):
                found[_PROFILES][path] = {
                    "p_match": text,
                    "email": person.email,
                    "name": person.full_name,
                    "title": person.title,
                }
    emails = sorted({text for text in texts.values() if "@" in text and " " not in text})
    addresses = sorted({text for text in texts.values() if _is_address(text)})
    found |= AddressBook(facts).enrichment(addresses) or {}
    standard: Record = {"p_event_time": now, "p_parse_time": now}
    if addresses:
        standard["p_any_ip_addresses"] = addresses
    if emails:
        standard["p_any_emails"] = emails
    existing: object = event.get("p_enrichment")
    enrichment = {**(cast("Record", existing) if isinstance(existing, dict) else {}), **found}
    return {**standard, **event, **({"p_enrichment": enrichment} if enrichment else {})}


def _facts(sandbox: Sandbox) -> StoryFacts:
    return StoryFacts.of(int(sandbox.store.setting("seed") or DEFAULT_SEED))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _texts(event: Record) -> dict[str, str]:
    """Return the texts of an event by their paths, two levels deep."""
    texts: dict[str, str] = {}
    for name, value in event.items():
        inner: object = value
        if isinstance(inner, str):
            texts[name] = inner
        elif isinstance(inner, dict) and name != "p_enrichment":
            nested = cast("Record", inner)
            texts |= {f"{name}.{key}": item for key, item in nested.items() if isinstance(item, str)}
    return texts


def _profile(sandbox: Sandbox, person: Employee) -> dict[str, Any]:
    sql = _SEEN.format(email=person.email, username=person.username)
    row = sandbox.lake.result().query(sql, "panther_logs", sandbox.clock.now()).rows[0]
    first, last = (api_time(parse_time(row[name])) if row[name] else None for name in ("first", "last"))
    return {
        "entityId": person.okta_id,
        "addresses": [],
        "departments": [],
        "displayNames": [person.full_name],
        "emails": [person.email],
        "employmentStatus": ["active"],
        "firstObservedAt": first,
        "jobTitles": [person.title],
        "lastLoginAt": last,
        "managers": [],
        "organizations": ["Acme"],
        "phones": [],
        "usernames": [person.username, person.github],
    }
