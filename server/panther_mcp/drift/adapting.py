"""Between a tool's call and the API: what this instance does not know is left out and told, or fails clearly."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from panther_mcp.drift.memory import DriftMemory
from panther_mcp.errors import NotFound, UnsupportedByPanther

if TYPE_CHECKING:
    from panther_mcp.drift.mismatch import Unknown
    from panther_mcp.drift.pruning import Pruned
    from panther_mcp.drift.usage import OperationUsage
    from panther_mcp.http import GraphQLResponse, PantherHttp

# Nearly all servers name everything at once. Where one does not, what it has named is remembered for the next call.
_ATTEMPTS: Final = 4
_HINT: Final = (
    "Its API is older than the one that this panther-mcp was made for, or newer. `panther-mcp doctor` tells all."
)


class AdaptingHttp:
    """Sends requests as `PantherHttp` does, without what the instance does not know.

    `left_out` names what the answers of this call lack for it. A mutation is sent again only after it has failed in
    validation, which GraphQL does before it executes anything (specification, section 6.1), so that nothing happens
    twice; and only what it returns is left out, never what it is given. What a `reads` tool's mutation starts would be
    lost without what it returns, so that nothing is left out of that.
    """

    def __init__(self, http: "PantherHttp", memory: DriftMemory, *, reads: bool) -> None:
        self._http, self._memory, self._reads = http, memory, reads
        self.left_out: dict[str, None] = {}

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> "GraphQLResponse":
        """Send one GraphQL operation; see `PantherHttp.graphql`.

        Raises `UnsupportedByPanther`, among others: the instance lacks something that cannot be left out.
        """
        if reason := self._memory.unsupported(operation_name):
            raise _unsupported(reason)
        known = self._memory.unknown(operation_name)
        attempt = 1
        while True:
            document, sent = query, variables
            if known:
                smaller = self._pruned(query, operation_name, known)
                document = smaller.document
                sent = {name: value for name, value in variables.items() if name in smaller.variables}
            try:
                response = await self._http.graphql(document, operation_name=operation_name, variables=sent)
            except UnsupportedByPanther as error:
                if attempt == _ATTEMPTS:
                    raise
                known = self._more(query, operation_name, known, error)
                self._memory.lacks(operation_name, known)
                attempt += 1
            else:
                if known:
                    self.left_out.update(dict.fromkeys(known.names))
                return response

    async def rest(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        changes: bool | None = None,
    ) -> bytes | None:
        """Send one REST request; see `PantherHttp.rest`.

        Raises `UnsupportedByPanther`, among others: the instance has no such route. That is told apart from an id that
        does not exist by the status, by the text of the answer, or by there being no id in the path.
        """
        if self._memory.any_unsupported and (reason := self._memory.unsupported(_route(method, path)[0])):
            raise _unsupported(reason)
        try:
            return await self._http.rest(method, path, query=query, body=body, changes=changes)
        except (NotFound, UnsupportedByPanther) as error:
            operation, route = _route(method, path)
            if not route or (isinstance(error, NotFound) and _names_an_object(method, route, query)):
                raise
            reason = f"This Panther has no route {route}."
            self._memory.disable(operation, reason)
            raise _unsupported(reason) from error

    def _pruned(self, query: str, operation: str, unknown: "Unknown") -> "Pruned":
        from panther_mcp.drift.pruning import pruned

        lines = {line for line, coordinate in _usage(operation).fields if coordinate in unknown.fields}
        return pruned(query, lines=lines, types=unknown.types)

    def _more(self, query: str, operation: str, known: "Unknown | None", error: UnsupportedByPanther) -> "Unknown":
        """Return all that is known to be unknown after `error`. Raises where it cannot be left out."""
        from panther_mcp.drift.compare import is_steering
        from panther_mcp.drift.mismatch import unknown
        from panther_mcp.drift.usage import read_usage

        found = unknown(error.errors)
        if found is None or operation not in read_usage().graphql:
            raise error
        used = _usage(operation)
        if used.root in found.fields:
            reason = f"This Panther has no {used.root}."
            self._memory.disable(operation, reason)
            raise _unsupported(reason) from error
        everything = found | known if known else found
        needed = sorted(name for name in found.fields if is_steering(name))
        mutation = used.root.startswith("Mutation.")
        if mutation and self._reads:
            needed = found.names
        smaller = self._pruned(query, operation, everything)
        if mutation and smaller.emptied:
            needed = found.names
        if needed:
            raise _unsupported(f"This Panther does not know {', '.join(needed)}, without which this cannot be done.")
        if not smaller.changed or everything == known:
            raise error
        return everything


def _usage(operation: str) -> "OperationUsage":
    from panther_mcp.drift.usage import read_usage

    return read_usage().graphql[operation]


def _route(method: str, path: str) -> tuple[str, str]:
    """Return the REST operation that a request is, and its route; empty texts where no tool uses it."""
    from panther_mcp.drift.usage import read_usage

    given = path.split("/")
    best = ("", "")
    for operation, route in read_usage().rest.items():
        verb, _, pattern = route.partition(" ")
        wanted = pattern.split("/")
        fits = len(wanted) == len(given) and all(
            want == have or want.startswith("{") for want, have in zip(wanted, given, strict=True)
        )
        # A route without a parameter is the closer one: `/api-tokens/self`, not `/api-tokens/{id}`.
        if verb == method.upper() and fits and (not best[1] or "{" not in route):
            best = (operation, route)
    return best


def _names_an_object(method: str, route: str, query: Mapping[str, Any] | None) -> bool:
    """Tell whether a request names something by its id, so that a 404 may speak of that, not of the route."""
    given = (name for name, value in (query or {}).items() if value is not None)
    return method != "GET" or "{" in route or any(re.search(r"(^|[-_])ids?$", name) for name in given)


def _unsupported(reason: str) -> UnsupportedByPanther:
    return UnsupportedByPanther(reason, hint=_HINT)
