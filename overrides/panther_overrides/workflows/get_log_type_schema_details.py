"""Read log type schemas by their exact names; GraphQL only finds names that contain a text."""

from typing import TYPE_CHECKING

from panther_mcp.errors import NotFound, bounded
from panther_mcp.runtime import Call, JsonObject, listing
from panther_overrides.workflows.common.bounded_requests import concurrently

if TYPE_CHECKING:
    from panther_tools.schemas import GetLogTypeSchemaDetails

_CONCURRENT = 5


async def get_log_type_schema_details(call: Call, *, schema_names: list[str]) -> JsonObject:
    """Return the schemas of exactly these names, and the names that none has. Raises `NotFound` for all of them."""
    from panther_client.graphql.input_types import SchemasInput

    async def read(name: str) -> JsonObject | None:
        answer = await call.graphql.get_log_type_schemas(input=SchemasInput(contains=name))
        return next((schema for schema in listing(answer, "schemas")["schemas"] if schema.get("name") == name), None)

    names = list(dict.fromkeys(schema_names))
    found = await concurrently([read(name) for name in names], _CONCURRENT)
    missing = [name for name, schema in zip(names, found, strict=True) if schema is None]
    if len(missing) == len(names):
        raise NotFound(
            f"There is no log type schema {bounded(' or '.join(missing), 200)}.",
            hint="Names are exact and case-sensitive; list_log_type_schemas finds them by a part.",
        )
    result: JsonObject = {"schemas": [schema for schema in found if schema is not None]}
    if missing:
        result["not_found"] = missing
    return result


if TYPE_CHECKING:
    _: GetLogTypeSchemaDetails = get_log_type_schema_details
