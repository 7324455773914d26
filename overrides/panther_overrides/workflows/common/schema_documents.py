"""Find a log type schema by its exact name; GraphQL only finds names that contain a text."""

from panther_mcp.runtime import Call, JsonObject, listing
from panther_overrides.workflows.common.changing import check_whole


async def find_schema(call: Call, name: str) -> JsonObject | None:
    """Return the schema, archived or not, or None. Raises `UpstreamError` where Panther told only a part of it."""
    from panther_client.graphql.input_types import SchemasInput

    answer = await call.graphql.get_log_type_schemas(input=SchemasInput(contains=name))
    check_whole(call)
    return next((schema for schema in listing(answer, "schemas")["schemas"] if schema.get("name") == name), None)
