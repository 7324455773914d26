"""Checks of the tools on log sources, schemas and cloud accounts: what is told is what the sandbox holds afterwards."""

from .access_checks import kept
from .checks import check, said

PLANTED = "planted-7f3a-webhook-secret"
S3 = {
    "name": "Load balancers",
    "aws_account_id": "123456789012",
    "s3_bucket": "acme-alb",
    "log_processing_role": "arn:aws:iam::123456789012:role/PantherLogs",
    "prefixes": [{"prefix": "alb/", "logTypes": ["AWS.ALB"]}, {"logTypes": ["AWS.S3ServerAccess"]}],
}
HTTP = {"name": "Door webhook", "log_types": ["Okta.SystemLog"]}
SPEC = "version: 0\nfields:\n  - name: badge\n    type: string\n"
S3_FIELDS = (
    "integrationId integrationLabel integrationType isHealthy isEditable logTypes lastEventReceivedAtTime "
    "lastEventProcessedAtTime createdAtTime lastModified createdBy { ... on User { id email } ... on APIToken "
    "{ id name } } ... on S3LogIntegration { awsAccountId s3Bucket s3PrefixLogTypes { prefix logTypes "
    "excludedPrefixes } kmsKey logProcessingRole logStreamType logStreamTypeOptions { jsonArrayEnvelopeField } "
    "managedBucketNotifications stackName }"
)


def source(panther, source_id):
    return panther.graphql(f"query($id: ID!) {{ source(id: $id) {{ {S3_FIELDS} }} }}", id=source_id)["source"]


def sources(panther):
    document = "{ sources { edges { node { integrationId integrationType integrationLabel } } } }"
    return [edge["node"] for edge in panther.graphql(document)["sources"]["edges"]]


def http_source(panther, source_id):
    return panther.rest(f"/log-sources/http/{source_id}")


@check("get_log_source")
async def any_source(mcp, panther):
    kinds = set()
    for known in sources(panther):
        assert await mcp("get_log_source", source_id=known["integrationId"]) == said(
            source(panther, known["integrationId"])
        )
        kinds.add(known["integrationType"])
    assert {"aws-s3", "http", "okta", "aws-eventbridge"} <= kinds
    assert (await mcp.refused("get_log_source", source_id="none"))["code"] == "not_found"


@check("create_s3_log_source")
async def new_s3(mcp, panther):
    made = await mcp("create_s3_log_source", **S3, kms_key="arn:aws:kms:eu-west-1:123456789012:key/1")
    held = source(panther, made["source_id"])
    assert held["s3PrefixLogTypes"] == [
        {"prefix": "alb/", "logTypes": ["AWS.ALB"], "excludedPrefixes": []},
        {"prefix": "", "logTypes": ["AWS.S3ServerAccess"], "excludedPrefixes": []},
    ]
    assert (held["integrationLabel"], held["s3Bucket"], held["logStreamType"]) == ("Load balancers", "acme-alb", "Auto")
    assert held["kmsKey"] == made["created"]["kmsKey"]
    assert held["managedBucketNotifications"] is True
    assert (await mcp.refused("create_s3_log_source", **S3))["code"] == "conflict"
    for odd, what in (
        ({"prefix": "x"}, "prefixes.0: logTypes is no list of log types"),
        ({"logTypes": ["AWS.ALB"], "excluded": []}, "prefixes.0: there is no key 'excluded'"),
        ({"logTypes": ["AWS.ALB"], "prefix": 5}, "prefixes.0: prefix is no text"),
        ({"logTypes": ["AWS.ALB"], "excludedPrefixes": "x"}, "prefixes.0: excludedPrefixes is no list of texts"),
    ):
        error = await mcp.refused("create_s3_log_source", **S3 | {"prefixes": [odd]})
        assert (error["code"], error["message"]) == ("invalid_input", f"{what}.")
    await mcp("delete_log_source", source_id=made["source_id"])


