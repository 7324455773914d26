"""Alerts and their comments in REST."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, cast

from panther_sandbox.clock import api_time
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.routing import Answer, Request, Route, without_nulls
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.alerts import AlertFilter
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store

STATUSES = ("OPEN", "TRIAGED", "RESOLVED", "CLOSED")
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")
_TYPES = ("ALERT", "DETECTION_ERROR", "SYSTEM_ERROR")
_SUBTYPES = (
    "RULE",
    "RULE_ERROR",
    "SCHEDULED_RULE",
    "SCHEDULED_RULE_ERROR",
    "POLICY",
    "SYSTEM_ERROR",
    "CORRELATION_RULE",
    "CORRELATION_RULE_ERROR",
)
_FORMATS = ("PLAIN_TEXT", "HTML")


def actor(store: Store, actor_id: str | None) -> dict[str, str] | None:
    """Return who did something as REST has it."""
    if actor_id is None:
        return None
    return {"id": actor_id, "type": "user" if store.users.find(actor_id) else "api-token"}


def alert_body(store: Store, alert: Record) -> dict[str, Any]:
    """Return an alert as REST has it."""
    body: dict[str, Any] = {
        "id": alert["id"],
        "type": alert["listing_type"],
        "title": alert["title"],
        "severity": alert["severity"],
        "status": alert["status"],
        "createdAt": alert["created_at"],
        "firstEventOccurredAt": alert["first_event_at"],
        "lastReceivedEventAt": alert["last_event_at"],
        "eventCount": alert["event_count"],
        "runbook": alert["runbook"],
        "context": alert["context"],
        "assignee": actor(store, alert["assignee_id"]),
        "updatedBy": actor(store, alert["updated_by"]),
        "deliveries": [{k: v for k, v in item.items() if k != "url"} for item in alert["deliveries"]],
    }
    if alert["system_error"]:
        error = {"type": alert["system_error"], "sourceId": alert["source_id"], "sourceType": "log"}
        body["systemError"] = without_nulls(error)
    else:
        body["detection"] = {"id": alert["detection_id"], "type": alert["subtype"].removesuffix("_ERROR")}
    return without_nulls(body)


def _comment_body(store: Store, comment: Record) -> dict[str, Any]:
    body = {
        "id": comment["id"],
        "alertId": comment["alert_id"],
        "body": comment["body"],
        "format": comment["format"],
        "createdAt": comment["created_at"],
        "createdBy": actor(store, comment["created_by"]),
        "updatedAt": comment["updated_at"],
        "updatedBy": actor(store, comment["updated_by"]),
    }
    return without_nulls(body)


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of alerts and comments."""
    store = sandbox.store

    def listing(request: Request) -> Answer:
        wanted = AlertFilter(
            listing_type=request.choice("type", _TYPES),
            subtypes=request.choices("sub-type", _SUBTYPES),
            statuses=request.choices("status", STATUSES),
            severities=request.choices("severity", SEVERITIES),
            log_types=request.texts("log-type"),
            log_sources=request.texts("log-source"),
            resource_types=request.texts("resource-type"),
            assignee_ids=request.texts("assignee"),
            detection_id=request.text("detection-id"),
            created_after=request.time("created-after"),
            created_before=request.time("created-before"),
            name_contains=request.text("name-contains"),
            event_count_min=request.number("event-count-min"),
            event_count_max=request.number("event-count-max"),
            descending=request.choice("sort-dir", ("asc", "desc")) != "asc",
        )
        size = page_size(request.number("limit"), default=25, most=50)
        page = store.alerts.page(wanted, request.text("cursor"), size)
        return Answer(body={"results": [alert_body(store, a) for a in page.items], "next": page.next_cursor})

    def get(request: Request) -> Answer:
        return Answer(body=alert_body(store, store.alerts.get(request.path["id"])))

    def events(request: Request) -> Answer:
        alert = store.alerts.get(request.path["id"])
        size = page_size(request.number("limit"), default=25, most=250)
        page = store.alerts.events(alert["id"], request.text("cursor"), size)
        return Answer(body={"results": list(page.items), "next": page.next_cursor})

    def patch(request: Request) -> Answer:
        _patch(sandbox, request, [request.path["id"]])
        return Answer()

    def bulk_patch(request: Request) -> Answer:
        ids: object = request.document().get("ids")
        if not isinstance(ids, list) or not ids:
            raise InvalidInputError("ids must be a list of alert ids")
        _patch(sandbox, request, [str(alert_id) for alert_id in cast("Sequence[Any]", ids)])
        return Answer(204)

    def comments(request: Request) -> Answer:
        alert_id = request.text("alert-id")
        if alert_id is None:
            raise InvalidInputError("alert-id is required")
        size = page_size(request.number("limit"), default=25, most=50)
        found = store.comments.of_alert(store.alerts.get(alert_id)["id"])
        page = slice_page(f"comments.{alert_id}", found, request.text("cursor"), size)
        return Answer(body={"results": [_comment_body(store, c) for c in page.items], "next": page.next_cursor})

    def comment(request: Request) -> Answer:
        return Answer(body=_comment_body(store, _add_comment(sandbox, request)))

    def edit_comment(request: Request) -> Answer:
        existing = store.comments.get(request.path["id"])
        given = request.document()
        if given["alertId"] != existing["alert_id"]:
            raise InvalidInputError("alertId: the comment belongs to another alert")
        if not given["body"].strip():
            raise InvalidInputError("body must be a text that is not empty")
        changes = {
            "body": given["body"],
            "format": given["format"],
            "updated_at": api_time(sandbox.clock.now()),
            "updated_by": request.caller.token_id,
        }
        return Answer(body=_comment_body(store, store.comments.update(existing["id"], changes)))

    def one_comment(request: Request) -> Answer:
        return Answer(body=_comment_body(store, store.comments.get(request.path["id"])))

    read, modify = ("AlertRead",), ("AlertModify",)
    return (
        Route("GET", "/alerts", read, listing),
        Route("PATCH", "/alerts", modify, bulk_patch),
        Route("GET", "/alerts/{id}", read, get),
        Route("PATCH", "/alerts/{id}", modify, patch),
        Route("GET", "/alerts/{id}/events", read, events),
        Route("GET", "/alert-comments", read, comments),
        Route("POST", "/alert-comments", modify, comment),
        Route("GET", "/alert-comments/{id}", read, one_comment),
        Route("POST", "/alert-comments/{id}", modify, edit_comment),
    )


