"""How the demo looks: each step with its question, the tool call, and the answer as a person reads it."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

_SEVERITY = {"CRITICAL": "bold red", "HIGH": "red", "MEDIUM": "yellow", "LOW": "cyan", "INFO": "dim"}


class Screen:
    """Writes to standard output; log content is always shown as plain text, never as markup."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._step = 0

    def opening(self, url: str) -> None:
        """Say what is about to happen."""
        text = f"An embedded Panther runs at [bold]{escape(url)}[/]; panther-mcp serves it over stdio to an MCP client."
        self._console.print(Panel(text, title="panther-mcp demo", border_style="blue"))

    def connected(self, server: str, protocol: str, tools: int) -> None:
        """Say whom the client talks to."""
        self._console.print(f"Connected: {escape(server)}, MCP {escape(protocol)}, {tools} tools.\n")

    def step(self, question: str, tool: str, arguments: dict[str, Any]) -> None:
        """Begin a step: the analyst's question and the call that answers it."""
        self._step += 1
        self._console.print(f"[bold blue]{self._step}. {escape(question)}[/]")
        sql = arguments.get("sql")
        rest = ", ".join(f"{name}={value!r}" for name, value in arguments.items() if name != "sql")
        shown = ", ".join(part for part in ("sql=..." if sql else "", rest) if part)
        self._console.print(f"   [green]{escape(tool)}[/]({escape(shown)})")
        if isinstance(sql, str):
            self._console.print(Syntax(sql, "sql", background_color="default", word_wrap=True, padding=(0, 3)))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], note: str) -> None:
        """Show an answer as a table, with what it means below."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, style="dim", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self._answer(table, note)

    def text(self, lines: Sequence[tuple[str, str]], note: str) -> None:
        """Show an answer as labelled lines, with what it means below."""
        grid = Table.grid(padding=(0, 2))
        for label, value in lines:
            grid.add_row(Text(label, style="dim"), Text(value))
        self._answer(grid, note)

    def closing(self, configurations: Sequence[tuple[str, str, str]], try_it: str) -> None:
        """Show what to paste into which client."""
        self._console.print("[bold]Use it with your own Panther.[/] Paste one of these:\n")
        for name, where, text in configurations:
            self._console.print(f"[bold]{escape(name)}[/]: for {escape(where)}")
            # Not wrapped and not styled: it is to be copied.
            self._console.print(Text(text), soft_wrap=True)
            self._console.print()
        self._console.print("To ask your client about this very case, start it with:")
        self._console.print(Text(f"   {try_it}"), soft_wrap=True)

    def _answer(self, body: Table, note: str) -> None:
        self._console.print(Panel(Group(body), border_style="dim", padding=(0, 1)))
        self._console.print(f"   [bold]=> {escape(note)}[/]\n")


def _cell(value: object) -> Text:
    text = str(value)
    return Text(text, style=_SEVERITY.get(text, "default"))
