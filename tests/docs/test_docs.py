"""The docs hold: links lead somewhere, every variable and tool is described, nothing names this machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r'"((?:PANTHER|MCP|LOG)_[A-Z_]+)"')


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken: list[str] = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(target)
    assert broken == []


def test_every_variable_of_the_settings_is_documented() -> None:
    source = (ROOT / "server/panther_mcp/settings.py").read_text(encoding="utf-8")
    documented = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    variables = set(VARIABLE.findall(source))
    assert len(variables) >= 13
    assert {name for name in variables if f"`{name}`" not in documented} == set()


def test_hand_written_files_are_short_and_say_what_they_are() -> None:
    """Where one of these fails: split the file by concept, or begin it with a docstring."""
    roots = ("codegen", "overrides", "sandbox", "server", "benchmarks", "scripts")
    files = [path for root in roots for path in (ROOT / root).rglob("*.py")]
    assert len(files) > 50
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 320
    }
    silent = [
        str(path.relative_to(ROOT)) for path in files if not path.read_text(encoding="utf-8").startswith(('"""', "#!"))
    ]
    assert too_long == {}
    assert silent == []
