"""Where Panther's API is: from the settings where they say so, else asked once of the console's page."""

import asyncio
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx2
from pydantic_core import from_json

from panther_mcp.connections import Connections
from panther_mcp.errors import BlockedByPolicy, Unavailable, UpstreamError
from panther_mcp.resilience.call_scope import shared_work
from panther_mcp.resilience.dispatcher import Dispatcher, Sending
from panther_mcp.settings import Settings, is_loopback
from panther_mcp.wire import Answer, origin

GRAPHQL_PATH: Final = "/public/graphql"
_INTERNAL_GRAPHQL_PATH: Final = "/internal/graphql"
_CONFIG_ID: Final = "__PANTHER_CONFIG__"
# A real console's page has a few kilobytes; the tag stands in its head.
_PAGE_LIMIT: Final = 2 << 20
_PARSED_AT_ONCE: Final = 64 << 10
_SAME_ORIGIN_REDIRECTS: Final = 3
_EXPLICIT_HINT: Final = (
    "Set PANTHER_GQL_API_URL (https://api.<your instance>/public/graphql) and PANTHER_REST_API_URL "
    "(https://api.<your instance>): then nothing has to be looked up."
)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URLs of an API, without trailing slash: `graphql` is complete, paths are added to `rest`."""

    graphql: str
    rest: str


class EndpointLocator:
    """Finds the endpoints on first use and keeps them. Calls at the same time share one lookup.

    A failure is told to everyone who waited for it and then forgotten, so that the next call looks again.
    """

    def __init__(self, settings: Settings, dispatcher: Dispatcher) -> None:
        self._settings, self._dispatcher = settings, dispatcher
        self._found: Endpoints | None = None
        self._lookup: asyncio.Task[Endpoints] | None = None

    async def locate(self, connections: Connections) -> Endpoints:
        """Return the endpoints; raises as the function `locate` does."""
        if self._found is not None:
            return self._found
        if self._lookup is None:
            self._lookup = asyncio.create_task(self._locate(connections), name="panther-endpoints")
            self._lookup.add_done_callback(self._keep)
        # Shielded: one caller's cancellation must not take the answer away from the others.
        return await asyncio.shield(self._lookup)

    async def aclose(self) -> None:
        """Stop a lookup that is under way."""
        if self._lookup is not None:
            self._lookup.cancel()
            await asyncio.wait((self._lookup,))

    async def _locate(self, connections: Connections) -> Endpoints:
        with shared_work("endpoints"):
            return await locate(self._settings, connections, self._dispatcher)

    def _keep(self, lookup: asyncio.Task[Endpoints]) -> None:
        self._lookup = None
        # exception() also marks a failure as seen, if everyone who waited for it is gone.
        if not lookup.cancelled() and lookup.exception() is None:
            self._found = lookup.result()


async def locate(settings: Settings, connections: Connections, dispatcher: Dispatcher) -> Endpoints:
    """Return the endpoints that `settings` lead to, asking the console's page only if nothing else decides.

    The page is fetched without the API key: it is public, and where the key may go is not known yet.

    Raises:
        Unavailable: No URL is set, or the console cannot be reached or read.
        BlockedByPolicy: An address would carry the key in clear over a network.
        DeadlineExceeded: The console does not answer in time.
    """
    found = stated(settings)
    if found is None:
        instance = cast("str", settings.instance_url)
        require_private(instance, settings)
        base = _base(instance) or await _look_up(instance, connections, dispatcher)
        found = Endpoints(graphql=settings.graphql_url or f"{base}{GRAPHQL_PATH}", rest=settings.rest_url or base)
    require_private(found.graphql, settings)
    require_private(found.rest, settings)
    return found


def stated(settings: Settings) -> Endpoints | None:
    """Return the endpoints if the settings alone decide them, else None (then `instance_url` is set).

    Raises:
        Unavailable: The settings hold too little.
    """
    graphql, rest = settings.graphql_url, settings.rest_url
    if graphql and not rest and graphql.endswith(GRAPHQL_PATH):
        rest = graphql.removesuffix(GRAPHQL_PATH)
    if rest and not graphql:
        graphql = f"{rest}{GRAPHQL_PATH}"
    if graphql and rest:
        return Endpoints(graphql, rest)
    if settings.instance_url:
        return None
    if graphql:
        raise Unavailable(
            "The address of Panther's REST API cannot be told from PANTHER_GQL_API_URL.",
            hint="Set PANTHER_REST_API_URL too, or PANTHER_INSTANCE_URL.",
        )
    raise Unavailable(
        "This server does not know which Panther to talk to.",
        hint="Set PANTHER_INSTANCE_URL (for example https://acme.runpanther.net) and restart the server.",
    )


def require_private(url: str, settings: Settings) -> None:
    """Refuse a plain-http address of another machine: the API key would cross the network in clear.

    Raises:
        BlockedByPolicy: It is one, and PANTHER_ALLOW_INSECURE_INSTANCE is not set.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or not settings.verify_tls or is_loopback(parts.hostname):
        return
    raise BlockedByPolicy(
        f"The address of Panther ({parts.scheme}://{parts.hostname}) is not encrypted.",
        hint=(
            "Use https. PANTHER_ALLOW_INSECURE_INSTANCE=true allows plain http, for test instances only: "
            "the API token then crosses the network in clear."
        ),
        details={"rule": "https_required"},
    )


