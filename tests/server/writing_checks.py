"""Checks of the tools that write helpers, data models and saved queries: what they tell is what the sandbox holds.

Each makes objects of its own, and leaves none behind.
"""

from contextlib import asynccontextmanager
from typing import Any

from .checks import check

BODY = 'OPEN = 9\n\n\ndef is_open(hour):\n    """Tell whether somebody is there."""\n    return hour >= OPEN\n'
SQL = "SELECT COUNT(*) AS n\nFROM panther_logs.public.okta_systemlog\nWHERE p_occurs_since('1 h')"
MAPPINGS = [{"name": "source_ip", "path": "actor_ip"}, {"name": "actor_user", "method": "who"}]
WHO = "def who(event):\n    return event.get('actor')\n"
SET_BY_PANTHER = {"id", "createdAt", "createdBy", "lastModified", "updatedAt"}


def ids(panther: Any, path: str) -> list[str]:
    return [item["id"] for item in panther.all(path)]


def own(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what Panther sets by itself."""
    return {name: value for name, value in document.items() if name not in SET_BY_PANTHER}


@asynccontextmanager
async def helper(mcp, helper_id="acme_hours", body=BODY):
    made = await mcp("create_global_helper", helper_id=helper_id, body=body, description="Hours", tags=["a", "b"])
    try:
        yield made
    finally:
        await mcp("delete_global_helper", helper_id=helper_id, force=True)


@asynccontextmanager
async def data_model(mcp):
    given = {"log_types": ["GitHub.Audit"], "mappings": MAPPINGS, "body": WHO, "display_name": "GitHub"}
    made = await mcp("create_data_model", data_model_id="Acme.GitHub", enabled=False, **given)
    try:
        yield made
    finally:
        await mcp("delete_data_model", data_model_id="Acme.GitHub")


@asynccontextmanager
async def query(mcp, name="Sign-ins by hour", **schedule):
    made = await mcp("create_scheduled_query", name=name, sql=SQL, description="Many?", **schedule)
    try:
        yield made
    finally:
        await mcp("delete_scheduled_queries", query_ids=[made["id"]], delete_detections=True)


@check("create_global_helper")
async def create_helper(mcp, panther):
    before = ids(panther, "/globals")
    async with helper(mcp) as made:
        assert made == {"id": "acme_hours", "created": {"description": "Hours", "tags": ["a", "b"]}}
        held = panther.rest("/globals/acme_hours")
        assert own(held) == {"body": BODY, "description": "Hours", "tags": ["a", "b"]}
        error = await mcp.refused("create_global_helper", helper_id="acme_hours", body="X = 1")
        assert (error["code"], "acme_hours" in error["message"]) == ("conflict", True)
        assert panther.rest("/globals/acme_hours") == held
    assert ids(panther, "/globals") == before


@check("update_global_helper")
async def update_helper(mcp, panther):
    async with helper(mcp):
        before = panther.rest("/globals/acme_hours")
        told = await mcp("update_global_helper", helper_id="acme_hours", body=BODY.replace("9", "8"), tags=["a"])
        assert told["id"] == "acme_hours"
        assert told["changed"].keys() == {"body", "tags"}
        assert "\n-OPEN = 9\n+OPEN = 8\n" in told["changed"]["body"]["diff"]
        assert told["changed"]["tags"] == {"before": ["a", "b"], "after": ["a"]}
        after = panther.rest("/globals/acme_hours")
        assert own(after) == own(before) | {"body": BODY.replace("9", "8"), "tags": ["a"]}
        assert after["createdAt"] == before["createdAt"]
        again = await mcp("update_global_helper", helper_id="acme_hours", tags=["a"])
        assert again == {"id": "acme_hours", "note": "It is so already: nothing was written."}
        assert panther.rest("/globals/acme_hours") == after, "nothing was written"


@check("delete_global_helper")
async def delete_helper(mcp, panther):
    async with helper(mcp):
        held = panther.rest("/globals/acme_hours")
        users = {f"acme_uses_{n}": code for n, code in enumerate(IMPORTS)}
        strangers = {f"acme_stranger_{n}": code for n, code in enumerate(NO_IMPORTS)}
        for name, code in (users | strangers).items():
            panther.put(f"/globals/{name}", {"body": code})
        error = await mcp.refused("delete_global_helper", helper_id="acme_hours")
        assert error["code"] == "conflict"
        named = ", ".join(f"{name} (global helper)" for name in users)
        assert error["message"] == f"acme_hours is imported by {named}."
        assert panther.rest("/globals/acme_hours") == held
        forced = await mcp("delete_global_helper", helper_id="acme_hours", force=True)
        assert forced == {"deleted": held, "broken": [f"{name} (global helper)" for name in users]}
        for name in users | strangers:
            assert "broken" not in await mcp("delete_global_helper", helper_id=name)
        panther.put("/globals/acme_hours", {"body": BODY})
    assert "acme_hours" not in ids(panther, "/globals")


IMPORTS = (
    "from acme_hours import is_open",
    "import os\nimport acme_hours",
    "def f():\n    import re as r, acme_hours as h\n    return h",
)
NO_IMPORTS = (
    "import acme_network",
    "# acme_hours\nX = 'import acme_hours'",
    "from acme import acme_hours",
    "import acme_hours2",
)


@check("create_data_model")
async def create_model(mcp, panther):
    before = ids(panther, "/data-models")
    async with data_model(mcp) as made:
        created = {"displayName": "GitHub", "enabled": False, "logTypes": ["GitHub.Audit"], "mappings": MAPPINGS}
        assert made == {"id": "Acme.GitHub", "created": created}
        held = panther.rest("/data-models/Acme.GitHub")
        assert own(held) == created | {"body": WHO, "description": ""}
    assert ids(panther, "/data-models") == before


@check("update_data_model")
async def update_model(mcp, panther):
    async with data_model(mcp):
        before = panther.rest("/data-models/Acme.GitHub")
        mappings = [{"name": "source_ip", "path": "ip"}]
        told = await mcp("update_data_model", data_model_id="Acme.GitHub", mappings=mappings, enabled=True)
        assert told["changed"] == {
            "enabled": {"before": False, "after": True},
            "mappings": {"removed": ["actor_user"], "changed": ["source_ip"]},
        }
        held = panther.rest("/data-models/Acme.GitHub")
        assert own(held) == own(before) | {"enabled": True, "mappings": mappings}
        assert "note" in await mcp("update_data_model", data_model_id="Acme.GitHub", enabled=True)


@check("delete_data_model")
async def delete_model(mcp, panther):
    async with data_model(mcp):
        held = panther.rest("/data-models/Acme.GitHub")
        assert await mcp("delete_data_model", data_model_id="Acme.GitHub") == {"deleted": held}
        assert "Acme.GitHub" not in ids(panther, "/data-models")
        assert (await mcp.refused("delete_data_model", data_model_id="Acme.GitHub"))["code"] == "not_found"
        panther.put("/data-models/Acme.GitHub", held)


@check("create_scheduled_query")
async def create_query(mcp, panther):
    before = ids(panther, "/queries")
    async with query(mcp, rate_minutes=60, timeout_minutes=5) as made:
        schedule = {"cron": "", "disabled": False, "rateMinutes": 60, "timeoutMinutes": 5}
        held = panther.rest(f"/queries/{made['id']}")
        expected = {"name": "Sign-ins by hour", "sql": SQL, "description": "Many?", "schedule": schedule}
        assert own(held) == expected | {"managed": False}
        assert made["created"] == {name: value for name, value in own(held).items() if name != "sql"}
        taken = await mcp.refused("create_scheduled_query", name="Sign-ins by hour", sql="SELECT 1")
        assert taken["code"] == "conflict"
    async with query(mcp, cron="0 6 * * mon-fri") as made:
        assert panther.rest(f"/queries/{made['id']}")["schedule"]["cron"] == "0 6 * * mon-fri"
    async with query(mcp) as made:
        assert "schedule" not in panther.rest(f"/queries/{made['id']}")
    assert ids(panther, "/queries") == before


@check("update_scheduled_query")
async def update_query(mcp, panther):
    async with query(mcp, rate_minutes=60, timeout_minutes=5) as made:
        one = made["id"]
        before = panther.rest(f"/queries/{one}")
        told = await mcp("update_scheduled_query", query_id=one, sql=SQL.replace("1 h", "2 h"), cron="5 * * * *")
        assert told["changed"].keys() == {"sql", "schedule"}
        assert "\n-WHERE p_occurs_since('1 h')\n+WHERE p_occurs_since('2 h')" in told["changed"]["sql"]["diff"]
        held = panther.rest(f"/queries/{one}")
        schedule = {"cron": "5 * * * *", "disabled": False, "rateMinutes": 0, "timeoutMinutes": 5}
        assert told["changed"]["schedule"] == {"before": before["schedule"], "after": schedule}
        assert own(held) == own(before) | {"sql": SQL.replace("1 h", "2 h"), "schedule": schedule}
        paused = await mcp("update_scheduled_query", query_id=one, disabled=True)
        assert paused["changed"] == {"schedule": {"before": schedule, "after": schedule | {"disabled": True}}}
        assert "note" in await mcp("update_scheduled_query", query_id=one, disabled=True, description="Many?")


@check("delete_scheduled_queries")
async def delete_queries(mcp, panther):
    async with query(mcp) as first, query(mcp, name="Other") as second:
        rule = {"id": "Own.Scheduled", "body": "def rule(row): return True", "severity": "LOW"}
        panther.put("/scheduled-rules/Own.Scheduled", rule | {"scheduledQueries": ["Sign-ins by hour"]})
        both = [panther.rest(f"/queries/{one['id']}") for one in (first, second)]
        error = await mcp.refused("delete_scheduled_queries", query_ids=[one["id"] for one in both])
        assert error["code"] == "conflict"
        assert error["message"] == "Scheduled rules run over these queries: Own.Scheduled."
        assert [panther.rest(f"/queries/{one['id']}") for one in both] == both, "not even the unused one is gone"
        gone = await mcp("delete_scheduled_queries", query_ids=[second["id"]])
        assert gone == {"deleted": [both[1]]}
        gone = await mcp("delete_scheduled_queries", query_ids=first["id"], delete_detections=True)
        assert gone == {"deleted": [both[0]], "deleted_detections": ["Own.Scheduled"]}
        assert not {first["id"], second["id"]} & set(ids(panther, "/queries"))
        assert "Own.Scheduled" not in ids(panther, "/scheduled-rules")
        for name, made in (("Sign-ins by hour", first), ("Other", second)):
            made["id"] = (await mcp("create_scheduled_query", name=name, sql=SQL))["id"]
