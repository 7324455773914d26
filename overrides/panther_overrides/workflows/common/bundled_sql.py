"""The SQL in a bundle of detections: what its saved and scheduled queries would run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import yaml

from panther_mcp.errors import InvalidInput, PantherMcpError, bounded
from panther_mcp.runtime import Call
from panther_overrides.workflows.common.lake_queries import PUBLIC_LOGS

# Written in C where there is one; nothing is built of what it reads but nodes.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TYPE, _SCHEDULE, _ENABLED, _MERGE = "AnalysisType", "Schedule", "Enabled", "<<"
_SQL = ("Query", "SnowflakeQuery", "AthenaQuery")
_DEEPEST = 20


@dataclass(frozen=True)
class BundledSql:
    """The SQL of a query in the file `path`; `runs` says whether a schedule would run it."""

    path: str
    sql: str
    runs: bool


async def check_bundled(call: Call, queries: Iterable[BundledSql]) -> None:
    """Return when these may be stored. Raises as `Call.checked_sql`, naming the file."""
    for query in queries:
        known = len(call.warnings)
        try:
            await call.checked_sql(query.sql, PUBLIC_LOGS, runs=query.runs)
        except PantherMcpError as error:
            error.message = f"{query.path}: {error.message}"
            raise
        call.warnings[known:] = [f"{query.path}: {warning}" for warning in call.warnings[known:]]


def bundled_sql(files: Mapping[str, object]) -> list[BundledSql]:
    """Return every SQL of the files (path to text). Raises `InvalidInput` for YAML that cannot be read."""
    found: list[BundledSql] = []
    for path, text in files.items():
        if isinstance(text, str) and PurePosixPath(path).suffix in (".yml", ".yaml"):
            found += _queries(path, text)
    return found


def _queries(path: str, text: str) -> Iterator[BundledSql]:
    try:
        documents: list[yaml.Node | None] = list(yaml.compose_all(text, Loader=_Loader))
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise InvalidInput(
            f"{bounded(path, 100)} is no YAML{where}: {bounded(str(getattr(error, 'problem', None) or error), 200)}",
            hint="Nothing was sent. Mend the file.",
        ) from error
    for document in documents:
        # Of a key that is there twice, readers take different ones: all are looked at.
        pairs = list(_pairs(document))
        if not any(name == _TYPE and "query" in _text(value).lower() for name, value in pairs):
            continue
        runs = any(name == _SCHEDULE for name, _ in pairs) and not any(
            name == _ENABLED and _text(value).lower() in ("false", "no", "off") for name, value in pairs
        )
        for name, value in pairs:
            if name in _SQL:
                yield BundledSql(bounded(path, 100), _text(value), runs)


def _pairs(node: yaml.Node | None, depth: int = 0) -> Iterator[tuple[str, yaml.Node]]:
    """Yield the pairs of a mapping, and of those that are merged into it."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _pairs(item, depth + 1)
    if not isinstance(node, yaml.MappingNode) or depth > _DEEPEST:
        return
    for key, value in node.value:
        yield _text(key), value
        if _text(key) == _MERGE:
            yield from _pairs(value, depth + 1)


def _text(node: yaml.Node) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""
