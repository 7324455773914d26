"""What of Panther's API the tools use, and what is left out on purpose: `schema/left_out.yaml`, with a reason each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, get_args

from graphql import FieldNode
from pydantic import AfterValidator, BaseModel, ConfigDict

from panther_codegen.ir import Toolset
from panther_codegen.labels import Half
from panther_codegen.problems import Problems, nearest
from panther_codegen.project import Project
from panther_codegen.rest_half import RestHalf
from panther_codegen.sources import Sources
from panther_codegen.yaml_lines import YamlDocument, read_yaml, validated

_HALVES: tuple[Half, ...] = get_args(Half)


def _reason(text: str) -> str:
    if not text.strip():
        raise ValueError("there is no reason; say why no tool uses it")
    return text


Reason = Annotated[str, AfterValidator(_reason)]


class LeftOutFile(BaseModel):
    """`schema/left_out.yaml` as it is written: by half of the API, the operation and why no tool uses it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    graphql: dict[str, Reason] = {}
    rest: dict[str, Reason] = {}


@dataclass(frozen=True)
class Coverage:
    """Which operations no tool uses: those left out, with the reason, and those that nobody has thought of.

    An operation is a root field of GraphQL, or the id of a REST operation.
    """

    left_out: Mapping[Half, Mapping[str, str]]
    uncovered: Mapping[Half, tuple[str, ...]]

    def notice(self) -> list[str]:
        """Return lines for a person on what is uncovered; none where nothing is."""
        missing = [f"  {half}: {', '.join(names)}" for half, names in self.uncovered.items() if names]
        if not missing:
            return []
        count = sum(len(names) for names in self.uncovered.values())
        return [
            f"{count} operation(s) of the API are used by no tool:",
            *missing,
            "Make tools of them, or say in schema/left_out.yaml why not.",
        ]


def coverage(
    project: Project, sources: Sources, rest: RestHalf, toolsets: Iterable[Toolset], problems: Problems
) -> Coverage:
    """Return what the tools use of the API; an entry of the left-out that does not hold is added to `problems`."""
    document, content = _read(project, problems)
    known: dict[Half, Mapping[str, object]] = {"graphql": _root_fields(sources), "rest": rest.operations}
    used: dict[Half, dict[str, str]] = {"graphql": {}, "rest": {}}
    for half, operation, tool in _used(sources, rest, toolsets):
        used[half].setdefault(operation, tool)
    left_out: dict[Half, Mapping[str, str]] = {"graphql": content.graphql, "rest": content.rest}
    for half in _HALVES:
        for name in left_out[half]:
            _check(half, name, known[half], used[half], document, problems)
    uncovered: dict[Half, tuple[str, ...]] = {
        half: tuple(sorted(name for name in known[half] if name not in used[half] and name not in left_out[half]))
        for half in _HALVES
    }
    return Coverage(left_out, uncovered)


def _read(project: Project, problems: Problems) -> tuple[YamlDocument, LeftOutFile]:
    """Return the file, an empty one where there is none: it is no duty to leave something out."""
    path = project.left_out
    document = YamlDocument(project.relative(path), {})
    if path.is_file():
        document = read_yaml(path, project.relative(path), problems)
    if document.data is None:
        document.data = {}
    content = validated(LeftOutFile, document, problems) if document.parsed else None
    return document, content or LeftOutFile()


def _root_fields(sources: Sources) -> dict[str, object]:
    schema = sources.schema
    roots = (root for root in (schema.query_type, schema.mutation_type) if root is not None)
    return {name: field for root in roots for name, field in root.fields.items()}


def _used(sources: Sources, rest: RestHalf, toolsets: Iterable[Toolset]) -> Iterator[tuple[Half, str, str]]:
    """Yield each operation that a tool uses, and the tool."""
    for tool in (tool for toolset in toolsets for tool in toolset.tools):
        for name in tool.operations:
            if name in rest.operations:
                yield "rest", name, tool.name
            elif name in sources.operations:
                for node in sources.operations[name].selection_set.selections:
                    if isinstance(node, FieldNode):
                        yield "graphql", node.name.value, tool.name


def _check(
    half: Half,
    name: str,
    known: Mapping[str, object],
    used: Mapping[str, str],
    document: YamlDocument,
    problems: Problems,
) -> None:
    line = document.line(half, name)
    if name not in known:
        noun = "root fields" if half == "graphql" else "operations"
        problems.add(
            document.file,
            line,
            f"{half} operation '{name}' is left out, but the API has none of that name",
            nearest(name, known, noun=noun),
        )
    elif name in used:
        problems.add(
            document.file,
            line,
            f"{half} operation '{name}' is left out, but the tool {used[name]} uses it",
            "remove this entry",
        )
