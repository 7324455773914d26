"""What this server remembers of a session with a client: since when, how many calls, how many bytes were scanned.

Whose session a call belongs to, the first that applies:

- `session`: the client has an MCP session over HTTP, and sends its id.
- `connection`: the client did a handshake on stdio or in memory; the session lasts as long as the connection.
- `user`: no session (stateless HTTP, or the protocol 2026-07-28), but the client has authenticated.
- `process`: no session on stdio or in memory; such a process serves one client.
- `address`: HTTP with neither a session nor a user. All clients at one address share it, so it must not be
  trusted with anything that is one client's alone.
"""

import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from fastmcp.server.dependencies import get_access_token, get_context
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from panther_mcp.results import JsonObject
from panther_mcp.sql_guard.budget import ScanBudget

if TYPE_CHECKING:
    from fastmcp.server.context import Context

Scope = Literal["session", "connection", "user", "process", "address"]
_MOST_SESSIONS = 1_000
_SHOWN_TOOLS = 5


class Session:
    """The state of one session. The runner counts its calls; `budget` counts what it scans.

    `id` names it in the log, and leads to nothing that a client sends.
    """

    def __init__(self, scope: Scope = "process", budget: ScanBudget | None = None) -> None:
        self.scope: Scope = scope
        self.id = secrets.token_hex(4)
        self.budget = budget or ScanBudget()
        self.began = datetime.now(UTC)
        self._calls: Counter[str] = Counter()
        self._errors = 0
        self._last_call: datetime | None = None

    def called(self, tool: str, *, failed: bool) -> None:
        """Count a call of `tool` that has ended."""
        self._calls[tool] += 1
        self._errors += failed
        self._last_call = datetime.now(UTC)

    def told(self, *, pending: int) -> JsonObject:
        """Return the state as JSON: times in ISO 8601, the tools that were called most, calls that have ended.

        `pending` is how many of its confirmations wait for an answer.
        """
        told: JsonObject = {
            "scope": self.scope,
            "began_at": _iso(self.began),
            "calls": self._calls.total(),
            "errors": self._errors,
            "bytes_scanned": self.budget.scanned,
            "confirmations_pending": pending,
        }
        if self.budget.left is not None:
            told["bytes_left"] = self.budget.left
        if self._last_call is not None:
            told["last_call_at"] = _iso(self._last_call)
            told["calls_by_tool"] = dict(self._calls.most_common(_SHOWN_TOOLS))
        return told


class Sessions:
    """The sessions of one server, by what tells them apart; beyond `most`, those longest unused are dropped.

    `budget` makes the budget of a new one.
    """

    def __init__(self, budget: Callable[[], ScanBudget] = ScanBudget, *, most: int = _MOST_SESSIONS) -> None:
        self._budget, self._most = budget, most
        self._sessions: OrderedDict[tuple[Scope, str], Session] = OrderedDict()

    def current(self) -> Session:
        """Return the session that the present request belongs to; it begins now if it is new."""
        return self.of(*_whose(get_context()))

    def of(self, scope: Scope, name: str) -> Session:
        """Return the session called `name` among those of `scope`."""
        session = self._sessions.get((scope, name))
        if session is None:
            session = self._sessions[scope, name] = Session(scope, self._budget())
            if len(self._sessions) > self._most:
                self._sessions.popitem(last=False)
        self._sessions.move_to_end((scope, name))
        return session


class SessionStart(Middleware):
    """Lets a session begin with its first request of any kind, not only with its first call."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def on_request(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any]) -> Any:
        """Note the session and pass the request on; during the handshake there is none yet."""
        if context.method != "initialize":
            self._sessions.current()
        return await call_next(context)


def _whose(context: "Context") -> tuple[Scope, str]:
    request = context.request_context
    if request is None:  # called by a program that holds the server, not by a client
        return "process", ""
    if request.request is None:
        if request.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return "process", ""
        return "connection", context.session_id
    token = get_access_token()
    # A session id alone is no proof of who sends it.
    user = f"{token.client_id}\n{token.claims.get('iss', '')}\n{token.claims.get('sub', '')}" if token else ""
    if session_id := request.request.headers.get("mcp-session-id"):
        return "session", f"{session_id}\n{user}"
    if user:
        return "user", user
    client = request.request.client
    return "address", client.host if client else ""


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
