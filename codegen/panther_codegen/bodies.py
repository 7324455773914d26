"""The lines of a tool's function: one call of the client, and one function of the runtime for its result."""

from collections.abc import Mapping
from dataclasses import dataclass

from panther_codegen import manifest
from panther_codegen.ir import protocol_name
from panther_codegen.operation import Imports, Operation, VariablePath
from panther_codegen.parameters import RUNTIME


@dataclass(frozen=True)
class OperationBody:
    """Source lines, and what they need imported."""

    lines: tuple[str, ...]
    imports: Imports


def operation_body(
    tool: manifest.Tool,
    operation: Operation,
    values: Mapping[VariablePath, str],
    *,
    query: Operation | None,
    before: Operation | None,
) -> OperationBody:
    """Return the body for the patterns `call`, `page` and `poll`.

    `query` reads a poll's run back; `before` reads what a write is about to change.
    """
    body = _body(tool, operation, values, query)
    if tool.effect == "read":
        return body
    approval = _approval(tool, before)
    return OperationBody((*approval.lines, *body.lines), body.imports | approval.imports)


def _approval(tool: manifest.Tool, before: Operation | None) -> OperationBody:
    """Return the lines that ask for approval of a write, with the state before it where that can be read."""
    after = ", ".join(f"{name}={name}" for name in tool.params)
    imports: set[tuple[str, str]] = {(RUNTIME, "given")} if after else set()
    lines: list[str] = []
    arguments = [f"after=given({after})"] if after else []
    if tool.before is not None and before is not None:
        called = before.call({tuple(name.split(".")): param for name, param in tool.before.fills.items()})
        options = f", path={tool.before.path!r}" if tool.before.path else ""
        options += f", fields={tool.before.fields!r}" if tool.before.fields else ""
        lines.append(f"before = await call.before({called.text}{options})")
        arguments.insert(0, "before=before")
        imports |= called.imports
    lines.append(f"await call.approve({', '.join(arguments)})")
    return OperationBody(tuple(lines), frozenset(imports))


def _body(
    tool: manifest.Tool, operation: Operation, values: Mapping[VariablePath, str], query: Operation | None
) -> OperationBody:
    if tool.poll is not None and query is not None:
        return _poll(tool.poll, operation, values, query)
    options = _options(tool)
    if tool.result.collect is not None and tool.result.cursor is not None:
        called = operation.call({**values, tuple(tool.result.cursor.split(".")): "cursor"})
        lines = (
            "return await collect(",
            f"    lambda cursor: {called.text}, {tool.result.name!r}, limit={tool.result.collect}{options}",
            ")",
        )
        return OperationBody(lines, called.imports | {(RUNTIME, "collect")})
    called = operation.call(values)
    if not operation.answers:
        return OperationBody((f"await {called.text}", "return {}"), called.imports)
    if tool.pattern == "page":
        shaper = "page"
    elif tool.result.name is not None:
        shaper = "listing"
    else:
        shaper = "record"
    name = f", {tool.result.name!r}" if tool.result.name is not None else ""
    return OperationBody(
        (f"answer = await {called.text}", f"return {shaper}(answer{name}{options})"),
        called.imports | {(RUNTIME, shaper)},
    )


def _options(tool: manifest.Tool) -> str:
    result = tool.result
    options = f", path={result.path!r}" if result.path else ""
    if not result.fields:
        return options
    if tool.detail:
        return f"{options}, fields={result.full!r} if {tool.detail} == 'full' else {result.fields!r}"
    return f"{options}, fields={result.fields!r}"


def _poll(
    poll: manifest.Poll, operation: Operation, values: Mapping[VariablePath, str], query: Operation
) -> OperationBody:
    start = operation.call(values)
    again = query.call({(poll.variable,): "run_id"})
    error = f", error={poll.error!r}" if poll.error else ""
    lines = (
        f"started = await {start.text}",
        "return await poll(",
        f"    call, started, {poll.id!r}, lambda run_id: {again.text},",
        f"    until={poll.until!r}{error}, timeout={poll.timeout},",
        ")",
    )
    return OperationBody(lines, start.imports | again.imports | {(RUNTIME, "poll")})


def workflow_body(name: str, tool: manifest.Tool) -> tuple[str, ...]:
    """Return the body of a workflow's function: it hands its arguments to the hand-written one."""
    protocol = protocol_name(name)
    arguments = "".join(f", {param}={param}" for param in tool.params)
    return (
        f"workflow: {protocol} = call.workflow({name!r})",
        f"return await workflow(call{arguments})",
    )
