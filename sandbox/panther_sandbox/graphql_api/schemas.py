"""Log schemas in GraphQL: Panther's own, which are the lake's log tables, and those that clients made."""

from __future__ import annotations

import re
from typing import Any, cast

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import ConflictError, InvalidInputError
from panther_sandbox.graphql_api.operation import Operation, Operations, connection
from panther_sandbox.lake.columns import LOGS, Table
from panther_sandbox.paging import Page
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind

_CUSTOM_NAME = re.compile(r"Custom\.[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*")
_FIELD_TYPES = {"variant": "json", "double": "float"}
Input = dict[str, Any]


def _managed(table: Table, founded: str) -> Record:
    """Return the schema of a log table of ours."""
    fields = [
        f"  - name: {column.name}\n    type: {_FIELD_TYPES.get(column.type, column.type)}"
        for column in table.columns
        if not column.name.startswith("p_")
    ]
    return {
        "name": table.log_type,
        "description": table.description,
        "spec": "\n".join(["version: 0", "fields:", *fields, ""]),
        "discoveredSpec": "",
        "isArchived": False,
        "isFieldDiscoveryEnabled": False,
        "isManaged": True,
        "referenceURL": None,
        "revision": 1,
        "version": 0,
        "createdAt": founded,
        "updatedAt": founded,
    }


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""

    def schemas(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        found = all_schemas(sandbox)
        text = (input.get("contains") or "").lower()
        used = {name for source in sandbox.store.documents.all(Kind.SOURCE) for name in source["logTypes"]}
        wanted = [
            schema
            for schema in found
            if text in schema["name"].lower()
            and input.get("isArchived") in (None, schema["isArchived"])
            and input.get("isManaged") in (None, schema["isManaged"])
            and input.get("isInUse") in (None, schema["name"] in used)
        ]
        # One page, whatever its size.
        return connection(Page(wanted, None, None), list(wanted))

    return {"schemas": Operation(schemas, ("LogSourceRead",))}


def all_schemas(sandbox: Sandbox) -> list[Record]:
    """Return every schema by name; Panther's own may have been archived, which the store knows."""
    founded = api_time(sandbox.clock.start)
    managed = [_managed(table, founded) for table in sandbox.catalog.tables_of(LOGS) if table.log_type]
    schemas = {schema["name"]: schema for schema in [*managed, *sandbox.store.documents.all(Kind.SCHEMA)]}
    return [schemas[name] for name in sorted(schemas)]


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    documents = sandbox.store.documents

    def put(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        existing = _find(sandbox, input["name"])
        if existing is not None and existing["isManaged"]:
            raise InvalidInputError(f"schema {input['name']} is managed by Panther")
        if not _CUSTOM_NAME.fullmatch(input["name"]):
            raise InvalidInputError(f"name: {input['name']!r} is not a name as Custom.MySchema")
        revision = input.get("revision")
        current = existing["revision"] if existing else 0
        if revision is not None and revision != current:
            raise ConflictError(f"schema {input['name']} is at revision {current}, not at {revision}")
        version = _check_spec(input["spec"])
        now = api_time(sandbox.clock.now())
        discovers = input.get("isFieldDiscoveryEnabled")
        schema: Record = {
            "name": input["name"],
            "description": input.get("description"),
            "referenceURL": input.get("referenceURL"),
            "spec": input["spec"],
            "discoveredSpec": existing["discoveredSpec"] if existing else "",
            "isArchived": existing["isArchived"] if existing else False,
            "isFieldDiscoveryEnabled": discovers if discovers is not None else False,
            "isManaged": False,
            "revision": current + 1,
            "version": version,
            "createdAt": existing["createdAt"] if existing else now,
            "updatedAt": now,
        }
        documents.put(Kind.SCHEMA, schema["name"], schema)
        return {"schema": schema}

    def archive(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        schema = _find(sandbox, input["name"])
        if schema is None:
            return {"schema": None, "error": {"code": "NotFound", "message": f"schema not found: {input['name']}"}}
        users = [
            source["integrationLabel"]
            for source in documents.all(Kind.SOURCE)
            if input["isArchived"] and schema["name"] in source["logTypes"]
        ]
        if users:
            message = f"schema {schema['name']} is in use by {', '.join(users)}"
            return {"schema": None, "error": {"code": "InvalidInput", "message": message}}
        changed = schema | {"isArchived": input["isArchived"], "updatedAt": api_time(sandbox.clock.now())}
        documents.put(Kind.SCHEMA, schema["name"], changed)
        return {"schema": changed, "error": None}

    modify = ("LogSourceModify",)
    return {"createOrUpdateSchema": Operation(put, modify), "updateSchemaStatus": Operation(archive, modify)}


def _find(sandbox: Sandbox, name: str) -> Record | None:
    return next((schema for schema in all_schemas(sandbox) if schema["name"] == name), None)


def _check_spec(text: str) -> int:
    """Return the version of a schema's specification; raise InvalidInputError when it is none."""
    # Imported here, for YAML is needed by nothing else at the start.
    from panther_sandbox.simple_rules.yaml_text import read_yaml

    spec = read_yaml(text, "spec")
    fields: object = cast("dict[str, Any]", spec).get("fields") if isinstance(spec, dict) else None
    if not isinstance(fields, list) or not fields:
        raise InvalidInputError("spec must have a list of fields")
    for field in cast("list[object]", fields):
        named = cast("dict[str, Any]", field) if isinstance(field, dict) else {}
        if not isinstance(named.get("name"), str) or not isinstance(named.get("type"), str):
            raise InvalidInputError("spec: each field needs a name and a type")
    version = cast("dict[str, Any]", spec).get("version", 0)
    return version if isinstance(version, int) and 0 <= version < 2**31 else 0
