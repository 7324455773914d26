"""Helpers: what the model reads about the tools on global helpers and data models."""

from panther_overrides.model import ToolOverride
from panther_overrides.sentences import CURSOR, DETAIL

TOOLS = {
    "list_global_helpers": ToolOverride(
        description=(
            "List the global helpers, Python modules that detections import. Code: get_global_helper. "
            'Example: {"name_contains": "aws"}'
        ),
        params={
            "name_contains": "Text within the id.",
            "created_by": "Id of a user or token.",
            "last_modified_by": "Id of a user or token.",
            "limit": "Helpers a page.",
            "cursor": CURSOR,
            "detail": DETAIL,
        },
    ),
    "get_global_helper": ToolOverride(
        description=('Read one global helper with its Python code. Example: {"helper_id": "acme_aws"}'),
        params={"helper_id": "The exact id."},
    ),
    "list_data_models": ToolOverride(
        description=("List the data models: fields of log types under names that detections share. Example: {}"),
        params={"limit": "Data models a page.", "cursor": CURSOR, "detail": DETAIL},
    ),
    "get_data_model": ToolOverride(
        description=(
            'Read one data model: its mappings and their Python. Example: {"data_model_id": "Acme.AWS.CloudTrail"}'
        ),
        params={"data_model_id": "The exact id."},
    ),
}
