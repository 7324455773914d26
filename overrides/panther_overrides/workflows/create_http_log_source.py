"""Make a log source that takes events over HTTP, with a secret that nobody has seen."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import confirmed
from panther_overrides.workflows.common.http_sources import SECRETS, authentication, missing_secret, with_new_secret
from panther_overrides.workflows.common.s3_sources import stream_options

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.sources_write import CreateHttpLogSource


async def create_http_log_source(
    call: Call,
    *,
    name: str,
    log_types: list[str],
    auth_method: "Literal['SharedSecret', 'HMAC', 'Bearer', 'Basic', 'None']",
    auth_header: str | None,
    auth_hmac_alg: str | None,
    auth_username: str | None,
    auth_secret: str | None,
    stream_type: "Literal['Auto', 'JSON', 'JsonArray', 'Lines', 'CloudWatchLogs', 'XML']",
    json_array_field: str | None,
) -> JsonObject:
    """Return the new source's id, its settings, and the file that holds its secret, if that was made here."""
    call.hide(auth_secret)
    settings: JsonObject = {
        "integrationLabel": name,
        "logTypes": log_types,
        "logStreamType": stream_type,
        "logStreamTypeOptions": stream_options(json_array_field),
        "authMethod": auth_method,
        **authentication(
            auth_method, header=auth_header, hmac_alg=auth_hmac_alg, username=auth_username, secret=auth_secret
        ),
    }
    shown = {field: value for field, value in settings.items() if value is not None and field not in SECRETS}
    await call.approve(after=shown)
    source_id, kept = await with_new_secret(
        call, name, missing_secret(settings), lambda secret: _apply(call, settings | secret)
    )
    return {"source_id": source_id, "created": shown, **kept}


async def _apply(call: Call, settings: JsonObject) -> str:
    from panther_client.rest_models import ModifyHTTPSource

    answer = await call.rest.http_source_create(body=ModifyHTTPSource.model_validate(settings))
    return str(confirmed(answer).get("integrationId", ""))


if TYPE_CHECKING:
    _: CreateHttpLogSource = create_http_log_source
