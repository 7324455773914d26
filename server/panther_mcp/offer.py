"""What a server offers: the tools that its settings ask for, with the overrides applied. No framework is needed."""

from dataclasses import dataclass

from panther_mcp.catalog import Catalog, read_catalog
from panther_mcp.registry import RegisteredTool, load_overrides, register
from panther_mcp.selection import reduced, selected_tools
from panther_mcp.settings import Settings


@dataclass(frozen=True)
class Offer:
    """The tools of a server, the part of the catalog that they are in, and the names of all tools there are."""

    tools: tuple[RegisteredTool, ...]
    catalog: Catalog
    every_tool: tuple[str, ...]


def offer(settings: Settings) -> Offer:
    """Return what `settings` ask for.

    Raises `SettingsError` for an unknown name, and `RegistrationError` when the overrides do not fit the generated
    tools.
    """
    catalog = read_catalog()
    every_tool = tuple(tool["name"] for tool in catalog["tools"])
    chosen = selected_tools(catalog, settings)
    catalog = reduced(catalog, chosen)
    registered = register(catalog, load_overrides(catalog), settings.confirm)
    return Offer(tuple(tool for tool in registered if tool.name in chosen), catalog, every_tool)
