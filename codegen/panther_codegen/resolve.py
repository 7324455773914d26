"""From the manifest and the two API halves to the IR, with every way in which they do not fit together."""

from collections.abc import Mapping
from typing import cast

from graphql import GraphQLEnumType

from panther_codegen import manifest
from panther_codegen.arguments import operation_arguments, workflow_arguments
from panther_codegen.bodies import OperationBody, operation_body, workflow_body
from panther_codegen.entry import Context, Entry, check_name, check_permissions, find_operation, known_variables
from panther_codegen.graphql_half import GraphQLHalf
from panther_codegen.ir import Leaf, Listing, Record, Shape, Tool, Toolset, labelled
from panther_codegen.operation import Operation, VariablePath, spell
from panther_codegen.parameters import Argument
from panther_codegen.problems import Problems, nearest
from panther_codegen.rest_half import RestHalf
from panther_codegen.sources import ManifestFile, Sources


def resolve(sources: Sources, rest: RestHalf, graphql: GraphQLHalf, problems: Problems) -> list[Toolset]:
    """Return the toolsets in order of their names; what does not fit is added to `problems`."""
    permission = sources.schema.type_map.get("Permission")
    context = Context(
        graphql=graphql,
        rest=rest,
        operations=frozenset({*sources.operations, *rest.operations}),
        broken=sources.broken,
        permissions=tuple(permission.values) if isinstance(permission, GraphQLEnumType) else (),
        problems=problems,
    )
    toolsets: list[Toolset] = []
    for found in sources.manifests:
        _check_toolset(found, toolsets, problems)
        entries = [Entry(name, tool, found, context) for name, tool in found.toolset.tools.items()]
        resolved = [_resolve_tool(entry) for entry in entries if check_name(entry)]
        tools = tuple(tool for tool in resolved if tool is not None)
        toolset = found.toolset
        toolsets.append(Toolset(toolset.toolset, toolset.title, toolset.default, tools))
    return sorted(toolsets, key=lambda toolset: toolset.name)


def _check_toolset(found: ManifestFile, before: list[Toolset], problems: Problems) -> None:
    name = found.toolset.toolset
    if any(toolset.name == name for toolset in before):
        problems.add(
            found.document.file,
            found.document.line("toolset"),
            f"duplicate toolset '{name}': another file has it too, and both would become panther_tools/{name}.py",
            "rename one of the two, or put their tools into one file",
        )


def _resolve_tool(entry: Entry) -> Tool | None:
    check_permissions(entry)
    if entry.tool.workflow is not None:
        return _workflow(entry, entry.tool.workflow)
    kind, name = ("graphql", entry.tool.graphql) if entry.tool.graphql else ("rest", entry.tool.rest)
    operation = find_operation(entry, kind, cast("str", name))
    return None if operation is None else _operation_tool(entry, operation)


def _operation_tool(entry: Entry, operation: Operation) -> Tool | None:
    tool = entry.tool
    if operation.writes and tool.effect == "read" and not tool.billable:
        entry.problem(
            ("effect",),
            f"{operation.name} changes something, but effect says read",
            "say write or destructive, or billable: true where the only effect is a cost",
        )
    arguments, values = operation_arguments(entry, operation)
    for path in operation.missing(frozenset(values)):
        entry.problem(
            (),
            f"nothing fills the required variable '{spell(path)}' of {operation.name}",
            f"add a parameter with fills: {spell(path)}, or a constant for it",
        )
    shape, unknown = operation.result(tool.result.full if tool.detail else tool.result.fields, entry.name)
    if tool.detail:
        unknown += operation.result(tool.result.fields, entry.name)[1]
    for name in unknown:
        entry.problem(
            ("result", "fields"),
            f"unknown field '{name}' in the answer of {operation.name}",
            "remove it, or spell it as schema/panther.openapi.json does",
        )
    if tool.rest is None and tool.result.fields:
        entry.problem(("result", "fields"), "fields are for REST", "select the fields in the GraphQL operation instead")
    if tool.poll and isinstance(shape, Record) and tool.poll.id not in shape.fields:
        entry.problem(
            ("poll", "id"),
            f"{operation.name} does not select the field '{tool.poll.id}'",
            nearest(tool.poll.id, shape.fields, noun="fields"),
        )
    result = _poll_result(entry, tool.poll) if tool.poll else _result(entry, operation, shape)
    body = _body(entry, operation, values)
    if result is None or body is None or len(arguments) < len(tool.params):
        return None
    constants = (operation.variables.get(tuple(name.split("."))) for name in tool.constants)
    imports = body.imports.union(
        *(argument.imports for argument in arguments), *(fixed.imports for fixed in constants if fixed)
    )
    operations = (operation.name, *((tool.poll.query,) if tool.poll else ()))
    return _tool(entry, operations, arguments, result, body.lines, imports)


def _body(entry: Entry, operation: Operation, values: Mapping[VariablePath, str]) -> OperationBody | None:
    tool = entry.tool
    if tool.result.collect is not None and tool.result.cursor is None:
        entry.problem(
            ("result", "collect"),
            "collect reads every page, but nothing says which variable takes the cursor",
            "add cursor: input.cursor beside it",
        )
        return None
    cursor = tool.result.cursor
    if cursor is not None and tuple(cursor.split(".")) not in operation.variables:
        entry.problem(("result", "cursor"), f"{operation.name} has no variable '{cursor}'", known_variables(operation))
        return None
    if tool.poll is None:
        return operation_body(tool, operation, values, query=None, before=_before(entry))
    if tool.poll.timeout not in tool.params:
        entry.problem(
            ("poll", "timeout"),
            f"there is no parameter '{tool.poll.timeout}' to take the time to wait from",
            f"add it: {tool.poll.timeout}: {{type: integer, default: 60}}",
        )
        return None
    query = entry.context.graphql.find(tool.poll.query)
    if query is None:
        find_operation(entry, "graphql", tool.poll.query)
        return None
    if (tool.poll.variable,) not in query.variables:
        entry.problem(
            ("poll", "variable"),
            f"{query.name} has no variable '{tool.poll.variable}'",
            nearest(tool.poll.variable, [spell(path) for path in query.variables], noun="variables"),
        )
        return None
    return operation_body(tool, operation, values, query=query, before=_before(entry))


