"""What a request asks for, as far as choosing its faults needs it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    get_operation_ast,
    parse,
)

from panther_sandbox.faults.kinds import Scope
from panther_sandbox.faults.spec import Fault
from panther_sandbox.rest_api.routing import path_segments

GRAPHQL_PATH = "/public/graphql"
QUERY_STARTS = frozenset({"executeDataLakeQuery", "executeIndicatorSearchQuery", "executeAlertActorQuery"})
AI_STARTS = frozenset({"aiSummarizeAlert", "aiSummarizeLogEvents"})
_METHOD_AND_PATH = re.compile(r"(?:([A-Z]+) )?(/.*)")


@dataclass(frozen=True)
class Asked:
    """A GraphQL request that reads: the operation, the fragments it may use, and its variables."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    def root_fields(self) -> set[str]:
        """Return the names of the fields of Query or Mutation that are asked for."""
        return _field_names(self.operation.selection_set, self.fragments)


@dataclass(frozen=True)
class Target:
    """A request: its route, and what it asks of GraphQL (None when it is not for GraphQL, or does not parse)."""

    method: str
    path: str
    asked: Asked | None
    names: frozenset[str]

    def befallen_by(self, fault: Fault) -> bool:
        """Say whether a fault may befall this request."""
        return self._in_scope(fault.definition.scope) and self._selected(fault.operation)

    def _in_scope(self, scope: Scope) -> bool:
        if scope is Scope.QUERY_START:
            return not self.names.isdisjoint(QUERY_STARTS)
        if scope is Scope.AI_START:
            return not self.names.isdisjoint(AI_STARTS)
        return scope is Scope.ANY or (self.path == GRAPHQL_PATH) == (scope is Scope.GRAPHQL)

    def _selected(self, operation: str | None) -> bool:
        route = _METHOD_AND_PATH.fullmatch(operation or "")
        if route:
            return route[1] in (None, self.method) and _same_path(route[2], self.path)
        if self.path == "/":
            # The console's page is no part of the APIs: only its route chooses it.
            return False
        if operation in ("graphql", "rest"):
            return (operation == "graphql") == (self.path == GRAPHQL_PATH)
        return operation is None or operation in self.names


def target_of(method: str, path: str, body: bytes) -> Target:
    """Return what a request asks for; `path` is as it was sent, still quoted."""
    asked = _asked(body) if path == GRAPHQL_PATH else None
    names: set[str] = set()
    if asked is not None:
        names = asked.root_fields()
        if asked.operation.name is not None:
            names.add(asked.operation.name.value)
    return Target(method, path, asked, frozenset(names))


def _same_path(pattern: str, path: str) -> bool:
    wanted, given = path_segments(pattern.encode()), path_segments(path.encode("latin-1", "replace"))
    return len(wanted) == len(given) and all(
        want == "*" or want.startswith("{") or want == have for want, have in zip(wanted, given, strict=True)
    )


def _asked(body: bytes) -> Asked | None:
    """Return what a GraphQL request asks for; None when it does not read, which is for the API to say."""
    try:
        content: object = json.loads(body)
    except ValueError:
        return None
    request = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    document, variables, name = request.get("query"), request.get("variables"), request.get("operationName")
    try:
        parsed = parse(document) if isinstance(document, str) else DocumentNode(definitions=())
    except GraphQLError:
        return None
    operation = get_operation_ast(parsed, name if isinstance(name, str) else None)
    if operation is None:
        return None
    fragments = {node.name.value: node for node in parsed.definitions if isinstance(node, FragmentDefinitionNode)}
    values = cast("dict[str, Any]", variables) if isinstance(variables, dict) else {}
    return Asked(operation, fragments, values)


def _field_names(selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    names: set[str] = set()
    waiting, seen = [selected], set[str]()
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = fragments.get(selection.name.value)
                if fragment is not None and selection.name.value not in seen:
                    seen.add(selection.name.value)
                    waiting.append(fragment.selection_set)
            else:
                waiting.append(cast("SelectionSetNode", cast("Any", selection).selection_set))
    return names
