"""The ASGI middleware around the whole sandbox: it makes the faults happen that are asked for, else it does nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from panther_sandbox.control import CONTROL_PREFIX
from panther_sandbox.faults import connection
from panther_sandbox.faults.alterations import alter
from panther_sandbox.faults.control import CONTROL_PATH, FaultControl
from panther_sandbox.faults.exchange import (
    Response,
    answered,
    client_leaves,
    deliver,
    json_response,
    read_body,
    replayed,
    response_instead,
)
from panther_sandbox.faults.kinds import BODY_FAULTS, LACKS, RUN_FAULTS
from panther_sandbox.faults.kinds import Scope as KindScope
from panther_sandbox.faults.older import older_answer
from panther_sandbox.faults.registry import FaultRegistry, Rule
from panther_sandbox.faults.reshaping import reshape
from panther_sandbox.faults.runs import Runs
from panther_sandbox.faults.spec import Fault, FaultSpecError
from panther_sandbox.faults.target import GRAPHQL_PATH, Target, target_of
from panther_sandbox.sandbox import Sandbox

FAULT_HEADER = "x-sandbox-fault"
_OK = 200


class FaultMiddleware:
    """Serves an application with faults."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, faults: Iterable[Fault] = ()) -> None:
        """Wrap an application; `faults` are asked for until the control route asks for others."""
        self._app = app
        self._registry = FaultRegistry(faults)
        self._control = FaultControl(sandbox, self._registry)
        self._runs = Runs()
        self._under_way: dict[int, Scope] = {}
        self._ending = False

    def hang_up(self) -> None:
        """Drop the clients that a fault keeps waiting, and let no more wait, so that the server can end."""
        self._ending = True
        for scope in self._under_way.values():
            connection.reset(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _path(scope)
        if path == CONTROL_PATH:
            await self._control(scope, receive, send)
            return
        if path.startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        asked_for = _header(scope)
        if asked_for is None and not self._registry.rules and not (self._runs and path == GRAPHQL_PATH):
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            return
        try:
            extra = self._registry.of_header(asked_for) if asked_for is not None else ()
        except FaultSpecError as error:
            refusal = json_response(error.status, {"message": f"{FAULT_HEADER}: {error}"})
            await deliver(refusal, {}, scope, receive, send)
            return
        target = target_of(scope["method"], path, body)
        rules = self._registry.take(target, extra) if not self._ending else []
        if rules or (self._runs and target.asked):
            self._under_way[id(scope)] = scope
            try:
                await self._serve(target, rules, body, scope, receive, send)
            finally:
                del self._under_way[id(scope)]
        else:
            await self._app(scope, replayed(body, receive), send)

    async def _serve(
        self, target: Target, rules: list[Rule], body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve a request that was read, with the faults that befall it."""
        by_group = {rule.fault.definition.group: rule for rule in rules}
        latency, instead = by_group.get("latency"), by_group.get("instead")
        if latency and await client_leaves(receive, latency.latency_seconds()):
            return
        if instead and instead.fault.option_text("when") == "before":
            response = response_instead(instead.fault)
        elif older := _older(rules, target):
            rules, response = older
        else:
            response = await answered(self._app, scope, replayed(body, receive))
            rules = self._altered(response, target, rules)
            if instead:
                response = response_instead(instead.fault)
        if instead and instead.fault.kind == "reset":
            connection.reset(scope)
            await client_leaves(receive)
            return
        if not response.body:
            rules = _kept(rules, [rule for rule in rules if rule.fault.kind not in BODY_FAULTS])
        if rules:
            # So that nobody takes for a defect what was asked for.
            response.set_header(FAULT_HEADER, ", ".join(rule.fault.spec for rule in rules))
        await deliver(response, {rule.fault.kind: rule.fault for rule in rules}, scope, receive, send)

    def _altered(self, response: Response, target: Target, rules: list[Rule]) -> list[Rule]:
        """Change an answer; return the rules without those that found nothing to change."""
        changing = [rule for rule in rules if rule.fault.definition.scope is not KindScope.ANY]
        others = [rule for rule in rules if rule not in changing]
        if not changing and not self._runs:
            return rules
        if target.path != GRAPHQL_PATH:
            return _kept(rules, [*others, *_reshaped(response, changing)])
        if target.asked is None or response.status != _OK:
            return _kept(rules, others)
        answer = cast("dict[str, Any]", json.loads(response.body))
        used = self._runs.follow([rule for rule in changing if rule.fault.kind in RUN_FAULTS], target.asked, answer)
        for rule in changing:
            if rule.fault.kind not in (*RUN_FAULTS, LACKS) and alter(rule.fault, target.asked, answer):
                used.append(rule)
        response.body = json.dumps(answer).encode()
        return _kept(rules, [*others, *used])


def _older(rules: list[Rule], target: Target) -> tuple[list[Rule], Response] | None:
    """Return what a Panther that lacks something answers, with the rules that made it so; None where it serves."""
    lacking = {rule.fault.text: rule for rule in rules if rule.fault.kind == LACKS}
    body = older_answer(target.asked, frozenset(lacking)) if lacking and target.asked else None
    if body is None:
        return None
    status = max(rule.fault.option_number("as") or _OK for rule in lacking.values()) if body["data"] is None else _OK
    others = [rule for rule in rules if rule.fault.definition.scope is KindScope.ANY]
    return _kept(rules, [*others, *lacking.values()]), json_response(status, body)


def _reshaped(response: Response, rules: list[Rule]) -> list[Rule]:
    """Change a REST answer; return the rules that found something to change."""
    if response.status != _OK or not response.body:
        return []
    body: Any = json.loads(response.body)
    used = [rule for rule in rules if reshape(rule.fault, body)]
    response.body = json.dumps(body).encode()
    return used


def _kept(rules: list[Rule], used: list[Rule]) -> list[Rule]:
    """Return the rules that were used, in their order; give the others back."""
    for rule in rules:
        if rule not in used:
            rule.give_back()
    return [rule for rule in rules if rule in used]


def _path(scope: Scope) -> str:
    """Return the path as it was sent, still quoted."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1")


def _header(scope: Scope) -> str | None:
    """Return the faults that a request asks for by header; several headers are one list."""
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == FAULT_HEADER.encode()]
    return ",".join(given) if given else None
