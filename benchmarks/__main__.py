"""Run the benchmark: both servers in turn, A B A B, on one sandbox; prints a table with ratios."""

import platform
import statistics
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from benchmarks.stdio import Launch, launch, tool_bytes
from panther_mcp.installation import package_version
from panther_sandbox.server import SandboxServer

_ROUNDS = 7
_FIGURES: tuple[tuple[str, str, Callable[[Launch], float]], ...] = (
    ("launch to initialize", "ms", lambda one: one.to_initialize * 1000),
    ("launch to first tools/list", "ms", lambda one: one.to_tools_list * 1000),
    ("closed stdin to exit", "ms", lambda one: one.to_exit * 1000),
    ("tools/list", "bytes", lambda one: one.tools_list_bytes),
    ("tools/list, a tool", "bytes", lambda one: one.tools_list_bytes / one.tools),
    ("peak memory", "MiB", lambda one: one.peak_memory),
)


def main() -> None:
    """Measure against the server whose command and name are the two arguments, and print."""
    incumbent, name_of_incumbent = sys.argv[1:]
    theirs = [incumbent]
    ours = [sys.executable, "-m", "panther_mcp"]
    runs: dict[str, list[Launch]] = {"ours": [], "theirs": []}
    with SandboxServer() as address:
        environment = {"PANTHER_INSTANCE_URL": address.instance_url, "PANTHER_API_TOKEN": address.api_token}
        for _ in range(_ROUNDS + 1):
            runs["ours"].append(launch(ours, environment))
            runs["theirs"].append(launch(theirs, environment))
        lists = _lists(ours, theirs, environment)
    table = Table(title=f"Median of {_ROUNDS} rounds, Python {platform.python_version()}, {platform.machine()}")
    for column in ("", "unit", f"panther-mcp {package_version()}", name_of_incumbent, "ratio"):
        table.add_column(column, justify="left" if not column else "right")
    for name, unit, figure in _FIGURES:
        # The first round warms the disk's cache up and is not counted.
        a, b = (statistics.median(figure(one) for one in runs[side][1:]) for side in ("ours", "theirs"))
        table.add_row(name, unit, f"{a:,.0f}", f"{b:,.0f}", f"{a / b:.2f}" if b else "-")
    for name, ours_bytes, their_bytes in lists:
        ratio = f"{ours_bytes / their_bytes:.2f}" if their_bytes else "-"
        table.add_row(name, "bytes", f"{ours_bytes:,}", f"{their_bytes:,}" if their_bytes else "-", ratio)
    counts = [runs[side][0].tools for side in ("ours", "theirs")]
    table.add_row("tools", "", *(str(count) for count in counts), "")
    Console().print(table)


def _lists(ours: list[str], theirs: list[str], environment: dict[str, str]) -> list[tuple[str, int, int | None]]:
    """Return what the list of tools costs: the tools that both have, all of ours, and ours in discovery mode.

    Bytes of the entries alone, without the answer around them.
    """
    every = tool_bytes(ours, {**environment, "PANTHER_MCP_TOOLSETS": "all"})
    found = tool_bytes(ours, {**environment, "PANTHER_MCP_TOOLSETS": "all", "PANTHER_MCP_DISCOVERY": "true"})
    their = tool_bytes(theirs, environment)
    both = every.keys() & their.keys()
    return [
        (
            f"tools/list, the {len(both)} tools of both",
            sum(every[name] for name in both),
            sum(their[name] for name in both),
        ),
        (f"tools/list, our {len(every)} tools", sum(every.values()), None),
        (f"tools/list, our {len(every)} tools with --discovery", sum(found.values()), None),
    ]


if __name__ == "__main__":
    main()
