"""Where the API is: from the settings, from the console's page, and what happens when neither says so."""

import asyncio
import json

import pytest

from panther_mcp.endpoints import Endpoints, console_base, stated
from panther_mcp.errors import BlockedByPolicy, DeadlineExceeded, Unavailable
from panther_mcp.settings import Settings

GQL = "/public/graphql"
API = "https://api.acme.example"


def page(config: object, tag: str = '<script id="__PANTHER_CONFIG__" type="application/json">') -> bytes:
    text = config if isinstance(config, str) else json.dumps(config)
    return f"<!doctype html><html><head><title>a</title>{tag}{text}</script></head></html>".encode()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"graphql_url": f"{API}{GQL}"}, (f"{API}{GQL}", API)),
        ({"rest_url": f"{API}/v1"}, (f"{API}/v1{GQL}", f"{API}/v1")),
        ({"graphql_url": "https://g.example/q", "rest_url": API}, ("https://g.example/q", API)),
        ({"graphql_url": "https://g.example/q", "instance_url": "https://c.example"}, None),
        ({"instance_url": "https://c.example"}, None),
    ],
)
def test_stated(settings, expected):
    assert stated(Settings(**settings)) == (expected and Endpoints(*expected))


def test_a_graphql_address_that_tells_nothing_about_rest():
    with pytest.raises(Unavailable) as caught:
        stated(Settings(graphql_url="https://g.example/q"))
    assert "PANTHER_REST_API_URL" in caught.value.hint


@pytest.mark.parametrize(
    "tag",
    [
        '<script id="__PANTHER_CONFIG__" type="application/json">',
        "<script type='application/json' id='__PANTHER_CONFIG__'>",
        "<SCRIPT nonce=x ID=__PANTHER_CONFIG__ >",
        '<!-- <script id="__PANTHER_CONFIG__">{}</script> --><script\n id="__PANTHER_CONFIG__"\n>',
        '<script id="other">{"rest": "https://wrong.example"}</script><script id="__PANTHER_CONFIG__">',
    ],
)
def test_the_tag_in_any_spelling(tag):
    assert console_base(page({"rest": f"{API}/"}, tag).decode()) == API


def test_the_tag_far_down_in_the_page():
    assert console_base("<p>filler</p>" * 20_000 + page({"rest": API}).decode()) == API


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"rest": API, "WEB_APPLICATION_GRAPHQL_API_ENDPOINT": "https://x.example/internal/graphql"}, API),
        ({"WEB_APPLICATION_GRAPHQL_API_ENDPOINT": f"{API}/internal/graphql"}, API),
        ({"rest": "", "WEB_APPLICATION_GRAPHQL_API_ENDPOINT": f"{API}/internal/graphql/"}, API),
    ],
)
def test_what_the_configuration_says(config, expected):
    assert console_base(page(config).decode()) == expected


@pytest.mark.parametrize(
    "config",
    ["", "{", "[]", "null", {}, {"rest": 5}, {"rest": "javascript:x"}, {"rest": "https://u:p@x.example"}],
)
def test_a_configuration_that_cannot_be_used(config):
    with pytest.raises(ValueError):
        console_base(page(config).decode())


@pytest.mark.parametrize("text", ["", "<html></html>", '{"message": "Missing Token"}', "\x00<script"])
def test_no_configuration(text):
    assert console_base(text) is None


@pytest.fixture
def look_up(wire, answer, connect):
    """Return a call to REST /x through a client that knows only the instance."""
    wire.answers["/x"] = answer(200, b"[]")

    def call(path: str = "", **settings):
        return connect(rest_url=None, instance_url=wire.url + path, **settings).rest("GET", "/x")

    return call


@pytest.mark.parametrize("path", ["", GQL, "/internal/graphql"])
async def test_addresses_of_the_api_itself(wire, answer, look_up, path):
    wire.answers["/"] = answer(403, {"message": "Missing Authentication Token"})
    assert await look_up(path) == b"[]"
    assert [request.target for request in wire.received] == (["/", "/x"] if path == "" else ["/x"])


