"""Ask a live Panther for its GraphQL schema."""

import httpx2
from graphql import get_introspection_query

from panther_codegen.schema_files import SchemaImportError

_TIMEOUT_SECONDS = 60.0


def introspect(url: str, token: str) -> str:
    """Return the JSON text of the introspection result of the GraphQL endpoint `url`.

    Raises `SchemaImportError` when it cannot be reached or does not answer with a schema.
    """
    query = get_introspection_query(descriptions=False, directive_is_repeatable=False)
    try:
        answer = httpx2.post(url, json={"query": query}, headers={"X-API-Key": token}, timeout=_TIMEOUT_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise SchemaImportError(
            f"cannot be reached: {error}. Give the GraphQL URL, ending in /public/graphql."
        ) from error
    if answer.status_code in (401, 403):
        raise SchemaImportError(f"refuses the token (HTTP {answer.status_code}). Check PANTHER_API_TOKEN.")
    if not answer.is_success or "__schema" not in answer.text:
        raise SchemaImportError(
            f"does not answer with a schema (HTTP {answer.status_code}): {answer.text[:200]!r}. "
            "Is introspection switched off, or is this not a GraphQL endpoint?"
        )
    return answer.text
