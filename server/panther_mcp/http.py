"""The one way to Panther: a shared HTTP client for GraphQL and REST; failures come as our own errors."""

import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast
from urllib.parse import unquote

import httpx2
from pydantic_core import PydanticSerializationError, from_json, to_json

from panther_mcp.connections import Connections
from panther_mcp.endpoints import EndpointLocator, Endpoints
from panther_mcp.errors import InternalError, InvalidInput, Unauthenticated, UpstreamError
from panther_mcp.graphql_documents import is_mutation
from panther_mcp.http_client import new_client
from panther_mcp.kept_answers import KeptAnswers
from panther_mcp.resilience.dispatcher import Dispatcher, Sending
from panther_mcp.settings import Secret, Settings
from panther_mcp.telemetry.recorder import Recorder
from panther_mcp.telemetry.routes import rest_operation
from panther_mcp.upstream import graphql_error, graphql_errors, no_api_here, status_error, unreadable
from panther_mcp.wire import UNCERTAIN, Answer, origin

_ANSWER_LIMIT: Final = 32 << 20
_UNESCAPED: Final = re.compile(r"[?#\\ ]|//")
_JSON_BODY: Final = {"Content-Type": "application/json"}
_JSON_STARTS: Final = b'{["-0123456789tfn'
_JSON_ENDS: Final = {b"{": b"}", b"[": b"]", b'"': b'"'}


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """What GraphQL answered: `data`, possibly with nulls in it, and the `errors` that explain the nulls."""

    data: dict[str, Any]
    errors: tuple[dict[str, Any], ...]


class ApiKeyAuth(httpx2.Auth):
    """Adds the API key to requests for the API's own origins (scheme, host and port), and to no other.

    `graphql` is where GraphQL is, parsed.
    """

    def __init__(self, key: Secret, endpoints: Endpoints) -> None:
        self._key = key
        self.graphql = httpx2.URL(endpoints.graphql)
        self._origins = frozenset((origin(self.graphql), origin(httpx2.URL(endpoints.rest))))

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request, with the key if it is for the API."""
        if origin(request.url) in self._origins:
            request.headers["X-API-Key"] = self._key.reveal()
        yield request


class PantherHttp:
    """Sends GraphQL and REST requests to the Panther of `settings`. Nothing is opened before the first one.

    Every failure is a `PantherMcpError`: Unauthenticated (no token, or a refused one), Unavailable (no URL,
    no connection, 5xx), DeadlineExceeded, RateLimited, PermissionDenied, NotFound, Conflict, InvalidInput,
    UpstreamError, BlockedByPolicy (plain http). What reads may be sent again after a failure; what may change
    something only when it was not made for certain (`resilience/failures.py`).
    """

    def __init__(
        self,
        settings: Settings,
        dispatcher: Dispatcher | None = None,
        *,
        recorder: Recorder | None = None,
        kept: KeptAnswers | None = None,
    ) -> None:
        """`dispatcher` sends the requests; without one, it is that of the settings, and tells `recorder` of them.

        `kept` has answers that need not be asked for.
        """
        self._settings = settings
        self._connections: Connections | None = None
        self._dispatcher = dispatcher or Dispatcher(settings, recorder=recorder)
        self._locator = EndpointLocator(settings, self._dispatcher)
        self._auth: tuple[Endpoints, ApiKeyAuth] | None = None
        self._kept = kept or KeptAnswers()

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Send one GraphQL operation and return its data, with the errors if only a part of it failed.

        Args:
            query: The document, with the operation and the fragments that it uses.
            operation_name: The operation of the document to run.
            variables: Its variables; anything that pydantic can write as JSON.

        Raises:
            PantherMcpError: As above; also where `errors` came and no top-level value of the data is left.
        """
        connections, _, auth = await self._ready()
        body = _to_json({"query": query, "operationName": operation_name, "variables": variables})
        if (kept := self._kept.to(operation_name, body)) is not None:
            return _graphql_response(kept, changes=False)
        request = connections.build_request("POST", auth.graphql, content=body, headers=_JSON_BODY)
        changes = is_mutation(query, operation_name)

        def judged(answer: Answer) -> GraphQLResponse:
            response = _graphql_response(answer, changes)
            if not response.errors:
                self._kept.keep(operation_name, body, answer)
            return response

        sending = _sending(connections, request, operation_name, changes, auth, graphql=True)
        return await self._dispatcher.send(sending, judged)

    async def rest(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        changes: bool | None = None,
    ) -> bytes | None:
        """Send one REST request and return the JSON text of its answer, None if it has none (204).

        Args:
            method: The HTTP method.
            path: The path below the REST base: begins with "/", and its parameters are escaped.
            query: The query; None is left out, booleans become true and false, a list repeats its name.
            body: The body, anything that pydantic can write as JSON; None sends none.
            changes: Whether the request may change something; without it, the method says so. What may is sent again
                only when it was not made for certain.

        Raises:
            PantherMcpError: As above. An answer that is cut off inside valid framing and still ends like JSON
                is left to the parser of the caller.
        """
        _check_path(path)
        connections, endpoints, auth = await self._ready()
        try:
            request = connections.build_request(
                method,
                f"{endpoints.rest}{path}",
                params=tuple(_query_pairs(query or {})) or None,
                content=None if body is None else _to_json(body),
                headers=_JSON_BODY if body is not None else None,
            )
        except httpx2.InvalidURL as error:
            # The base is sound: only an argument can make the address too long or give it odd characters.
            raise InvalidInput("An argument is too long for an address.", hint="Shorten the id or filter.") from error
        if changes is None:
            changes = method.upper() not in ("GET", "HEAD")
        sending = _sending(connections, request, rest_operation(method, path), changes, auth)
        return await self._dispatcher.send(sending, lambda answer: _rest_body(answer, method, changes))

    async def endpoints(self) -> Endpoints:
        """Return where the API is, looked up where the settings do not say. Raises `PantherMcpError`."""
        return (await self._ready())[1]

    async def aclose(self) -> None:
        """Close the connections. A later call opens new ones."""
        await self._locator.aclose()
        if self._connections is not None:
            connections, self._connections = self._connections, None
            await connections.aclose()

    async def _ready(self) -> tuple[Connections, Endpoints, ApiKeyAuth]:
        if (token := self._settings.api_token) is None:
            raise Unauthenticated(
                "This server has no API token for Panther.",
                hint=(
                    "Set PANTHER_API_TOKEN (Panther console: Settings > API Tokens) in the configuration of "
                    "your MCP client, and restart the server."
                ),
            )
        if self._connections is None:
            self._connections = Connections(lambda: new_client(self._settings))
        endpoints = await self._locator.locate(self._connections)
        # Parsing the addresses for each request would be a twentieth of its CPU time.
        if self._auth is None or self._auth[0] is not endpoints:
            self._auth = endpoints, ApiKeyAuth(token, endpoints)
        return self._connections, endpoints, self._auth[1]


