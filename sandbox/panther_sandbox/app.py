"""The HTTP application: the console's page, the GraphQL endpoint, and everything else is REST."""

from __future__ import annotations

import json
from typing import Any, cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from panther_sandbox.auth import TOKEN_HEADER, Caller, authenticate
from panther_sandbox.console import console_page
from panther_sandbox.control import control_routes
from panther_sandbox.errors import InvalidInputError, SandboxError
from panther_sandbox.graphql_api.execution import GraphQLApi
from panther_sandbox.rest_api.api import RestApi, refusal
from panther_sandbox.rest_api.routing import Answer
from panther_sandbox.sandbox import Sandbox

_CLIENT_GONE = 499
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_app(sandbox: Sandbox) -> Starlette:
    """Return the application that serves a sandbox."""
    graphql_api = GraphQLApi(sandbox)
    rest_api = RestApi(sandbox)

    async def console(request: Request) -> Response:
        return HTMLResponse(console_page(str(request.base_url).rstrip("/")))

    async def graphql(request: Request) -> Response:
        with sandbox.journal.serving():
            return await _graphql(request)

    async def _graphql(request: Request) -> Response:
        content = await request.body()

        def answer() -> Answer:
            try:
                caller = _caller(sandbox, request)
                document, variables, operation_name = _graphql_request(_json_body(content))
            except InvalidInputError as error:
                return Answer(error.status, {"errors": [{"message": str(error)}]})
            except SandboxError as error:
                return refusal(error)
            return Answer(200, graphql_api.answer(caller, document, variables, operation_name))

        return _respond(await run_in_threadpool(answer))

    async def rest(request: Request) -> Response:
        with sandbox.journal.serving():
            return await _rest(request)

    async def _rest(request: Request) -> Response:
        content = await request.body()

        def answer() -> Answer:
            try:
                caller = _caller(sandbox, request)
                body = _json_body(content)
            except SandboxError as error:
                return refusal(error)
            raw_path = cast("bytes", request.scope.get("raw_path") or request.url.path.encode())
            query = {name: request.query_params.getlist(name) for name in request.query_params}
            return rest_api.answer(caller, request.method, raw_path, query, body)

        return _respond(await run_in_threadpool(answer))

    return Starlette(
        routes=[
            Route("/", console, methods=["GET"]),
            Route("/public/graphql", graphql, methods=["POST"]),
            *control_routes(sandbox),
            Route("/{path:path}", rest, methods=_METHODS),
        ],
        exception_handlers={ClientDisconnect: _unread},
    )


async def _unread(_request: Request, _error: Exception) -> Response:
    """Answer a client that left in the middle of its request: nobody reads it, and it is no failure to log."""
    return Response(status_code=_CLIENT_GONE)


def _caller(sandbox: Sandbox, request: Request) -> Caller:
    address = request.client.host if request.client else None
    return authenticate(sandbox, request.headers.get(TOKEN_HEADER), address)


def _json_body(content: bytes) -> Any:
    if not content:
        return None
    try:
        body = json.loads(content, parse_constant=_refuse_constant)
        # Half of a surrogate pair is JSON, but no text that could be stored.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidInputError("the body is not valid JSON") from None
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _graphql_request(body: Any) -> tuple[str, dict[str, Any] | None, str | None]:
    """Return document, variables and operation name; raise InvalidInputError when the body is no GraphQL request."""
    request = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    document, variables, name = request.get("query"), request.get("variables"), request.get("operationName")
    if not isinstance(document, str):
        raise InvalidInputError("the body must be a JSON object with a query")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInputError("variables must be a JSON object")
    if name is not None and not isinstance(name, str):
        raise InvalidInputError("operationName must be a string")
    return document, cast("dict[str, Any] | None", variables), name


def _respond(answer: Answer) -> Response:
    """Return the response; one without a body still says that it is JSON, as Panther's do."""
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    return Response(content, answer.status, dict(answer.headers), media_type="application/json")
