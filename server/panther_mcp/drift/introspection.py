"""Ask an instance for its GraphQL schema, and read what it answers; no GraphQL library is needed for either."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from panther_mcp.errors import UpstreamError

if TYPE_CHECKING:
    from panther_mcp.http import PantherHttp

# Seven wrappers are enough for any type: [[T!]!]! has five.
INTROSPECTION: Final = """
query Introspection {
  __schema {
    queryType { name }
    mutationType { name }
    types {
      kind
      name
      fields(includeDeprecated: true) { name type { ...Ref } args { name defaultValue type { ...Ref } } }
      inputFields { name defaultValue type { ...Ref } }
      enumValues(includeDeprecated: true) { name }
    }
  }
}

fragment Ref on __Type {
  kind
  name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
}
"""


@dataclass(frozen=True, slots=True)
class Input:
    """An argument or a field of an input object: its type as GraphQL writes it, and whether it has a default."""

    type: str
    has_default: bool

    @property
    def required(self) -> bool:
        """Whether a request has to give it."""
        return self.type.endswith("!") and not self.has_default


@dataclass(frozen=True, slots=True)
class InstanceType:
    """A type of an instance; `fields` holds the types of an object's fields, `arguments` what they take."""

    fields: Mapping[str, str]
    arguments: Mapping[str, Mapping[str, Input]]
    inputs: Mapping[str, Input]
    values: frozenset[str]


async def introspect(http: "PantherHttp") -> dict[str, Any]:
    """Return the introspection of the instance that `http` talks to. Raises `PantherMcpError`."""
    answer = await http.graphql(INTROSPECTION, operation_name="Introspection", variables={})
    return answer.data


def instance_types(introspection: Mapping[str, Any]) -> dict[str, InstanceType]:
    """Return the types of an introspection result; the root types are called `Query` and `Mutation`, as ours are.

    The result is that of `INTROSPECTION` or of the standard query, bare or below `data`. Raises `UpstreamError` when it
    is none.
    """
    try:
        schema = introspection.get("data", introspection)["__schema"]
        types = {entry["name"]: _type(entry) for entry in schema["types"]}
        for ours, root in (("Query", schema["queryType"]), ("Mutation", schema.get("mutationType"))):
            if root is not None:
                types[ours] = types[root["name"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise UpstreamError(
            "Panther's introspection cannot be read: it has no schema, or only a part of one.",
            hint="Introspection may be switched off for this instance.",
        ) from error
    return types


def _type(entry: Mapping[str, Any]) -> InstanceType:
    fields = cast("list[dict[str, Any]]", entry.get("fields") or [])
    return InstanceType(
        fields={field["name"]: _spelled(field["type"]) for field in fields},
        arguments={field["name"]: _inputs(field.get("args")) for field in fields},
        inputs=_inputs(entry.get("inputFields")),
        values=frozenset(value["name"] for value in entry.get("enumValues") or ()),
    )


def _inputs(entries: list[dict[str, Any]] | None) -> dict[str, Input]:
    return {
        entry["name"]: Input(_spelled(entry["type"]), entry.get("defaultValue") is not None) for entry in entries or ()
    }


def _spelled(reference: Mapping[str, Any]) -> str:
    """Return a type as GraphQL writes it: `[String!]!`."""
    kind = reference["kind"]
    if kind == "NON_NULL":
        return f"{_spelled(reference['ofType'])}!"
    if kind == "LIST":
        return f"[{_spelled(reference['ofType'])}]"
    return str(reference["name"])
