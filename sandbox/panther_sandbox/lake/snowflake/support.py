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
_FLATTEN_TEXTS = """
CREATE MACRO _flatten_texts(input) AS TABLE
SELECT 1 AS seq, NULL::VARCHAR AS key, '[' || (i - 1) || ']' AS path, i - 1 AS index, v::VARIANT AS value,
       input::VARIANT AS this
FROM (SELECT unnest(input) AS v, generate_subscripts(input, 1) AS i)
"""
# No subquery here: DuckDB takes none inside a lambda.
_KIND = "variant_typeof(x::VARIANT)"
_TYPE_NAME = f"""
CREATE MACRO _type_name(x) AS CASE
    WHEN x IS NULL THEN NULL
    WHEN {_IS_ARRAY.format("x")} THEN 'ARRAY'
    WHEN {_IS_OBJECT.format("x")} THEN 'OBJECT'
    WHEN {_KIND} LIKE 'BOOL%' THEN 'BOOLEAN'
    WHEN {_KIND} LIKE '%INT%' THEN 'INTEGER'
    WHEN {_KIND} LIKE 'DECIMAL%' OR {_KIND} IN ('DOUBLE', 'FLOAT') THEN 'DECIMAL'
    ELSE {_KIND} END
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
CREATE MACRO _parse_ip(s) AS (CASE WHEN s IS NULL THEN NULL
    WHEN contains(s, ':') THEN error('PARSE_IP of an IPv6 address is not available in this sandbox yet')
    WHEN NOT regexp_full_match(s, '\d+\.\d+\.\d+\.\d+(/\d+)?') THEN error('Invalid IP address: ' || s)
    ELSE json_object(
    'family', 4, 'ip_type', 'inet', 'host', split_part(s, '/', 1),
    'netmask_prefix_length', CASE WHEN contains(s, '/') THEN split_part(s, '/', 2)::INT END,
    'ipv4', _ipv4(split_part(s, '/', 1)),
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

_SORTABLE = """
CREATE MACRO _sortable(x) AS CASE WHEN x IS NULL THEN NULL
    WHEN _type_name(x) IN ('INTEGER', 'DECIMAL') THEN {'n': TRY_CAST(_text(x) AS DOUBLE), 't': NULL::VARCHAR}
    ELSE {'n': NULL::DOUBLE, 't': _text(x)} END
"""
_PLAIN = """
CREATE MACRO _plain(x) AS CASE WHEN _type_name(x) IN ('INTEGER', 'DECIMAL')
    THEN TRY_CAST(_text(x) AS DOUBLE)::VARIANT ELSE x::VARIANT END
"""
# Everything below the value, depth first; json_tree writes paths as `$.a[0]`, Snowflake as `a[0]`.
_FLATTEN_RECURSIVE = """
CREATE MACRO _flatten_recursive(input) AS TABLE
SELECT 1 AS seq, CASE WHEN ends_with(e.fullkey, ']') THEN NULL ELSE e.key END AS key,
       ltrim(e.fullkey[2:], '.') AS path,
       CASE WHEN ends_with(e.fullkey, ']') THEN e.key::BIGINT END AS index,
       e.value::VARIANT AS value, json_extract(input::VARIANT::JSON, e.path)::VARIANT AS this
FROM json_tree(input::VARIANT::JSON) e WHERE e.parent IS NOT NULL ORDER BY e.id
"""
_SPLIT = """
CREATE MACRO _split(input, separator) AS TABLE
SELECT 1 AS seq, generate_subscripts(string_split(input, separator), 1) AS index,
       unnest(string_split(input, separator)) AS value
"""
_STRTOK_SPLIT = r"""
CREATE MACRO _strtok_split(input, separators) AS TABLE
SELECT 1 AS seq, generate_subscripts(_strtok(input, separators), 1) AS index,
       unnest(_strtok(input, separators)) AS value
"""
_STRTOK = r"""
CREATE MACRO _strtok(input, separators) AS list_filter(
    string_split_regex(input, '[' || regexp_replace(separators, '([\\^\]\[-])', '\\\1', 'g') || ']'), lambda x: x <> '')
