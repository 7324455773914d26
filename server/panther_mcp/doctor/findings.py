"""What a check finds: how it stands, what was seen, and what a person can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["ok", "warning", "failed", "skipped"]

# From good to bad; what was not looked at says nothing about how things stand.
_WORSE: Final[Sequence[Status]] = ("skipped", "ok", "warning", "failed")
_NOTHING: Final[Sequence[Status]] = ("ok",)


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one check. `found` is one line; `fixes` are what to do, one sentence or a few each."""

    status: Status
    found: str
    fixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The finding of the check `check`."""

    check: str
    finding: Finding


class Skipped(Exception):  # noqa: N818 - no error: it says why a check was not made
    """Ends a check that cannot be made, or that would say nothing new; the message is the reason.

    `because` is the check that found why. What builds upon the one that ends here cannot be made either, then.
    """

    def __init__(self, reason: str = "", *, because: str = "") -> None:
        super().__init__(reason or f"because of: {because}")
        self.because = because


def ok(found: str) -> Finding:
    """Return a finding with which all is well."""
    return Finding("ok", found)


def warning(found: str, *fixes: str) -> Finding:
    """Return a finding that does not keep the server from working."""
    return Finding("warning", found, fixes)


def failed(found: str, *fixes: str) -> Finding:
    """Return a finding that does."""
    return Finding("failed", found, tuple(fix for fix in fixes if fix))


def worst(statuses: Sequence[Status]) -> Status:
    """Return the worst of `statuses`; `ok` where there is none."""
    return max(statuses or _NOTHING, key=_WORSE.index)


def together(findings: Sequence[Finding], well: str) -> Finding:
    """Return several findings about one thing as one; `well` is what is found where there are none."""
    if not findings:
        return ok(well)
    fixes = dict.fromkeys(fix for finding in findings for fix in finding.fixes)
    status = worst([finding.status for finding in findings])
    return Finding(status, " ".join(_sentence(finding.found) for finding in findings), tuple(fixes))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
