"""How HTTP log sources authenticate: what each method needs, and how a secret of theirs is made and kept."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, cast

from anyio import CancelScope

from panther_mcp.errors import InvalidInput
from panther_mcp.resilience.call_scope import beyond_the_call
from panther_mcp.runtime import Call, JsonObject

SECRETS = ("authBearerToken", "authPassword", "authSecretValue")
# Method -> its fields, the secret one last.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "SharedSecret": ("authHeaderKey", "authSecretValue"),
    "HMAC": ("authHeaderKey", "authHmacAlg", "authSecretValue"),
    "Bearer": ("authBearerToken",),
    "Basic": ("authUsername", "authPassword"),
    "None": (),
}
_PARAMS = {"authHeaderKey": "auth_header", "authHmacAlg": "auth_hmac_alg", "authUsername": "auth_username"}
_AUTH = (*_PARAMS, *SECRETS)
_SECRET_BYTES = 32
# What an API may show in a secret's place.
_MASK = frozenset("*•")
_T = TypeVar("_T")


def authentication(
    method: str, *, header: str | None, hmac_alg: str | None, username: str | None, secret: str | None
) -> JsonObject:
    """Return the fields that are given for `method`. Raises `InvalidInput` for one that it does not take."""
    fields = _FIELDS.get(method)
    given: JsonObject = {"authHeaderKey": header, "authHmacAlg": hmac_alg, "authUsername": username}
    given = {name: value for name, value in given.items() if value is not None}
    if fields is None:
        # A newer method: nothing is known of its fields.
        if secret is not None:
            raise InvalidInput(
                "The secret of this authentication method is not known here.", hint="Set it in the Panther console."
            )
        return given
    odd = [_PARAMS[name] for name in given if name not in fields]
    if secret is not None and method == "None":
        odd.append("auth_secret")
    if odd:
        raise InvalidInput(f"auth_method {method} takes no {' and no '.join(odd)}.", hint="Leave it out.")
    return given if secret is None else {**given, fields[-1]: secret}


def without_foreign(document: Mapping[str, object], method: str) -> JsonObject:
    """Return `document` without what other methods than `method` authenticate with."""
    kept = _FIELDS.get(method, _AUTH)
    return {name: value for name, value in document.items() if name not in _AUTH or name in kept}


def missing_secret(document: Mapping[str, object]) -> str | None:
    """Return the name of the secret that the document's method needs and that `document` does not have, or None."""
    fields = _FIELDS.get(str(document.get("authMethod")), ())
    name = fields[-1] if fields else None
    value = document.get(name) if name else None
    return None if name is None or (value and not _MASK.issuperset(str(value))) else name


async def with_new_secret(
    call: Call, label: str, field: str | None, request: Callable[[JsonObject], Awaitable[_T]]
) -> tuple[_T, JsonObject]:
    """Make `request` with a new secret for `field`; return its answer, and where the secret is kept.

    Without a `field` there is nothing to make.
    """
    if field is None:
        return await request({}), {}
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    call.hide(secret)
    with call.secret_files.reserved(f"http-source-{label}") as file:
        answer = None
        with CancelScope(shield=True), beyond_the_call():
            answer = await request({field: secret})
        return cast("_T", answer), {"secret_file": file.write(secret)}
