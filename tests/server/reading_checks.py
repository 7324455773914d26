"""Checks of the tools that read roles, helpers and saved queries: what they tell is what the sandbox holds."""

from typing import Any

from .checks import check, said


@check("list_roles")
async def roles(mcp, panther):
    fields = ("id", "name", "permissions", "logTypeAccessKind", "logTypeAccess")
    expected = said([{name: role.get(name) for name in fields} for role in panther.all("/roles")])
    assert (await mcp("list_roles"))["roles"] == expected
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


async def listed(mcp: Any, panther: Any, tool: str, name: str, path: str) -> None:
    """A REST list, whole and page by page, shows what the sandbox holds."""
    items = [said(item) for item in panther.all(path)]
    found = (await mcp(tool))[name]
    assert found == [{name: item[name] for name in one} for one, item in zip(found, items, strict=True)]
    assert len(found) >= 1
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
