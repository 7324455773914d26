"""The findings as a person reads them, and as a program does. Nothing secret leaves here."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from panther_mcp.doctor.findings import Found, Status, worst
from panther_mcp.installation import package_version
from panther_mcp.untrusted.protection import Protection

_MARKS: Final[dict[Status, str]] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}
_STATUSES: Final[Sequence[Status]] = ("ok", "warning", "failed", "skipped")
# The form of the JSON document; a member that is taken away or means something else makes it another one.
_FORM: Final = 1


def lines(found: Sequence[Found], protection: Protection, *, marks: bool) -> Iterator[str]:
    """Yield the report: a line a check, then what to do, then the sum. `marks` in the place of words."""
    words = {status: _MARKS[status] if marks else status for status in _STATUSES}
    width = max(map(len, words.values()))
    names = max(len(one.check) for one in found)
    for one in found:
        finding = one.finding
        yield f"{words[finding.status]:<{width}}  {one.check:<{names}}  {protection.text(finding.found)}"
    fixes = [(one.check, fix) for status in ("failed", "warning") for one in found for fix in _fixes(one, status)]
    if fixes:
        yield ""
        yield "What to do:"
        yield from (f"  {check}: {protection.text(fix)}" for check, fix in fixes)
    yield ""
    yield ", ".join(f"{count} {status}" for status, count in _counts(found).items() if count)


def document(found: Sequence[Found], protection: Protection) -> dict[str, Any]:
    """Return the report as a JSON object; docs/troubleshooting.md describes it."""
    return {
        "form": _FORM,
        "panther_mcp": package_version(),
        "status": worst([one.finding.status for one in found]),
        "counts": _counts(found),
        "checks": [
            {
                "name": one.check,
                "status": one.finding.status,
                "found": protection.text(one.finding.found),
                "fixes": [protection.text(fix) for fix in one.finding.fixes],
            }
            for one in found
        ],
    }


def _fixes(one: Found, status: str) -> Sequence[str]:
    return one.finding.fixes if one.finding.status == status else ()


def _counts(found: Sequence[Found]) -> dict[Status, int]:
    return {status: sum(one.finding.status == status for one in found) for status in _STATUSES}
