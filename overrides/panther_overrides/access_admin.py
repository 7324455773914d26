"""Administration of access: what the model reads about the tools that change users, roles and API tokens."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of

_USER_ID = "The user's id or e-mail address."
_ROLE_NAME = "The role's exact name, from list_roles."
_ROLE_ID = "The role's id, from list_roles."
_TOKEN_ID = "The token's id, from list_api_tokens."  # noqa: S105 - a sentence, no secret
_PERMISSIONS = "All that it may do, e.g. AlertRead; see get_permissions."
_KIND = "ALLOW or DENY what log_type_access lists; or ..._ALL."
_LOG_TYPES = "The log types for ALLOW and DENY."
_CIDR = "Addresses that may use it, as CIDR blocks."

TOOLS = {
    "invite_user": ToolOverride(
        description=(
            "Add a person to Panther, who gets an e-mail to sign in. "
            'Example: {"email": "kim@example.com", "given_name": "Kim", "family_name": "Lee", "role": "Analyst"}'
        ),
        params={
            "email": "Where the invitation goes.",
            "given_name": "First name.",
            "family_name": "Last name.",
            "role": _ROLE_NAME,
        },
    ),
    "update_user": ToolOverride(
        description=(
            "Change a user's name, e-mail address or role; the rest stays. What changed is told. "
            'Example: {"user_id": "marek.novak@acme.example", "role": "Analyst"}'
        ),
        params={
            "user_id": _USER_ID,
            "email": "The new e-mail address.",
            "given_name": "First name.",
            "family_name": "Last name.",
            "role": _ROLE_NAME,
        },
        rules=(at_least_one_of("email", "given_name", "family_name", "role"),),
    ),
    "delete_user": ToolOverride(
        description=(
            "Delete a user: no more sign-in, and nobody is assigned to that user's alerts. Cannot be undone. "
            'Example: {"user_id": "marek.novak@acme.example"}'
        ),
        params={"user_id": _USER_ID},
    ),
    "create_role": ToolOverride(
        description=(
            "Make a role for users: what they may do, and which log types they may see. "
            'Example: {"name": "Triage", "permissions": ["AlertRead", "AlertModify"]}'
        ),
        params={
            "name": "A name that no role has.",
            "permissions": _PERMISSIONS,
            "log_type_access_kind": _KIND,
            "log_type_access": _LOG_TYPES,
        },
    ),
    "update_role": ToolOverride(
        description=(
            "Change a role for all its users; what is not given stays. permissions replaces the whole list: read it "
            'first with get_role. Example: {"role_id": "0382f566-be4b-52d3-b431-74c076b04153", "name": "Triage"}'
        ),
        params={
            "role_id": _ROLE_ID,
            "name": "The new name.",
            "permissions": _PERMISSIONS,
            "log_type_access_kind": _KIND,
            "log_type_access": _LOG_TYPES,
        },
        rules=(at_least_one_of("name", "permissions", "log_type_access_kind", "log_type_access"),),
    ),
    "delete_role": ToolOverride(
        description=(
            'Delete a role that no user has any more. Example: {"role_id": "aaf86e5f-9dbd-5e75-b8e6-6aa2e0419108"}'
        ),
        params={"role_id": _ROLE_ID},
    ),
    "list_api_tokens": ToolOverride(
        description=(
            "List the API tokens, and when each was last used: which are stale or expire soon. What one may do is in "
            "get_api_token. Example: {}"
        ),
    ),
    "get_api_token": ToolOverride(
        description=(
            "Read one API token: what it may do, from where, and who made it; never its value. For the token in use, "
            'get_permissions. Example: {"token_id": "37f36c16-f392-42e3-8c3b-6db12ae2b3c6"}'
        ),
        params={"token_id": _TOKEN_ID},
    ),
    "create_api_token": ToolOverride(
        description=(
            "Make an API token. Its value is written to a file that only the server's user can read, and never shown; "
            'the result names the file. Example: {"name": "soar", "permissions": ["AlertRead"]}'
        ),
        params={
            "name": "What it is for.",
            "permissions": _PERMISSIONS,
            "allowed_cidr_blocks": _CIDR,
        },
    ),
    "update_api_token": ToolOverride(
        description=(
            "Change what an API token may do, from where, or its name; its value and the rest stay. permissions and "
            'allowed_cidr_blocks replace the whole list. Example: {"token_id": "37f36c16-f392-42e3-8c3b-6db12ae2b3c6", '
            '"permissions": ["AlertRead"]}'
        ),
        params={
            "token_id": _TOKEN_ID,
            "name": "The new name.",
            "permissions": _PERMISSIONS,
            "allowed_cidr_blocks": _CIDR,
        },
        rules=(at_least_one_of("name", "permissions", "allowed_cidr_blocks"),),
    ),
    "rotate_api_token": ToolOverride(
        description=(
            "Give an API token a new value: the old one stops working at once. The new value is written to a file, as "
            "by create_api_token. Not for the token in use. "
            'Example: {"token_id": "37f36c16-f392-42e3-8c3b-6db12ae2b3c6"}'
        ),
        params={"token_id": _TOKEN_ID},
    ),
    "delete_api_token": ToolOverride(
        description=(
            "Delete an API token: whatever uses it stops working. Not for the token in use. "
            'Example: {"token_id": "37f36c16-f392-42e3-8c3b-6db12ae2b3c6"}'
        ),
        params={"token_id": _TOKEN_ID},
    ),
}
