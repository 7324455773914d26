"""What a check of SQL gives."""

from dataclasses import dataclass

# Rows of a result that no LIMIT had asked for, from which on it is told.
MANY_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Checked:
    """SQL that may be sent, as it came. `tables` are those it reads, by full name in lower case.

    `limited` tells that it says how many rows it may have. A `listing` is a SHOW or DESCRIBE.
    """

    sql: str
    tables: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    limited: bool = True
    listing: bool = False

    def about_rows(self, row_count: int) -> str | None:
        """Return what is to be told of a result of so many rows, or None."""
        if self.limited or row_count < MANY_ROWS:
            return None
        return f"The query has no LIMIT and found {row_count:,} rows. Aggregate, or add ORDER BY and LIMIT."
