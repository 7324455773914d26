"""Asking for faults: counts, chance and selection, by header, for the whole sandbox, and over the control route."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panther_sandbox.faults.kinds import COMMON_OPTIONS, KINDS
from panther_sandbox.faults.spec import FaultSpecError, parse_faults
from panther_sandbox.server import SandboxServer

USERS = ("GET", "/users")


def statuses(wire: Any, times: int, fault: str | None = None) -> list[int]:
    return [wire.send(*USERS, fault=fault).status for _ in range(times)]


def test_the_next_requests_of_the_whole_sandbox(wire: Any) -> None:
    assert wire.ask_for("status=503;times=2").json == {
        "faults": [{"fault": "status=503;times=2", "happened": 0, "left": 2}]
    }
    assert statuses(wire, 4) == [503, 503, 200, 200]
    assert wire.send("GET", "/sandbox/faults").json["faults"] == [
        {"fault": "status=503;times=2", "happened": 2, "left": 0}
    ]


def test_one_failure_after_another(wire: Any) -> None:
    wire.ask_for("status=503;times=1, status=429;times=1", "html=504;times=1")
    assert statuses(wire, 4) == [503, 429, 504, 200]


def test_a_header_counts_on_when_it_is_sent_again(wire: Any) -> None:
    assert statuses(wire, 3, "status=500;times=2;label=one") == [500, 500, 200]
    assert statuses(wire, 3, "status=500;times=2;label=two") == [500, 500, 200]
    assert statuses(wire, 1) == [200]


def test_a_header_goes_before_the_whole_sandbox(wire: Any) -> None:
    wire.ask_for("status=503")
    assert statuses(wire, 2, "status=500;times=1;label=first") == [500, 503]


def test_chance_repeats_with_its_seed(wire: Any) -> None:
    spec = "status=500;probability=0.5;seed={}"
    draws = []
    for seed in (1, 1, 2):
        wire.ask_for(spec.format(seed))
        draws.append(statuses(wire, 20))
    assert draws[0] == draws[1] != draws[2]
    assert set(draws[0]) == {200, 500}
    wire.ask_for("status=500;probability=0")
    assert set(statuses(wire, 5)) == {200}


@pytest.mark.parametrize(
    ("operation", "hit"),
    [
        ("graphql", {"named", "field"}),
        ("rest", {"users", "user"}),
        ("ListRoles", {"named"}),
        ("roles", {"named"}),
        ("users", {"field"}),
        ("/users", {"users"}),
        ("GET /users", {"users"}),
        ("PUT /users", set()),
        ("/users/{id}", {"user"}),
        ("/users/*", {"user"}),
        ("GET /", {"console"}),
        ("/public/graphql", {"named", "field"}),
    ],
)
def test_selection_by_operation(wire: Any, operation: str, hit: set[str]) -> None:
    wire.ask_for(f"status=500;operation={operation}")
    replies = {
        "named": wire.graphql("query ListRoles { ...All } fragment All on Query { roles { id } }"),
        "field": wire.graphql("{ users { id } }"),
        "users": wire.send("GET", "/users?limit=1"),
        "user": wire.send("GET", "/users/a%2Fb"),
        "console": wire.send("GET", "/"),
    }
    assert {name for name, reply in replies.items() if reply.status == 500} == hit


def test_the_console_is_spared_unless_it_is_named(wire: Any) -> None:
    wire.ask_for("status=500")
    assert (wire.send("GET", "/").status, wire.send(*USERS).status) == (200, 500)


def test_faults_from_the_start_on(faulty: Any) -> None:
    assert statuses(faulty, 3) == [503, 429, 200]


def test_control_is_cleared_and_replaced(wire: Any) -> None:
    wire.ask_for("status=500")
    wire.ask_for("status=502")
    assert statuses(wire, 1) == [502]
    assert wire.send("DELETE", "/sandbox/faults").json == {"faults": []}
    assert statuses(wire, 1) == [200]


def test_control_needs_a_token_that_may_do_everything(wire: Any) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"faults": ["status=500"]}
        assert wire.send(method, "/sandbox/faults", body, token="wrong").status == 401
        assert wire.send(method, "/sandbox/faults", body, token="").status == 401
        assert wire.send(method, "/sandbox/faults", body, token=wire.address.read_only_token).status == 403
    assert statuses(wire, 1) == [200]


def test_faults_do_not_lock_the_control_route(wire: Any) -> None:
    wire.ask_for("status=500", "reset")
    assert wire.send("GET", "/sandbox/faults", fault="status=500").status == 200
    assert wire.send("POST", "/sandbox/faults").status == 405


@pytest.mark.parametrize("body", [None, [], {}, {"faults": "status=500"}, {"faults": [1]}])
def test_control_says_what_it_wants(wire: Any, body: object) -> None:
    reply = wire.send("PUT", "/sandbox/faults", body)
    assert (reply.status, "the body must be" in reply.json["message"]) == (400, True)


def test_control_keeps_what_it_had_when_a_fault_does_not_read(wire: Any) -> None:
    wire.ask_for("status=502")
    reply = wire.ask_for("latency=5", "status=20")
    assert (reply.status, reply.json["message"].startswith("faults[1]: fault 1 of 1 ('status=20')")) == (400, True)
    assert statuses(wire, 1) == [502]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("", "fault 1 of 1 (''): the kind of fault is missing; the kinds are latency, status, html, redirect, "),
        ("latency=5,", "fault 2 of 2 (''): the kind of fault is missing"),
        ("slow=5", "fault 1 of 1 ('slow=5'): 'slow' is no kind of fault; the kinds are latency, "),
        ("latency", "latency needs a value: a whole number from 0 to 600000"),
        ("latency=", "latency must be a whole number from 0 to 600000, not ''"),
        ("latency=soon", "latency must be a whole number from 0 to 600000, not 'soon'"),
        ("latency=5, status=200", "fault 2 of 2 ('status=200'): status must be a whole number from 400 to 599"),
        ("reset=1", "reset takes no value"),
        ("truncate=half", "truncate must be length or body, not 'half'"),
        ("query", "query needs a value: stuck or failed"),
        ("enum=a-b", "enum must be a name, not 'a-b'"),
        ("content-type=html", "content-type must be TYPE/SUBTYPE, not 'html'"),
        ("status=503;tmes=2", "status has no option 'tmes'; its options are retry-after, when, operation, skip, "),
        ("status=503;jitter=2", "status has no option 'jitter'"),
        ("status=503;times", "the option times needs a value: a whole number from 1 to 1000000"),
        ("status=503;times=0", "times must be a whole number from 1 to 1000000, not '0'"),
        ("status=503;times=1;times=2", "the option times is given twice"),
        ("status=503;probability=2", "probability must be a number from 0 to 1, not '2'"),
        ("status=503;when=later", "when must be before or after, not 'later'"),
        ("status=503;label=a b", "label must be letters, digits, dots and dashes, not 'a b'"),
        ("null;field=", "the option field needs a value: a field's name"),
    ],
)
def test_what_a_bad_fault_is_told(wire: Any, spec: str, problem: str) -> None:
    reply = wire.send(*USERS, fault=spec)
    assert reply.status == 400
    assert problem in reply.json["message"]
    assert reply.json["message"].startswith("x-sandbox-fault: fault ")
    with pytest.raises(FaultSpecError, match="fault"):
        SandboxServer(faults=[spec])


def test_the_command_line(tmp_path: Any) -> None:
    command = [sys.executable, "-m", "panther_mcp", "sandbox", "--fault", "latency=1", "--fault", "status=9"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "fault 1 of 1 ('status=9'): status must be a whole number from 400 to 599, not '9'" in done.stderr


def test_every_kind_and_option_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()
    section = page.partition("## Faults on demand")[2].partition("\n## ")[0]
    options = {*COMMON_OPTIONS, *(option for kind in KINDS.values() for option in kind.options)}
    missing = [name for name in (*KINDS, *sorted(options)) if not re.search(rf"`{name}\b", section)]
    assert missing == []


def test_a_count_is_exact_however_many_ask_at_once(wire: Any) -> None:
    wire.ask_for("status=503;times=5")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: wire.send(*USERS).status, range(24)))
    assert (found.count(503), found.count(200)) == (5, 19)


WORDS = st.sampled_from([*KINDS, *COMMON_OPTIONS, "=", ";", ",", "1", "0.5", "when", "after", " ", "stuck"])


@given(st.one_of(st.text(), st.lists(WORDS, max_size=12).map("".join)))
def test_any_text_reads_or_is_refused_with_a_reason(text: str) -> None:
    refused = None
    try:
        specs = [fault.spec for fault in parse_faults(text)]
    except FaultSpecError as error:
        refused, specs = str(error), []
    if refused is None:
        assert specs == [part.strip() for part in text.split(",")]
    else:
        assert re.match(r"fault \d+ of \d+ \(", refused)
