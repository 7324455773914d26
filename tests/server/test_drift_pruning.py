"""Pruned documents: valid whatever is taken out of them, and without anything else lost."""

import ast
import random
from importlib.resources import files

import pytest
from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    build_ast_schema,
    build_schema,
    parse,
    print_ast,
    validate,
)

from panther_mcp.drift.mismatch import Unknown, is_mismatch, unknown
from panther_mcp.drift.pruning import pruned
from panther_mcp.drift.usage import read_usage

SDL = (files("panther_schema") / "panther.graphql").read_text(encoding="utf-8")
USAGE = read_usage()
MODULE = ast.parse((files("panther_client") / "graphql" / "operations.py").read_text(encoding="utf-8"))
TEXTS = [str(n.value.value) for n in MODULE.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.Constant)]


def operation_of(text: str) -> OperationDefinitionNode:
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation


DOCUMENTS = {node.name.value: text for text in TEXTS if (node := operation_of(text)).name}


def lines_of(operation: str, *coordinates: str) -> set[int]:
    return {line for line, coordinate in USAGE.graphql[operation].fields if coordinate in coordinates}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_of_which_nothing_is_taken_stays_as_it_is(name: str) -> None:
    found = pruned(DOCUMENTS[name], lines=(), types=())
    assert (found.document, found.changed, found.emptied) == (DOCUMENTS[name], False, False)
    declared = operation_of(DOCUMENTS[name]).variable_definitions
    assert found.variables == {part.variable.name.value for part in declared}


def older(lacking: set[str]) -> DocumentNode:
    """Our schema without these fields (an object keeps one of its own)."""
    document, left = parse(SDL), parse("type T { left: Int }").definitions[0]
    assert isinstance(left, ObjectTypeDefinitionNode)
    for node in document.definitions:
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            fields: tuple[FieldDefinitionNode, ...] = node.fields
            kept = tuple(part for part in fields if f"{node.name.value}.{part.name.value}" not in lacking)
            node.fields = kept or left.fields
    return document


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_whatever_fields_are_taken_out_the_rest_fits_a_schema_without_them(name: str) -> None:
    below = [coordinate for _, coordinate in USAGE.graphql[name].fields[1:]]
    chance = random.Random(name)
    for count in {1, max(1, len(below) // 3), len(below)}:
        lacking = set(chance.sample(below, min(count, len(below))))
        found = pruned(DOCUMENTS[name], lines=lines_of(name, *lacking), types=())
        assert found.changed
        errors = validate(build_ast_schema(older(lacking), assume_valid=True), parse(found.document))
        assert errors == [], (lacking, found.document)
        assert print_ast(parse(found.document)) == found.document.strip()


def test_unused_variables_and_fragments_go_too() -> None:
    full = [line for line, _ in USAGE.graphql["ListLogSources"].fields]
    text = DOCUMENTS["ListLogSources"].split("\n")
    conditional = {line for line in full if "@include(if: $full)" in text[line - 1]}
    found = pruned(DOCUMENTS["ListLogSources"], lines=conditional, types=())
    assert "$full" not in found.document
    assert found.variables == {"input"}
    alert = pruned(DOCUMENTS["GetAlertState"], lines=lines_of("GetAlertState", "Alert.id"), types=())
    assert alert.variables == {"id"}


def test_a_selection_that_is_left_empty_asks_for_the_name_of_its_type() -> None:
    found = pruned(DOCUMENTS["GetAlert"], lines=lines_of("GetAlert", "User.id", "User.email"), types=())
    assert "  assignee {\n    __typename\n  }\n" in found.document
    assert found.emptied
    assert "... on User" not in found.document


def test_members_of_a_union_that_are_unknown_are_taken_out() -> None:
    sdl = SDL.replace("  | DeletedDetection\n", "").replace("DeletedDetection | ", "")
    found = pruned(DOCUMENTS["GetAlert"], lines=(), types={"DeletedDetection"})
    assert "DeletedDetection" not in found.document
    assert "... on Detection {" in found.document
    assert validate(build_schema(sdl), parse(found.document)) == []


@pytest.mark.parametrize(
    "text", ["", "{ alerts { id } }", "query A {\n  a {\n", "query A {\n  a\n}\n}\n", "query A(\n"]
)
def test_a_document_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="another form"):
        pruned(text, lines=(), types=())


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Cannot query field 'mood' on type 'Alert'. Did you mean 'node'?", Unknown(fields=frozenset({"Alert.mood"}))),
        ('Cannot query field "mood" on type "Alert".', Unknown(fields=frozenset({"Alert.mood"}))),
        (
            "Validation error of type FieldUndefined: Field 'mood' in type 'Alert' is undefined @ 'alerts/mood'",
            Unknown(fields=frozenset({"Alert.mood"})),
        ),
        ('Unknown type "Detection".', Unknown(types=frozenset({"Detection"}))),
        (
            'Fragment cannot be spread here as objects of type "Origin" can never be of type "Detection".',
            Unknown(types=frozenset({"Detection"})),
        ),
        ('Unknown argument "input" on field "Query.alerts".', None),
        ('Variable "$input" got invalid value {}; Field "a" is not defined by type "AlertsInput".', None),
        (f'Variable "$i" got invalid value "{"x" * 9_000}"; Field "a" is not defined by type "AlertsInput".', None),
        ('Field "runbook" must not have a selection since type "String" has no subfields.', None),
        ('Variable "$id" of type "ID!" used in position expecting type "Int!".', None),
    ],
)
def test_what_an_instance_does_not_know_is_read_from_its_errors(message: str, found: Unknown | None) -> None:
    assert is_mismatch([{"message": message}])
    assert unknown([{"message": message}]) == found


@pytest.mark.parametrize("message", ["access denied", "alert not found", "internal: Cannot query field", "", None])
def test_other_errors_are_no_mismatch(message: str | None) -> None:
    assert not is_mismatch([{"message": message}])
    assert unknown([{"message": message}]) is None


def test_one_error_of_another_kind_stops_all() -> None:
    known = {"message": "Cannot query field 'a' on type 'B'."}
    assert unknown([known, {"message": "Unknown argument 'x' on field 'B.c'."}]) is None
    assert unknown([known, known]) == Unknown(fields=frozenset({"B.a"}))
