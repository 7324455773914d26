"""What is wrong with the input of a generation: collected, sorted and shown together.

Every check adds a `Problem` instead of raising, so that one run tells all there is to mend.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: where it stands, what is wrong, and what to do about it.

    `file` is relative to the project's root, with forward slashes; `line` counts from 1, 0 means the whole file.
    """

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}\n    fix: {self.fix}"


class GenerationFailed(Exception):  # noqa: N818 - it is an outcome with a list of problems, not one error
    """The input cannot be rendered; `problems` tells everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Problems:
    """Collects problems over a whole run."""

    found: list[Problem] = field(default_factory=list[Problem])

    def add(self, file: str, line: int, what: str, fix: str) -> None:
        """Note one problem; see `Problem` for the arguments."""
        self.found.append(Problem(file, line, what, fix))

    def raise_if_any(self) -> None:
        """Raise `GenerationFailed` with all that was collected, if anything was."""
        if self.found:
            raise GenerationFailed(self.found)


def nearest(name: str, known: Iterable[str], *, noun: str) -> str:
    """Return the sentence that helps with an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"known {noun}: {shown}" if names else f"there are no {noun} here"
