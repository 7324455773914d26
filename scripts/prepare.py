"""Make the development environment: `prepare.py FOLDER` creates a venv there with exactly what the lock file names.

It runs on the bare python3 of a fresh machine, so it uses the standard library only. uv does the same work
faster and is used where it is on the PATH.
"""

import pathlib
import shutil
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.lock"


def main(folder: pathlib.Path) -> None:
    """Create or update the environment in `folder` and mark it ready."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the point is to run on an older one and say so
        sys.exit(f"panther-mcp needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.12")
    uv = shutil.which("uv")
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        if uv:
            _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        else:
            venv.create(folder, with_pip=True)
    if uv:
        pip = (uv, "pip", "install", "--quiet", "--python", str(python))
    else:
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "--require-hashes", "-r", str(LOCK))
    _run(*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    (folder / ".ready").touch()


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"this failed: {' '.join(command)}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).absolute())
