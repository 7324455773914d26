"""What the sandbox's Panther AI says about an alert: canned sentences around the alert's own facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from panther_sandbox.store.database import Record

_POLLS = 3


def summarise_alert(alert: Record, events: list[Record], comments: list[Record], prompt: str | None) -> str:
    """Return a summary of an alert in Markdown."""
    addresses = Counter(_indicators(events, "p_any_ip_addresses"))
    names = Counter(_indicators(events, "p_any_usernames"))
    lines = [
        "## Summary",
        f"Alert **{alert['title']}** ({alert['severity']}, {alert['status']}) was created at {alert['created_at']} "
        f"and holds {alert['event_count']} event(s).",
        "",
        "## What happened",
        alert["description"] or "No description was given.",
        "",
        "## Entities",
        f"- IP addresses: {_listed(addresses)}",
        f"- Users: {_listed(names)}",
        f"- Detection: {alert['detection_id'] or alert['system_error']}",
        "",
        "## Assessment",
        _assessment(alert["severity"]),
        "",
        "## Next steps",
        alert["runbook"] or "Look at the events and at what the same addresses did elsewhere.",
    ]
    if comments:
        lines += ["", f"The team has left {len(comments)} comment(s); read them first."]
    if prompt:
        lines += ["", f"You asked: {prompt}"]
    return "\n".join(lines)


def summarise_events(events: list[Any], prompt: str | None) -> str:
    """Return a summary of log events in Markdown."""
    known = [cast("Record", event) for event in events if isinstance(event, dict)]
    kinds = Counter(str(event.get("p_log_type") or event.get("eventName") or "event") for event in known)
    times = sorted(str(event["p_event_time"]) for event in known if event.get("p_event_time"))
    lines = [
        "## Summary",
        f"{len(events)} event(s): {_listed(kinds)}.",
        f"They happened between {times[0]} and {times[-1]}." if times else "They carry no time.",
        "",
        "## Entities",
        f"- IP addresses: {_listed(Counter(_indicators(known, 'p_any_ip_addresses')))}",
        f"- Users: {_listed(Counter(_indicators(known, 'p_any_usernames')))}",
    ]
    if prompt:
        lines += ["", f"You asked: {prompt}"]
    return "\n".join(lines)


def text_so_far(text: str, polls: int) -> tuple[str, bool]:
    """Return how much of an answer is there at the given poll, and whether it is finished."""
    finished = polls >= _POLLS
    return (text if finished else text[: len(text) * polls // _POLLS]), finished


def _indicators(events: list[Record], name: str) -> list[Any]:
    found = [event.get(name) for event in events]
    return [str(value) for values in found if isinstance(values, list) for value in cast("Sequence[Any]", values)]


def _listed(counts: Counter[Any]) -> str:
    return ", ".join(f"{value} ({count})" for value, count in counts.most_common(5)) or "none"


def _assessment(severity: str) -> str:
    if severity in ("CRITICAL", "HIGH"):
        return "Likely a true positive. Treat it as part of an intrusion until shown otherwise."
    return "Likely benign on its own. Check whether the same user or address appears in more serious alerts."
