"""docs/security.md names what shows its claims: those tests exist, and are as many as it says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
SUITE = ROOT / "tests" / "security"
NAMED = sorted(set(re.findall(r"`((?:tests/|test_)[\w/*.]+)`", PAGE)))


def test_it_names_tests() -> None:
    assert len(NAMED) >= 10


@pytest.mark.parametrize("name", NAMED)
def test_what_it_names_is_there(name: str) -> None:
    found = list(ROOT.glob(name)) if "/" in name else list(SUITE.glob(name))
    assert found, f"{name} is not there: mend docs/security.md"


def test_every_module_of_the_suite_is_named() -> None:
    covered = {path for name in NAMED for path in (ROOT.glob(name) if "/" in name else SUITE.glob(name))}
    modules = set(SUITE.glob("test_*.py"))
    assert {path.name for path in modules - covered} == set(), "name what they show in docs/security.md"
