"""Read log type schemas by their exact names; GraphQL only finds names that contain a text."""

from functools import partial
from typing import TYPE_CHECKING

from panther_mcp.errors import NotFound, PantherMcpError, bounded
from panther_mcp.runtime import Call, JsonObject, listing
from panther_overrides.workflows.common.side_by_side import together

if TYPE_CHECKING:
    from panther_tools.schemas import GetLogTypeSchemaDetails

_CONCURRENT = 5


async def get_log_type_schema_details(call: Call, *, schema_names: list[str]) -> JsonObject:
    """Return the schemas of exactly these names, and the names that none has; what could not be read is told.

    Raises `NotFound` when none has any of them, and the first error when nothing could be read.
    """
    from panther_client.graphql.input_types import SchemasInput

    async def read(name: str) -> JsonObject | None:
        answer = await call.graphql.get_log_type_schemas(input=SchemasInput(contains=name))
        return next((schema for schema in listing(answer, "schemas")["schemas"] if schema.get("name") == name), None)

    names = list(dict.fromkeys(schema_names))
    answers = await together([partial(read, name) for name in names], _CONCURRENT)
    found = dict(zip(names, answers, strict=True))
    errors = {name: answer for name, answer in found.items() if isinstance(answer, PantherMcpError)}
    schemas = [answer for answer in found.values() if answer is not None and not isinstance(answer, PantherMcpError)]
    missing = [name for name, answer in found.items() if answer is None]
    if errors and not schemas:
        raise next(iter(errors.values()))
    call.warnings += [f"{bounded(name, 100)} could not be read: {error.message}" for name, error in errors.items()]
    if len(missing) == len(names):
        raise NotFound(
            f"There is no log type schema {bounded(' or '.join(missing), 200)}.",
            hint="Names are exact and case-sensitive; list_log_type_schemas finds them by a part.",
        )
    result: JsonObject = {"schemas": schemas}
    if missing:
        result["not_found"] = missing
    return result


if TYPE_CHECKING:
    _: GetLogTypeSchemaDetails = get_log_type_schema_details
