"""What models write for arguments, brought into the form that a tool takes, or refused."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from panther_mcp.arguments import ArgumentValidator, Id, Timestamp, normalise
from panther_mcp.errors import InvalidInput

SCHEMA = {
    "properties": {
        "text": {"type": "string"},
        "name": {"type": "string"},
        "items": {"type": "array"},
        "ids": {"type": "array"},
        "count": {"type": "integer"},
        "thing": {"type": "object"},
    },
    "required": ["text", "ids"],
}
NORMALISED = {
    "null for an optional one": ({"name": None, "items": None, "count": None}, {}),
    "empty for an optional one": ({"name": "", "items": "", "count": ""}, {}),
    "null for a required one": ({"text": None, "ids": None}, {"text": None, "ids": None}),
    "empty for a required one": ({"text": "", "ids": ""}, {"text": "", "ids": ""}),
    "a single value": ({"items": "a", "ids": "b"}, {"items": ["a"], "ids": ["b"]}),
    "a list as JSON text": ({"items": '["a", "b"]', "ids": "[]"}, {"items": ["a", "b"], "ids": []}),
    "what only looks like it": ({"items": "[a", "ids": "[x] done"}, {"items": ["[a"], "ids": ["[x] done"]}),
    "a single number": ({"items": 0}, {"items": [0]}),
    "a list": ({"items": [], "ids": ["a", "b"]}, {"items": [], "ids": ["a", "b"]}),
    "an object": ({"items": {"a": 1}}, {"items": {"a": 1}}),
    "an object as JSON text": ({"thing": '{"a": "b"}', "name": "{}"}, {"thing": {"a": "b"}, "name": "{}"}),
    "what is no object": ({"thing": "{a"}, {"thing": "{a"}),
    "false and zero": ({"name": False, "count": 0}, {"name": False, "count": 0}),
    "unknown": ({"other": None, "another": ""}, {"other": None, "another": ""}),
}


@pytest.mark.parametrize(("given", "expected"), NORMALISED.values(), ids=NORMALISED)
def test_normalise(given, expected):
    assert normalise(given, SCHEMA) == expected


def test_normalise_leaves_its_argument_alone():
    given = {"items": "a", "name": None}
    normalise(given, SCHEMA)
    assert given == {"items": "a", "name": None}


async def tool(
    call: object,
    *,
    ids: Annotated[list[str], Field(min_length=1)],
    kind: Literal["a", "b"] = "a",
    count: Annotated[int, Field(ge=1, le=5)] = 2,
    since: Timestamp | None = None,
) -> None:
    """A tool's function: what is validated is everything but the call."""


def test_defaults_are_filled_in():
    assert ArgumentValidator(tool)({"ids": ["x"]}) == {"ids": ["x"], "kind": "a", "count": 2, "since": None}


REFUSED = {
    "missing": ({}, "ids: this argument is required"),
    "too few": ({"ids": []}, "ids: List should have at least 1 item after validation, not 0"),
    "an item": ({"ids": ["x", 5]}, "ids.1: Input should be a valid string"),
    "enum": ({"ids": ["x"], "kind": "c"}, "kind: Input should be 'a' or 'b'"),
    "bound": ({"ids": ["x"], "count": 6}, "count: Input should be less than or equal to 5"),
    "unknown": ({"ids": ["x"], "zzz": 1}, "zzz: there is no such argument"),
    "near": ({"ids": ["x"], "counts": 1}, "counts: there is no such argument (did you mean count?)"),
    "the call": ({"ids": ["x"], "call": 1}, "call: there is no such argument"),
    "several": ({"kind": 1, "count": 0}, "ids: this argument is required; kind: Input should be 'a' or 'b'; count: "),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_named(given, message):
    with pytest.raises(InvalidInput) as caught:
        ArgumentValidator(tool)(given)
    assert caught.value.message.startswith(f"These arguments do not fit: {message}")
    assert caught.value.hint == "Mend the arguments as the tool's input schema says, and call again."


def test_values_are_not_repeated():
    with pytest.raises(InvalidInput) as caught:
        ArgumentValidator(tool)({"ids": ["x"], "count": "s3cret", "since": "s3cret", "kind": "s3cret"})
    assert "s3cret" not in f"{caught.value}{caught.value.__cause__}"


timestamp = TypeAdapter(Timestamp).validate_python
TIMES = {
    "2026-03-01T12:00:00Z": "2026-03-01T12:00:00.000Z",
    "2026-03-01T12:00:00.123456Z": "2026-03-01T12:00:00.123Z",
    "2026-03-01T12:00:00+02:00": "2026-03-01T10:00:00.000Z",
    "2026-03-01T12:00:00": "2026-03-01T12:00:00.000Z",
    "2026-03-01 12:00": "2026-03-01T12:00:00.000Z",
    "2026-03-01": "2026-03-01T00:00:00.000Z",
    " 2026-03-01 ": "2026-03-01T00:00:00.000Z",
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_times_become_utc(text, expected):
    assert timestamp(text) == expected


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", timedelta()),
        ("NOW", timedelta()),
        ("-90s", timedelta(seconds=90)),
        ("-30m", timedelta(minutes=30)),
        ("-12h", timedelta(hours=12)),
        (" -7 D ", timedelta(days=7)),
        ("-2w", timedelta(weeks=2)),
        ("-0d", timedelta()),
    ],
)
def test_relative_times_count_from_now(text, ago):
    before = datetime.now(UTC) - ago - timedelta(milliseconds=1)
    assert before <= datetime.fromisoformat(timestamp(text)) <= datetime.now(UTC) - ago


@pytest.mark.parametrize(
    "text", ["", "soon", "7d", "+7d", "-d", "-7y", "-7", "--7d", "-7d7d", "2026-02-30", "-999999d"]
)
def test_what_is_no_time_says_what_is_one(text):
    with pytest.raises(ValueError, match=r"this is not a time; write an ISO 8601 time such as .* -7d, -12h, -30m"):
        timestamp(text)


IDS = {
    "AWS.Console.Login": "AWS.Console.Login",
    "  5f2c  ": "5f2c",
    "https://acme.runpanther.net/alerts/5f2c": "5f2c",
    "https://acme.runpanther.net/alerts/5f2c/?tab=events#top": "5f2c",
    "HTTP://127.0.0.1:8080/detections/My%20Rule": "My Rule",
    "a/b": "a/b",
    "x" * 500: "x" * 500,
}


@pytest.mark.parametrize(("given", "expected"), IDS.items(), ids=range(len(IDS)))
def test_an_id_may_be_pasted_with_its_url(given, expected):
    assert TypeAdapter(Id).validate_python(given) == expected


@pytest.mark.parametrize("given", ["", "  ", "https://acme.runpanther.net/", "https://", "a\nb", "a\x00", "x" * 501])
def test_what_is_no_id_is_refused(given):
    with pytest.raises(ValidationError, match="no id"):
        TypeAdapter(Id).validate_python(given)
