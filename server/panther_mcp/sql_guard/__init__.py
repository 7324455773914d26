"""The SQL guard: one read-only statement, every log table bounded in time, names that exist.

Importing this package imports no parser; `check_sql` does, when it is first called.
"""

from panther_mcp.sql_guard.budget import Mode as Mode
from panther_mcp.sql_guard.budget import ScanBudget as ScanBudget
from panther_mcp.sql_guard.budget import ScanCosts as ScanCosts
from panther_mcp.sql_guard.check import check_sql as check_sql
from panther_mcp.sql_guard.checked import Checked as Checked

__all__ = ["Checked", "Mode", "ScanBudget", "ScanCosts", "check_sql"]
