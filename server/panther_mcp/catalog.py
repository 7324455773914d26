"""Read the generated catalog: what is known about each tool before it is called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Catalog = Mapping[str, Any]


@dataclass(frozen=True)
class CatalogTool:
    """A tool as the code generator knows it; see `panther_codegen.catalog`."""

    name: str
    toolset: str
    effect: str
    annotations: Mapping[str, bool]
    permissions: Mapping[str, list[str]]
    operations: Sequence[str]
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    untrusted: Sequence[str]
    lists: str | None = None
    billable: bool = False
    workflow: bool = False
    confirm: bool = False
    timeout: int | None = None

    @property
    def target(self) -> str:
        """Where its function is: `module:function`."""
        return f"panther_tools.{self.toolset}:{self.name}"


def read_catalog() -> Catalog:
    """Return the catalog that is installed beside the tools."""
    # importlib.resources would cost 9 ms, an eighth of the time to the first answer; wheels are unpacked.
    package = find_spec("panther_tools")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("panther_tools is not installed", name="panther_tools")
    catalog: Catalog = json.loads(Path(package.origin).with_name("catalog.json").read_bytes())
    return catalog


def catalog_tools(catalog: Catalog) -> list[CatalogTool]:
    """Return the tools of `catalog`, in its order."""
    entries: list[dict[str, Any]] = catalog["tools"]
    return [CatalogTool(**entry) for entry in entries]


def missing(tool: CatalogTool, granted: frozenset[str]) -> tuple[str, ...]:
    """Return the permissions that `tool` needs and a token with `granted` lacks; any one is enough of `any_of`."""
    lacking = tuple(name for name in tool.permissions.get("all_of", ()) if name not in granted)
    choice = tuple(tool.permissions.get("any_of", ()))
    return lacking + (choice if choice and granted.isdisjoint(choice) else ())