"""
_PARSE_URL = r"""
CREATE MACRO _parse_url(s) AS (CASE WHEN s IS NOT NULL THEN json_object(
    'scheme', nullif(regexp_extract(s, '^([A-Za-z][A-Za-z0-9+.-]*):', 1), ''),
    'host', nullif(regexp_extract(s, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^@/?#]*@)?([^:/?#]*)', 1), ''),
    'port', nullif(regexp_extract(s, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*:(\d+)', 1), ''),
    'path', nullif(regexp_extract(s, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*/([^?#]*)', 1), ''),
    'query', nullif(regexp_extract(s, '\?([^#]*)', 1), ''),
    'fragment', nullif(regexp_extract(s, '#(.*)$', 1), ''),
    'parameters', CASE WHEN contains(s, '?') THEN to_json(map_from_entries(list_transform(
        list_filter(string_split(regexp_extract(s, '\?([^#]*)', 1), '&'), lambda p: p <> ''),
        lambda p: {'k': split_part(p, '=', 1), 'v': split_part(p, '=', 2)}))) END)::VARIANT END)
"""
# The distance in kilometres, on Snowflake's sphere.
_HAVERSINE = """
CREATE MACRO _haversine(lat1, lon1, lat2, lon2) AS 2 * 6371.0087714 * asin(sqrt(
    pow(sin(radians(lat2 - lat1) / 2), 2)
    + cos(radians(lat1)) * cos(radians(lat2)) * pow(sin(radians(lon2 - lon1) / 2), 2)))
"""
_WIDTH_BUCKET = """
CREATE MACRO _width_bucket(x, low, high, buckets) AS CASE WHEN x IS NULL THEN NULL WHEN x < low THEN 0
    WHEN x >= high THEN buckets + 1 ELSE floor((x - low) * buckets / (high - low))::BIGINT + 1 END
"""
_ENTRIES = "map_entries({0}::VARIANT::JSON::MAP(VARCHAR, JSON))"
_OBJECT_OF = """
CREATE MACRO _object_of(r) AS json_merge_patch('{}'::JSON, to_json(map_from_entries(list_transform(
    map_entries(to_json(r)::MAP(VARCHAR, JSON)), lambda e: {'k': upper(e.key), 'v': e.value}))))::VARIANT
"""
_OBJECT_PICK = f"""
CREATE MACRO _object_pick(o, names) AS to_json(map_from_entries(list_filter(
    {_ENTRIES.format("o")}, lambda e: list_contains(names, e.key))))::VARIANT
"""
_OBJECT_DELETE = f"""
CREATE MACRO _object_delete(o, names) AS to_json(map_from_entries(list_filter(
    {_ENTRIES.format("o")}, lambda e: NOT list_contains(names, e.key))))::VARIANT
"""

# In the order in which they use one another.
MACROS = (
    _TEXT,
    _EPOCH,
    _TO_TIMESTAMP,
    _TRY_TO_TIMESTAMP,
    _LIST,
    _FLATTEN,
    _FLATTEN_TEXTS,
    _TYPE_NAME,
    _SORTABLE,
    _PLAIN,
    _FLATTEN_RECURSIVE,
    _SPLIT,
    _STRTOK,
    _STRTOK_SPLIT,
    _PARSE_URL,
    _HAVERSINE,
    _WIDTH_BUCKET,
    _OBJECT_OF,
    _OBJECT_PICK,
    _OBJECT_DELETE,
    _IPV4,
    _IPV4_START,
    _PARSE_IP,
    "CREATE MACRO _parse_json(s) AS s::JSON",
    "CREATE MACRO _try_parse_json(s) AS TRY_CAST(s AS JSON)",
    "CREATE MACRO _is_kind(x, kinds) AS CASE WHEN x IS NOT NULL THEN list_contains(kinds, _type_name(x)) END",
    "CREATE MACRO _null_under(o, k) AS CASE WHEN list_contains(json_keys(o::VARIANT::JSON), k)"
    " THEN variant_extract(o, k) IS NULL END",
    "CREATE MACRO _null_at(a, n) AS CASE WHEN n <= len(_list(a)) THEN variant_extract(a, n) IS NULL END",
    "CREATE MACRO _is_json_null(s) AS CASE WHEN s IS NOT NULL THEN json_type(TRY_CAST(s AS JSON)) = 'NULL' END",
    "CREATE MACRO _list_compact(a) AS list_filter(_list(a), lambda x: x IS NOT NULL)",
    "CREATE MACRO _list_flatten(a) AS flatten(list_transform(_list(a), lambda x: _list(x)))",
    "CREATE MACRO _list_sort(a) AS list_transform(list_sort(list_transform(_list(a),"
    " lambda x: {'s': _sortable(x), 'v': x})), lambda e: e.v)",
    "CREATE MACRO _list_max(a) AS _list_sort(_list_compact(a))[-1]",
    "CREATE MACRO _list_min(a) AS _list_sort(_list_compact(a))[1]",
    "CREATE MACRO _to_list(x) AS CASE WHEN x IS NULL THEN NULL ELSE coalesce(_list(x), [x::VARIANT]) END",
    "CREATE MACRO _try_base64(s) AS TRY(decode(from_base64(s)))",
    "CREATE MACRO _list_except(a, b) AS list_filter(_list(a), lambda x: NOT list_contains(_list(b), x))",
    "CREATE MACRO _list_position(v, a) AS nullif(list_position(_list(a), v), 0) - 1",
)
