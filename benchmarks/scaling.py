"""How generating and starting grow with the API: up to 900 types and 500 tools."""

import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from shutil import copytree

import panther_overrides
from benchmarks.contest import Contest
from benchmarks.figures import Figure, Part
from benchmarks.synthetic import TOOLS, TYPES, overrides, project
from panther_codegen.generate import Generated, generate
from panther_mcp.installation import package_version

_SUBJECTS = (25, 50, 100)


def scale(contest: Contest, rounds: int) -> Part:
    """Measure ourselves alone: seconds to generate, and to start with what was generated."""
    figures: list[Figure] = []
    samples: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for subjects in _SUBJECTS:
            root = Path(folder, str(subjects))
            made = project(root, subjects)
            took: list[float] = []
            for _ in range(min(rounds, 2)):
                begun = time.process_time(), time.perf_counter()
                generated = generate(made, overrides)
                took.append(time.perf_counter() - begun[1])
            name = f"generate {TYPES * subjects} types, {TOOLS * subjects} tools"
            samples[name] = {"ours": took}
            seconds = min(took)
            figures.append(Figure(name, "s", seconds, None))
            figures.append(Figure(f"{name}: a tool", "ms", seconds * 1000 / (TOOLS * subjects), None))
        started = _started(contest, root, generated, rounds)
    figures += [
        Figure(f"{name}, {TOOLS * subjects} tools", "ms", statistics.median(v), None) for name, v in started.items()
    ]
    return Part("Growth", figures, samples)


def _started(contest: Contest, root: Path, generated: Generated, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds from launch to the answers of a server that has the generated tools."""
    for path, text in generated.files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    catalog = json.loads((root / "generated/panther_tools/catalog.json").read_text())
    package = root / "overrides" / "panther_overrides"
    copytree(Path(panther_overrides.__file__).parent, package)
    for toolset, entries in overrides(catalog).items():
        text = "from panther_overrides.model import ToolOverride\n\nTOOLS = {\n"
        text += "".join(
            f"    {name!r}: ToolOverride(description={one.description!r}, params={dict(one.params)!r}),\n"
            for name, one in entries.items()
        )
        (package / f"{toolset}.py").write_text(f"{text}}}\n")
    paths = (str(root / "generated"), str(root / "overrides"), os.environ.get("PYTHONPATH", ""))
    environment = {"PYTHONPATH": os.pathsep.join(paths), "PANTHER_MCP_TOOLSETS": "all"}
    took: dict[str, list[float]] = {"launch to `initialize`": [], "launch to the first `tools/list`": []}
    for number in range(rounds + 1):
        begun = time.perf_counter()
        server = contest.start("ours", **environment, PANTHER_MCP_PERMISSION_GATING="off")
        server.initialize()
        initialized = time.perf_counter()
        tools = server.tools()
        listed = time.perf_counter()
        server.close()
        assert len(tools) == len(catalog["tools"]), f"panther-mcp {package_version()} lists {len(tools)} tools"
        if number:
            took["launch to `initialize`"].append((initialized - begun) * 1000)
            took["launch to the first `tools/list`"].append((listed - begun) * 1000)
    return took
