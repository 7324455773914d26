"""On what, and of what, the figures are: processor, system and versions, no names of hosts."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path

from benchmarks.contest import Contest
from panther_mcp.installation import package_version


def machine(contest: Contest, incumbent: str) -> dict[str, str]:
    """Return what is told beside the figures; `incumbent` is its name and version."""
    their_python = Path(contest.commands["theirs"][0]).with_name("python")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {cpu_count()} cores",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "ours": f"panther-mcp {package_version()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("fastmcp", "mcp", "pydantic", "httpx2")),
        "theirs": f"{incumbent}, {_output([str(their_python), '--version'])}, {_frameworks(their_python)}",
    }


def _frameworks(python: Path) -> str:
    code = "from importlib.metadata import version as v; print(*(f'{n} {v(n)}' for n in ('fastmcp', 'mcp')), sep=', ')"
    return _output([str(python), "-c", code])


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
