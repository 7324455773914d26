"""Comments on alerts that were made a moment ago: a call that is repeated must not say everything twice."""

from datetime import UTC, datetime, timedelta

from panther_mcp.runtime import Call, JsonObject, listing

# Longer than a client waits before it repeats a call, shorter than a person who says the same once more.
_RECENT = timedelta(minutes=15)
_NEWEST = 50


async def said_recently(call: Call, alert_id: str, text: str) -> bool:
    """Say whether this very comment was made on the alert within the last 15 minutes. Raises `PantherMcpError`."""
    comments = listing(await call.rest.comment_list(alert_id=alert_id, limit=_NEWEST), "comments")["comments"]
    return any(comment.get("body") == text and _is_recent(comment) for comment in comments)


def _is_recent(comment: JsonObject) -> bool:
    try:
        made = datetime.fromisoformat(str(comment.get("createdAt")))
    except ValueError:
        return False
    return datetime.now(UTC) - (made if made.tzinfo else made.replace(tzinfo=UTC)) < _RECENT
