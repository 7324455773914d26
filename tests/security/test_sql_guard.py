"""SQL that may run on the data lake, and SQL that may not: as a function, and as a hostile model would send it."""

import contextlib
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panther_mcp.errors import BlockedByPolicy, InvalidInput, PantherMcpError
from panther_mcp.sql_guard import Mode, check_sql

HERE = Path(__file__).parent / "sql"
DEFAULT = "panther_logs.public"
REFUSED: dict[str, list[str]] = tomllib.loads((HERE / "refused.toml").read_text(encoding="utf-8"))
ALLOWED: list[dict[str, Any]] = tomllib.loads((HERE / "allowed.toml").read_text(encoding="utf-8"))["query"]
CORPUS = [
    case
    for file in sorted((Path(__file__).parents[1] / "sandbox" / "lake" / "corpus").glob("*.toml"))
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["query"]
]
UNBOUNDED: list[str] = tomllib.loads((HERE / "unbounded.toml").read_text(encoding="utf-8"))["names"]
# What is refused whatever the mode.
ALWAYS = [rule for rule in REFUSED if rule not in ("sql_time_bound", "invalid_input")]
UNKNOWN_FUNCTION = "is not one of Snowflake's own functions"


def text_of(case: dict[str, Any]) -> str:
    values = (f"'10.0.{number // 256}.{number % 256}'" for number in range(case.get("repeat", 0)))
    return case["sql"].replace("{values}", ", ".join(values))


async def refusal(sql: str, mode: Mode = "enforce", database: str = DEFAULT) -> PantherMcpError:
    with pytest.raises((BlockedByPolicy, InvalidInput)) as raised:
        await check_sql(sql, database, mode=mode)
    return raised.value


def test_the_lists_are_long_enough() -> None:
    assert sum(map(len, REFUSED.values())) >= 60
    assert len(ALLOWED) >= 60
    assert len({sql for group in REFUSED.values() for sql in group}) == sum(map(len, REFUSED.values()))


@pytest.mark.parametrize(("rule", "sql"), [(rule, sql) for rule, group in REFUSED.items() for sql in group])
async def test_what_is_refused(rule: str, sql: str) -> None:
    error = await refusal(sql)
    assert (error.details.get("rule") or error.code) == rule
    assert error.hint
    assert len(error.message) < 1_000


@pytest.mark.parametrize("case", ALLOWED, ids=[case["name"] for case in ALLOWED])
async def test_what_is_allowed(case: dict[str, Any]) -> None:
    sql = text_of(case)
    checked = await check_sql(sql, case.get("database", DEFAULT))
    assert checked.sql == sql, "the SQL goes to Panther as it came"
    assert checked.warnings == ()


@pytest.mark.parametrize("case", CORPUS, ids=[case["name"] for case in CORPUS])
async def test_the_corpus(case: dict[str, Any]) -> None:
    database = case.get("database", "panther_logs")
    if case["name"] not in UNBOUNDED:
        assert (await check_sql(case["sql"], database)).warnings == ()
        return
    assert (await refusal(case["sql"], database=database)).details["rule"] == "sql_time_bound"
    (warning,) = (await check_sql(case["sql"], database, mode="warn")).warnings
    assert "scans everything" in warning
    assert (await check_sql(case["sql"], database, mode="off")).warnings == ()


def test_the_corpus_is_known() -> None:
    assert set(UNBOUNDED) <= {case["name"] for case in CORPUS}
    assert len(CORPUS) - len(UNBOUNDED) >= 60


@pytest.mark.parametrize("mode", ["warn", "off"])
@pytest.mark.parametrize("rule", ALWAYS)
async def test_that_a_query_only_reads_is_certain_in_every_mode(rule: str, mode: Mode) -> None:
    for sql in REFUSED[rule]:
        if UNKNOWN_FUNCTION in (await refusal(sql)).message:
            # Whoever loosens the guard may call functions of their own, and is told.
            checked = await check_sql(sql, DEFAULT, mode=mode)
            assert (UNKNOWN_FUNCTION in "".join(checked.warnings)) == (mode == "warn")
        else:
            assert (await refusal(sql, mode)).details["rule"] == rule