@check("update_s3_log_source")
async def changed_s3(mcp, panther):
    made = await mcp("create_s3_log_source", **S3, stream_type="JsonArray", json_array_field="Records")
    source_id = made["source_id"]
    before = source(panther, source_id)
    told = await mcp("update_s3_log_source", source_id=source_id, name="ALB", managed_notifications=False)
    assert told == {
        "source_id": source_id,
        "changes": [
            {"field": "integrationLabel", "before": "Load balancers", "after": "ALB"},
            {"field": "managedBucketNotifications", "before": True, "after": False},
        ],
    }
    after = source(panther, source_id)
    changed = {"integrationLabel": "ALB", "managedBucketNotifications": False, "lastModified": after["lastModified"]}
    assert after == before | changed
    told = await mcp("update_s3_log_source", source_id=source_id, prefixes=[{"logTypes": ["AWS.ALB"]}])
    assert [one["field"] for one in told["changes"]] == ["s3PrefixLogTypes"]
    assert source(panther, source_id)["logTypes"] == ["AWS.ALB"]
    assert (await mcp("update_s3_log_source", source_id=source_id, name="ALB"))["unchanged"]
    okta = next(one for one in sources(panther) if one["integrationType"] == "okta")
    error = await mcp.refused("update_s3_log_source", source_id=okta["integrationId"], name="x")
    assert (error["code"], "of type okta, not aws-s3" in error["message"]) == ("invalid_input", True)
    await mcp("delete_log_source", source_id=source_id)


@check("create_http_log_source")
async def new_http(mcp, panther):
    for method, more, field in (
        ("Bearer", {}, "authBearerToken"),
        ("SharedSecret", {"auth_header": "x-door"}, "authSecretValue"),
        ("HMAC", {"auth_header": "x-door", "auth_hmac_alg": "sha256"}, "authSecretValue"),
        ("Basic", {"auth_username": "door"}, "authPassword"),
    ):
        made = await mcp("create_http_log_source", **HTTP, auth_method=method, **more)
        held = http_source(panther, made["source_id"])
        assert held[field] == kept(made)
        assert len(held[field]) >= 32
        assert (held["authMethod"], held["integrationLabel"]) == (method, HTTP["name"])
        assert made["created"].items() <= held.items()
        await mcp("delete_log_source", source_id=made["source_id"])
    given = await mcp("create_http_log_source", **HTTP, auth_method="Bearer", auth_secret=PLANTED)
    assert http_source(panther, given["source_id"])["authBearerToken"] == PLANTED
    assert "secret_file" not in given
    assert PLANTED not in str(given)
    assert (await mcp.refused("create_http_log_source", **HTTP, auth_method="Bearer"))["code"] == "conflict"
    await mcp("delete_log_source", source_id=given["source_id"])
    opened = await mcp("create_http_log_source", **HTTP, auth_method="None")
    assert opened.keys() == {"source_id", "created"}
    await mcp("delete_log_source", source_id=opened["source_id"])
    error = await mcp.refused("create_http_log_source", **HTTP, auth_method="None", auth_secret=PLANTED)
    assert error["message"] == "auth_method None takes no auth_secret."
    error = await mcp.refused("create_http_log_source", **HTTP, auth_method="HMAC", auth_header="x")
    assert "authHmacAlg" in error["message"]


@check("update_http_log_source")
async def changed_http(mcp, panther):
    given = {"auth_method": "SharedSecret", "auth_header": "x-door", "auth_secret": PLANTED}
    source_id = (await mcp("create_http_log_source", **HTTP, **given))["source_id"]
    before = http_source(panther, source_id)
    told = await mcp("update_http_log_source", source_id=source_id, name="Doors", stream_type="JSON")
    assert told["changes"] == [
        {"field": "integrationLabel", "before": "Door webhook", "after": "Doors"},
        {"field": "logStreamType", "before": "Auto", "after": "JSON"},
    ]
    # What was stored is still there, the secret above all.
    assert http_source(panther, source_id) == before | {"integrationLabel": "Doors", "logStreamType": "JSON"}
    assert (await mcp("update_http_log_source", source_id=source_id, name="Doors"))["unchanged"]
    told = await mcp("update_http_log_source", source_id=source_id, auth_secret=PLANTED + "-2")
    assert told["changes"] == [{"field": "authSecretValue", "secret": True}]
    assert http_source(panther, source_id)["authSecretValue"] == PLANTED + "-2"
    told = await mcp("update_http_log_source", source_id=source_id, auth_method="Bearer")
    gone = [{"field": "authHeaderKey", "before": "x-door"}, {"field": "authSecretValue", "secret": True}]
    assert all(one in told["changes"] for one in gone)
    assert {"field": "authMethod", "before": "SharedSecret", "after": "Bearer"} in told["changes"]
    held = http_source(panther, source_id)
    assert (held["authMethod"], held["authBearerToken"]) == ("Bearer", kept(told))
    assert PLANTED not in str(told)
    error = await mcp.refused("update_http_log_source", source_id=source_id, auth_username="x")
    assert error["message"] == "auth_method Bearer takes no auth_username."
    s3 = next(one for one in sources(panther) if one["integrationType"] == "aws-s3")
    assert (await mcp.refused("update_http_log_source", source_id=s3["integrationId"], name="x"))["code"] == "not_found"
    await mcp("delete_log_source", source_id=source_id)


