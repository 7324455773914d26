"""Change a log source that takes events over HTTP. REST replaces it, so the rest is put back, secrets among it."""

from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, patch
from panther_overrides.workflows.common.http_sources import (
    SECRETS,
    authentication,
    missing_secret,
    with_new_secret,
    without_foreign,
)
from panther_overrides.workflows.common.s3_sources import stream_options

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.sources_write import UpdateHttpLogSource

_COLLECTION = "log-sources/http"


async def update_http_log_source(
    call: Call,
    *,
    source_id: str,
    name: str | None,
    log_types: list[str] | None,
    auth_method: "Literal['SharedSecret', 'HMAC', 'Bearer', 'Basic', 'None'] | None",
    auth_header: str | None,
    auth_hmac_alg: str | None,
    auth_username: str | None,
    auth_secret: str | None,
    stream_type: "Literal['Auto', 'JSON', 'JsonArray', 'Lines', 'CloudWatchLogs', 'XML'] | None",
    json_array_field: str | None,
) -> JsonObject:
    """Return what changed of the source, and the file that holds its secret, if a new one was made here."""
    call.hide(auth_secret)
    # As it is, with what this client does not know: all of it has to be put back.
    found = await call.documents.read(_COLLECTION, source_id)
    call.hide(*(found.get(field) for field in SECRETS))
    method = auth_method or str(found.get("authMethod", "None"))
    given: JsonObject = {
        "integrationLabel": name,
        "logTypes": log_types or None,
        "logStreamType": stream_type,
        "logStreamTypeOptions": stream_options(json_array_field),
        "authMethod": auth_method,
        **authentication(
            method, header=auth_header, hmac_alg=auth_hmac_alg, username=auth_username, secret=auth_secret
        ),
    }
    change = _change(found, given, method)
    if not change.fields:
        return {"source_id": source_id, **change.told()}
    await approve(call, change, secret=SECRETS, source_id=source_id)
    _, kept = await with_new_secret(
        call,
        str(change.after.get("integrationLabel", "")),
        missing_secret(change.after),
        lambda secret: call.documents.replace(_COLLECTION, source_id, {**change.after, **secret}),
    )
    return {"source_id": source_id, **change.told(secret=SECRETS), **kept}


def _change(found: JsonObject, given: JsonObject, method: str) -> Change:
    """Return the change. Raises `InvalidInput` where it would put back a secret that Panther has not told."""
    before = {name: value for name, value in found.items() if value is not None}
    after = patch(before, given).after
    if method != before.get("authMethod"):
        after = without_foreign(after, method)
    elif missing_secret(after):
        raise InvalidInput(
            "Panther does not tell this source's secret, so it cannot be put back.",
            hint="Give auth_secret with the present secret, or a new one.",
        )
    return Change(before, after)


if TYPE_CHECKING:
    _: UpdateHttpLogSource = update_http_log_source