@pytest.fixture
async def mcp(panther: Any, connect: Any) -> AsyncIterator[Any]:
    """A client of a server that checks SQL as servers do."""
    async with connect(token=panther.token, instance_url=panther.url, sql_guard="enforce") as caller:
        yield caller


async def test_through_mcp_nothing_that_is_refused_is_sent(mcp: Any, panther: Any) -> None:
    before = [query["id"] for query in panther.queries("")[:1]]
    for rule, group in REFUSED.items():
        for sql in group:
            error = await mcp.refused("query_data_lake", sql=sql)
            assert (error.get("details", {}).get("rule") or error["code"]) == rule, sql
    assert [query["id"] for query in panther.queries("")[:1]] == before


async def test_through_mcp_what_is_allowed_runs(mcp: Any) -> None:
    ran = 0
    for case in ALLOWED:
        if case.get("sandbox", True):
            found = await mcp("query_data_lake", sql=text_of(case), database_name=case.get("database", DEFAULT))
            assert "warnings" not in found, (case["name"], found["warnings"])
            ran += 1
    assert ran >= 60


async def test_through_mcp_no_name_of_the_corpus_is_taken_for_a_mistake(connect: Any, panther: Any) -> None:
    async with connect(token=panther.token, instance_url=panther.url, sql_guard="warn") as mcp:
        for case in CORPUS:
            await mcp("query_data_lake", sql=case["sql"], database_name=case.get("database", "panther_logs"))


async def test_the_refusal_says_which_table_where_and_what_to_add() -> None:
    sql = (
        "WITH calls AS (\n  SELECT eventName FROM aws_cloudtrail c JOIN okta_systemlog o "
        "ON p_occurs_since('1 d', o)\n)\nSELECT * FROM calls"
    )
    error = await refusal(sql)
    assert error.to_payload() == {
        "code": "blocked_by_policy",
        "message": "Without a time bound this scans everything: panther_logs.public.aws_cloudtrail c "
        "(in the WITH clause calls, line 2, column 25).",
        "hint": "Add to the WHERE of each SELECT that reads one: AND p_occurs_since('1 d', c), or c.p_event_time >= a "
        "constant. It must hold for every row: within OR, CASE, HAVING or an outer join's ON it does not bound.",
        "details": {
            "rule": "sql_time_bound",
            "unbounded": ["panther_logs.public.aws_cloudtrail c (in the WITH clause calls, line 2, column 25)"],
        },
    }


async def test_the_place_of_a_mistake_is_that_in_the_callers_text() -> None:
    sql = "SELECT 1 -- p_occurs_since(90m)\nFROM aws_cloudtrail WHERE p_occurs_since(90m, , p_parse_time)\nAND x = = 1"
    error = await refusal(sql)
    assert error.message == "The SQL has a syntax error at line 3, column 9, near '='."


async def test_which_tables_are_read() -> None:
    sql = (
        "WITH okta_systemlog AS (SELECT * FROM github_audit WHERE p_occurs_since('1 d')) SELECT * FROM okta_systemlog "
        "UNION ALL SELECT * FROM panther_views.public.all_logs WHERE p_occurs_since('1 d')"
    )
    checked = await check_sql(sql, DEFAULT)
    assert checked.tables == ("panther_logs.public.github_audit", "panther_views.public.all_logs")


@pytest.mark.parametrize(
    ("database", "bounded"),
    [("panther_logs", True), ("PANTHER_RULE_MATCHES.PUBLIC", True), ("panther_monitor.public", False)],
)
async def test_the_default_database_decides_what_a_bare_name_is(database: str, bounded: bool) -> None:
    if bounded:
        assert (await refusal("SELECT 1 FROM t", database=database)).details["rule"] == "sql_time_bound"
    else:
        await check_sql("SELECT 1 FROM t", database)


async def test_what_the_parser_does_not_understand_is_judged_by_its_words_where_the_mode_allows() -> None:
    sql = "SELECT a b c FROM aws_cloudtrail WHERE p_occurs_since('1 d')"
    assert (await refusal(sql)).code == "invalid_input"
    (warning,) = (await check_sql(sql, DEFAULT, mode="warn")).warnings
    assert "line 1, column 12" in warning
    assert (await check_sql(sql, DEFAULT, mode="off")).warnings == ()
    for hidden in (
        "SELECT a b c; DROP TABLE x",
        "SELECT a b c INTO x",
        "SELECT a b c FROM @stage",
        "SELECT a b c, SYSTEM$WAIT(5)",
        "SELECT a b c, my_udf(1)",
        "SELECT a b c FROM TABLE(RESULT_SCAN('x'))",
        "SELECT a b c, seq.NEXTVAL",
        "x a b c",
    ):
        with pytest.raises(BlockedByPolicy):
            await check_sql(hidden, DEFAULT, mode="off")


