"""Reads a Parquet file: its own types say what its fields are."""

from __future__ import annotations

from pathlib import Path

import duckdb

from panther_sandbox.errors import LakeFilesError
from panther_sandbox.lake.rows import panther_type

# Whole numbers that no BIGINT holds.
_WIDE = ("HUGEINT", "UHUGEINT", "UBIGINT")


def stage(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Read a file into the temporary table `staged` (line, body, event) and return the types of its fields.

    Raises LakeFilesError.
    """
    if any(character in str(path) for character in "*?[{"):
        # DuckDB takes such a path for a pattern.
        raise LakeFilesError(f"{path}: the path of a .parquet file must not hold any of * ? [ {{")
    try:
        connection.execute(
            "CREATE TEMP TABLE staged AS SELECT row_number() OVER () AS line, to_json(event)::VARCHAR AS body, event"
            " FROM read_parquet(?) AS event",
            [str(path)],
        )
    except duckdb.Error as error:
        first_line = str(error).split("\n", 1)[0]
        raise LakeFilesError(f"{path}: is no Parquet file that can be read: {first_line}") from error
    described = connection.execute("SELECT * FROM (SELECT unnest(event) FROM staged LIMIT 0)").description or []
    return {str(column[0]): _type(str(column[1])) for column in described}


def _type(duckdb_type: str) -> str:
    if duckdb_type in _WIDE:
        return "double"
    found = panther_type(duckdb_type)
    return "bigint" if found == "int" else found
