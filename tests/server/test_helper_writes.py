"""Writing helpers, data models and queries: what is wrong is said before anything is sent, what is odd survives."""

import pytest

from .writing_checks import BODY, SQL, data_model, helper, own, query

BAD_MAPPINGS = {
    "both": ([{"name": "a", "path": "b", "method": "c"}], "mapping 0 must have either a path or a method"),
    "neither": ([{"name": "a"}], "mapping 0 must have either a path or a method"),
    "no name": ([{"path": "b"}], "mapping 0 has no name"),
    "unknown key": ([{"name": "a", "paht": "b"}], "mapping 0 has unknown keys paht"),
    "no text": ([{"name": "a", "path": {"x": 1}}], "mapping 0 has a value that is no text"),
    "twice": ([{"name": "a", "path": "b"}, {"name": "a", "path": "c"}], "a is mapped twice"),
    "all told": ([{"path": "b"}, {"name": "a"}], "mapping 0 has no name; mapping 1 must have either"),
}


@pytest.mark.parametrize(("mappings", "said"), BAD_MAPPINGS.values(), ids=BAD_MAPPINGS)
async def test_mappings_that_do_not_fit_are_told_together(mcp, panther, mappings, said):
    before = panther.all("/data-models")
    given = {"data_model_id": "Acme.New", "log_types": ["GitHub.Audit"], "mappings": mappings}
    error = await mcp.refused("create_data_model", given)
    assert (error["code"], said in error["message"]) == ("invalid_input", True), error
    error = await mcp.refused("update_data_model", data_model_id="Acme.Okta.SystemLog", mappings=mappings)
    assert said in error["message"]
    assert panther.all("/data-models") == before


@pytest.mark.parametrize("name", ["a-b", "class", "1a", "a b", "../x", "a.b", "ü"])
async def test_a_helper_is_a_name_that_python_can_import(mcp, name):
    error = await mcp.refused("create_global_helper", helper_id=name, body=BODY)
    assert (error["code"], "Python can import" in error["message"]) == ("invalid_input", True)


@pytest.mark.parametrize("name", ["../x", "a/b", "a b", "?", ".", "x" * 201, "ü"])
async def test_a_new_data_model_can_be_named_in_a_path(mcp, name):
    given = {"data_model_id": name, "log_types": ["GitHub.Audit"], "mappings": [{"name": "a", "path": "b"}]}
    error = await mcp.refused("create_data_model", given)
    assert (error["code"], "new id" in error["message"]) == ("invalid_input", True)


BAD_SCHEDULES = {
    "both": ({"cron": "0 6 * * *", "rate_minutes": 5}, "exclude each other"),
    "no cron": ({"cron": "every day"}, "no cron expression"),
    "six fields": ({"cron": "0 0 6 * * *"}, "no cron expression"),
    "odd signs": ({"cron": "0 6 * * ;"}, "no cron expression"),
    "too slow": ({"rate_minutes": 5, "timeout_minutes": 6}, "longer than the 5 minutes"),
    "of nothing": ({"timeout_minutes": 6}, "the query has none"),
    "paused nothing": ({"disabled": True}, "the query has none"),
    # Only Panther knows what a field may hold.
    "minute 61": ({"cron": "61 6 * * *"}, "not valid in the cron expression"),
}


@pytest.mark.parametrize(("schedule", "said"), BAD_SCHEDULES.values(), ids=BAD_SCHEDULES)
async def test_a_schedule_that_cannot_be_is_refused(mcp, panther, schedule, said):
    before = panther.all("/queries")
    error = await mcp.refused("create_scheduled_query", name="New", sql=SQL, **schedule)
    assert (error["code"], said in error["message"]) == ("invalid_input", True), error
    assert panther.all("/queries") == before


async def test_a_schedule_changes_its_kind_and_keeps_the_rest(mcp, panther):
    async with query(mcp, cron="0 6 * * *", timeout_minutes=7, disabled=True) as made:
        await mcp("update_scheduled_query", query_id=made["id"], rate_minutes=30)
        held = panther.rest(f"/queries/{made['id']}")["schedule"]
        assert held == {"cron": "", "disabled": True, "rateMinutes": 30, "timeoutMinutes": 7}
        error = await mcp.refused("update_scheduled_query", query_id=made["id"], rate_minutes=6)
        assert "timeout_minutes is 7" in error["message"]
        assert panther.rest(f"/queries/{made['id']}")["schedule"] == held


