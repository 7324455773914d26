"""Ids that try to be more than one segment of a path: what arrives at Panther is one id, or nothing."""

from typing import Any
from urllib.parse import unquote

import pytest

INJECTIONS = [
    "../api-tokens/self",
    "../../api-tokens/self",
    "x/../../api-tokens/self",
    "x/../y",
    "/api-tokens/self",
    "//evil.example/x",
    "///evil.example",
    "http://evil.example/x",
    "https://evil.example:443/",
    "@evil.example/x",
    "x@evil.example:80",
    ":80/x",
    "\\\\evil.example\\x",
    "..\\api-tokens\\self",
    "..",
    ".",
    "...",
    "./x",
    "x/.",
    "x/..",
    "..;/api-tokens/self",
    "%2e%2e",
    "%2e%2e/api-tokens/self",
    "%2e%2e%2fapi-tokens%2fself",
    "..%2fapi-tokens%2fself",
    "..%252fapi-tokens%252fself",
    "%252e%252e%252f",
    "..%c0%afapi-tokens",
    "..%ef%bc%8fapi-tokens",
    "\uff0e\uff0e\uff0fapi-tokens",
    "\u2024\u2024/api-tokens",
    "x?include=secrets",
    "x?run-tests-first=false&x=",
    "?",
    "x#fragment",
    "#",
    "x;v=1",
    "x&y=1",
    "x y",
    "x+y",
    "x%00y",
    "x\x00y",
    "x\r\nX-Injected: 1",
    "x HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /api-tokens/self",
    "x\ny",
    "x\ty",
    "self",
    "*",
    "x,y",
    "{id}",
    "\u202eself",
    "\ud83d\ude00",
]
# A tool, its id, what else it needs, and the collection that its first request is about.
TOOLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "delete_data_model": ("data_model_id", {}, "data-models"),
    "delete_role": ("role_id", {}, "roles"),
    "update_alert_comment": ("comment_id", {"comment": "x"}, "alert-comments"),
    "update_scheduled_query": ("query_id", {"name": "x"}, "queries"),
    "update_global_helper": ("helper_id", {"description": "x"}, "globals"),
}


class Nothing(dict[str, Any]):
    """A Panther that has nothing."""

    def __missing__(self, name: str) -> Any:
        return 404, {"message": "there is none"}


def test_there_are_enough() -> None:
    assert len(set(INJECTIONS)) >= 50


@pytest.mark.parametrize("tool", TOOLS)
async def test_an_id_is_one_segment_of_the_path(script: Any, scripted: Any, tool: str) -> None:
    script.answers = Nothing()
    param, more, collection = TOOLS[tool]
    arrived = 0
    for injection in INJECTIONS:
        before = len(script.asked)
        error = await scripted.refused(tool, {param: injection} | more)
        assert error["code"] in ("not_found", "invalid_input"), injection
        for name, query in script.asked[before:]:
            method, _, path = name.partition(" ")
            assert method == "GET"
            begin, _, segment = path.rpartition("/")
            assert (begin, query) == (f"/{collection}", {}), injection
            # Of the address of a page in the console, the last segment is the id.
            is_page = injection.startswith(("http://", "https://"))
            assert unquote(segment) == (injection.rpartition("/")[2] if is_page else injection.strip())
            assert segment not in ("", ".", "..")
            arrived += 1
    assert arrived > len(INJECTIONS) / 2
