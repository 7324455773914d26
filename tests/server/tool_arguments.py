"""Arguments for every tool: what makes it go through on the sandbox, and what of it a tool could change."""

import pytest

from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts

ARGUMENTS = {
    "alert_ids": ["x"],
    "auth_method": "None",
    "mappings": [{"name": "x", "path": "x"}],
    "query_ids": ["x"],
    "actor_id": "x@example",
    "database": "panther_logs",
    "database_name": "panther_logs",
    "body": "def rule(event): return True",
    "detection_ids": ["x"],
    "files": {"a.yml": "AnalysisType: rule"},
    "severity": "LOW",
    "events": [{"eventName": "ConsoleLogin"}],
    "is_archived": True,
    "log_types": ["AWS.CloudTrail"],
    "permissions": ["AlertRead"],
    "prefixes": [{"logTypes": ["AWS.CloudTrail"]}],
    "sql": "SELECT 1",
    "status": "OPEN",
    "table_name": "okta_systemlog",
}
# What a rule requires beyond the schema.
WANTED = {
    "bulk_update_alerts": ("status",),
    "backtest_detection": ("detection_id",),
    "update_data_model": ("description",),
    "update_global_helper": ("description",),
    "update_scheduled_query": ("description",),
    "update_api_token": ("name",),
    "update_cloud_account": ("label",),
    "update_detection": ("severity",),
    "update_http_log_source": ("name",),
    "update_role": ("name",),
    "update_s3_log_source": ("name",),
    "update_user": ("given_name",),
}
# What the tools on log sources need differs with the source's type.
SOURCES = {"update_s3_log_source": "aws-s3", "update_http_log_source": "http"}
# Code that is disabled, so that it can be enabled.
DISABLED = {"id": "Disabled.Rule", "body": "def rule(e): return 0", "severity": "LOW"}


def required(tool):
    names = (*tool.input_schema.get("required", ()), *WANTED.get(tool.name, ()))
    return {name: ARGUMENTS.get(name, "x") for name in names}


def held(panther):
    """All that the tools could change."""
    lists = ("/alerts", "/roles", "/users", "/api-tokens", "/rules", "/globals", "/data-models", "/queries")
    sources = "sources { edges { node { integrationId integrationLabel lastModified } } }"
    accounts = "cloudAccounts { edges { node { id label lastModifiedAt } } }"
    schemas = "schemas(input: {}) { edges { node { name revision isArchived } } }"
    found = {path: panther.all(path) for path in lists} | panther.graphql(f"{{ {sources} {accounts} {schemas} }}")
    for token in found["/api-tokens"]:
        token.pop("lastUsedAt", None)
    alert = panther.alert("forwarded outside")["id"]
    return found | {"comments": panther.all("/alert-comments", **{"alert-id": alert})}


def ids(panther, account):
    """Ids of objects that there are: a tool must be refused because of its permission, and for nothing else."""
    alert = panther.alert("forwarded outside")["id"]
    fatigue = panther.alert(f"denied pushes for {StoryFacts.of(DEFAULT_SEED).victim.email}")["id"]
    (own,) = [token["id"] for token in panther.all("/api-tokens") if token["name"] == "sandbox read-only"]
    document = "{ sources { edges { node { integrationId integrationType } } } }"
    sources = {
        edge["node"]["integrationType"]: edge["node"]["integrationId"]
        for edge in panther.graphql(document)["sources"]["edges"]
    }
    return {
        "alert_id": alert,
        "alert_ids": [alert],
        "assignee_id": panther.all("/users")[0]["id"],
        "cloud_account_id": account,
        "comment_id": panther.all("/alert-comments", **{"alert-id": fatigue})[0]["id"],
        "role_id": panther.all("/roles")[0]["id"],
        "schema_name": "AWS.CloudTrail",
        "source_id": sources,
        "token_id": next(token["id"] for token in panther.all("/api-tokens") if token["id"] != own),
        "user_id": panther.all("/users")[0]["id"],
        "data_model_id": panther.all("/data-models")[0]["id"],
        "detection_id": panther.all("/rules")[0]["id"],
        "detection_ids": [panther.all("/rules")[0]["id"]],
        "files": {"g.yml": "AnalysisType: global\nGlobalID: g\nFilename: g.py", "g.py": "X = 1"},
        "helper_id": panther.all("/globals")[1]["id"],
        "query_id": panther.all("/queries")[0]["id"],
        "query_ids": [panther.all("/queries")[0]["id"]],
        "name": "Custom.New",
        "role": "Admin",
    }


@pytest.fixture
def account(panther):
    """The id of a cloud account, which the sandbox has none of at first."""
    given = {"awsAccountId": "210987654321", "label": "Kept", "awsScanConfig": {"auditRole": "arn:aws:iam::1:role/A"}}
    document = "mutation($i: CreateCloudAccountInput!) { createCloudAccount(input: $i) { cloudAccount { id } } }"
    made = panther.graphql(document, i=given)["createCloudAccount"]["cloudAccount"]["id"]
    yield made
    panther.graphql("mutation($i: DeleteCloudAccountInput!) { deleteCloudAccount(input: $i) { id } }", i={"id": made})


def arguments_for(tool, panther, account):
    """The arguments of a tool that changes something, of objects that there are: nothing but what is tried refuses it.

    For enable_detection, a disabled rule is made; `panther.delete("/rules/Disabled.Rule")` removes it.
    """
    known = ids(panther, account)
    known["source_id"] = known["source_id"][SOURCES.get(tool.name, "okta")]
    if tool.name == "enable_detection":
        panther.put("/rules/Disabled.Rule", DISABLED)
        known["detection_id"] = "Disabled.Rule"
    return {name: known.get(name, value) for name, value in required(tool).items()}