def _before(entry: Entry) -> Operation | None:
    """Return the operation that reads what the tool is about to change."""
    before = entry.tool.before
    if before is None:
        return None
    kind, name = ("graphql", before.graphql) if before.graphql else ("rest", cast("str", before.rest))
    operation = find_operation(entry, kind, name)
    if operation is None:
        return None
    for variable, param in before.fills.items():
        if tuple(variable.split(".")) not in operation.variables:
            entry.problem(("before", "fills"), f"{name} has no variable '{variable}'", known_variables(operation))
        if param not in entry.tool.params:
            known = nearest(param, entry.tool.params, noun="parameters")
            entry.problem(("before", "fills"), f"there is no parameter '{param}'", known)
    shape, unknown = operation.result(before.fields, entry.name)
    for field in unknown:
        entry.problem(("before", "fields"), f"unknown field '{field}' in the answer of {name}", "remove it")
    for path in labelled(shape, "secret"):
        entry.problem(("before",), f"the preview would show the secret '{path}'", "list the other fields")
    return operation


def _result(entry: Entry, operation: Operation, shape: Shape) -> Shape | None:
    """Return the shape of the tool's result: what stands at `result.path`, named when it is a list."""
    result = entry.tool.result
    for name in result.path.split(".") if result.path else ():
        if not isinstance(shape, Record) or name not in shape.fields:
            entry.problem(
                ("result", "path"),
                f"unknown field '{name}' in the path to the result of {operation.name}",
                nearest(name, shape.fields if isinstance(shape, Record) else (), noun="fields"),
            )
            return None
        shape = shape.fields[name]
    if isinstance(shape, Listing):
        if result.name is None:
            entry.problem(("result",), "the result is a list without a name", "name it: result: {as: ...}")
            return None
        fields: dict[str, Shape] = {result.name: shape}
        if entry.tool.pattern == "page":
            fields["next_cursor"] = Leaf("string", "trusted")
        return Record(fields)
    if entry.tool.pattern == "page" or result.name is not None:
        entry.problem(
            ("result",),
            f"{operation.name} does not answer with a list there",
            "use pattern: call without as:, or a path: that leads to a list",
        )
        return None
    return shape


def _poll_result(entry: Entry, poll: manifest.Poll) -> Shape | None:
    """Return the shape of a finished run: what the query answers, without the fields that steer the polling."""
    query = entry.context.graphql.find(poll.query)
    shape = query.result((), entry.name)[0] if query else None
    if not isinstance(shape, Record):
        return None
    steering = tuple(name for name in (poll.until, poll.error) if name)
    for name in steering:
        if name not in shape.fields:
            entry.problem(
                ("poll",),
                f"{poll.query} does not select the field '{name}'",
                nearest(name, shape.fields, noun="fields"),
            )
    return Record({name: part for name, part in shape.fields.items() if name not in steering})


def _workflow(entry: Entry, uses: tuple[str, ...]) -> Tool | None:
    for name in uses:
        if name not in entry.context.operations:
            entry.problem(
                ("workflow",),
                f"unknown operation '{name}'",
                nearest(name, entry.context.operations, noun="operations"),
            )
    arguments = workflow_arguments(entry)
    if len(arguments) < len(entry.tool.params):
        return None
    fields: dict[str, Shape] = {}
    for name, returned in entry.tool.returns.items():
        if returned.label is None and returned.type not in ("integer", "number", "boolean"):
            entry.problem(
                ("returns", name),
                f"the result's field '{name}' has no label",
                "add label: trusted or untrusted",
            )
        leaf = Leaf(returned.type, returned.label)
        fields[name] = Listing(Leaf(returned.items or "any", returned.label)) if returned.type == "array" else leaf
    imports = frozenset[tuple[str, str]]().union(*(argument.imports for argument in arguments))
    return _tool(entry, uses, arguments, Record(fields), workflow_body(entry.name, entry.tool), imports)


def _tool(
    entry: Entry,
    operations: tuple[str, ...],
    arguments: list[Argument],
    result: Shape,
    body: tuple[str, ...],
    imports: frozenset[tuple[str, str]],
) -> Tool:
    for path in labelled(result, "secret"):
        entry.problem(
            ("result",),
            f"the result would hold the secret '{path}'",
            "leave it out: list the other fields, or do not select it",
        )
    tool = entry.tool
    return Tool(
        name=entry.name,
        toolset=entry.found.toolset.toolset,
        effect=tool.effect,
        idempotent=tool.idempotent,
        billable=tool.billable,
        all_of=tool.permissions.all_of,
        any_of=tool.permissions.any_of,
        operations=operations,
        params=tuple(argument.param for argument in arguments),
        result=result,
        body=body,
        imports=imports,
        workflow=tool.workflow is not None,
        confirm=tool.confirm or tool.effect == "destructive",
        timeout=tool.timeout,
    )
