"""Whether SQL may be sent to the data lake: `check_sql`. The parser is imported when it is first called."""

import logging
from typing import TYPE_CHECKING

from panther_mcp.sql_guard.budget import Mode
from panther_mcp.sql_guard.checked import Checked

if TYPE_CHECKING:
    from panther_mcp.sql_guard.checking import Inspected
    from panther_mcp.sql_guard.names import Lookup

LOOKUP_SECONDS = 5.0
_log = logging.getLogger(__name__)


async def check_sql(sql: str, database_name: str, *, mode: Mode = "enforce", lookup: "Lookup | None" = None) -> Checked:
    """Return `sql`, checked; names without a database are looked up in `database_name`.

    In every mode it is one statement that only reads. With `enforce` every log table is bounded in time as well,
    with `warn` it is told in `warnings` which one is not. Where a `lookup` is given and the mode is not `off`,
    tables and columns that the lake does not have are refused.

    Raises:
        BlockedByPolicy: a rule refuses it; `details["rule"]` names the rule.
        InvalidInput: it is no SQL, or names what is not there; the message says where.
    """
    import asyncio  # 20 ms that the start does not need

    # In a thread: the first call imports the parser, and long SQL takes it a second.
    found = await asyncio.to_thread(_inspect, sql, database_name, mode)
    if lookup is not None and mode != "off" and found.read is not None and found.walk is not None:
        from panther_mcp.sql_guard.names import check_names

        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await check_names(found.read, found.walk.scopes, found.walk.tables.values(), lookup)
        except TimeoutError:
            _log.info("names in SQL were not checked: the lake's schema did not come within %g s", LOOKUP_SECONDS)
    return found.checked


def _inspect(sql: str, database_name: str, mode: Mode) -> "Inspected":
    from panther_mcp.sql_guard.checking import inspect

    return inspect(sql, database_name, mode)