@check("delete_log_source")
async def no_source(mcp, panther):
    for made in (
        await mcp("create_s3_log_source", **S3),
        await mcp("create_http_log_source", **HTTP, auth_method="None"),
    ):
        told = await mcp("delete_log_source", source_id=made["source_id"])
        assert told["deleted"]["integrationId"] == made["source_id"]
        assert told["deleted"]["integrationLabel"] == made["created"].get("label", HTTP["name"])
        assert made["source_id"] not in [one["integrationId"] for one in sources(panther)]
        assert (await mcp.refused("delete_log_source", source_id=made["source_id"]))["code"] == "not_found"


def schema(panther, name):
    fields = "name spec description referenceURL isFieldDiscoveryEnabled revision isArchived"
    document = f"query($n: String) {{ schemas(input: {{contains: $n}}) {{ edges {{ node {{ {fields} }} }} }} }}"
    found = [edge["node"] for edge in panther.graphql(document, n=name)["schemas"]["edges"]]
    return next((one for one in found if one["name"] == name), None)


@check("create_or_update_schema")
async def put_schema(mcp, panther):
    # Schemas cannot be deleted: each run makes one of its own.
    name = next(f"Custom.Door{number}" for number in range(100) if not schema(panther, f"Custom.Door{number}"))
    told = await mcp("create_or_update_schema", name=name, spec=SPEC, description="Who enters", field_discovery=True)
    assert told == {"name": name, "revision": 1, "created": True}
    changed = SPEC + "  - name: door\n    type: int\n"
    told = await mcp("create_or_update_schema", name=name, spec=changed)
    assert (told["name"], told["revision"]) == (name, 2)
    (change,) = told["changes"]
    assert (change["field"], "+  - name: door" in change["diff"]) == ("spec", True)
    held = schema(panther, name)
    assert (held["spec"], held["description"], held["isFieldDiscoveryEnabled"]) == (changed, "Who enters", True)
    told = await mcp("create_or_update_schema", name=name, spec=changed)
    assert told == {"name": name, "revision": 2, "unchanged": True}
    for odd in ({"name": "AWS.CloudTrail", "spec": SPEC}, {"name": "door", "spec": SPEC}, {"name": name, "spec": "x"}):
        assert (await mcp.refused("create_or_update_schema", odd))["code"] == "invalid_input"


@check("update_schema_status")
async def schema_status(mcp, panther):
    name = "Custom.Archived"
    await mcp("create_or_update_schema", name=name, spec=SPEC)
    told = await mcp("update_schema_status", schema_name=name, is_archived=True)
    assert told == {"name": name, "changes": [{"field": "isArchived", "before": False, "after": True}]}
    assert schema(panther, name)["isArchived"] is True
    assert (await mcp("update_schema_status", schema_name=name, is_archived=True))["unchanged"]
    await mcp("update_schema_status", schema_name=name, is_archived=False)
    assert schema(panther, name)["isArchived"] is False
    error = await mcp.refused("update_schema_status", schema_name="AWS.CloudTrail", is_archived=True)
    assert (error["code"], "in use by" in error["message"]) == ("invalid_input", True)
    error = await mcp.refused("update_schema_status", schema_name="Custom.None", is_archived=True)
    assert error["code"] == "not_found"


