"""The arguments of a tool: which variable of the operation each parameter and constant fills."""

from pydantic import JsonValue

from panther_codegen import manifest
from panther_codegen.entry import Entry, known_variables
from panther_codegen.operation import Operation, Variable, VariablePath, spell
from panther_codegen.parameters import Argument, Place, default_error, resolve_argument
from panther_codegen.problems import nearest

Values = dict[VariablePath, str]


def operation_arguments(entry: Entry, operation: Operation) -> tuple[list[Argument], Values]:
    """Return the tool's arguments, and the Python expression that fills each variable."""
    arguments: list[Argument] = []
    values: Values = {}
    for name, param in entry.tool.params.items():
        place = Place(entry.found.document, entry.name, name, entry.context.problems)
        variable = _filled_variable(param, operation, place)
        steers = (entry.tool.poll and entry.tool.poll.timeout == name) or (
            entry.tool.rest and entry.tool.detail == name
        )
        if param.fills is None and not steers:
            place.problem(
                "fills",
                "fills nothing: no variable of the operation would get its value",
                f"add fills: with one of {', '.join(spell(path) for path in operation.variables)}",
            )
            continue
        if param.fills is not None and variable is None:
            continue
        argument = resolve_argument(param, variable, place)
        if argument is None:
            continue
        arguments.append(argument)
        if variable is not None:
            if variable.path in values:
                place.problem(
                    "fills",
                    f"fills '{param.fills}', which another parameter fills already",
                    "let each parameter fill a variable of its own",
                )
            values[variable.path] = argument.expression
    for name, value in entry.tool.constants.items():
        _add_constant(entry, operation, name, value, values)
    return arguments, values


def workflow_arguments(entry: Entry) -> list[Argument]:
    """Return the arguments of a workflow: their types stand in the manifest."""
    arguments: list[Argument] = []
    for name, param in entry.tool.params.items():
        place = Place(entry.found.document, entry.name, name, entry.context.problems)
        if param.fills is not None:
            place.problem("fills", "fills a variable, but a workflow passes values on itself", "remove fills")
        argument = resolve_argument(param, None, place)
        if argument is not None:
            arguments.append(argument)
    return arguments


def _add_constant(entry: Entry, operation: Operation, name: str, value: JsonValue, values: Values) -> None:
    path = tuple(name.split("."))
    variable = operation.variables.get(path)
    if variable is None:
        entry.problem(("constants", name), f"{operation.name} has no variable '{name}'", known_variables(operation))
        return
    if path in values:
        entry.problem(
            ("constants", name),
            f"the constant '{name}' fills a variable that a parameter fills already",
            "remove one of the two",
        )
    wrong = default_error(value, variable.schema)
    if wrong:
        entry.problem(("constants", name), f"the constant '{name}' is {value!r}, which {wrong}", "mend the value")
    values[path] = f"{variable.enum}.{value}" if variable.enum and isinstance(value, str) else repr(value)


def _filled_variable(param: manifest.Param, operation: Operation, place: Place) -> Variable | None:
    if param.fills is None:
        return None
    found = operation.variables.get(tuple(param.fills.split(".")))
    if found is None:
        names = [spell(path) for path in operation.variables]
        place.problem(
            "fills",
            f"fills '{param.fills}', which {operation.name} does not have",
            nearest(param.fills, names, noun="variables"),
        )
    elif found.schema.get("type") == "object":
        place.problem("fills", f"fills the whole object '{param.fills}'", "fill its fields one by one, with a dot")
        return None
    return found
