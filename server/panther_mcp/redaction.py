"""The last line of defence for secrets that a call handles: none of them is in what the call says."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar, cast

from panther_mcp.errors import PantherMcpError

_SHOWN = "[secret]"
# What is shorter is no secret, and would tear holes into every text.
_SHORTEST = 4
_T = TypeVar("_T")


class Redactor:
    """Holds the secrets of one call, and takes them out of texts."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def hide(self, *secrets: object) -> None:
        """Note values that must not be told; what is no text, or next to none, is none."""
        self._secrets.update(value for value in secrets if isinstance(value, str) and len(value) >= _SHORTEST)

    def text(self, text: str) -> str:
        """Return `text` without the secrets, or their beginnings where it was cut off."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _SHOWN)
            if text.endswith("…"):
                text = _without_cut(text, secret)
        return text

    def json(self, value: _T) -> _T:
        """Return `value`, any JSON, without the secrets."""
        return cast("_T", self._json(value)) if self._secrets else value

    def clean(self, error: PantherMcpError) -> None:
        """Take the secrets out of `error`."""
        if self._secrets:
            error.message, error.hint = self.text(error.message), self.text(error.hint)
            error.args = (error.message,)
            error.details = MappingProxyType(self.json(dict(error.details)))

    def _json(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self._json(item) for item in cast("list[object]", value)]
        if isinstance(value, Mapping):
            return {name: self._json(item) for name, item in cast("Mapping[str, object]", value).items()}
        return value


def _without_cut(text: str, secret: str) -> str:
    for length in range(len(secret) - 1, _SHORTEST - 1, -1):
        if text.endswith(f"{secret[:length]}…"):
            return f"{text[: -length - 1]}{_SHOWN}"
    return text
