"""Helpers, writing: what the model reads about the tools that change global helpers and data models."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of

_BODY = "The whole Python module."
_DESCRIPTION = "What it is for."
_HELPER = "The exact id, from list_global_helpers."
_MODEL = "The exact id, from list_data_models."
_MODEL_BODY = "Python with the functions that mappings name as method."
_LOG_TYPES = "Log types that it is for."
_MAPPINGS = "All mappings: {name, path}, or {name, method} each."
_SHOWN = "The name that people see."

TOOLS = {
    "create_global_helper": ToolOverride(
        description=(
            "Create a global helper: a Python module that detections import by its id. Fails if the id is taken. "
            'Example: {"helper_id": "acme_hours", "body": "def at_night(hour):\\n    return hour < 6\\n"}'
        ),
        params={
            "helper_id": "The name to import it by, e.g. acme_hours.",
            "body": _BODY,
            "description": _DESCRIPTION,
            "tags": "Its tags.",
        },
    ),
    "update_global_helper": ToolOverride(
        description=(
            "Change a global helper; what is not given stays. Every detection that imports it runs the new code. "
            'Example: {"helper_id": "acme_network", "description": "Addresses of our offices"}'
        ),
        params={"helper_id": _HELPER, "body": _BODY, "description": _DESCRIPTION, "tags": "All of its tags."},
        rules=(at_least_one_of("body", "description", "tags"),),
    ),
    "delete_global_helper": ToolOverride(
        description=(
            "Delete a global helper; refused while something imports it. The answer holds its code. "
            'Example: {"helper_id": "acme_network"}'
        ),
        params={"helper_id": _HELPER, "force": "Delete it even so; what imports it fails then."},
    ),
    "create_data_model": ToolOverride(
        description=(
            "Create a data model: names that detections share, for the fields of a log type (event.udm). "
            'Example: {"data_model_id": "Acme.GitHub", "log_types": ["GitHub.Audit"], '
            '"mappings": [{"name": "source_ip", "path": "actor_ip"}]}'
        ),
        params={
            "data_model_id": "A new id, e.g. Acme.GitHub.",
            "log_types": _LOG_TYPES,
            "mappings": _MAPPINGS,
            "body": _MODEL_BODY,
            "display_name": _SHOWN,
            "description": _DESCRIPTION,
            "enabled": "Whether it is in use.",
        },
    ),
    "update_data_model": ToolOverride(
        description=(
            "Change a data model; what is not given stays, but lists are replaced whole: read it first. "
            'Example: {"data_model_id": "Acme.Okta.SystemLog", "enabled": true}'
        ),
        params={
            "data_model_id": _MODEL,
            "log_types": _LOG_TYPES,
            "mappings": _MAPPINGS,
            "body": _MODEL_BODY,
            "display_name": _SHOWN,
            "description": _DESCRIPTION,
            "enabled": "Whether it is in use.",
        },
        rules=(at_least_one_of("log_types", "mappings", "body", "display_name", "description", "enabled"),),
    ),
    "delete_data_model": ToolOverride(
        description=(
            "Delete a data model; detections that use its names find nothing from then on. The answer holds it. "
            'Example: {"data_model_id": "Acme.Okta.SystemLog"}'
        ),
        params={"data_model_id": _MODEL},
    ),
}
