"""The SQL guard of one server: its mode, what it knows of the lake, and what queries of its tables have cost."""

from typing import TYPE_CHECKING

from panther_mcp.sql_guard.budget import Mode, ScanCosts
from panther_mcp.sql_guard.check import check_sql
from panther_mcp.sql_guard.checked import Checked
from panther_mcp.sql_guard.lake_schema import LakeSchema, SchemaCache

if TYPE_CHECKING:
    from panther_mcp.sql_guard.lake_schema import Client


class SqlGuard:
    """Checks SQL before it is sent. `costs` is what is known of what it costs; the budget is the session's."""

    def __init__(self, mode: Mode = "enforce") -> None:
        self.mode: Mode = mode
        self.costs = ScanCosts()
        self._schema = SchemaCache()

    async def check(self, client: "Client", sql: str, database_name: str, *, runs: bool = True) -> Checked:
        """Return `sql`, checked, with the warnings to tell. Raises as `check_sql` does.

        Where it is only kept for a person to run, so that `runs` is false, a missing time bound is told, not refused.
        """
        mode: Mode = "warn" if self.mode == "enforce" and not runs else self.mode
        return await check_sql(sql, database_name, mode=mode, lookup=LakeSchema(client, self._schema))