def console_base(page: str) -> str | None:
    """Return the API's base URL that a console's page names, or None if the page has no configuration at all.

    Raises:
        ValueError: There is a configuration, but it is malformed or names no API.
    """
    parser = _ConfigParser()
    for start in range(0, len(page), _PARSED_AT_ONCE):
        parser.feed(page[start : start + _PARSED_AT_ONCE])
        if parser.complete:
            break
    if parser.text is None:
        return None
    config = from_json(parser.text)
    if not isinstance(config, dict):
        raise ValueError("not an object")
    members = cast("dict[str, Any]", config)
    rest, internal = members.get("rest"), members.get("WEB_APPLICATION_GRAPHQL_API_ENDPOINT")
    if isinstance(rest, str) and rest.strip():
        return _web_address(rest)
    if isinstance(internal, str) and internal.strip():
        return _web_address(internal).removesuffix(_INTERNAL_GRAPHQL_PATH).removesuffix(GRAPHQL_PATH)
    raise ValueError("no API address in it")


def _base(instance: str) -> str | None:
    """Return the API's base URL if `instance` is an address of the API already, else None."""
    for suffix in (GRAPHQL_PATH, _INTERNAL_GRAPHQL_PATH):
        if instance.endswith(suffix):
            return instance.removesuffix(suffix)
    return instance if (urlsplit(instance).hostname or "").startswith("api.") else None


async def _look_up(instance: str, connections: Connections, dispatcher: Dispatcher) -> str:
    try:
        answer = await _fetch(instance, connections, dispatcher)
        # A refusal is what an API's root answers: no page to read, so the instance is the base.
        base = console_base(answer.body.decode("utf-8", "replace")) if answer.status < 300 else None
    except UpstreamError as error:
        raise Unavailable(
            f"The page at {instance} cannot be read. {error.message}", hint=_EXPLICIT_HINT, details=error.details
        ) from error
    except ValueError as error:
        raise Unavailable(
            f"The configuration in the console's page at {instance} cannot be used.", hint=_EXPLICIT_HINT
        ) from error
    return base or instance


async def _fetch(instance: str, connections: Connections, dispatcher: Dispatcher) -> Answer:
    """Get the console's page. A redirect within its origin is followed; one elsewhere is an error."""
    url = httpx2.URL(instance)

    def whole(answer: Answer) -> Answer:
        if answer.status in (408, 429) or answer.status >= 500:
            raise Unavailable(
                f"The console at {instance} does not answer properly (HTTP {answer.status}).",
                hint=f"Try again in a moment. {_EXPLICIT_HINT}",
                retryable=True,
            )
        return answer

    for _ in range(_SAME_ORIGIN_REDIRECTS + 1):
        request = connections.build_request("GET", url, headers={"Accept": "text/html"})
        sending = Sending(connections=connections, request=request, operation="GET console", limit=_PAGE_LIMIT)
        answer = await dispatcher.send(sending, whole)
        if not 300 <= answer.status < 400:
            return answer
        try:
            target = url.join(answer.headers.get("location", ""))
        except httpx2.InvalidURL:
            break
        if origin(target) != origin(url):
            raise Unavailable(
                f"{instance} sends visitors to another place ({target.scheme}://{target.host}).",
                hint=f"If that is your Panther console, set PANTHER_INSTANCE_URL to it. {_EXPLICIT_HINT}",
            )
        url = target
    raise Unavailable(f"{instance} answers with one redirect after another.", hint=_EXPLICIT_HINT)


def _web_address(raw: str) -> str:
    url = raw.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("not a web address")
    return url


class _ConfigParser(HTMLParser):
    """Collects the text of the first script tag whose id is the configuration's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside = False
        self.text: str | None = None
        self.complete = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notice the tag."""
        if tag == "script" and self.text is None and dict(attrs).get("id") == _CONFIG_ID:
            self._inside, self.text = True, ""

    def handle_data(self, data: str) -> None:
        """Collect: the parser may hand the text over in pieces."""
        if self._inside:
            self.text = (self.text or "") + data

    def handle_endtag(self, tag: str) -> None:
        """Stop at the end of the script."""
        if self._inside and tag == "script":
            self._inside, self.complete = False, True
