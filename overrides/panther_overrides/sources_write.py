"""Changing log sources: what the model reads about the tools that make, change and delete them."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of

_SOURCE_ID = "The integrationId, from list_log_sources."
_S3 = {
    "log_processing_role": "ARN of the role that Panther reads with.",
    "prefixes": '[{"prefix": "logs/", "logTypes": [...]}]; "" is all.',
    "kms_key": "ARN of the key that the bucket is encrypted with.",
    "managed_notifications": "Panther sets up the bucket's notifications.",
}
_STREAM = {
    "stream_type": "How events stand in the data.",
    "json_array_field": "For JsonArray: the field that holds the array.",
}
_HTTP = {
    "log_types": "The log types that it takes.",
    "auth_method": "How senders authenticate.",
    "auth_header": "SharedSecret, HMAC: the header's name.",
    "auth_hmac_alg": "HMAC: the algorithm, e.g. sha256.",
    "auth_username": "Basic: the user name.",
}

TOOLS = {
    "create_s3_log_source": ToolOverride(
        description=(
            "Make a log source that reads an S3 bucket, with a role that exists in AWS. "
            'Example: {"name": "ALB", "aws_account_id": "123456789012", "s3_bucket": "acme-alb", '
            '"log_processing_role": "arn:aws:iam::123456789012:role/PantherLogs", '
            '"prefixes": [{"prefix": "alb/", "logTypes": ["AWS.ALB"]}]}'
        ),
        params={
            "name": "A label that no source has.",
            "aws_account_id": "The 12 digits of the bucket's AWS account.",
            "s3_bucket": "The bucket's name.",
            **_S3,
            **_STREAM,
        },
    ),
    "update_s3_log_source": ToolOverride(
        description=(
            "Change a log source of type aws-s3; what is not given stays. prefixes replaces the whole list: read it "
            "first with get_log_source. What changed is told. "
            'Example: {"source_id": "484dbf38-0675-556e-ad3d-1f871f22257f", "name": "VPC flow"}'
        ),
        params={"source_id": _SOURCE_ID, "name": "The new label.", **_S3, **_STREAM},
        rules=(at_least_one_of("name", *_S3, *_STREAM),),
    ),
    "create_http_log_source": ToolOverride(
        description=(
            "Make a log source that takes events over HTTP. Its secret is made here and written to a file that only "
            "the server's user can read, and never shown; secret_file names it. "
            'Example: {"name": "Webhook", "log_types": ["Okta.SystemLog"], "auth_method": "Bearer"}'
        ),
        params={
            "name": "A label that no source has.",
            **_HTTP,
            "auth_secret": "Only if the sender dictates it; else one is made.",
            **_STREAM,
        },
    ),
    "update_http_log_source": ToolOverride(
        description=(
            "Change a log source of type http; what is not given stays, its secrets too. Where a new auth_method "
            "needs a secret, one is made as by create_http_log_source. "
            'Example: {"source_id": "0e32811b-4817-5fd5-9929-8f6a05b5cbf8", "name": "Webhook"}'
        ),
        params={
            "source_id": _SOURCE_ID,
            "name": "The new label.",
            **_HTTP,
            "auth_secret": "A new secret; leave out to keep the stored one.",
            **_STREAM,
        },
        rules=(at_least_one_of("name", *_HTTP, "auth_secret", *_STREAM),),
    ),
    "delete_log_source": ToolOverride(
        description=(
            "Delete a log source of any kind: its logs come in no more. Those that came stay. Cannot be undone. "
            'Example: {"source_id": "0e32811b-4817-5fd5-9929-8f6a05b5cbf8"}'
        ),
        params={"source_id": _SOURCE_ID},
    ),
}
