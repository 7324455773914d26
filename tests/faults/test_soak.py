"""A mixed load under random faults; see `soak`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from .figures import Figures
from .panther import FaultyPanther
from .soak import Soak


@pytest.mark.skipif(sys.platform == "win32", reason="the server is ended by SIGTERM")
async def test_nothing_is_lost_doubled_or_left_over(
    panther: FaultyPanther, scale: Any, state: Any, report: Callable[[str, Figures], None]
) -> None:
    soak = Soak(panther, state)
    await soak.run(scale.soak_seconds, most_growth_mib=scale.most_growth_mib)
    report(f"soak {scale.soak_seconds:g} s, {soak.growth_mib:+.0f} MiB", soak.figures)
    assert not soak.problems, "\n".join(soak.problems)
    assert soak.figures.calls > 0
    assert soak.writes["done"] > 0
