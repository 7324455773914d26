"""Panther's permissions, and which of them only read."""

from __future__ import annotations

from collections.abc import Iterable

ALL_PERMISSIONS = (
    "AlertModify",
    "AlertRead",
    "BulkUpload",
    "CloudsecSourceModify",
    "CloudsecSourceRead",
    "DataAnalyticsModify",
    "DataAnalyticsRead",
    "DestinationModify",
    "DestinationRead",
    "GeneralSettingsModify",
    "GeneralSettingsRead",
    "LogSourceModify",
    "LogSourceRawDataRead",
    "LogSourceRead",
    "LookupModify",
    "LookupRead",
    "OrganizationAPITokenModify",
    "OrganizationAPITokenRead",
    "PolicyModify",
    "PolicyRead",
    "ResourceModify",
    "ResourceRead",
    "RuleModify",
    "RuleRead",
    "RunPantherAI",
    "SummaryRead",
    "UserModify",
    "UserRead",
)
READ_PERMISSIONS = tuple(name for name in ALL_PERMISSIONS if name.endswith("Read"))
# Tokens and roles may also have this one, which GraphQL's enum does not name.
VALIDATE_UPLOADS = "BulkUploadValidate"
KNOWN_PERMISSIONS = frozenset((*ALL_PERMISSIONS, VALIDATE_UPLOADS))


def in_graphql(permissions: Iterable[str]) -> list[str]:
    """Return the permissions that GraphQL has a name for."""
    return [name for name in permissions if name in ALL_PERMISSIONS]
