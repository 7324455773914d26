"""The checks of this machine: the audit log, the folder for secrets, the installation and its optional extras."""

import asyncio
import os
import platform
import stat
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from panther_mcp.audit.setup import audit_path
from panther_mcp.audit.verify import BrokenLog, verify
from panther_mcp.doctor.case import Case, in_thread
from panther_mcp.doctor.findings import Finding, failed, ok, together, warning
from panther_mcp.installation import package_version
from panther_mcp.secret_files import default_folder

_VERIFYING_SECONDS: Final = 3.0
_DISTRIBUTION: Final = "panther-mcp"
_EXTRAS: Final = {"sandbox": "an embedded Panther", "otel": "traces and metrics over OTLP"}
_NO_CHANGES: Final = "Until then, every change is refused."


async def audit_log(case: Case) -> Finding:
    """Find whether the audit log can be written, and whether nobody has altered it."""
    path = audit_path(case.sound, case.environment)
    if path is None:
        return warning("off: nobody will know what was changed", "Take out PANTHER_MCP_AUDIT_LOG=off.")
    if problem := _unwritable(path):
        fix = f"Give yourself the rights, or set PANTHER_MCP_AUDIT_LOG to a file that can be written. {_NO_CHANGES}"
        return failed(f"{path} cannot be written: {problem}", fix)
    if not path.exists():
        return ok(f"{path}, once something is changed")
    try:
        async with asyncio.timeout(_VERIFYING_SECONDS):
            found = await in_thread(lambda: verify(path))
    except TimeoutError:
        return warning(f"{path} is too long to verify here", "`panther-mcp audit verify` takes its time.")
    except BrokenLog as broken:
        return failed(
            f"has been altered. {broken}", "Keep the files, find out who wrote them, and begin a new log elsewhere."
        )
    except OSError as error:
        return failed(f"{path} cannot be read: {error.strerror or error}", "Give yourself the rights.")
    return ok(f"{path} verifies: {found.lines} line{'s' * (found.lines != 1)}")


async def secrets_folder(case: Case) -> Finding:
    """Find whether new secrets could be kept where nobody else reads them."""
    folder = case.sound.secrets_dir or default_folder(case.environment)
    set_it = "Set PANTHER_MCP_SECRETS_DIR to a folder that only you can read."
    if folder is None:
        return warning("there is no folder for new secrets; tools that make any refuse", set_it)
    if problem := _unwritable(folder / "new"):
        return warning(f"{folder} cannot be written: {problem}; tools that make secrets refuse", set_it)
    if os.name != "nt" and folder.exists():
        found = folder.stat()
        if stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.geteuid():
            return warning(f"{folder} is open to others; tools that make secrets refuse", f"chmod 700 {folder}")
    return ok(f"{folder}{'' if folder.exists() else ', once there is one'}")


async def installation(case: Case) -> Finding:
    """Find whether the packages are of versions that this server was made for."""
    findings: list[Finding] = []
    for requirement in _required():
        try:
            present = version(requirement.name)
        except PackageNotFoundError:
            findings.append(failed(f"{requirement.name} is missing", f"pip install '{requirement}'"))
            continue
        if not requirement.specifier.contains(present, prereleases=True):
            findings.append(
                warning(f"{requirement.name} {present} is not {requirement.specifier}", f"pip install '{requirement}'")
            )
    python = f"Python {platform.python_version()} on {sys.platform}"
    return together(findings, f"panther-mcp {package_version()}, fastmcp {version('fastmcp')}, {python}")


async def extras(case: Case) -> Finding:
    """Find which of the optional parts are installed; a setting may need one."""
    there = {extra: all(_installed(one) for one in _required(extra)) for extra in _EXTRAS}
    told = "; ".join(
        f"{extra} ({what}) is {'' if there[extra] else 'not '}installed" for extra, what in _EXTRAS.items()
    )
    if case.environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") and not there["otel"]:
        return warning(
            f"{told}, but OTEL_EXPORTER_OTLP_ENDPOINT is set", "pip install 'panther-mcp[otel]', or take it out."
        )
    return ok(told)


def _required(extra: str = "") -> list[Requirement]:
    """Return what the installed distribution requires, for `extra` or always; nothing for bare files."""
    try:
        texts = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        return []
    found: list[Requirement] = []
    for text in texts:
        try:
            one = Requirement(text)
        except InvalidRequirement:
            continue  # of a form that only a newer installer reads
        always, wanted = (not one.marker or one.marker.evaluate({"extra": name}) for name in ("", extra))
        if wanted and bool(always) is not bool(extra):
            found.append(Requirement(f"{one.name}{one.specifier}"))
    return found


def _installed(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False


def _unwritable(path: Path) -> str:
    """Return why a file cannot be written, or its folder made; empty where it can be. Nothing is written."""
    if path.exists():
        if not path.is_file():
            return "it is no plain file"
        return "" if os.access(path, os.W_OK) else "permission denied"
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is no folder"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"permission denied for {folder}"
