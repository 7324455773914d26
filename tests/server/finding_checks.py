"""Checks of the tools that list what there is: the lake, detections, people, the instance."""

from .alert_checks import FACTS
from .checks import check, said

KINDS = {
    "rules": "/rules",
    "simple_rules": "/simple-rules",
    "scheduled_rules": "/scheduled-rules",
    "policies": "/policies",
}


@check("query_data_lake")
async def data_lake(mcp, panther):
    sql = (
        "SELECT eventName, userIdentity:accessKeyId::string AS key, requestParameters, COUNT(*) OVER () AS n "
        "FROM panther_logs.public.aws_cloudtrail WHERE p_occurs_since('7 d') AND eventName = 'GetObject' "
        f"AND ARRAY_CONTAINS('{FACTS.exfil_ip}'::VARIANT, p_any_ip_addresses) ORDER BY p_event_time, p_row_id"
    )
    found = await mcp("query_data_lake", sql=sql, max_rows=20)
    document = (
        "query($id: ID!) { dataLakeQuery(id: $id) { status sql results(input: {pageSize: 20}) "
        "{ columnInfo { order types } edges { node } stats { bytesScanned rowCount } } } }"
    )
    query = panther.graphql(document, id=found["query_id"])["dataLakeQuery"]
    results = query["results"]
    assert (query["status"], query["sql"]) == ("succeeded", sql)
    assert found["rows"] == [edge["node"] for edge in results["edges"]]
    assert found["columns"] == {name: results["columnInfo"]["types"][name] for name in results["columnInfo"]["order"]}
    assert (found["row_count"], found["bytes_scanned"]) == (
        results["stats"]["rowCount"],
        results["stats"]["bytesScanned"],
    )
    assert (found["row_count"], len(found["rows"])) == (FACTS.objects_read, 20)
    assert found["rows"][0]["key"] == FACTS.access_key


@check("list_databases")
async def databases(mcp, panther):
    expected = panther.graphql("{ dataLakeDatabases { name description } }")["dataLakeDatabases"]
    assert await mcp("list_databases") == {"databases": expected}


@check("list_database_tables")
async def tables(mcp, panther):
    for name in [one["name"] for one in (await mcp("list_databases"))["databases"]]:
        document = (
            "query($n: String!) { dataLakeDatabase(name: $n) { tables { name displayName logType description } } }"
        )
        expected = said(panther.graphql(document, n=name)["dataLakeDatabase"]["tables"])
        assert await mcp("list_database_tables", database=name) == {"tables": expected}


@check("get_table_schema")
async def table(mcp, panther):
    document = (
        "query($i: DataLakeDatabaseTableInput!) { dataLakeDatabaseTable(input: $i) "
        "{ name displayName logType description columns { name type description } } }"
    )
    asked = {"databaseName": "panther_logs.public", "tableName": "okta_systemlog"}
    expected = said(panther.graphql(document, i=asked)["dataLakeDatabaseTable"])
    found = await mcp("get_table_schema", database_name=asked["databaseName"], table_name=asked["tableName"])
    assert found == expected
    assert {"p_event_time": "timestamp"}.items() <= {one["name"]: one["type"] for one in found["columns"]}.items()


@check("list_detections")
async def detections(mcp, panther):
    found = await mcp("list_detections", detection_types=list(KINDS), limit=1000)
    expected = [(kind, item["id"]) for kind, path in KINDS.items() for item in panther.all(path)]
    assert [(one["type"], one["id"]) for one in found["detections"]] == expected
    for detail in ("compact", "full"):
        narrowed = await mcp(
            "list_detections", detection_types=["rules"], name_contains="okta", severity=["HIGH"], detail=detail
        )
        held = panther.all("/rules", **{"name-contains": "okta", "severity": "HIGH"})
        for one, item in zip(narrowed["detections"], said(held), strict=True):
            assert one.pop("type") == "rules"
            assert one == {name: item[name] for name in one}
            assert ("body" in one) == (detail == "full")


@check("get_detection")
async def detection(mcp, panther):
    for kind, path in KINDS.items():
        item = panther.all(path)[0]
        found = await mcp("get_detection", detection_id=item["id"], detection_type=list(KINDS))
        query = {"include-python": "true"} if kind == "simple_rules" else {}
        expected = said(panther.rest(f"{path}/{item['id']}", **query))
        # The published API has fields that this server's client does not know; what it tells must be so.
        (told,) = found["detections"]
        assert told.pop("type") == kind
        assert told == {name: expected[name] for name in told}
        assert {"id", "severity", "enabled"} <= told.keys()
        assert told.get("body") or told.get("detection")
        assert sorted([*found["not_found_in"], kind]) == sorted(KINDS)


@check("get_permissions")
async def permissions(mcp, panther):
    own = panther.rest("/api-tokens/self")
    shown = ("name", "permissions", "expiresAt", "allowedCIDRBlocks")
    assert await mcp("get_permissions") == said({name: own.get(name) for name in shown})


@check("get_general_settings")
async def settings(mcp, panther):
    expected = panther.graphql("{ generalSettings { pantherVersion } }")["generalSettings"]
    assert await mcp("get_general_settings") == expected
    assert expected["pantherVersion"]


@check("list_users")
async def users(mcp, panther):
    held = panther.all("/users")
    fields = ("id", "email", "givenName", "familyName", "status")
    compact = [{name: user[name] for name in fields} | {"role": {"name": user["role"]["name"]}} for user in held]
    found = await mcp("list_users")
    assert found["users"] == said(compact)
    assert (await mcp("list_users", detail="full"))["users"] == said(held)
    everyone = await mcp("list_users", include_deactivated=True, detail="full")
    assert {user["enabled"] for user in everyone["users"]} == {True, False}
    one = found["users"][0]
    assert one in (await mcp("list_users", contains=one["givenName"]))["users"]
    assert (await mcp("list_users", contains="nobody of this name"))["users"] == []


@check("get_user")
async def user(mcp, panther):
    for known in panther.all("/users"):
        expected = said(panther.rest(f"/users/{known['id']}"))
        assert await mcp("get_user", user_id=known["id"]) == expected
        assert await mcp("get_user", user_id=known["email"].upper()) == expected
    for unknown in ("nobody", "nobody@acme.example"):
        assert (await mcp.refused("get_user", user_id=unknown))["code"] == "not_found"