def _patch(sandbox: Sandbox, request: Request, ids: list[str]) -> None:
    """Change status and assignee; an empty assignee means nobody."""
    document = request.document()
    changes: Record = {}
    if document.get("status") is not None:
        if document["status"] not in STATUSES:
            raise InvalidInputError(f"status must be one of {', '.join(STATUSES)}")
        changes["status"] = document["status"]
    if document.get("assignee") is not None:
        assignee = str(document["assignee"])
        changes["assignee_id"] = sandbox.store.users.get(assignee)["id"] if assignee else None
    if not changes:
        raise InvalidInputError("status or assignee is required")
    sandbox.store.alerts.update(ids, changes, request.caller.token_id, api_time(sandbox.clock.now()))


def _add_comment(sandbox: Sandbox, request: Request) -> Record:
    document = request.document()
    body, comment_format = document.get("body"), document.get("format", "PLAIN_TEXT")
    if not isinstance(body, str) or not body.strip():
        raise InvalidInputError("body must be a text that is not empty")
    if comment_format not in _FORMATS:
        raise InvalidInputError(f"format must be one of {', '.join(_FORMATS)}")
    alert = sandbox.store.alerts.get(str(document.get("alertId", "")))
    comment: Record = {
        "id": str(uuid.uuid4()),
        "alert_id": alert["id"],
        "body": body,
        "format": comment_format,
        "created_at": api_time(sandbox.clock.now()),
        "created_by": request.caller.token_id,
        "updated_at": None,
        "updated_by": None,
    }
    sandbox.store.comments.add(comment)
    return comment
