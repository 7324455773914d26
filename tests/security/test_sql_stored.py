"""SQL that is saved for later, one by one or in a bundle: held to the rules of SQL that is sent."""

from typing import Any

import pytest

UNBOUNDED = "SELECT COUNT(*) AS n FROM panther_logs.public.okta_systemlog"
BOUNDED = f"{UNBOUNDED} WHERE p_occurs_since('1 h')"
ACTING = {
    "sql_read_only": "DELETE FROM panther_logs.public.okta_systemlog",
    "sql_one_statement": f"{BOUNDED}; DROP TABLE x",
    "sql_stage": "SELECT $1 FROM @~/staged",
    "sql_function": "SELECT SYSTEM$WAIT(10)",
    "sql_template": "SELECT '{{ secret }}'",
}
SCHEDULE = "Schedule:\n  RateMinutes: 60\n  TimeoutMinutes: 5\n"


@pytest.fixture
async def strict(panther: Any, connect: Any) -> Any:
    async with connect(token=panther.token, instance_url=panther.url, sql_guard="enforce") as caller:
        yield caller


@pytest.fixture
def stored(panther: Any) -> Any:
    """The id of a query that people have saved without a time bound; nothing else may have been saved by the end."""
    before = panther.all("/queries")
    body = {"name": "Old and unbounded", "sql": UNBOUNDED}
    made = panther.post("/queries", body)["id"]
    yield made
    panther.delete(f"/queries/{made}")
    assert panther.all("/queries") == before


def held(panther: Any, one: str) -> Any:
    return panther.rest(f"/queries/{one}")


@pytest.mark.parametrize(("rule", "sql"), ACTING.items(), ids=ACTING)
async def test_sql_that_does_more_than_read_is_not_saved(strict, panther, stored, rule, sql) -> None:
    before = held(panther, stored)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("create_scheduled_query", {"name": "New", "sql": sql}),
        ("update_scheduled_query", {"query_id": stored, "sql": sql}),
        ("upload_detections", {"files": {"q.yml": bundled(sql)}}),
    ]
    for tool, arguments in calls:
        for dry_run in (True, False):
            error = await strict.refused(tool, arguments | {"dry_run": dry_run})
            assert (error["code"], error["details"]["rule"]) == ("blocked_by_policy", rule), tool
    assert error["message"].startswith("q.yml: ")
    assert held(panther, stored) == before


def bundled(sql: str, more: str = "", kind: str = "saved_query") -> str:
    return f"AnalysisType: {kind}\nQueryName: Bundled\nQuery: |\n  {sql}\n{more}"


async def test_what_a_schedule_runs_needs_a_time_bound(strict, panther, stored) -> None:
    before = held(panther, stored)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("create_scheduled_query", {"name": "New", "sql": UNBOUNDED, "rate_minutes": 60}),
        # The SQL stays: it is what begins to be run.
        ("update_scheduled_query", {"query_id": stored, "cron": "0 6 * * *"}),
        ("upload_detections", {"files": {"q.yml": bundled(UNBOUNDED, SCHEDULE, "scheduled_query")}}),
    ]
    for tool, arguments in calls:
        error = await strict.refused(tool, arguments)
        assert error["details"]["rule"] == "sql_time_bound", tool
    assert held(panther, stored) == before


async def test_what_only_a_person_runs_is_saved_with_a_warning(strict, panther, stored) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("create_scheduled_query", {"name": "New", "sql": UNBOUNDED}),
        ("create_scheduled_query", {"name": "New", "sql": UNBOUNDED, "rate_minutes": 60, "disabled": True}),
        ("update_scheduled_query", {"query_id": stored, "sql": f"{UNBOUNDED} LIMIT 1"}),
        ("upload_detections", {"files": {"q.yml": bundled(UNBOUNDED)}}),
    ]
    for tool, arguments in calls:
        preview = await strict(tool, arguments | {"dry_run": True})
        (warning,) = preview["change"]["warnings"]
        assert "Without a time bound this scans everything" in warning, tool
    made = await strict("create_scheduled_query", name="New", sql=UNBOUNDED)
    assert "Without a time bound this scans everything" in made["warnings"][0]
    await strict("delete_scheduled_queries", query_ids=[made["id"]])


async def test_what_was_there_is_not_held_against_another_change(strict, panther, stored) -> None:
    told = await strict("update_scheduled_query", query_id=stored, description="Still unbounded")
    assert "warnings" not in told
    assert held(panther, stored)["description"] == "Still unbounded"


HIDDEN = {
    "another case": "AnalysisType: Saved_Query\nQueryName: B\nQuery: DROP TABLE x",
    "escaped": '{"AnalysisType": "saved\\x5fquery", "QueryName": "B", "Qu\\x65ry": "DROP TABLE x"}',
    "merged": "x: &x {Query: DROP TABLE x}\nAnalysisType: saved_query\nQueryName: B\n<<: [*x]",
    "twice": "AnalysisType: saved_query\nQueryName: B\nQuery: SELECT 1\nQuery: DROP TABLE x",
    "second document": "AnalysisType: rule\n---\nAnalysisType: saved_query\nQueryName: B\nQuery: DROP TABLE x",
    "other key": "AnalysisType: saved_query\nQueryName: B\nSnowflakeQuery: DROP TABLE x",
    "folded": "AnalysisType: saved_query\nQueryName: B\nQuery: >-\n  DROP\n  TABLE x",
    "tagged": "AnalysisType: !!str saved_query\nQueryName: B\nQuery: !!str DROP TABLE x",
    "anchored": "x: &x DROP TABLE x\nAnalysisType: saved_query\nQueryName: B\nQuery: *x",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
async def test_sql_is_found_however_the_yaml_spells_it(strict, text) -> None:
    error = await strict.refused("upload_detections", files={"q.yml": text})
    assert (error["code"], error["details"]["rule"]) == ("blocked_by_policy", "sql_read_only")


@pytest.mark.parametrize(
    "text",
    [
        "AnalysisType: saved_query\nQuery: [",
        "AnalysisType: saved_query\nQuery: '",
        f"AnalysisType: rule\nx: {'[' * 5_000}",
        "AnalysisType: rule\nx: *unknown",
    ],
    ids=["open list", "open text", "deep", "alias"],
)
async def test_yaml_that_cannot_be_read_is_not_sent(strict, text) -> None:
    error = await strict.refused("upload_detections", files={"q.yml": text})
    assert (error["code"], error["message"].startswith("q.yml is no YAML")) == ("invalid_input", True)


async def test_a_bundle_of_many_references_takes_no_time(strict) -> None:
    """Each line stands for ten of the line before: built out, it would fill the memory."""
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))]
    error = await strict.refused("upload_detections", files={"q.yml": "\n".join([*lines, bundled("DROP TABLE x")])})
    assert error["details"]["rule"] == "sql_read_only"
