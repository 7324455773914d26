"""Development tasks, one purpose each. `nox -l` lists them; `make test` runs those that CI runs.

Sessions use the environment that nox itself runs in (`make` prepares it), except for `tests`, which install
the built wheel into an environment of their own. `clients` gives each foreign client one as well.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "generate", "docs", "package", "clients", "tests"]

LOCK = "requirements-dev.lock"
ROOTS = ("codegen", "overrides", "sandbox", "server")
WRITTEN = (*ROOTS, "tests", "benchmarks", "scripts", "noxfile.py")
PYTHONS = ("3.11", "3.12", "3.13")
PANTHER_ANALYSIS_TOOL = "panther-analysis-tool==1.11.1"
MCP_PANTHER = "mcp-panther==2.4.0"
MCP_PANTHER_PYTHON = (3, 12)
# Twice as many as processors: a test that waits for a process or a limit leaves the processor to others.
WORKERS = str(2 * (os.cpu_count() or 1))
BENCHMARK_NEEDS = ("bpe-openai==0.1.4", "matplotlib>=3.10,<4", "tiktoken==0.14.0")
MCP_PANTHER_NEEDS = f"{MCP_PANTHER} needs Python 3.12 or newer; none is on the PATH or in pyenv"


def run(session: nox.Session, *words: str, env: dict[str, str] | None = None) -> None:
    """Run a program of nox's own environment, whatever the PATH holds."""
    session.run(sys.executable, "-m", *words, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, style and the direction of imports; with `-- --fix`, mend what can be mended."""
    fix = "--fix" in session.posargs
    run(session, "ruff", "format", *(() if fix else ("--check",)), *WRITTEN)
    run(session, "ruff", "check", *(("--fix",) if fix else ()), *WRITTEN)
    session.run(str(Path(sys.executable).with_name("lint-imports")), "--no-logo", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, both strict."""
    packages = [str(path) for root in (*ROOTS, "generated") for path in sorted(Path(root).glob("panther_*"))]
    run(session, "mypy", *packages, "noxfile.py")
    run(session, "pyright", "--pythonpath", sys.executable)


@nox.session
def generate(session: nox.Session) -> None:
    """Render schema/ into generated/ and docs/; with `-- --check`, fail when they are out of date."""
    run(session, "panther_codegen", "generate", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Check the parts of the docs that are generated; with `-- --update`, write them anew."""
    how = ("-r",) if "--update" in session.posargs else ("--check", "--diff")
    pages = ["README.md", "CONTRIBUTING.md", *sorted(str(path) for path in Path("docs").glob("*.md"))]
    run(session, "cogapp", *how, "-I", "scripts", *pages)
    run(session, "pytest", "-q", "tests/docs")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on the built wheel, with every Python of 3.11, 3.12 and 3.13 that is there."""
    wheel = built_wheel(session)
    for name, interpreter in interpreters().items():
        session.log(f"tests with Python {name}")
        python = environment(session, interpreter, f"wheel-{name}")
        install(session, python, "--require-hashes", "-r", LOCK)
        install(session, python, "--no-deps", "--force-reinstall", wheel)
        session.run(python, "-m", "pytest", "-n", WORKERS, "--dist", "worksteal", *session.posargs, external=True)


@nox.session
def package(session: nox.Session) -> None:
    """Check the wheel: what it installs, and that it works where nothing but its own requirements are."""
    wheel = built_wheel(session)
    shutil.rmtree(Path(".nox", "clean"), ignore_errors=True)
    python = environment(session, sys.executable, "clean")
    install(session, python, wheel)
    where = {"PANTHER_MCP_TEST_WHEEL": wheel, "PANTHER_MCP_TEST_PYTHON": python}
    run(session, "pytest", "-q", "tests/packaging", env=where)


@nox.session
def clients(session: nox.Session) -> None:
    """Drive the sandbox with panther-analysis-tool, mcp-panther (needs Python 3.12 or newer) and our own server."""
    python = environment(session, sys.executable, "panther-analysis-tool")
    install(session, python, PANTHER_ANALYSIS_TOOL)
    where = {"PANTHER_MCP_TEST_PANTHER_ANALYSIS_TOOL": str(Path(python).with_name("panther_analysis_tool"))}
    command = incumbent(session)
    if command:
        where["PANTHER_MCP_TEST_MCP_PANTHER"] = command
    # Each client has a process and a sandbox of its own.
    run(session, "pytest", "-q", "-n", "2", "--dist", "loadfile", "tests/clients", *session.posargs, env=where)
    if not command:
        session.warn(f"NOT TESTED: {MCP_PANTHER_NEEDS}")


@nox.session
def scale(session: nox.Session) -> None:
    """Run the tests of the sandbox's lake on a million rows; with `-- N`, on so many."""
    rows = session.posargs[0] if session.posargs else "1000000"
    run(session, "pytest", "-q", "tests/sandbox/lake", env={"PANTHER_SANDBOX_TEST_SCALE": rows})


@nox.session
def faults(session: nox.Session) -> None:
    """Run the fault suite at full scale and print its figures; `-- --seconds N` soaks for so long instead of 60 s."""
    # Most faults are waited for, so that many can be at the same time.
    run(session, "pytest", "-q", "-n", "6", "tests/faults", "--fault-scale", "full", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against mcp-panther 2.4.0, in turn, on the same sandbox; needs Python 3.12 or newer.

    `-- --parts start,calls --rounds 5` measures parts of it; the whole is written into docs/benchmarks/.
    """
    command = incumbent(session)
    if not command:
        session.error(MCP_PANTHER_NEEDS)
    # What is measured is the installed wheel, on the same Python as the incumbent; counting and plotting need what
    # nothing else does.
    python = environment(session, str(Path(command).with_name("python")), "bench")
    install(session, python, "--require-hashes", "-r", LOCK)
    install(session, python, "--no-deps", "--force-reinstall", built_wheel(session))
    install(session, python, *BENCHMARK_NEEDS)
    where = {"PYTHONPATH": os.pathsep.join((str(Path.cwd()), "codegen"))}
    session.run(python, "-m", "benchmarks", str(command), MCP_PANTHER, *session.posargs, env=where, external=True)


@nox.session
def lock(session: nox.Session) -> None:
    """Resolve the development environment anew: versions and hashes, for every platform and Python."""
    run(session, "pip", "install", "--quiet", "uv")
    session.run(
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml"),
        *("--extra", "sandbox", "--extra", "otel", "--group", "dev"),
        *("--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade", "--quiet"),
        *("--no-emit-index-url", "--no-annotate", "--no-header", "--output-file", LOCK),
    )


def built_wheel(session: nox.Session) -> str:
    """Build the wheel and return its path."""
    dist = Path("dist").absolute()
    shutil.rmtree(dist, ignore_errors=True)
    run(session, "build", "--wheel", "--no-isolation", "--outdir", str(dist))
    (wheel,) = dist.glob("*.whl")
    return str(wheel)


def environment(session: nox.Session, interpreter: str, name: str) -> str:
    """Make the environment `.nox/NAME`, if it is not there, and return its Python."""
    folder = Path(".nox", name).absolute()
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        session.run(interpreter, "-m", "venv", str(folder), external=True)
    return str(python)


def install(session: nox.Session, python: str, *what: str) -> None:
    """Install into the environment of `python`."""
    session.run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what, external=True)


def incumbent(session: nox.Session) -> str | None:
    """Install mcp-panther into an environment of its own; return its command, or None without a Python for it."""
    newer = interpreter_from(MCP_PANTHER_PYTHON)
    if newer is None:
        return None
    python = environment(session, newer, "incumbent")
    install(session, python, MCP_PANTHER)
    return str(Path(python).with_name("mcp-panther"))


def interpreters() -> dict[str, str]:
    """Return the Pythons to test with, by version: those on the PATH that really run, else this one."""
    found: dict[str, str] = {}
    for version in PYTHONS:
        path = shutil.which(f"python{version}")
        if path and runs(path):
            found[version] = path
    return found or {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}


def interpreter_from(oldest: tuple[int, int]) -> str | None:
    """Return a Python that is not older than `oldest`: this one, one on the PATH, or one that pyenv has installed."""
    if sys.version_info >= oldest:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    for minor in range(oldest[1], oldest[1] + 10):
        on_path = shutil.which(f"python3.{minor}")
        candidates = [on_path] if on_path else []
        candidates += [str(path) for path in sorted(pyenv.glob(f"3.{minor}.*/bin/python"))]
        for candidate in candidates:
            if runs(candidate):
                return candidate
    return None


def runs(interpreter: str) -> bool:
    """Say whether a Python runs: a version manager's shim may be on the PATH with no interpreter behind it."""
    return subprocess.run([interpreter, "--version"], capture_output=True, check=False).returncode == 0
