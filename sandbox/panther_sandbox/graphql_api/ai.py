"""Panther AI in GraphQL: an answer is asked for, then polled until it is finished."""

from __future__ import annotations

import uuid
from typing import Any

from panther_sandbox.ai import summarise_alert, text_so_far
from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
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

    return {
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

    return {"aiSummarizeAlert": Operation(summarise, _RUN_AI)}
