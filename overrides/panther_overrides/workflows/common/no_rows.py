"""Why a query may have given no rows: what its text alone tells."""

import re

from panther_mcp.errors import bounded

_MACRO = re.compile(r"p_occurs_\w{1,20} ?\([^)]{0,200}\)", re.IGNORECASE)
_EXACT = re.compile(
    r"(?:=|<>|\bLIKE\b|\bIN ?\(|\bARRAY_CONTAINS ?\(|\bARRAYS_OVERLAP ?\(ARRAY_CONSTRUCT ?\() ?'", re.IGNORECASE
)
_LONGEST_SQL = 20_000
_LONGEST_MACRO = 120


def why_empty(sql: str) -> str:
    """Return one line on what of `sql` may have left nothing: its time window, and comparisons of text."""
    text = " ".join(sql[:_LONGEST_SQL].split())
    reasons: list[str] = []
    if macro := _MACRO.search(text):
        reasons.append(f"only events within {bounded(macro[0], _LONGEST_MACRO)} were looked at")
    if _EXACT.search(text):
        reasons.append("text is compared exactly, upper and lower case included (ILIKE does not)")
    if not reasons:
        return "No rows."
    return f"No rows: {'; '.join(reasons)}."
