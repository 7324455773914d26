"""Read the generated catalog: what is known about each tool before it is called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
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
    catalog: Catalog = json.loads((files("panther_tools") / "catalog.json").read_bytes())
    return catalog


def catalog_tools(catalog: Catalog) -> list[CatalogTool]:
    """Return the tools of `catalog`, in its order."""
    entries: list[dict[str, Any]] = catalog["tools"]
    return [CatalogTool(**entry) for entry in entries]
