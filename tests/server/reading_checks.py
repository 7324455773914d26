"""Checks of the tools that read roles, helpers and saved queries: what they tell is what the sandbox holds."""

from typing import Any

from .checks import check, said


@check("list_roles")
async def roles(mcp, panther):
    held = panther.all("/roles")
    expected = said([{name: role[name] for name in ("id", "name", "permissions")} for role in held])
    assert (await mcp("list_roles"))["roles"] == expected
    assert (await mcp("list_roles", detail="full"))["roles"] == said(held)
    one = expected[0]
    for narrowed in ({"name": one["name"]}, {"role_ids": one["id"]}, {"name_contains": one["name"]}):
        assert one in (await mcp("list_roles", **narrowed))["roles"]
    assert (await mcp("list_roles", name=one["name"][:-1]))["roles"] == []


@check("get_role")
async def role(mcp, panther):
    for known in panther.all("/roles"):
        told = await mcp("get_role", role_id=known["id"])
        expected = said(panther.rest(f"/roles/{known['id']}"))
        assert told == {name: expected[name] for name in told}
        assert {"id", "name", "permissions"} <= told.keys()


@check("list_global_helpers")
async def global_helpers(mcp, panther):
    await listed(mcp, panther, "list_global_helpers", "global_helpers", "/globals")


@check("get_global_helper")
async def global_helper(mcp, panther):
    await read(mcp, panther, "get_global_helper", "helper_id", "/globals")


@check("list_data_models")
async def data_models(mcp, panther):
    await listed(mcp, panther, "list_data_models", "data_models", "/data-models")


@check("get_data_model")
async def data_model(mcp, panther):
    await read(mcp, panther, "get_data_model", "data_model_id", "/data-models")


@check("get_scheduled_query")
async def scheduled_query(mcp, panther):
    await read(mcp, panther, "get_scheduled_query", "query_id", "/queries")


@check("list_scheduled_queries")
async def scheduled_queries(mcp, panther):
    await listed(mcp, panther, "list_scheduled_queries", "queries", "/queries")
    items = panther.all("/queries")
    word = items[-1]["name"][-6:].upper()
    expected = [item["id"] for item in items if word in item["name"].upper()]
    found = await mcp("list_scheduled_queries", name_contains=word, limit=1)
    assert [one["id"] for one in found["queries"]] == expected[:1]
    assert expected


@check("list_log_sources")
async def log_sources(mcp, panther):
    compact = "integrationId integrationLabel integrationType isHealthy logTypes lastEventReceivedAtTime"
    held = sources_of(panther, compact)
    assert (await mcp("list_log_sources"))["log_sources"] == held
    full = sources_of(panther, f"{compact} lastEventProcessedAtTime createdAtTime")
    assert (await mcp("list_log_sources", detail="full"))["log_sources"] == full
    unhealthy = (await mcp("list_log_sources", is_healthy=False))["log_sources"]
    assert unhealthy == [one for one in held if not one["isHealthy"]]
    assert len(unhealthy) >= 1
    narrowed = {"log_types": held[0]["logTypes"][0], "integration_type": held[0]["integrationType"]}
    assert held[0] in (await mcp("list_log_sources", **narrowed))["log_sources"]
    assert (await mcp("list_log_sources", integration_type="none"))["log_sources"] == []
    seen, cursor = [], None
    while True:
        page = await mcp("list_log_sources", limit=1, cursor=cursor)
        seen += page["log_sources"]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert seen == held


def sources_of(panther: Any, fields: str) -> list[Any]:
    edges = panther.graphql(f"{{ sources {{ edges {{ node {{ {fields} }} }} }} }}")["sources"]["edges"]
    return [said(edge["node"]) for edge in edges]


async def listed(mcp: Any, panther: Any, tool: str, name: str, path: str) -> None:
    """A REST list, whole and page by page, shows what the sandbox holds."""
    items = [said(item) for item in panther.all(path)]
    found = (await mcp(tool))[name]
    assert found == [{name: item[name] for name in one} for one, item in zip(found, items, strict=True)]
    assert len(found) >= 1
    full = (await mcp(tool, detail="full"))[name]
    assert full == [{name: item[name] for name in one} for one, item in zip(full, items, strict=True)]
    assert all(one.keys() < more.keys() for one, more in zip(found, full, strict=True))
    first = await mcp(tool, limit=1)
    assert (first[name], "next_cursor" in first) == (found[:1], len(found) > 1)


async def read(mcp: Any, panther: Any, tool: str, param: str, path: str) -> None:
    """Each object of a REST list can be read by its id."""
    ids = [item["id"] for item in panther.all(path)]
    assert ids
    for one in ids:
        told, expected = await mcp(tool, **{param: one}), said(panther.rest(f"{path}/{one}"))
        assert told == {name: expected[name] for name in told}
        assert told["id"] == one
