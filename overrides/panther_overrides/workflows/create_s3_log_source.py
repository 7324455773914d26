"""Make a log source that reads an S3 bucket."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import confirmed
from panther_overrides.workflows.common.s3_sources import s3_prefixes, stream_options

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.sources_write import CreateS3LogSource


async def create_s3_log_source(
    call: Call,
    *,
    name: str,
    aws_account_id: str,
    s3_bucket: str,
    log_processing_role: str,
    prefixes: list[dict[str, object]],
    stream_type: "Literal['Auto', 'JSON', 'JsonArray', 'Lines', 'CloudWatchLogs']",
    json_array_field: str | None,
    kms_key: str | None,
    managed_notifications: bool,
) -> JsonObject:
    """Return the new source's id and its settings."""
    settings: JsonObject = {
        "label": name,
        "awsAccountId": aws_account_id,
        "s3Bucket": s3_bucket,
        "logProcessingRole": log_processing_role,
        "s3PrefixLogTypes": s3_prefixes(prefixes),
        "logStreamType": stream_type,
        "logStreamTypeOptions": stream_options(json_array_field),
        "kmsKey": kms_key,
        "managedBucketNotifications": managed_notifications,
    }
    given = {field: value for field, value in settings.items() if value is not None}
    await call.approve(after=given)
    return {"source_id": await _apply(call, given), "created": given}


async def _apply(call: Call, settings: JsonObject) -> str:
    from panther_client.graphql.input_types import CreateS3SourceInput

    answer = await call.graphql.create_s_3_source(input=CreateS3SourceInput.model_validate(settings))
    return str(confirmed(answer, "logSource")["integrationId"])


if TYPE_CHECKING:
    _: CreateS3LogSource = create_s3_log_source
