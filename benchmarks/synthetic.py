"""A synthetic API of any size: its schema, its operations, its manifest and its overrides, for the generator to read.

Each subject has nine types and five tools: 100 subjects are 900 types, as many as GitHub's API has, and 500 tools.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from panther_codegen.project import Project
from panther_overrides.model import ToolOverride, ToolsetOverrides

TYPES, TOOLS = 9, 5
# Subjects a toolset: as many tools as a large one of the real API has.
_TOGETHER = 10
_BASE = """
directive @deprecated(reason: String = "No longer supported") on FIELD_DEFINITION | ENUM_VALUE
scalar DateTime
type PageInfo { hasNextPage: Boolean! endCursor: String }
"""
_SCHEMA = """
enum {0}State {{ OPEN CLOSED WAITING }}
type {0}Owner {{ id: ID! name: String! since: DateTime }}
type {0}Event {{ id: ID! at: DateTime! said: String }}
type {0} {{
  id: ID! name: String! title: String description: String state: {0}State! count: Int score: Float active: Boolean!
  createdAt: DateTime! tags: [String!]! owner: {0}Owner events: [{0}Event!]!
}}
type {0}Edge {{ node: {0}! }}
type {0}Connection {{ edges: [{0}Edge!]! pageInfo: PageInfo! }}
input {0}Filter {{ pageSize: Int cursor: String nameContains: String states: [{0}State!] activeOnly: Boolean }}
input {0}Change {{ id: ID! title: String description: String state: {0}State }}
type {0}Changed {{ subject: {0} }}
"""
_QUERIES = (
    "  {1}(id: ID!): {0}\n  {1}ByName(name: String!): {0}\n  {1}Events(id: ID!): [{0}Event!]!\n"
    "  {1}List(input: {0}Filter!): {0}Connection!\n"
)
_OPERATIONS = """
fragment {0}Fields on {0} {{ id name title description state count score active createdAt tags owner {{ id name }} }}
query Get{0}($id: ID!) {{ {1}(id: $id) {{ ...{0}Fields }} }}
query Find{0}($name: String!) {{ {1}ByName(name: $name) {{ ...{0}Fields }} }}
query List{0}Events($id: ID!) {{ {1}Events(id: $id) {{ id at said }} }}
query List{0}($input: {0}Filter!) {{
  {1}List(input: $input) {{ edges {{ node {{ ...{0}Fields }} }} pageInfo {{ hasNextPage endCursor }} }}
}}
mutation Change{0}($input: {0}Change!) {{ change{0}(input: $input) {{ subject {{ ...{0}Fields }} }} }}
"""
_TOOLS = """
  get_{1}: {{graphql: Get{0}, effect: read, params: {{id: {{fills: id}}}}}}
  find_{1}: {{graphql: Find{0}, effect: read, params: {{name: {{fills: name}}}}}}
  list_{1}_events: {{graphql: List{0}Events, effect: read, params: {{id: {{fills: id}}}}, result: {{as: events}}}}
  list_{1}:
    graphql: List{0}
    pattern: page
    effect: read
    params:
      page_size: {{fills: input.pageSize, default: 25, minimum: 1, maximum: 50}}
      name_contains: {{fills: input.nameContains}}
      states: {{fills: input.states}}
      active_only: {{fills: input.activeOnly}}
      cursor: {{fills: input.cursor}}
    result: {{as: items}}
  change_{1}:
    graphql: Change{0}
    effect: write
    params:
      id: {{fills: input.id}}
      title: {{fills: input.title}}
      description: {{fills: input.description}}
      state: {{fills: input.state}}
"""
# The REST half stays as small as it can be.
_THING: Any = {"type": "object", "properties": {"id": {"type": "string"}}}
_CONTENT: Any = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
_ANSWER: Any = {"description": "It.", "content": _CONTENT}
_DOCUMENT: Any = {
    "openapi": "3.0.3",
    "info": {"title": "Synthetic", "version": "1"},
    "paths": {"/thing": {"get": {"operationId": "thing_get", "responses": {"200": _ANSWER}}}},
    "components": {"schemas": {"Thing": _THING}},
}


def project(root: Path, subjects: int) -> Project:
    """Write the inputs for so many subjects below `root` and return their project."""
    schema = root / "schema"
    names = [(f"Subject{number:03}", f"subject{number:03}") for number in range(subjects)]
    queries = "".join(_QUERIES.format(*name) for name in names)
    mutations = "".join(f"  change{name}(input: {name}Change!): {name}Changed\n" for name, _ in names)
    types = "".join(_SCHEMA.format(*name) for name in names)
    labels = "".join(
        f"  {name}: {{trusted: [name, tags], untrusted: [title, description]}}\n"
        f"  {name}Owner: {{trusted: [name]}}\n  {name}Event: {{untrusted: [said]}}\n"
        for name, _ in names
    )
    texts = {
        "panther.graphql": f"{_BASE}type Query {{\n{queries}}}\ntype Mutation {{\n{mutations}}}\n{types}",
        "extensions.graphql": "",
        "panther.openapi.json": json.dumps(_DOCUMENT),
        "labels.yaml": f"scalars: {{DateTime: trusted, ID: trusted}}\ngraphql:\n{labels}",
        "left_out.yaml": "graphql: {}\nrest: {}\n",
    }
    for start in range(0, subjects, _TOGETHER):
        toolset = f"synthetic_{start // _TOGETHER:02}"
        some = names[start : start + _TOGETHER]
        tools = "".join(_TOOLS.format(*name) for name in some)
        texts[f"operations/{toolset}.graphql"] = "".join(_OPERATIONS.format(*name) for name in some)
        texts[f"tools/{toolset}.yaml"] = f"toolset: {toolset}\ntitle: Synthetic tools\ntools:{tools}"
    for name, text in texts.items():
        path = schema / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(root)


def overrides(catalog: Mapping[str, Any]) -> dict[str, ToolsetOverrides]:
    """Return overrides that say something about every tool and parameter of `catalog`."""
    found: dict[str, dict[str, ToolOverride]] = {toolset: {} for toolset in catalog["toolsets"]}
    for tool in catalog["tools"]:
        params = {name: f"The {name.replace('_', ' ')}." for name in tool["input_schema"]["properties"]}
        description = f"Do what {tool['name']} says. Example: {{}}"
        found[tool["toolset"]][tool["name"]] = ToolOverride(description=description, params=params)
    return dict(found)
