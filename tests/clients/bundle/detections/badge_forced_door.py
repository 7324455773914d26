"""A door that was opened without a badge."""

from badge_helpers import door_name


def rule(event):
    return event.get("outcome") == "FORCED" and event.get("badge") is None


def title(event):
    return f"Door forced: {door_name(event)}"


def dedup(event):
    return door_name(event)
