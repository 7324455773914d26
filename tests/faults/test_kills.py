"""kill -9 in the midst of writes; see `kills`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .figures import Figures
from .kills import Kills
from .panther import FaultyPanther


async def test_the_audit_log_agrees_with_what_was_changed(
    panther: FaultyPanther, scale: Any, state: Any, report: Callable[[str, Figures], None]
) -> None:
    kills = Kills(panther, state)
    await kills.run(scale.kills)
    report(f"kill -9 x {scale.kills}", kills.figures)
    assert not kills.problems, "\n".join(kills.problems)
    assert kills.seen
