"""The walk over all queries of a statement, inside out: what each reads, and which log tables stay unbounded."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from sqlglot import exp

from panther_mcp.sql_guard.bounds import bounded_below
from panther_mcp.sql_guard.macros import Macro
from panther_mcp.sql_guard.outputs import constants, cut, opaque, outputs, renamed, times_of, united, unmet, values
from panther_mcp.sql_guard.scopes import TIMES, Bound, LakeTable, Need, Result, Scope, Source, folded, own_nodes

_Where = tuple[str, ...]
# Names of WITH clauses in sight. None stands for one that is being defined: rows that were made before.
_Known = Mapping[str, Result | None]
_FLATTENED = ("SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS")


@dataclass(frozen=True, slots=True)
class _Condition:
    """The condition of a join, and the sources whose rows it can leave out."""

    on: exp.Expr
    of: frozenset[Source]


@dataclass(frozen=True, slots=True)
class _Clause:
    """The FROM clause of one SELECT while it is read: `taken` are the queries in it, by id."""

    scope: Scope
    known: _Known
    where: _Where
    conditions: list[_Condition] = field(default_factory=list[_Condition])
    taken: set[int] = field(default_factory=set[int])


class Walk:
    """Walks a statement; afterwards `scopes` has every SELECT, `tables` every table, `needs` the unbounded ones."""

    def __init__(self, statement: exp.Expr, default: tuple[str, str], macros: Mapping[str, Macro]) -> None:
        self.scopes: list[Scope] = []
        self.tables: dict[int, LakeTable] = {}
        self._default = default
        self._macros = macros
        self._unread: list[Need] = []
        self._seen: set[int] = set()
        found = self._query(statement, {}, (), None)
        self._unread += [
            Need(node, self._note(node), ("in an unusual place",))
            for node in statement.find_all(exp.Table)
            if id(node) not in self._seen and isinstance(node.this, exp.Identifier)
        ]
        self.needs = tuple({id(need.node): need for need in (*found.needs, *self._unread) if need.table.grows}.values())

    def _query(self, node: exp.Expr, known: _Known, where: _Where, parent: Scope | None) -> Result:
        if isinstance(node, exp.Values):
            return values(node)
        known = self._with(node, known, where, parent)
        if isinstance(node, exp.Subquery):
            found = self._query(node.this, known, where, parent)
            return opaque(found) if cut(node) else found
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, known, where, parent)
        if isinstance(node, exp.Select):
            return self._select(node, known, where, parent)
        # Tables in parentheses where a query is expected are found by the look at all tables.
        return Result()

    def _with(self, node: exp.Expr, known: _Known, where: _Where, parent: Scope | None) -> _Known:
        clause = node.args.get("with_")
        if not isinstance(clause, exp.With):
            return known
        names = dict(known)
        references = {folded(table.this) for table in node.find_all(exp.Table) if not table.db and not table.catalog}
        for common in cast("list[exp.CTE]", clause.expressions):
            alias = cast("exp.TableAlias", common.args["alias"])
            name = folded(alias.this)
            inside = (*where, f"in the WITH clause {alias.name}")
            found = self._common(common.this, name, names, inside, parent)
            names[name] = renamed(found, alias)
            if name not in references:
                # Nobody reads it, so nobody can bound it either.
                self._unread += found.needs
        return names

    def _common(self, body: exp.Expr, name: str, known: _Known, where: _Where, parent: Scope | None) -> Result:
        """Return what the body of a WITH clause gives; after its first branch, its own name means its rows."""
        if isinstance(body, exp.Union) and not body.args.get("with_"):
            found = self._set_operation(body, known, where, parent, {**known, name: None})
            # No filter around a recursion reaches what it starts from.
            again = any(folded(table.this) == name and not table.db for table in body.find_all(exp.Table))
            return opaque(found) if again else found
        return self._query(body, known, where, parent)

    def _set_operation(
        self, node: exp.SetOperation, known: _Known, where: _Where, parent: Scope | None, later: _Known | None = None
    ) -> Result:
        """Return what all branches give; from the second on, `later` are the names in sight."""
        kind = type(node).__name__.lower()
        branches: list[exp.SetOperation] = [node]
        # A long chain leans to the left.
        while type(branches[-1].this) is type(node) and not branches[-1].this.args.get("with_"):
            branches.append(branches[-1].this)
        branches.reverse()
        found = self._query(branches[0].this, known, (*where, f"branch 1 of the {kind}"), parent)
        for number, branch in enumerate(branches, start=2):
            place = (*where, f"branch {number} of the {kind}")
            found = united(branch, found, self._query(branch.expression, later or known, place, parent))
        return found

    def _select(self, select: exp.Select, known: _Known, where: _Where, parent: Scope | None) -> Result:
        results: dict[int, Result] = {}
        scope = Scope(select, parent, results=results)
        self.scopes.append(scope)
        clause = _Clause(scope, known, where)
        start = select.args.get("from_")
        rows = [start.this] if isinstance(start, exp.From) else []
        joins = cast("list[exp.Join]", select.args.get("joins") or [])
        self._chain([*rows, *(select.args.get("laterals") or [])], joins, clause)
        needs: list[Need] = []
        for node in own_nodes(select):
            if isinstance(node, exp.Query) and id(node) not in clause.taken and id(node) not in results:
                found = self._query(node, known, (*where, "in a subquery"), scope)
                results[id(node)] = found
                needs += opaque(found).needs
        scope.opaque = any(select.args.get(name) for name in ("connect", "match"))
        bounds = frozenset[Bound]() if scope.opaque else self._bounds(clause)
        for source in scope.sources:
            needs += unmet(source, bounds, scope)
        once = {(id(need.node), need.passed): need for need in needs}
        return Result(tuple(once.values()), outputs(scope), constants(scope))

    def _bounds(self, clause: _Clause) -> frozenset[Bound]:
        found = frozenset[Bound]()
        if isinstance(where := clause.scope.select.args.get("where"), exp.Where):
            found |= bounded_below(where.this, clause.scope, self._macros)
        for condition in clause.conditions:
            bounds = bounded_below(condition.on, clause.scope, self._macros)
            found |= {bound for bound in bounds if bound[0] in condition.of}
        return found

    def _chain(self, rows: list[exp.Expr], joins: list[exp.Join], clause: _Clause) -> frozenset[Source]:
        """Add what is read by `rows`, and what is joined to them, to the scope; return these sources."""
        return self._joined(frozenset[Source]().union(*(self._rows(one, clause) for one in rows)), joins, clause)

    def _joined(self, before: frozenset[Source], joins: list[exp.Join], clause: _Clause) -> frozenset[Source]:
        for join in joins:
            joined = self._rows(join.this, clause)
            on = join.args.get("on")
            if isinstance(on, exp.Expr) and not join.method:
                of = {"LEFT": joined, "RIGHT": before, "FULL": frozenset[Source]()}.get(join.side, before | joined)
                clause.conditions.append(_Condition(on, joined if join.kind in ("SEMI", "ANTI") else of))
            before |= joined
        return before

    def _rows(self, node: exp.Expr, clause: _Clause) -> frozenset[Source]:
        scope, where = clause.scope, clause.where
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            return _called(node, self._rows(node.this, clause))
        if isinstance(node, exp.Table):
            # Within a parenthesis, what is joined to the first table hangs on it.
            inner_joins = cast("list[exp.Join]", node.args.get("joins") or [])
            return self._joined(self._table(node, clause), inner_joins, clause)
        inner = node.this if isinstance(node, exp.Lateral) else node
        alias = node.args.get("alias")
        called = alias.this if isinstance(alias, exp.TableAlias) else None
        name = folded(called) if isinstance(called, exp.Identifier) else ""
        result = Result()
        if isinstance(inner, exp.Query | exp.Values):
            clause.taken.add(id(inner))
            label = f"in the subquery {called.name}" if isinstance(called, exp.Identifier) else "in a subquery"
            result = renamed(self._query(inner, clause.known, (*where, label), scope), alias)
        elif isinstance(node.this, exp.Explode):
            result = Result(outputs=_FLATTENED)
        if node.args.get("pivots"):
            result = replace(opaque(result), outputs=None, constants=None)
        return _added(scope, Source(name, result=result, times=times_of(result)))

    def _table(self, node: exp.Table, clause: _Clause) -> frozenset[Source]:
        scope, known, where = clause.scope, clause.known, clause.where
        alias = node.args.get("alias")
        self._seen.add(id(node))
        columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
        changed = bool(columns or node.args.get("pivots"))
        if not isinstance(node.this, exp.Identifier):
            return _added(scope, Source(node.alias.upper()))
        name = folded(node.this)
        called = folded(alias.this) if isinstance(alias, exp.TableAlias) and alias.this else ""
        if not node.args.get("db") and not node.args.get("catalog") and name in known:
            result = known[name] or Result()
            result = replace(opaque(result), outputs=None, constants=None) if changed else result
            return _added(scope, Source(called or name, result=result, times=times_of(result)))
        table = self._note(node)
        times = TIMES if table.grows and not changed else frozenset[str]()
        full_name = () if called else (table.database, table.schema, table.name)
        result = Result((Need(node, table, where),) if table.grows else ())
        return _added(scope, Source(called or name, full_name, table, node, result, times, renamed=changed))

    def _note(self, node: exp.Table) -> LakeTable:
        """Return which table of the lake a name means, and keep it among `tables`."""
        database, schema = self._default
        db, catalog = node.args.get("db"), node.args.get("catalog")
        # database..table means the schema PUBLIC.
        schema = folded(db) if isinstance(db, exp.Identifier) else "PUBLIC" if catalog else schema
        database = folded(catalog) if isinstance(catalog, exp.Identifier) else database
        table = self.tables[id(node)] = LakeTable(database, schema, folded(node.this))
        return table


def _called(node: exp.Subquery, sources: frozenset[Source]) -> frozenset[Source]:
    """Return the sources in a parenthesis; one table gets the parenthesis' alias, of several nothing is known."""
    if node.alias or node.args.get("pivots"):
        for source in sources:
            source.name = folded(node.args["alias"].this) if len(sources) == 1 and node.alias else ""
            source.full_name = ()
            if len(sources) > 1 or node.args.get("pivots") or node.args["alias"].args.get("columns"):
                source.times, source.renamed = frozenset(), True
    return sources


def _added(scope: Scope, source: Source) -> frozenset[Source]:
    scope.sources.append(source)
    return frozenset((source,))