ACCOUNT = {"aws_account_id": "123456789012", "label": "Staging", "audit_role": "arn:aws:iam::123456789012:role/Audit"}
ACCOUNT_FIELDS = (
    "id label awsAccountId awsStackName awsScanConfig { auditRole } awsRegionIgnoreList resourceTypeIgnoreList "
    "resourceRegexIgnoreList isRealtimeScanningEnabled isEditable createdAt lastModifiedAt"
)


def account(panther, account_id):
    document = f"query($id: ID!) {{ cloudAccount(id: $id) {{ {ACCOUNT_FIELDS} }} }}"
    return said(panther.graphql(document, id=account_id)["cloudAccount"])


@check("create_cloud_account")
async def new_account(mcp, panther):
    made = await mcp("create_cloud_account", **ACCOUNT, ignored_regions="us-east-1", ignored_resources=[".*-tmp"])
    assert made == account(panther, made["id"])
    assert (made["awsRegionIgnoreList"], made["resourceRegexIgnoreList"]) == (["us-east-1"], [".*-tmp"])
    assert (await mcp.refused("create_cloud_account", **ACCOUNT))["code"] == "conflict"
    odd = await mcp.refused("create_cloud_account", **ACCOUNT | {"aws_account_id": "12"})
    assert odd["code"] == "invalid_input"
    await mcp("delete_cloud_account", cloud_account_id=made["id"])


@check("list_cloud_accounts")
async def accounts(mcp, panther):
    seeded = (await mcp("list_cloud_accounts"))["cloud_accounts"]
    assert [one["label"] for one in seeded] == ["Acme production"]
    made = [
        await mcp("create_cloud_account", **ACCOUNT | {"aws_account_id": f"2000000000{number}"})
        for number in range(10, 37)
    ]
    seen, cursor = [], None
    while True:
        page = await mcp("list_cloud_accounts", cursor=cursor)
        seen += page["cloud_accounts"]
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    fields = ("id", "label", "awsAccountId", "isRealtimeScanningEnabled", "createdAt")
    held = {one["id"]: {name: one[name] for name in fields} for one in made}
    assert {one["id"]: one for one in seen} == held | {one["id"]: one for one in seeded}
    for one in made:
        await mcp("delete_cloud_account", cloud_account_id=one["id"])


@check("get_cloud_account")
async def one_account(mcp, panther):
    made = await mcp("create_cloud_account", **ACCOUNT)
    assert await mcp("get_cloud_account", cloud_account_id=made["id"]) == account(panther, made["id"])
    await mcp("delete_cloud_account", cloud_account_id=made["id"])
    assert (await mcp.refused("get_cloud_account", cloud_account_id=made["id"]))["code"] == "not_found"


@check("update_cloud_account")
async def changed_account(mcp, panther):
    made = await mcp("create_cloud_account", **ACCOUNT, ignored_regions=["us-east-1"])
    told = await mcp("update_cloud_account", cloud_account_id=made["id"], ignored_resource_types="AWS.EC2.Volume")
    change = {"field": "resourceTypeIgnoreList", "after": ["AWS.EC2.Volume"]}
    assert told == {"id": made["id"], "changes": [change]}
    held = account(panther, made["id"])
    assert held == made | {"resourceTypeIgnoreList": ["AWS.EC2.Volume"], "lastModifiedAt": held["lastModifiedAt"]}
    told = await mcp("update_cloud_account", cloud_account_id=made["id"], label="Old", ignored_regions=[])
    assert [one["field"] for one in told["changes"]] == ["label", "awsRegionIgnoreList"]
    assert "awsRegionIgnoreList" not in account(panther, made["id"])
    assert (await mcp("update_cloud_account", cloud_account_id=made["id"], label="Old"))["unchanged"]
    await mcp("delete_cloud_account", cloud_account_id=made["id"])


@check("delete_cloud_account")
async def no_account(mcp, panther):
    made = await mcp("create_cloud_account", **ACCOUNT)
    told = await mcp("delete_cloud_account", cloud_account_id=made["id"])
    assert told == {"deleted": {"id": made["id"], "label": "Staging", "awsAccountId": "123456789012"}}
    assert (await mcp.refused("delete_cloud_account", cloud_account_id=made["id"]))["code"] == "not_found"
