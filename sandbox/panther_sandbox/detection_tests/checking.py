"""Whether a source is Python at all: it is compiled, never run."""

from __future__ import annotations

import warnings

from panther_sandbox.errors import InvalidInputError

_MOST_CHARACTERS = 1_000_000


def check_python(source: str, what: str = "body") -> None:
    """Raise InvalidInputError when a source is not Python."""
    if len(source) > _MOST_CHARACTERS:
        raise InvalidInputError(f"{what} is longer than {_MOST_CHARACTERS} characters")
    try:
        with warnings.catch_warnings():
            # `"\d"` and the like warn; whoever wrote them is not here to read it.
            warnings.simplefilter("ignore")
            compile(source, f"<{what}>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise InvalidInputError(f"{what} is not valid Python: {error.msg} (line {error.lineno})") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidInputError(f"{what} is not valid Python: {error}") from None
