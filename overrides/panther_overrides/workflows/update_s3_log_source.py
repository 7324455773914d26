"""Change a log source that reads an S3 bucket. Panther wants all settings, so the others are put back as they were."""

from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, confirmed, patch, present
from panther_overrides.workflows.common.s3_sources import s3_prefixes, stream_options
from panther_overrides.workflows.common.s3_sources import stream_type as known_stream_type

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.sources_write import UpdateS3LogSource


async def update_s3_log_source(
    call: Call,
    *,
    source_id: str,
    name: str | None,
    log_processing_role: str | None,
    prefixes: list[dict[str, object]] | None,
    stream_type: "Literal['Auto', 'JSON', 'JsonArray', 'Lines', 'CloudWatchLogs'] | None",
    json_array_field: str | None,
    kms_key: str | None,
    managed_notifications: bool | None,
) -> JsonObject:
    """Return what changed of the source."""
    given: JsonObject = {
        "integrationLabel": name,
        "logProcessingRole": log_processing_role,
        "s3PrefixLogTypes": s3_prefixes(prefixes),
        "logStreamType": stream_type,
        "logStreamTypeOptions": stream_options(json_array_field),
        "kmsKey": kms_key,
        "managedBucketNotifications": managed_notifications,
    }
    found = present(call, await call.graphql.get_log_source(id=source_id))
    change = _change(found, given)
    if change.fields:
        await approve(call, change, source_id=source_id)
        await _apply(call, source_id, change)
    return {"source_id": source_id, **change.told()}


def _change(found: JsonObject, given: JsonObject) -> Change:
    """Return the change. Raises `InvalidInput` for a source of another kind, or one that lacks what Panther wants."""
    kind = str(found.get("integrationType", ""))
    if "s3Bucket" not in found:
        raise InvalidInput(
            f"This source is of type {bounded(kind, 60) or 'unknown'}, not aws-s3.",
            hint="update_http_log_source changes sources of type http; the others are changed in the console.",
        )
    # A result leaves out what is empty; put back, all of it must be there.
    before = {
        **{name: found.get(name) for name in given},
        "s3PrefixLogTypes": s3_prefixes([{"logTypes": [], **item} for item in found.get("s3PrefixLogTypes", ())]),
    }
    change = patch(before, given)
    for name, param in (("logProcessingRole", "log_processing_role"), ("logStreamType", "stream_type")):
        if not change.after[name]:
            raise InvalidInput(f"This source has no {name} yet, and Panther wants one.", hint=f"Give {param}, too.")
    return change


async def _apply(call: Call, source_id: str, change: Change) -> None:
    from panther_client.graphql.input_types import UpdateS3SourceInput

    settings = dict(change.after)
    wanted = UpdateS3SourceInput.model_validate(
        {
            **settings,
            "id": source_id,
            "label": settings.pop("integrationLabel"),
            # An empty text is how Panther is told that there is no key.
            "kmsKey": settings.pop("kmsKey") or "",
            "logStreamType": known_stream_type(settings.pop("logStreamType")),
            "managedBucketNotifications": bool(settings.pop("managedBucketNotifications")),
        }
    )
    confirmed(await call.graphql.update_s_3_source(input=wanted), "logSource")


if TYPE_CHECKING:
    _: UpdateS3LogSource = update_s3_log_source
