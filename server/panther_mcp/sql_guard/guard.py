"""The SQL guard of one server: its mode, what it knows of the lake, and the budget of scanned bytes."""

from dataclasses import replace
from typing import TYPE_CHECKING

from panther_mcp.sql_guard.budget import Mode, ScanBudget
from panther_mcp.sql_guard.check import check_sql
from panther_mcp.sql_guard.checked import Checked
from panther_mcp.sql_guard.lake_schema import LakeSchema, SchemaCache

if TYPE_CHECKING:
    from panther_mcp.sql_guard.lake_schema import Client


class SqlGuard:
    """Checks SQL before it is sent, and learns from what it cost."""

    def __init__(self, mode: Mode = "enforce", max_bytes: int | None = None) -> None:
        self.mode: Mode = mode
        self.budget = ScanBudget(max_bytes, mode)
        self._schema = SchemaCache()

    async def check(self, client: "Client", sql: str, database_name: str) -> Checked:
        """Return `sql`, checked, with the warnings to tell. Raises as `check_sql` does, and for the budget."""
        checked = await check_sql(sql, database_name, mode=self.mode, lookup=LakeSchema(client, self._schema))
        if warning := self.budget.check(checked.tables):
            return replace(checked, warnings=(*checked.warnings, warning))
        return checked

    def ran(self, checked: Checked, *, row_count: int, bytes_scanned: int) -> list[str]:
        """Note what a query has cost; return what is to be told of its result."""
        self.budget.record(checked.tables, bytes_scanned)
        told = checked.about_rows(row_count)
        return [told] if told else []