@pytest.mark.parametrize(
    ("rows", "sql", "told"),
    [
        (20_000, "SELECT * FROM aws_cloudtrail WHERE p_occurs_since('1 d')", True),
        (9_999, "SELECT * FROM aws_cloudtrail WHERE p_occurs_since('1 d')", False),
        (20_000, "SELECT * FROM aws_cloudtrail WHERE p_occurs_since('1 d') LIMIT 20000", False),
        (20_000, "SELECT TOP 20000 * FROM aws_cloudtrail WHERE p_occurs_since('1 d')", False),
        (20_000, "(SELECT * FROM aws_cloudtrail WHERE p_occurs_since('1 d')) LIMIT 20000", False),
        (20_000, "SELECT eventName, COUNT(*) FROM aws_cloudtrail WHERE p_occurs_since('1 d') GROUP BY 1", True),
    ],
)
async def test_a_large_result_that_nobody_limited_is_told(rows: int, sql: str, told: bool) -> None:
    assert bool((await check_sql(sql, DEFAULT)).about_rows(rows)) == told


def test_the_parser_is_not_imported_before_sql_comes() -> None:
    program = (
        "import sys\n"
        "from panther_mcp.server import create_server\n"
        "from panther_mcp.settings import Settings\n"
        "create_server(Settings())\n"
        "import panther_overrides.workflows.query_data_lake\n"
        "assert 'panther_mcp.sql_guard' in sys.modules\n"
        "assert 'sqlglot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def formulas() -> st.SearchStrategy[Any]:
    """Return conditions as trees of AND, OR and NOT over a bound and two things that bound nothing."""
    leaf = st.sampled_from(["bound", "x", "y"])
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(st.just("NOT"), inner), st.tuples(st.sampled_from(["AND", "OR"]), inner, inner)
        ),
        max_leaves=8,
    )


def written(formula: Any) -> str:
    if isinstance(formula, str):
        return "p_occurs_since('1 d')" if formula == "bound" else f"eventName = '{formula}'"
    if formula[0] == "NOT":
        return f"NOT ({written(formula[1])})"
    return f"({written(formula[1])}) {formula[0]} ({written(formula[2])})"


def holds(formula: Any, **values: bool) -> bool:
    if isinstance(formula, str):
        return values[formula]
    if formula[0] == "NOT":
        return not holds(formula[1], **values)
    left, right = holds(formula[1], **values), holds(formula[2], **values)
    return (left and right) if formula[0] == "AND" else (left or right)


@given(formulas())
@settings(deadline=None, max_examples=300)
def test_no_condition_counts_that_lets_an_old_event_through(formula: Any) -> None:
    """The guard may refuse too much, but what it lets pass must fail for every event before the bound."""
    sql = f"SELECT 1 FROM aws_cloudtrail WHERE {written(formula)}"
    unbounded = [need.table.name for need in needs_of(sql)]
    lets_old_through = any(holds(formula, bound=False, x=x, y=y) for x in (True, False) for y in (True, False))
    assert unbounded == ["AWS_CLOUDTRAIL"] or not lets_old_through


PIECES = sorted(
    {piece for case in ALLOWED if "repeat" not in case for piece in re.findall(r"\w+|'[^']*'|[^\w\s]|\s", case["sql"])}
)


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["enforce", "warn"]))
@settings(deadline=None, max_examples=300)
def test_no_text_makes_the_check_itself_fail(pieces: list[str], mode: Mode) -> None:
    from panther_mcp.sql_guard.checking import inspect

    with contextlib.suppress(BlockedByPolicy, InvalidInput):
        inspect("SELECT " + "".join(pieces), DEFAULT, mode)


def needs_of(sql: str) -> Any:
    from panther_mcp.sql_guard.checking import inspect

    walk = inspect(sql, DEFAULT, "warn").walk
    assert walk is not None
    return walk.needs
