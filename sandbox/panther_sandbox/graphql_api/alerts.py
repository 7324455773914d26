"""Alerts and comments in GraphQL."""

from __future__ import annotations

import uuid
from typing import Any

from graphql import GraphQLResolveInfo

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.graphql_api.actors import actor_node, user_node
from panther_sandbox.graphql_api.operation import Operation, Operations, connection, later, time_argument
from panther_sandbox.paging import page_size
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.alerts import AlertFilter
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import DETECTION_TYPES
from panther_sandbox.store.store import Store

_MAX_ALERTS = 50
_MAX_EVENTS = 250
_RELATED = {
    "SOURCE_CLASSIFICATION_FAILURES": "LOG_SOURCE",
    "SOURCE_NO_DATA": "LOG_SOURCE",
}
Input = dict[str, Any]


def alert_node(store: Store, alert: Record) -> dict[str, Any]:
    """Return an alert as GraphQL has it; what it refers to is read only when asked for."""

    def events(_info: GraphQLResolveInfo, input: Input | None = None) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        asked = input or {}
        size = page_size(asked.get("pageSize"), default=25, most=_MAX_EVENTS)
        page = store.alerts.events(alert["id"], asked.get("cursor"), size)
        return connection(page, list(page.items))

    return {
        "__typename": "Alert",
        "id": alert["id"],
        "title": alert["title"],
        "severity": alert["severity"],
        "status": alert["status"],
        "type": alert["subtype"],
        "description": alert["description"],
        "reference": alert["reference"],
        "runbook": alert["runbook"],
        "createdAt": alert["created_at"],
        "firstEventOccurredAt": alert["first_event_at"],
        "lastReceivedEventAt": alert["last_event_at"],
        "updatedAt": alert["updated_at"],
        "updatedBy": later(lambda: actor_node(store, alert["updated_by"])),
        "assignee": later(lambda: _assignee(store, alert["assignee_id"])),
        "deliveries": alert["deliveries"],
        "origin": later(lambda: _origin(store, alert)),
        "events": events,
    }


def comment_node(store: Store, comment: Record) -> dict[str, Any]:
    """Return a comment as GraphQL has it."""
    return {
        "id": comment["id"],
        "body": comment["body"],
        "format": comment["format"],
        "createdAt": comment["created_at"],
        "createdBy": later(lambda: actor_node(store, comment["created_by"])),
        "entity": later(lambda: alert_node(store, store.alerts.get(comment["alert_id"]))),
    }


def _assignee(store: Store, user_id: str | None) -> dict[str, Any] | None:
    user = store.users.find(user_id) if user_id else None
    return user_node(store, user) if user else None


def _origin(store: Store, alert: Record) -> dict[str, Any]:
    if alert["system_error"]:
        kind = alert["system_error"]
        return {"__typename": "SystemError", "type": kind, "relatedComponent": _RELATED[kind]}
    found = store.documents.find_detection(alert["detection_id"])
    if found is not None:
        return _detection(store, found[1], DETECTION_TYPES[found[0]])
    return {"__typename": "DeletedDetection", "id": alert["detection_id"]}


def _detection(store: Store, document: Record, detection_type: str) -> dict[str, Any]:
    creator: Record = document.get("createdBy") or {}
    author: str | None = creator.get("id")
    return {
        "__typename": "Detection",
        "id": document["id"],
        "name": document.get("displayName") or document["id"],
        "type": detection_type,
        "description": document.get("description"),
        "createdAt": document["createdAt"],
        "updatedAt": document["lastModified"],
        "createdBy": later(lambda: actor_node(store, author)),
        "updatedBy": later(lambda: actor_node(store, author)),
    }


def alert_filter(asked: Input) -> AlertFilter:
    """Read the input of `alerts`; raise InvalidInputError when it does not say which alerts or which days."""
    after = time_argument("createdAtAfter", asked.get("createdAtAfter"))
    before = time_argument("createdAtBefore", asked.get("createdAtBefore"))
    if not asked.get("detectionId") and not (after and before):
        raise InvalidInputError("either detectionId, or both createdAtAfter and createdAtBefore, must be given")
    return AlertFilter(
        listing_type=asked.get("type"),
        subtypes=asked.get("subtypes") or (),
        statuses=asked.get("statuses") or (),
        severities=asked.get("severities") or (),
        log_types=asked.get("logTypes") or (),
        log_sources=asked.get("logSources") or (),
        resource_types=asked.get("resourceTypes") or (),
        assignee_ids=asked.get("assigneeIds") or (),
        detection_id=asked.get("detectionId"),
        created_after=after,
        created_before=before,
        name_contains=asked.get("nameContains"),
        event_count_min=asked.get("eventCountMin"),
        event_count_max=asked.get("eventCountMax"),
        descending=asked.get("sortDir") != "ascending",
    )


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def alerts(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        size = page_size(input.get("pageSize"), default=25, most=_MAX_ALERTS)
        page = store.alerts.page(alert_filter(input), input.get("cursor"), size)
        return connection(page, [alert_node(store, alert) for alert in page.items])

    def alert(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return alert_node(store, store.alerts.get(id))

    return {"alert": Operation(alert, ("AlertRead",)), "alerts": Operation(alerts, ("AlertRead",))}


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    store = sandbox.store

    def update(caller: Caller, ids: list[str], changes: Record) -> dict[str, Any]:
        updated = store.alerts.update(ids, changes, caller.token_id, api_time(sandbox.clock.now()))
        return {"alerts": [alert_node(store, alert) for alert in updated]}

    def comment(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        if not input["body"].strip():
            raise InvalidInputError("body must not be empty")
        alert = store.alerts.get(input["alertId"])
        created = {
            "id": str(uuid.uuid4()),
            "alert_id": alert["id"],
            "body": input["body"],
            "format": input.get("format") or "PLAIN_TEXT",
            "created_at": api_time(sandbox.clock.now()),
            "created_by": caller.token_id,
            "updated_at": None,
            "updated_by": None,
        }
        store.comments.add(created)
        return {"comment": comment_node(store, created)}

    def status(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return update(caller, input["ids"], {"status": input["status"]})

    def assign_by_id(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        user_id = input.get("assigneeId")
        if user_id:
            store.users.get(user_id)
        return update(caller, input["ids"], {"assignee_id": user_id or None})

    def assign_by_email(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        email = input.get("assigneeEmail")
        user_id = store.users.by_email(email)["id"] if email else None
        return update(caller, input["ids"], {"assignee_id": user_id})

    modify = ("AlertModify",)
    return {
        "createAlertComment": Operation(comment, modify),
        "updateAlertStatusById": Operation(status, modify),
        "updateAlertsAssigneeById": Operation(assign_by_id, modify),
        "updateAlertsAssigneeByEmail": Operation(assign_by_email, modify),
    }
