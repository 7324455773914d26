"""Thousands of calls with arguments that fit, nearly fit and do not fit; see `wild`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .figures import MUST_BE_ZERO, Figures
from .panther import FaultyPanther
from .process import environment, server_process
from .wild import Wild, calls

_AT_ONCE = 10


def test_no_input_is_too_much(
    panther: FaultyPanther, scale: Any, state: Any, report: Callable[[str, Figures], None]
) -> None:
    with asyncio.Runner() as runner:
        log = state / "stderr"
        process = server_process(environment(panther, state), log)
        wild = Wild(runner.run(process.__aenter__()))

        @settings(
            max_examples=scale.wild_calls // _AT_ONCE,
            derandomize=True,
            database=None,
            deadline=None,
            # To shrink a failure takes many times as long; what is told of it is enough to call it again.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(calls(), min_size=_AT_ONCE, max_size=_AT_ONCE))
        def send(batch: list[tuple[str, Any]]) -> None:
            assert runner.run(wild.send(batch)) == []

        try:
            send()
            assert runner.run(wild.still_answers())
            assert runner.run(wild.server.end()) == 0
        finally:
            runner.run(process.__aexit__(None, None, None))
            report("bad input", wild.figures)
        assert wild.figures.calls >= scale.wild_calls
        assert "Traceback" not in log.read_text()
        assert [getattr(wild.figures, name) for name in MUST_BE_ZERO] == [0] * len(MUST_BE_ZERO)
