"""Read YAML together with the line of every key, so that an error can point at it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from panther_codegen.problems import Problems

Location = tuple[str | int, ...]
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass
class YamlDocument:
    """A YAML file: `data` as Python values, the line on which each key or item begins, and whether it was YAML."""

    file: str
    data: Any = None
    parsed: bool = True
    lines: dict[Location, int] = field(default_factory=dict[Location, int])

    def line(self, *location: str | int) -> int:
        """Return the line of `location`, or of its nearest ancestor that has one."""
        for end in range(len(location), -1, -1):
            found = self.lines.get(location[:end])
            if found is not None:
                return found
        return 1


def read_yaml(path: Path, file: str, problems: Problems) -> YamlDocument:
    """Read `path`, shown as `file`; bad YAML and keys given twice are added to `problems`."""
    document = YamlDocument(file)
    loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        if node is not None:
            _note_lines(node, (), document, problems)
            document.data = cast("Any", loader).construct_document(node)  # its stub leaves the node untyped
    except yaml.MarkedYAMLError as error:
        document.parsed = False
        mark = error.problem_mark
        problems.add(
            file,
            mark.line + 1 if mark else 1,
            f"this is not YAML: {error.problem or error}",
            "mend the syntax on this line or the one above",
        )
    finally:
        loader.dispose()
    return document


def _note_lines(node: yaml.Node, at: Location, document: YamlDocument, problems: Problems) -> None:
    document.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*at, str(key.value))
            line = key.start_mark.line + 1
            if below in document.lines:
                problems.add(
                    document.file,
                    line,
                    f"duplicate name '{key.value}': it is already given on line {document.lines[below]}",
                    "remove or rename one of the two; YAML would silently keep only the last",
                )
                continue
            document.lines[below] = line
            _note_lines(value, below, document, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*at, index), document, problems)


def validated(model: type[_Model], document: YamlDocument, problems: Problems) -> _Model | None:
    """Return the content of `document` as `model`; None, with problems added, where it does not fit."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            location = tuple(part for part in detail["loc"] if part != "[key]")
            shown = "".join(f"{part}: " for part in (".".join(str(part) for part in location),) if part)
            problems.add(
                document.file,
                document.line(*location),
                shown + _message(detail["type"], detail["msg"]),
                _FIXES.get(detail["type"], f"see the models in codegen/{model.__module__.replace('.', '/')}.py"),
            )
        return None


_FIXES = {
    "extra_forbidden": "remove this key, or mend its spelling",
    "missing": "add this key",
    "string_pattern_mismatch": "use a lower-case name such as list_alerts",
}


def _message(kind: str, text: str) -> str:
    known = {"extra_forbidden": "this key is not known", "model_type": "keys and their values belong here"}
    return known.get(kind) or text.removeprefix("Value error, ")