async def test_a_name_that_is_taken_is_not_given_twice(mcp, panther):
    async with query(mcp) as first, query(mcp, name="Other") as second:
        error = await mcp.refused("update_scheduled_query", query_id=second["id"], name="Sign-ins by hour")
        assert error["code"] == "invalid_input"
        assert panther.rest(f"/queries/{second['id']}")["name"] == "Other"
        assert panther.rest(f"/queries/{first['id']}")["name"] == "Sign-ins by hour"


async def test_an_unknown_query_is_told_and_keeps_no_other(mcp, panther):
    made = await mcp("create_scheduled_query", name="Doomed", sql=SQL)
    done = await mcp("delete_scheduled_queries", query_ids=[made["id"], "no-such-query"])
    assert [one["id"] for one in done["deleted"]] == [made["id"]]
    assert done["not_found"] == ["no-such-query"]
    assert not panther.has(f"/queries/{made['id']}")
    assert (await mcp.refused("delete_scheduled_queries", query_ids=["no-such-query"]))["code"] == "not_found"


async def test_code_that_panther_refuses_changes_nothing(mcp, panther):
    async with helper(mcp):
        held = panther.rest("/globals/acme_hours")
        error = await mcp.refused("update_global_helper", helper_id="acme_hours", body="def broken(")
        assert (error["code"], "not valid Python" in error["message"]) == ("invalid_input", True)
        assert panther.rest("/globals/acme_hours") == held


async def test_hostile_text_is_stored_as_it_is(mcp, panther):
    text = "</script>\"'; DROP TABLE x; -- \u202e {{7*7}} ü"
    async with helper(mcp), data_model(mcp), query(mcp) as made:
        for tool, given, path in (
            ("update_global_helper", {"helper_id": "acme_hours"}, "/globals/acme_hours"),
            ("update_data_model", {"data_model_id": "Acme.GitHub"}, "/data-models/Acme.GitHub"),
            ("update_scheduled_query", {"query_id": made["id"]}, f"/queries/{made['id']}"),
        ):
            before = panther.rest(path)
            told = await mcp(tool, **given, description=text)
            assert told["changed"] == {
                "description": {"before": before["description"], "after": text.replace("\u202e", "")}
            }
            assert own(panther.rest(path)) == own(before) | {"description": text}


async def test_a_long_change_is_told_within_bounds(mcp):
    long = "".join(f"X{number} = {number}\n" for number in range(4_000))
    async with helper(mcp):
        result = await mcp.raw("update_global_helper", helper_id="acme_hours", body=long)
        assert len(result.content[0].text) < 15_000


async def test_a_long_deleted_text_is_cut_and_that_is_said(script, scripted):
    script.answers = {"GET /data-models/m": {"id": "m", "body": "x" * 40_000}, "DELETE /data-models/m": (204, b"")}
    told = await scripted("delete_data_model", data_model_id="m")
    assert told["deleted"] == {"id": "m", "body": "x" * 30_000}
    assert told["warnings"] == ["Only the first 30,000 characters of the deleted body are told."]


async def test_a_field_that_no_model_knows_survives_an_update(script, scripted):
    document = {"id": "h", "body": "X = 1\n", "description": "", "tags": None, "owner": {"team": "red"}, "n": 1.5}
    script.answers = {"GET /globals/h": document, "PUT /globals/h": {"data": document}}
    told = await scripted("update_global_helper", helper_id="h", description="new")
    assert told["changed"] == {"description": {"before": "", "after": "new"}}
    assert script.bodies[-1] == document | {"description": "new"}


async def test_a_token_that_may_not_read_policies_is_told_what_is_not_known(script, scripted):
    empty = {"results": [], "next": None}
    script.answers = {
        "GET /globals/h": {"id": "h", "body": "X = 1"},
        "GET /rules": {"results": [{"id": "R", "body": "import h"}], "next": None},
        "GET /policies": (403, {"error": "forbidden"}),
        **{f"GET /{path}": empty for path in ("scheduled-rules", "data-models", "globals")},
        "DELETE /globals/h": (204, b""),
    }
    error = await scripted.refused("delete_global_helper", helper_id="h")
    assert error["message"] == "h is imported by R (rule)."
    told = await scripted("delete_global_helper", helper_id="h", force=True)
    assert told["broken"] == ["R (rule)"]
    assert told["warnings"] == ["It is not known whether a policy imports it: the API token may not read those."]
