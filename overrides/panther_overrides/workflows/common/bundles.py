"""Bundles of detections as panther_analysis_tool makes them: a zip of YAML files and the Python that they name."""

import base64
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from panther_mcp.errors import InvalidInput, bounded

_MOST_FILES = 500
_MOST_BYTES = 5_000_000
_YAML = (".yml", ".yaml")
_SHOWN_PROBLEMS = 10
# The two keys that are needed to check a bundle stand at the beginning of a line, or in braces.
_TYPE = re.compile(r"""(?m)(?:^|[{,])\s*["']?AnalysisType["']?\s*:""")
_FILENAME = re.compile(r"""(?m)^["']?Filename["']?\s*:\s*["']?([^"'#\n]+?)["']?\s*(?:#.*)?$""")
# The same in YAML that is written as JSON.
_FILENAME_IN_BRACES = re.compile(r"""[{,]\s*["']?Filename["']?\s*:\s*["']?([^"',}\n]+)""")


def bundle(files: Mapping[str, object]) -> str:
    """Return the files (path to text) as the base64 of a zip.

    Raises `InvalidInput` with everything that Panther would refuse for the files' names or for missing ones.
    """
    texts, problems = _read(files)
    problems += _incomplete(texts)
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        listed = "; ".join(problems[:_SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
        raise InvalidInput(
            f"These files are no bundle: {listed}.",
            hint="files maps paths to texts: each YAML has AnalysisType, and stands beside the .py that it names.",
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(texts):
            archive.writestr(zipfile.ZipInfo(path), texts[path], zipfile.ZIP_DEFLATED)
    return base64.b64encode(buffer.getvalue()).decode()


def _read(files: Mapping[str, object]) -> tuple[dict[str, bytes], list[str]]:
    """Return the files by their clean paths, and what is wrong with single ones."""
    if not files:
        return {}, ["there are none"]
    if len(files) > _MOST_FILES:
        return {}, [f"there are {len(files)}, and at most {_MOST_FILES} are allowed at once"]
    texts: dict[str, bytes] = {}
    problems: list[str] = []
    for name, text in files.items():
        shown = repr(bounded(name, 100))
        path = PurePosixPath(name)
        if not isinstance(text, str):
            problems.append(f"{shown} is not text")
        elif not name.isprintable() or path.is_absolute() or ".." in path.parts or set(name) & set("\\:"):
            problems.append(f"{shown} is no relative path such as rules/a.yml")
        elif path.suffix not in (*_YAML, ".py"):
            problems.append(f"{shown} is neither .yml, .yaml nor .py")
        elif str(path) in texts:
            problems.append(f"{shown} is there twice")
        else:
            # What cannot be written as UTF-8 is half a character.
            texts[str(path)] = text.encode("utf-8", "replace")
    size = sum(map(len, texts.values()))
    if size > _MOST_BYTES:
        problems.append(f"they have {size} bytes, and at most {_MOST_BYTES} are allowed at once")
    return texts, problems


def _incomplete(texts: Mapping[str, bytes]) -> list[str]:
    """Return what is missing: a YAML's type, the Python that it names, the YAML that names a Python file."""
    problems: list[str] = []
    named: set[str] = set()
    for path, content in texts.items():
        if not path.endswith(_YAML):
            continue
        text = content.decode()
        if not _TYPE.search(text):
            problems.append(f"{path} has no AnalysisType")
        pattern = _FILENAME_IN_BRACES if text.lstrip().startswith("{") else _FILENAME
        for name in pattern.findall(text):
            python = str(PurePosixPath(path).parent / name.strip())
            named.add(python)
            if python not in texts:
                problems.append(f"{path} names {bounded(name, 100)!r}, which is not among the files")
    if not any(path.endswith(_YAML) for path in texts) and texts:
        problems.append("there is no YAML file among them")
    else:
        problems += [f"no YAML file names {path}" for path in texts if path.endswith(".py") and path not in named]
    return problems
