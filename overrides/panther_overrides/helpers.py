"""Helpers: what the model reads about the tools on global helpers and data models."""

from panther_overrides.model import ToolOverride

_CURSOR = "next_cursor of the page before; leave out for the first page."

TOOLS = {
    "list_global_helpers": ToolOverride(
        description=(
            "List the global helpers: Python modules that detections import. Their code is in get_global_helper. "
            'Example: {"name_contains": "panther"}'
        ),
        params={
            "name_contains": "Only helpers whose id contains this text.",
            "created_by": "Only those that this user or token created (id).",
            "last_modified_by": "Only those that this user or token changed last (id).",
            "limit": "Helpers a page.",
            "cursor": _CURSOR,
        },
    ),
    "get_global_helper": ToolOverride(
        description=(
            "Read one global helper with its Python code: what a detection that imports it can call. "
            'Example: {"helper_id": "<id from list_global_helpers>"}'
        ),
        params={"helper_id": "The exact id."},
    ),
    "list_data_models": ToolOverride(
        description=(
            "List the data models: how the fields of a log type map to names that detections share. Example: {}"
        ),
        params={"limit": "Data models a page.", "cursor": _CURSOR},
    ),
    "get_data_model": ToolOverride(
        description=(
            "Read one data model: its mappings, and the Python that some of them call. "
            'Example: {"data_model_id": "<id from list_data_models>"}'
        ),
        params={"data_model_id": "The exact id."},
    ),
}
