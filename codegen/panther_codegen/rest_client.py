"""Generate the REST models with datamodel-code-generator; the methods are a template of ours."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from datamodel_code_generator import InputFileType, PythonVersion, generate
from datamodel_code_generator.enums import DataModelType, OpenAPIScope
from datamodel_code_generator.format import Formatter

from panther_codegen.ir import RestOperation

Json = dict[str, Any]


def rest_models(openapi: Json, operations: list[RestOperation]) -> str:
    """Return the source of `panther_client/rest_models.py`: the models that `operations` take and return."""
    document = _reduced(openapi, operations)
    with TemporaryDirectory() as scratch:
        output = Path(scratch) / "rest_models.py"
        generate(
            json.dumps(document),
            input_file_type=InputFileType.OpenAPI,
            output=output,
            output_model_type=DataModelType.PydanticV2BaseModel,
            target_python_version=PythonVersion.PY_311,
            openapi_scopes=[OpenAPIScope.Schemas],
            base_class="panther_client.rest_base.RestModel",
            # A newer Panther may send an enum value that the document does not know.
            ignore_enum_constraints=True,
            use_annotated=True,
            use_standard_collections=True,
            use_union_operator=True,
            custom_file_header='"""Models of the objects that the REST API takes and returns."""',
            formatters=[Formatter.RUFF_FORMAT, Formatter.RUFF_CHECK],
        )
        return output.read_text(encoding="utf-8")


def _reduced(openapi: Json, operations: list[RestOperation]) -> Json:
    """Keep the schemas that are used, and loosen those of answers."""
    schemas = cast("dict[str, Json]", copy.deepcopy(openapi["components"]["schemas"]))
    bodies = _closure(schemas, {operation.body for operation in operations if operation.body})
    answers = _closure(schemas, {operation.returns for operation in operations if operation.returns})
    # What both take and return, such as a unit test, is loose too: an odd one must not cost the whole answer.
    for name in answers - {operation.body for operation in operations}:
        schemas[name] = _tolerant(schemas[name])
    kept = {name: schemas[name] for name in sorted(bodies | answers)}
    return {
        "openapi": openapi["openapi"],
        "info": openapi["info"],
        "paths": {},
        "components": {"schemas": kept},
    }


def _tolerant(schema: Json) -> Json:
    """Return `schema` for an answer: any field may be absent, and none is filled in or bounded by us."""
    strict = ("required", "default", "minimum", "maximum", "minLength", "maxLength", "pattern", "format")
    loose = {key: value for key, value in schema.items() if key not in strict}
    for name, part in cast("Json", loose.get("properties", {})).items():
        loose["properties"][name] = _tolerant(part)
    return loose


def _closure(schemas: dict[str, Json], names: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_references(schemas[name]))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in cast("Json", value).items():
            if key == "$ref":
                yield str(item).rsplit("/", 1)[1]
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _references(item)