def _sending(
    connections: Connections,
    request: httpx2.Request,
    operation: str,
    changes: bool,
    auth: ApiKeyAuth,
    graphql: bool = False,
) -> Sending:
    return Sending(
        connections=connections,
        request=request,
        operation=operation,
        limit=_ANSWER_LIMIT,
        changes=changes,
        auth=auth,
        graphql=graphql,
    )


def _graphql_response(answer: Answer, changes: bool) -> GraphQLResponse:
    body = _parsed(answer)
    errors = graphql_errors(body)
    if errors and answer.status in (400, 422):
        raise graphql_error(errors)  # a document or variables that fail validation
    if answer.status in (404, 405):
        raise no_api_here(f"HTTP {answer.status}")
    if not 200 <= answer.status < 300:
        raise status_error(answer, changes=changes)
    data = cast("dict[str, Any]", body).get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise graphql_error(errors) if errors else unreadable(answer, "it is no GraphQL answer")
    values = cast("dict[str, Any]", data)
    if errors and all(value is None for value in values.values()):
        raise graphql_error(errors)
    return GraphQLResponse(values, errors)


def _rest_body(answer: Answer, method: str, changes: bool) -> bytes | None:
    if not 200 <= answer.status < 300:
        raise status_error(answer, changes=changes)
    text = answer.body.strip()
    if changes and method.upper() in ("POST", "PUT") and answer.status != 204 and text in (b"", b"{}"):
        # They are answered with the object; DELETE and PATCH are not.
        raise UpstreamError("Panther did not confirm the change.", hint=UNCERTAIN)
    if answer.status == 204 or not text:
        return None
    if text == b"{}" and method.upper() == "GET":
        # Nothing that can be read is empty; as an object it would pass for one whose fields are all unset.
        raise unreadable(answer, "it is empty")
    first, last = text[:1], text[-1:]
    if first not in _JSON_STARTS or last != _JSON_ENDS.get(first, last):
        raise unreadable(answer, "it is no JSON, or only a part of it")
    return answer.body


def _to_json(value: Any) -> bytes:
    try:
        return to_json(value)
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise InvalidInput("An argument holds text that cannot be written as JSON.") from error


def _parsed(answer: Answer) -> Any:
    """Return the parsed body, or None for an unsuccessful answer that is no JSON: its status says enough."""
    try:
        return from_json(answer.body)
    except ValueError as error:
        if not 200 <= answer.status < 300:
            return None
        raise unreadable(answer, "it is no JSON, or only a part of it") from error


def _query_pairs(query: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in query.items():
        for item in cast("list[Any]", value) if isinstance(value, list | tuple) else (value,):
            if item is None:
                continue
            plain = item.value if isinstance(item, Enum) else item
            yield name, str(plain).lower() if isinstance(plain, bool) else str(plain)


def _check_path(path: str) -> None:
    """Refuse a path that leads elsewhere than it says. The client escapes; this is the second lock."""
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or _UNESCAPED.search(path):
        raise InternalError("A REST path was not escaped.")
    if any(segment in (".", "..") for segment in re.split(r"[/\\]", unquote(path))):
        raise InvalidInput("An id must not hold the path segments '.' or '..'.")
