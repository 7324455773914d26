"""The one way to Panther: a shared HTTP client for GraphQL and REST; failures come as our own errors."""

import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast
from urllib.parse import unquote

import httpx2
from pydantic_core import PydanticSerializationError, from_json, to_json

from panther_mcp.endpoints import EndpointLocator, Endpoints, origin
from panther_mcp.errors import InternalError, InvalidInput, Unauthenticated
from panther_mcp.installation import package_version
from panther_mcp.settings import Secret, Settings
from panther_mcp.upstream import graphql_error, graphql_errors, no_api_here, status_error, unreadable
from panther_mcp.wire import Answer, exchange

_ANSWER_LIMIT: Final = 32 << 20
# All are kept: with fewer, calls side by side would open and close them in turn.
_CONNECTIONS: Final = 32
_KEPT_ALIVE_SECONDS: Final = 30.0
# Only decides how a failure is described, so that a field of this name at the start of a line does no harm.
_MUTATION: Final = re.compile(r"^\s*mutation\b", re.MULTILINE)
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
    UpstreamError, BlockedByPolicy (plain http). Nothing is ever sent twice.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._locator = EndpointLocator(settings)
        self._auth: tuple[Endpoints, ApiKeyAuth] | None = None

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Send one GraphQL operation and return its data, with the errors if only a part of it failed.

        Args:
            query: The document, with the operation and the fragments that it uses.
            operation_name: The operation of the document to run.
            variables: Its variables; anything that pydantic can write as JSON.

        Raises:
            PantherMcpError: As above; also where `errors` came and no top-level value of the data is left.
        """
        client, _, auth = await self._ready()
        payload = {"query": query, "operationName": operation_name, "variables": variables}
        request = client.build_request("POST", auth.graphql, content=_to_json(payload), headers=_JSON_BODY)
        changes = _MUTATION.search(query) is not None
        answer = await self._exchange(client, request, auth, changes)
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
            changes: Whether the request changes something; without it, the method says so. Only decides how a
                failure is described.

        Raises:
            PantherMcpError: As above. An answer that is cut off inside valid framing and still ends like JSON
                is left to the parser of the caller.
        """
        _check_path(path)
        client, endpoints, auth = await self._ready()
        try:
            request = client.build_request(
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
        answer = await self._exchange(client, request, auth, changes)
        if not 200 <= answer.status < 300:
            raise status_error(answer, changes=changes)
        text = answer.body.strip()
        if answer.status == 204 or not text:
            return None
        first, last = text[:1], text[-1:]
        if first not in _JSON_STARTS or last != _JSON_ENDS.get(first, last):
            raise unreadable(answer, "it is no JSON, or only a part of it")
        return answer.body

    async def aclose(self) -> None:
        """Close the connections. A later call opens new ones."""
        await self._locator.aclose()
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _ready(self) -> tuple[httpx2.AsyncClient, Endpoints, ApiKeyAuth]:
        if (token := self._settings.api_token) is None:
            raise Unauthenticated(
                "This server has no API token for Panther.",
                hint=(
                    "Set PANTHER_API_TOKEN (Panther console: Settings > API Tokens) in the configuration of "
                    "your MCP client, and restart the server."
                ),
            )
        if self._client is None:
            self._client = _new_client(self._settings)
        endpoints = await self._locator.locate(self._client)
        # Parsing the addresses for each request would be a twentieth of its CPU time.
        if self._auth is None or self._auth[0] is not endpoints:
            self._auth = endpoints, ApiKeyAuth(token, endpoints)
        return self._client, endpoints, self._auth[1]

    async def _exchange(
        self, client: httpx2.AsyncClient, request: httpx2.Request, auth: ApiKeyAuth, changes: bool
    ) -> Answer:
        return await exchange(
            client,
            request,
            deadline=self._settings.call_timeout,
            limit=_ANSWER_LIMIT,
            auth=auth,
            changes=changes,
        )


def _new_client(settings: Settings) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        verify=settings.verify_tls,
        timeout=httpx2.Timeout(settings.read_timeout, connect=settings.connect_timeout),
        limits=httpx2.Limits(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_ALIVE_SECONDS,
        ),
        follow_redirects=False,
        headers={"User-Agent": f"panther-mcp/{package_version()}", "Accept": "application/json"},
        # A proxy from the environment cannot reach this machine's loopback, and must not see its key.
        mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
    )


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
