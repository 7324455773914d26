"""Every tool under every fault; see `matrix`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .cases import FAULTS
from .figures import MUST_BE_ZERO, Figures
from .matrix import Matrix, some_trials, some_trials_on_the_write
from .panther import FaultyPanther
from .tools import TOOLS, WRITES

# Parts that several workers can share.
_PARTS = 12
_NAMES = sorted(TOOLS)


@pytest.mark.parametrize("part", range(_PARTS))
async def test_every_tool_under_faults(
    part: int, panther: FaultyPanther, scale: Any, state: Any, report: Callable[[str, Figures], None]
) -> None:
    tools = _NAMES[part::_PARTS]
    matrix = Matrix.of(panther, audit_log="off", secrets_dir=state)
    if scale.trials is None:
        await matrix.run(await matrix.every_trial(tools))
        for tool in sorted(WRITES.intersection(tools)):
            await matrix.run(await matrix.on_the_write(tool, FAULTS))
    else:
        await matrix.run([*some_trials(tools, scale.trials)])
        for tool in sorted(WRITES.intersection(tools)):
            await matrix.run(await some_trials_on_the_write(matrix, tool, scale.trials))
    report("tools x faults", matrix.figures)
    assert not matrix.problems, "\n".join(matrix.problems)
    assert [getattr(matrix.figures, name) for name in MUST_BE_ZERO] == [0] * len(MUST_BE_ZERO)


def test_the_small_scale_has_every_fault_and_every_tool() -> None:
    trials = list(some_trials(_NAMES, 2))
    assert {trial.tool for trial in trials} == set(TOOLS)
    assert {trial.fault for trial in trials} == {fault for fault in FAULTS if not fault.slow}