async def test_a_console_is_asked_once_and_without_the_key(wire, answer, connect):
    wire.answers |= {
        "/": answer(200, page({"rest": f"{wire.url}/api"}), "text/html"),
        "/api/x": answer(200, b"[]"),
        f"/api{GQL}": answer(200, {"data": {"a": 1}}),
    }
    http = connect(rest_url=None, instance_url=wire.url)
    await asyncio.gather(*(http.rest("GET", "/x") for _ in range(5)))
    await http.graphql("{ a }", operation_name="A", variables={})
    lookups = [request for request in wire.received if request.target == "/"]
    assert len(lookups) == 1
    assert "x-api-key" not in lookups[0].headers
    assert all("x-api-key" in request.headers for request in wire.received if request.target != "/")


async def test_one_explicit_address_beside_a_console(wire, answer, connect):
    wire.answers |= {
        "/": answer(200, page({"rest": f"{wire.url}/api"}), "text/html"),
        "/api/x": answer(200, b"[]"),
        "/gateway": answer(200, {"data": {"a": 1}}),
    }
    http = connect(rest_url=None, instance_url=wire.url, graphql_url=f"{wire.url}/gateway")
    assert await http.rest("GET", "/x") == b"[]"
    assert (await http.graphql("{ a }", operation_name="A", variables={})).data == {"a": 1}


async def test_a_failed_lookup_is_shared_and_then_repeated(wire, answer, connect):
    wire.answers["/"] = answer(503)
    wire.answers["/x"] = answer(200, b"[]")
    http = connect(rest_url=None, instance_url=wire.url)
    results = await asyncio.gather(*(http.rest("GET", "/x") for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    assert len(wire.received) == 1
    wire.answers["/"] = answer(200, b"<html>", "text/html")
    assert await http.rest("GET", "/x") == b"[]"


async def test_a_cancelled_caller_leaves_the_lookup_to_the_others(wire, answer, connect):
    wire.answers |= {"/": None, "/x": answer(200, b"[]")}
    http = connect(rest_url=None, instance_url=wire.url)
    first, second = (asyncio.create_task(http.rest("GET", "/x")) for _ in range(2))
    await wire.arrived.wait()
    first.cancel()
    wire.late = answer(200, b"<html>", "text/html")
    wire.released.set()
    assert await second == b"[]"
    assert first.cancelled()
    assert [request.target for request in wire.received] == ["/", "/x"]


async def test_closing_during_a_lookup(wire, connect):
    wire.answers["/"] = None
    http = connect(rest_url=None, instance_url=wire.url)
    call = asyncio.create_task(http.rest("GET", "/x"))
    await wire.arrived.wait()
    await http.aclose()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_redirects_of_a_console(wire, answer, look_up, failure):
    wire.answers["/"] = answer(302, Location="/app/")
    wire.answers["/app/"] = answer(200, page({"rest": wire.url}), "text/html")
    assert await look_up() == b"[]"
    wire.answers["/app/"] = answer(302, Location="/")
    assert "redirect" in (await failure(look_up())).message
    wire.answers["/"] = answer(302, Location="https://login.example/?next=x")
    error = await failure(look_up())
    assert isinstance(error, Unavailable)
    assert "https://login.example" in error.message


async def test_a_malformed_configuration_says_what_to_set(wire, answer, look_up, failure):
    wire.answers["/"] = answer(200, page("{broken"), "text/html")
    error = await failure(look_up())
    assert isinstance(error, Unavailable)
    assert "PANTHER_GQL_API_URL" in error.hint
    assert "PANTHER_REST_API_URL" in error.hint


async def test_an_endless_page(wire, answer, look_up, failure):
    wire.answers["/"] = answer(200, b"<p>" * (1 << 20), "text/html")
    error = await failure(look_up())
    assert isinstance(error, Unavailable)
    assert "2 MiB" in error.message


async def test_a_console_that_hangs(wire, look_up, failure):
    wire.answers["/"] = None
    assert isinstance(await failure(look_up(read_timeout=0.05)), DeadlineExceeded)


async def test_a_console_may_not_send_the_key_over_plain_http(wire, answer, look_up, failure):
    wire.answers["/"] = answer(200, page({"rest": "http://api.acme.example"}), "text/html")
    assert isinstance(await failure(look_up()), BlockedByPolicy)
