"""The one place that touches the disk: write what was rendered, delete what is stale, or only compare."""

import difflib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from panther_codegen.render import Files

# The folders that belong to the generator as a whole: a file in them that was not rendered is stale.
_OWNED = ("generated",)
_KEPT = ("__pycache__",)


@dataclass(frozen=True)
class Change:
    """A file whose text on disk (`before`) differs from the rendered one (`after`); None where there is none."""

    path: PurePosixPath
    before: str | None
    after: str | None

    def diff(self) -> str:
        """Return the change as a unified diff."""
        return "".join(
            difflib.unified_diff(
                (self.before or "").splitlines(keepends=True),
                (self.after or "").splitlines(keepends=True),
                f"{self.path} (on disk)" if self.before is not None else "/dev/null",
                f"{self.path} (generated)" if self.after is not None else "/dev/null",
            )
        )


def changes(root: Path, files: Files) -> list[Change]:
    """Return what differs between the disk below `root` and `files`."""
    found: list[Change] = []
    for path, after in sorted(files.items()):
        target = root / path
        before = target.read_text(encoding="utf-8") if target.exists() else None
        if before != after:
            found.append(Change(path, before, after))
    stale = (path for path in _on_disk(root) if path not in files)
    found += [Change(path, (root / path).read_text(encoding="utf-8"), None) for path in sorted(stale)]
    return found


def apply(root: Path, found: list[Change]) -> None:
    """Make the disk below `root` agree with what was rendered."""
    for change in found:
        target = root / change.path
        if change.after is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(change.after, encoding="utf-8", newline="\n")


def _on_disk(root: Path) -> list[PurePosixPath]:
    return [
        PurePosixPath(path.relative_to(root).as_posix())
        for owned in _OWNED
        for path in (root / owned).rglob("*")
        if path.is_file() and not any(part in _KEPT for part in path.parts)
    ]
