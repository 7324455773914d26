"""Overrides joined with the catalog: what they add, and every way in which they may not fit, with its full message."""

import copy
import dataclasses
from importlib import import_module
from pathlib import Path

import pytest

import panther_overrides
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.errors import RegistrationError
from panther_mcp.registry import load_overrides, register
from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_most, max_items

CATALOG = {
    "toolsets": {name: {"title": name.title(), "default": True} for name in ("fish", "birds")},
    "tools": [
        {
            "name": name,
            "toolset": toolset,
            "effect": "read",
            "annotations": {"readOnlyHint": True},
            "permissions": {"all_of": [], "any_of": []},
            "operations": ["Op"],
            "input_schema": {"type": "object", "properties": properties, "additionalProperties": False},
            "output_schema": {"type": "object", "properties": {}},
            "untrusted": [],
        }
        for name, toolset, properties in (
            ("list_fish", "fish", {"kinds": {"type": "array"}, "limit": {"type": "integer"}}),
            ("get_bird", "birds", {}),
        )
    ],
}
LIST_FISH = ToolOverride("List fish.", {"kinds": "Only these kinds.", "limit": "Fish a page."})
FISH = {"list_fish": LIST_FISH}
BIRDS = {"get_bird": ToolOverride("Read one bird.")}
FITTING = {"fish": FISH, "birds": BIRDS}


def fish(**changes: object) -> dict:
    return FITTING | {"fish": {"list_fish": dataclasses.replace(LIST_FISH, **changes)}}


def test_what_fits_is_described_and_narrowed():
    tools = register(CATALOG, fish(rules=(max_items("kinds", 3), at_most("limit", 9))))
    assert [(tool.name, tool.description) for tool in tools] == [
        ("list_fish", "List fish."),
        ("get_bird", "Read one bird."),
    ]
    assert tools[0].parameters["properties"] == {
        "kinds": {"type": "array", "description": "Only these kinds.", "maxItems": 3},
        "limit": {"type": "integer", "description": "Fish a page.", "maximum": 9},
    }


def test_the_catalog_is_not_changed():
    catalog = copy.deepcopy(CATALOG)
    register(catalog, fish(rules=(max_items("kinds", 3),)))
    assert catalog == CATALOG


MISFITS = {
    "an unknown tool": (
        {"fish": FISH | {"list_fishes": LIST_FISH}, "birds": BIRDS},
        "override of an unknown tool 'list_fishes': did you mean 'list_fish'?",
    ),
    "a tool far from all": (
        {"fish": FISH | {"zzz": LIST_FISH}, "birds": BIRDS},
        "override of an unknown tool 'zzz': known: get_bird, list_fish",
    ),
    "the wrong toolset": (
        {"fish": FISH, "birds": BIRDS | {"list_fish": LIST_FISH}},
        "override of 'list_fish' stands in panther_overrides.birds, but the tool belongs to fish",
    ),
    "no description": (
        {"fish": FISH, "birds": {}},
        "tool 'get_bird' has no description: add it to panther_overrides.birds",
    ),
    "an empty description": (
        fish(description=""),
        "tool 'list_fish' has no description: add it to panther_overrides.fish",
    ),
    "no sentence": (
        fish(params={"kinds": "Only these kinds."}),
        "parameter 'limit' of list_fish has no sentence: add it to its override",
    ),
    "an empty sentence": (
        fish(params={"kinds": "Only these kinds.", "limit": ""}),
        "parameter 'limit' of list_fish has no sentence: add it to its override",
    ),
    "an unknown parameter": (
        fish(params={**LIST_FISH.params, "limits": "x"}),
        "override of an unknown parameter 'limits' of list_fish: did you mean 'limit'?",
    ),
    "a parameter of a tool without any": (
        FITTING | {"birds": {"get_bird": ToolOverride("Read one bird.", {"id": "The id."})}},
        "override of an unknown parameter 'id' of get_bird: there are none",
    ),
    "a rule on an unknown parameter": (
        fish(rules=(max_items("kind", 3),)),
        "rule max_items of list_fish looks at an unknown parameter 'kind': did you mean 'kinds'?",
    ),
}


@pytest.mark.parametrize(("overrides", "problem"), MISFITS.values(), ids=MISFITS)
def test_a_misfit_is_told_with_what_was_probably_meant(overrides, problem):
    with pytest.raises(RegistrationError) as caught:
        register(CATALOG, overrides)
    assert caught.value.problems == (problem,)
    assert str(caught.value) == f"The overrides do not fit the tools:\n  - {problem}"


def test_all_misfits_are_told_at_once():
    overrides = {"fish": {"list_fish": ToolOverride("List fish.", {"sort": "x"}), "cat": LIST_FISH}}
    with pytest.raises(RegistrationError) as caught:
        register(CATALOG, overrides)
    assert len(caught.value.problems) == 5


def test_a_toolset_without_overrides_is_told():
    with pytest.raises(RegistrationError) as caught:
        load_overrides({"toolsets": {"alerts": {}, "no_such_toolset": {}}, "tools": []})
    assert caught.value.problems == (
        "toolset 'no_such_toolset' has no overrides: add panther_overrides.no_such_toolset with TOOLS = {...}",
    )


def test_our_own_overrides_fit_and_each_toolset_has_a_module():
    catalog = read_catalog()
    loaded = load_overrides(catalog)
    assert [tool.name for tool in register(catalog, loaded)] == [tool.name for tool in catalog_tools(catalog)]
    folder = Path(panther_overrides.__file__).parent
    named = {
        path.stem for path in folder.glob("*.py") if hasattr(import_module(f"panther_overrides.{path.stem}"), "TOOLS")
    }
    assert named == set(loaded)
