"""The name of a REST request: its method and route, without the ids and whatever else a caller passed."""

from typing import Final

# The segments that are Panther's own words. Anything else in a path is a value.
_WORDS: Final = frozenset(
    {
        *("alert-comments", "alerts", "api-tokens", "data-models", "events", "globals", "http", "log-sources"),
        *("policies", "queries", "roles", "rotate", "rules", "scheduled-rules", "self", "simple-rules", "users"),
    }
)


def rest_operation(method: str, path: str) -> str:
    """Return such as `GET /alerts/{id}` for the path of a request below the REST base."""
    segments = path.split("/")[1:]
    return f"{method.upper()} /{'/'.join(segment if segment in _WORDS else '{id}' for segment in segments)}"
