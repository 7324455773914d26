"""Write a text into every field of the sandbox that somebody outside can shape, and into those of its own people."""

import json
from dataclasses import replace
from typing import Any

from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.documents import Kind

TABLE = "okta_systemlog"
SCHEMA = "Custom.Planted"
# The texts of documents; what refers to something else stays.
_TEXTS = (
    *("description", "displayName", "runbook", "body", "sql", "integrationLabel", "referenceURL", "createdByExternal"),
    *("alertTitle", "alertContext", "pythonBody", "inlineFilters", "awsStackName"),
)


def plant(sandbox: Sandbox, text: str) -> dict[str, Any]:
    """Write `text` everywhere; return a value for each parameter that a tool may need to read it."""
    database = sandbox.store.database
    alert_id: str = database.rows("SELECT alert_id FROM comments")[0]["alert_id"]
    alert = database.rows("SELECT * FROM alerts WHERE id = ?", [alert_id])[0]
    deliveries = [delivery | {"message": text} for delivery in json.loads(alert["deliveries"])]
    texts = dict.fromkeys(("title", "description", "runbook", "reference"), text)
    database.update("alerts", alert_id, texts | {"deliveries": deliveries, "context": {"x": text}})
    # In one event alone, and the same in all.
    event = {
        "userAgent": text,
        "shared": text,
        text: "name",
        "nested": {"list": [text, {"deep": text}]},
        "json": json.dumps([text]),
    }
    database.execute(
        "UPDATE alert_events SET event = ? WHERE alert_id = ? AND position = 0", [json.dumps(event), alert_id]
    )
    database.execute(
        "UPDATE alert_events SET event = json_set(event, '$.shared', ?) WHERE alert_id = ?", [text, alert_id]
    )
    database.execute("UPDATE comments SET body = ?", [text])
    database.execute("UPDATE users SET given_name = ?, family_name = ?", [text, text])
    for kind in Kind:
        for document in sandbox.store.documents.all(kind):
            planted = document | {name: text for name in _TEXTS if isinstance(document.get(name), str)}
            key = document.get("id") or document.get("integrationId") or document["name"]
            if "tests" in document:
                planted["tests"] = [
                    {"name": text, "resource": json.dumps({"x": text}), "expectedResult": True, "mocks": []}
                ]
            sandbox.store.documents.put(kind, key, planted)
    sandbox.store.documents.put(Kind.SCHEMA, SCHEMA, _schema(sandbox, text))
    catalog = sandbox.catalog
    catalog.tables = tuple(
        replace(table, columns=tuple(replace(column, description=text) for column in table.columns), description=text)
        if table.name == TABLE
        else table
        for table in catalog.tables
    )
    literal = text.replace("\\", "\\\\").replace("'", "''")
    # No macro of Panther's begins in a literal.
    return facts(sandbox, alert_id) | {"sql": f"SELECT '{literal}' AS agent", "comment": text}


def facts(sandbox: Sandbox, alert_id: str) -> dict[str, Any]:
    """Return what exists in the sandbox, by the names of the tools' parameters."""
    documents = sandbox.store.documents
    sources = [source for source in documents.all(Kind.SOURCE) if source["__typename"] == "HTTPLogIntegration"]
    user = sandbox.store.database.rows("SELECT id FROM users")[0]["id"]
    return {
        "alert_id": alert_id,
        "alert_ids": [alert_id],
        "assignee_id": user,
        "data_model_id": documents.all(Kind.DATA_MODEL)[0]["id"],
        "database": "panther_logs",
        "database_name": "panther_logs",
        "detection_id": documents.all(Kind.RULE)[0]["id"],
        "detection_types": ["rules", "scheduled_rules", "simple_rules", "policies"],
        "helper_id": documents.all(Kind.GLOBAL)[0]["id"],
        "query_id": documents.all(Kind.QUERY)[0]["id"],
        "role_id": sandbox.store.database.rows("SELECT id FROM roles")[0]["id"],
        "schema_names": [SCHEMA],
        "source_id": sources[0]["integrationId"],
        "status": "OPEN",
        "table_name": TABLE,
        "user_id": user,
    }


def _schema(sandbox: Sandbox, text: str) -> dict[str, Any]:
    now = sandbox.clock.now().isoformat()
    return {
        **{
            "name": SCHEMA,
            "description": text,
            "referenceURL": text,
            "spec": f"version: 0 # {text}",
            "discoveredSpec": text,
        },
        **{"isArchived": False, "isFieldDiscoveryEnabled": False, "isManaged": False, "revision": 1, "version": 0},
        **{"createdAt": now, "updatedAt": now},
    }
