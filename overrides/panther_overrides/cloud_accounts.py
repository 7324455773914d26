"""Cloud accounts: what the model reads about the tools on the AWS accounts that Panther scans."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of

_ID = "The id, from list_cloud_accounts."
_SETTINGS = {
    "label": "Its name in Panther.",
    "audit_role": "ARN of the role that Panther scans with.",
    "ignored_regions": "AWS regions not to scan.",
    "ignored_resource_types": "Types not to scan, e.g. AWS.EC2.Volume.",
    "ignored_resources": "Regular expressions: resources not to scan.",
}

TOOLS = {
    "list_cloud_accounts": ToolOverride(
        description="List the AWS accounts whose resources Panther scans against policies. Example: {}",
        params={"cursor": "next_cursor of the page before."},
    ),
    "get_cloud_account": ToolOverride(
        description=(
            "Read one scanned AWS account: its role, and what of it is not scanned. "
            'Example: {"cloud_account_id": "3da036aa-d1bb-57f4-a152-8b5849381b1b"}'
        ),
        params={"cloud_account_id": _ID},
    ),
    "create_cloud_account": ToolOverride(
        description=(
            "Have Panther scan an AWS account, with a role that exists there. "
            'Example: {"aws_account_id": "123456789012", "label": "Staging", '
            '"audit_role": "arn:aws:iam::123456789012:role/PantherAuditRole"}'
        ),
        params={"aws_account_id": "The 12 digits of the AWS account.", **_SETTINGS},
    ),
    "update_cloud_account": ToolOverride(
        description=(
            "Change how an AWS account is scanned; what is not given stays. Lists replace the whole list. What "
            'changed is told. Example: {"cloud_account_id": "3da036aa-d1bb-57f4-a152-8b5849381b1b", "label": "Staging"}'
        ),
        params={"cloud_account_id": _ID, **_SETTINGS},
        rules=(at_least_one_of(*_SETTINGS),),
    ),
    "delete_cloud_account": ToolOverride(
        description=(
            "Stop scanning an AWS account, and forget it. AWS itself stays as it is. "
            'Example: {"cloud_account_id": "3da036aa-d1bb-57f4-a152-8b5849381b1b"}'
        ),
        params={"cloud_account_id": _ID},
    ),
}
