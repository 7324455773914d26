"""Bring Panther's published API description into canonical form: sorted, without prose, with plain names.

GraphQL comes as an introspection result (JSON) or as SDL, REST as an OpenAPI 3 document. All functions here
are pure: text in, text out.
"""

import json
import re
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLSchema,
    IntrospectionQuery,
    build_client_schema,
    build_schema,
    lexicographic_sort_schema,
    print_schema,
)
from graphql.language import parse, print_ast, visit
from graphql.language.ast import Node
from graphql.language.visitor import Visitor


class SchemaImportError(Exception):
    """The given document cannot be imported; the message says why and what is expected."""


class _WithoutProse(Visitor):
    """Drops every description: prose is Panther's, and changes without meaning anything for us."""

    def enter(self, node: Node, *_: object) -> None:
        if hasattr(node, "description"):
            node.description = None  # pyright: ignore[reportAttributeAccessIssue]  # only some nodes have it


def canonical_sdl(text: str) -> str:
    """Return the sorted SDL, without descriptions, of an introspection result or of SDL."""
    try:
        schema = _introspected(text) if text.lstrip().startswith("{") else build_schema(text)
        if schema.query_type is None:
            raise ValueError("it has no type Query")
    except (AttributeError, GraphQLError, KeyError, TypeError, ValueError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else error
        raise SchemaImportError(
            f"this is neither an introspection result nor SDL: {reason}. "
            "Give the JSON answer of the standard introspection query, or a .graphql file."
        ) from error
    document = parse(print_schema(lexicographic_sort_schema(schema)))
    return print_ast(visit(document, _WithoutProse())) + "\n"


def _introspected(text: str) -> GraphQLSchema:
    answer: dict[str, Any] = json.loads(text)
    return build_client_schema(cast("IntrospectionQuery", answer.get("data", answer)))


def is_openapi(text: str) -> bool:
    """Tell whether `text` is an OpenAPI document in JSON."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        return "openapi" in json.loads(text)
    except ValueError:
        return False


def canonical_openapi(text: str) -> str:
    """Return the OpenAPI document with plain names, without prose and examples, sorted.

    `api token#list` becomes the operation `api_token_list`; the schema `AlertAPI.ListResp` becomes
    `AlertListResp`, and `AlertAPI.Alert` just `Alert`.
    """
    try:
        return _canonical_openapi(json.loads(text))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SchemaImportError(
            f"this is not a whole OpenAPI document: {error!r}. "
            "Give the JSON document as Panther publishes it, with info, paths and components."
        ) from error


def _canonical_openapi(document: dict[str, Any]) -> str:
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    names = {name: _schema_name(name) for name in schemas}
    taken: dict[str, str] = {}
    for old, new in names.items():
        if new in taken:
            raise SchemaImportError(f"the schemas {taken[new]} and {old} would both be named {new}")
        taken[new] = old
    info = {"title": "Panther REST API", "version": str(document["info"].get("version", ""))}
    document["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if not operation.get("operationId"):
                raise SchemaImportError(f"{method.upper()} {path} has no operationId")
            operation["operationId"] = _operation_name(operation["operationId"])
            operation.pop("tags", None)
    document.pop("tags", None)
    plain = _plain(document, names)
    plain["info"] = info
    return json.dumps(plain, indent=1, sort_keys=True) + "\n"


def _schema_name(name: str) -> str:
    prefix, _, tail = name.partition(".")
    if not tail:
        return name
    prefix = prefix.removesuffix("API")
    return tail if prefix.lower() in tail.lower() else prefix + tail


def _operation_name(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()


def _plain(value: Any, names: dict[str, str], *, properties: bool = False) -> Any:
    """Rename the references and drop prose; below `properties`, keys are field names and all stay."""
    if isinstance(value, list):
        return [_plain(item, names) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, item in cast("dict[str, Any]", value).items():
        if key == "$ref":
            out[key] = "#/components/schemas/" + names[str(item).rsplit("/", 1)[1]]
        elif key == "description" and not properties:
            # OpenAPI wants one on every response.
            if _is_response(cast("dict[str, Any]", value)):
                out[key] = ""
        elif properties or key not in ("example", "examples", "title", "allowEmptyValue"):
            out[key] = _plain(item, names, properties=key == "properties" and not properties)
    return out


def _is_response(value: dict[str, Any]) -> bool:
    return set(value) <= {"description", "content", "headers"}
