"""DuckDB macros that the rewritten SQL calls: what Snowflake has and DuckDB lacks."""

from __future__ import annotations

_IS_ARRAY = "starts_with(variant_typeof({0}::VARIANT), 'ARRAY')"
_IS_OBJECT = "starts_with(variant_typeof({0}::VARIANT), 'OBJECT')"

# Text of a value: nested ones as JSON, times with milliseconds.
_TEXT = f"""
CREATE MACRO _text(x) AS CASE
    WHEN x IS NULL THEN NULL
    WHEN {_IS_ARRAY.format("x")} OR {_IS_OBJECT.format("x")} THEN (x::VARIANT::JSON)::VARCHAR
    WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(x::VARCHAR AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
    ELSE x::VARCHAR END
"""
_LIST = f"CREATE MACRO _list(x) AS CASE WHEN {_IS_ARRAY.format('x')} THEN x::VARIANT::VARIANT[] END"
_FLATTEN = f"""
CREATE MACRO _flatten(input) AS TABLE
SELECT e.seq AS seq, e.key AS key, e.path AS path, e.index AS index, e.value AS value, input::VARIANT AS this
FROM (SELECT unnest(CASE
    WHEN {_IS_ARRAY.format("input")} THEN list_transform(
        input::VARIANT::VARIANT[],
        lambda x, i: {{'seq': 1, 'key': NULL::VARCHAR, 'path': '[' || (i - 1) || ']',
                      'index': (i - 1)::BIGINT, 'value': x}})
    WHEN {_IS_OBJECT.format("input")} THEN list_transform(
        map_entries(input::VARIANT::JSON::MAP(VARCHAR, JSON)),
        lambda k: {{'seq': 1, 'key': k.key, 'path': k.key, 'index': NULL::BIGINT, 'value': k.value::VARIANT}})
    ELSE [] END) e)
"""  # noqa: S608 - a constant
_TYPE_NAME = """
CREATE MACRO _type_name(x) AS (SELECT CASE
    WHEN x IS NULL THEN NULL
    WHEN t LIKE 'ARRAY%' THEN 'ARRAY'
    WHEN t LIKE 'OBJECT%' THEN 'OBJECT'
    WHEN t LIKE 'BOOL%' THEN 'BOOLEAN'
    WHEN t LIKE '%INT%' THEN 'INTEGER'
    WHEN t LIKE 'DECIMAL%' OR t IN ('DOUBLE', 'FLOAT') THEN 'DECIMAL'
    ELSE t END FROM (SELECT variant_typeof(x::VARIANT) t))
"""
_IPV4 = """
CREATE MACRO _ipv4(s) AS (
    split_part(s, '.', 1)::BIGINT * 16777216 + split_part(s, '.', 2)::BIGINT * 65536
    + split_part(s, '.', 3)::BIGINT * 256 + split_part(s, '.', 4)::BIGINT)
"""
_IPV4_START = """
CREATE MACRO _ipv4_start(s) AS (
    (_ipv4(split_part(s, '/', 1)) >> (32 - split_part(s, '/', 2)::INT)) << (32 - split_part(s, '/', 2)::INT))
"""
_PARSE_IP = r"""
CREATE MACRO _parse_ip(s) AS (CASE WHEN regexp_full_match(s, '\d+\.\d+\.\d+\.\d+(/\d+)?') THEN json_object(
    'family', 4, 'host', split_part(s, '/', 1), 'ipv4', _ipv4(split_part(s, '/', 1)),
    'ipv4_range_start', CASE WHEN contains(s, '/') THEN _ipv4_start(s) END,
    'ipv4_range_end', CASE WHEN contains(s, '/')
        THEN _ipv4_start(s) + (1::BIGINT << (32 - split_part(s, '/', 2)::INT)) - 1 END)::VARIANT END)
"""

# A count since 1970 is in seconds, milliseconds, microseconds or nanoseconds, by its size.
_EPOCH = """
CREATE MACRO _epoch(n) AS make_timestamp(CASE
    WHEN abs(n) < 31536000000 THEN n * 1000000
    WHEN abs(n) < 31536000000000 THEN n * 1000
    WHEN abs(n) < 31536000000000000 THEN n
    ELSE n // 1000 END)
"""
_TO_TIMESTAMP = r"""
CREATE MACRO _to_timestamp(x) AS CASE
    WHEN regexp_full_match(_text(x), '-?\d+') THEN _epoch(TRY_CAST(_text(x) AS BIGINT))
    ELSE _text(x)::TIMESTAMP END
"""
_TRY_TO_TIMESTAMP = r"""
CREATE MACRO _try_to_timestamp(x) AS CASE
    WHEN regexp_full_match(_text(x), '-?\d+') THEN _epoch(TRY_CAST(_text(x) AS BIGINT))
    ELSE TRY_CAST(_text(x) AS TIMESTAMP) END
"""

# In the order in which they use one another.
MACROS = (
    _TEXT,
    _EPOCH,
    _TO_TIMESTAMP,
    _TRY_TO_TIMESTAMP,
    _LIST,
    _FLATTEN,
    _TYPE_NAME,
    _IPV4,
    _IPV4_START,
    _PARSE_IP,
    "CREATE MACRO _parse_json(s) AS s::JSON",
    "CREATE MACRO _try_parse_json(s) AS TRY_CAST(s AS JSON)",
    "CREATE MACRO _list_except(a, b) AS list_filter(_list(a), lambda x: NOT list_contains(_list(b), x))",
    "CREATE MACRO _list_compact(a) AS list_filter(_list(a), lambda x: x IS NOT NULL)",
    "CREATE MACRO _list_position(v, a) AS nullif(list_position(_list(a), v), 0) - 1",
)
