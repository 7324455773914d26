"""Generate the typed GraphQL client with ariadne-codegen, in a scratch folder, and return its files."""

import contextlib
import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

from ariadne_codegen.main import client  # pyright: ignore[reportUnknownVariableType] - it is not annotated
from graphql import (
    FieldNode,
    GraphQLSchema,
    NameNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_abstract_type,
    parse,
    print_ast,
    print_schema,
    visit,
)

from panther_codegen.project import Project

_PARTS = Path(__file__).parent / "client_parts"
# Models of fragments are imported only to resolve names in annotations, which pyright does not see.
_UNUSED = "# pyright: reportUnusedImport=false\n"
# The base client reads answers: a value of another form than the schema says must not cost the whole answer.
_VALIDATED = re.compile(r"return (\w+)\.model_validate\(data\)")
_SCALARS = {"DateTime": "str", "Timestamp": "str", "Email": "str", "Long": "int"}


def graphql_client(project: Project, schema: GraphQLSchema) -> dict[str, str]:
    """Return the files of `panther_client/graphql`, by their name in it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        schema_file = folder / "schema.graphql"
        schema_file.write_text(print_schema(schema), encoding="utf-8")
        queries = folder / "operations.graphql"
        text = "\n".join(path.read_text(encoding="utf-8") for path in project.operations)
        queries.write_text(with_typenames(text, schema), encoding="utf-8")
        # It prints a summary, which nobody asked for.
        with contextlib.redirect_stdout(io.StringIO()):
            cast("Callable[[dict[str, object]], None]", client)(
                {"tool": {"ariadne-codegen": _settings(schema_file, queries, folder)}}
            )
        package = folder / "client"
        files = {path.name: path.read_text(encoding="utf-8") for path in sorted(package.glob("*.py"))}
    # Its __init__ re-exports every model; we import what we use from where it is.
    files = {name: _UNUSED + text if "# noqa: F401" in text else text for name, text in files.items()}
    files["client.py"] = _VALIDATED.sub(r"return self.read(\1, data)", files["client.py"])
    return {**files, "__init__.py": '"""The typed GraphQL client, a module an operation."""\n'}


def with_typenames(text: str, schema: GraphQLSchema) -> str:
    """Return the operations in `text`, asking for the type's name wherever it is not fixed.

    The models need it to tell the members of a union apart; ariadne-codegen adds it to operations, but not
    to fragments.
    """
    types = TypeInfo(schema)
    return print_ast(visit(parse(text), TypeInfoVisitor(types, _Typenames(types))))


class _Typenames(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode | None:
        if not is_abstract_type(self._types.get_parent_type()):
            return None
        names = [part.name.value for part in node.selections if isinstance(part, FieldNode)]
        if "__typename" in names:
            return None
        typename = FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())
        return SelectionSetNode(selections=(typename, *node.selections))


def _settings(schema: Path, queries: Path, target: Path) -> dict[str, object]:
    return {
        "schema_path": str(schema),
        "queries_path": str(queries),
        "target_package_name": "client",
        "target_package_path": str(target),
        "client_name": "PantherGraphQL",
        "client_file_name": "client",
        "base_client_name": "PantherBaseClient",
        "base_client_file_path": str(_PARTS / "base_client.py"),
        "files_to_include": [str(_PARTS / "tolerant.py")],
        "plugins": [
            "panther_codegen.tolerance.TolerancePlugin",
            "ariadne_codegen.contrib.shorter_results.ShorterResultsPlugin",
            "ariadne_codegen.contrib.extract_operations.ExtractOperationsPlugin",
        ],
        "include_comments": "none",
        # Names stay as they are on the wire, so that a selection, a model and a result spell a field alike.
        "convert_to_snake_case": False,
        "multipart_uploads": False,
        "include_all_inputs": False,
        "include_all_enums": False,
        "defer_model_build": True,
        "lazy_imports": True,
        "default_optional_fields_to_none": True,
        "scalars": {name: {"type": kind} for name, kind in _SCALARS.items()},
    }
