"""Panther AI in GraphQL: an answer is asked for, then polled until it is finished."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from panther_sandbox.ai import summarise_alert, summarise_events, text_so_far
from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.operation import Operation, Operations
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record

_EVENTS_READ = 100
_RUN_AI = ("RunPantherAI",)
Input = dict[str, Any]


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    streams = sandbox.store.ai_streams

    def stream(_caller: Caller, streamId: str) -> dict[str, Any]:  # noqa: N803 - GraphQL's name
        found = streams.poll(streamId)
        text, finished = text_so_far(found["text"], found["polls"])
        return {"streamId": streamId, "responseText": text, "finished": finished, "error": None}

    def metadata(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        alert = sandbox.store.alerts.get(input.get("alias") or "")
        return {"edges": [{"node": {"streamId": found["id"]}} for found in streams.of_alert(alert["id"])]}

    def cached(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        found = streams.of_question(_question(input))
        if found is None:
            raise ObjectNotFoundError("AI summary", "of these events")
        return {"streamId": found["id"]}

    return {
        "cachedAISummaryData": Operation(cached, _RUN_AI),
        "aiInferenceStream": Operation(stream, _RUN_AI),
        "aiInferenceStreamsMetadata": Operation(metadata, _RUN_AI),
    }


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    store = sandbox.store

    def summarise(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        alert = store.alerts.get(input["alertId"])
        events: list[Record] = []
        comments: list[Record] = []
        if not input.get("skipAlertEvents"):
            events = list(store.alerts.events(alert["id"], None, _EVENTS_READ).items)
        if not input.get("skipAlertComments"):
            comments = store.comments.of_alert(alert["id"])
        stream = {
            "id": str(uuid.uuid4()),
            "alert_id": alert["id"],
            "text": summarise_alert(alert, events, comments, input.get("prompt")),
            "created_at": api_time(sandbox.clock.now()),
        }
        store.ai_streams.add(stream)
        return {"streamId": stream["id"]}

    def summarise_logs(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        if not input["events"]:
            raise InvalidInputError("events must not be empty")
        stream = {
            "id": str(uuid.uuid4()),
            "asked": _question(input),
            "text": summarise_events([_event(text) for text in input["events"]], input.get("prompt")),
            "created_at": api_time(sandbox.clock.now()),
        }
        store.ai_streams.add(stream)
        return {"streamId": stream["id"]}

    return {
        "aiSummarizeAlert": Operation(summarise, _RUN_AI),
        "aiSummarizeLogEvents": Operation(summarise_logs, _RUN_AI),
    }


def _question(given: Input) -> str:
    """Return what tells one question about events from another."""
    asked = [given["events"], given.get("prompt"), given.get("outputLength")]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _event(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        # An event may be any line of a log.
        return text
