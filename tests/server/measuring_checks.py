"""Checks of the tools on metrics, schemas and HTTP sources: what they tell is what the sandbox answers."""

from datetime import UTC, datetime, timedelta

from .checks import check, said

NOW = datetime.now(UTC)
WINDOW = {"start_date": (NOW - timedelta(days=14)).isoformat(), "end_date": (NOW + timedelta(days=1)).isoformat()}
ASKED = {"fromDate": WINDOW["start_date"], "toDate": WINDOW["end_date"], "intervalInMinutes": 1440}


def metrics_of(panther, fields):
    return panther.graphql(f"query($i: MetricsInput!) {{ metrics(input: $i) {{ {fields} }} }}", i=ASKED)["metrics"]


@check("get_bytes_processed_metrics")
async def bytes_processed(mcp, panther):
    found = await mcp("get_bytes_processed_metrics", **WINDOW)
    assert found == said(metrics_of(panther, "bytesProcessedPerSource { label value breakdown } totalBytesProcessed"))
    assert found["totalBytesProcessed"] > 0
    assert (await mcp("get_bytes_processed_metrics"))["totalBytesProcessed"] <= found["totalBytesProcessed"]


@check("get_rule_alert_metrics")
async def rule_alerts(mcp, panther):
    held = said(metrics_of(panther, "alertsPerRule { entityId label value }")["alertsPerRule"])
    found = await mcp("get_rule_alert_metrics", **WINDOW)
    assert found == {"alertsPerRule": held, "totalAlerts": sum(one["value"] for one in held)}
    narrowed = await mcp("get_rule_alert_metrics", **WINDOW, rule_ids=held[0]["entityId"])
    assert narrowed == {"alertsPerRule": held[:1], "totalAlerts": held[0]["value"]}


@check("get_severity_alert_metrics")
async def severity_alerts(mcp, panther):
    held = said(metrics_of(panther, "alertsPerSeverity { label value breakdown }")["alertsPerSeverity"])
    found = await mcp("get_severity_alert_metrics", **WINDOW)
    assert found == {"alertsPerSeverity": held, "totalAlerts": sum(one["value"] for one in held)}
    narrowed = await mcp("get_severity_alert_metrics", **WINDOW, alert_types="rule", severities=["HIGH", "CRITICAL"])
    assert narrowed["alertsPerSeverity"] == [one for one in held if one["label"] in ("Rule HIGH", "Rule CRITICAL")]
    assert narrowed["totalAlerts"] > 0


@check("list_log_type_schemas")
async def schemas(mcp, panther):
    compact = "name description isManaged"
    full = f"{compact} revision isArchived updatedAt referenceURL"
    for given, asked, fields in (
        ({}, {"isArchived": False}, compact),
        ({"contains": "Okta"}, {"contains": "Okta", "isArchived": False}, compact),
        ({"detail": "full"}, {"isArchived": False}, full),
    ):
        document = f"query($i: SchemasInput!) {{ schemas(input: $i) {{ edges {{ node {{ {fields} }} }} }} }}"
        held = [said(edge["node"]) for edge in panther.graphql(document, i=asked)["schemas"]["edges"]]
        assert (await mcp("list_log_type_schemas", **given))["schemas"] == held
        assert held


@check("get_log_type_schema_details")
async def schema_details(mcp, panther):
    found = await mcp("get_log_type_schema_details", schema_names=["AWS.CloudTrail", "No.Such"])
    assert [one["name"] for one in found["schemas"]] == ["AWS.CloudTrail"]
    assert "eventName" in found["schemas"][0]["spec"]
    assert found["not_found"] == ["No.Such"]
    assert (await mcp.refused("get_log_type_schema_details", {"schema_names": ["aws"]}))["code"] == "not_found"


@check("get_http_log_source")
async def http_source(mcp, panther):
    sources = panther.graphql("{ sources { edges { node { integrationId integrationType } } } }")["sources"]["edges"]
    ids = [edge["node"]["integrationId"] for edge in sources if edge["node"]["integrationType"] == "http"]
    assert ids
    for one in ids:
        told, held = await mcp("get_http_log_source", source_id=one), panther.rest(f"/log-sources/http/{one}")
        assert told == {name: held[name] for name in told}
        assert not {"authBearerToken", "authPassword", "authSecretValue"} & told.keys()
        secrets = [held[name] for name in ("authBearerToken", "authPassword", "authSecretValue") if held.get(name)]
        assert not any(secret in str(told) for secret in secrets)
