"""What of a call's arguments and states may stand in the audit log: no secrets, and not too much. Pure."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from panther_mcp.audit.lines import canonical, digest

# The value of a parameter or field with such a name is a secret, however it looks. A page's cursor, and the id or
# the name of a secret, are none.
_SECRET_NAME: Final = re.compile(
    r"secret|passw|passphrase|credential|private_?key|api_?key|access_?key|bearer|authorization|(^|[_-])pwd$"
    r"|tokens?(_?values?)?$",
    re.IGNORECASE,
)
_NO_SECRET: Final = re.compile(
    r"(page|next|cursor|continuation|confirmation)_?token$|secrets?_?(id|arn|name)s?$", re.IGNORECASE
)
HIDDEN: Final = "[secret]"
_LONGEST_TEXT: Final = 2_000
_MOST_ITEMS: Final = 100
_DEEPEST: Final = 12
_MOST_ARGUMENT_BYTES: Final = 16_000
# A state is kept whole or not at all: a part of it would restore the wrong thing.
_MOST_STATE_BYTES: Final = 1 << 20


class Cleaner:
    """Takes secrets out of JSON: by the names of fields, and wherever one of the known `secrets` stands.

    `redact`, where given, is applied to every text: it may find secrets by their form.
    """

    def __init__(self, secrets: Iterable[str], redact: Callable[[str], str] | None = None) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._redact = redact

    def arguments(self, given: Mapping[str, Any]) -> tuple[Any, str]:
        """Return the arguments without secrets and of a bounded size, and the digest of the whole, without secrets."""
        clean = cast("dict[str, Any]", _Pass(self.text).clean(given))
        bounded = _bounded(clean)
        if len(canonical(bounded)) > _MOST_ARGUMENT_BYTES:
            few = list(clean.items())[:_MOST_ITEMS]
            bounded = {name[:100]: f"[{len(canonical(value))} bytes]" for name, value in few}
        return bounded, digest(canonical(clean))

    def state(self, given: Any) -> tuple[Any, bool]:
        """Return a state as it may be kept, and whether that is all of it: nothing secret, and not too large.

        One that is too large is replaced by its size and digest.
        """
        cleaning = _Pass(self.text)
        clean = cleaning.clean(given)
        text = canonical(clean)
        if len(text) > _MOST_STATE_BYTES:
            return {"bytes": len(text), "sha256": digest(text)}, False
        return clean, not cleaning.changed

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return self._redact(text) if self._redact else text


class _Pass:
    """Walks one value; `changed` says that something was taken out."""

    def __init__(self, text: Callable[[str], str]) -> None:
        self._text = text
        self.changed = False

    def clean(self, value: Any, depth: int = 0) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str):
            return self._said(value, self._text(value))
        if depth >= _DEEPEST:
            return self._said(value, "[too deep]")
        if isinstance(value, Mapping):
            items = cast("Mapping[object, Any]", value).items()
            return {self._text(str(name)): self._field(str(name), item, depth) for name, item in items}
        if isinstance(value, list | tuple):
            return [self.clean(item, depth + 1) for item in cast("Sequence[Any]", value)]
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        return self._text(str(value))

    def _field(self, name: str, value: Any, depth: int) -> Any:
        if value not in (None, "", False, True) and _SECRET_NAME.search(name) and not _NO_SECRET.search(name):
            return self._said(value, HIDDEN)
        return self.clean(value, depth + 1)

    def _said(self, value: Any, said: str) -> str:
        self.changed = self.changed or said != value
        return said


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}… (+{len(value) - _LONGEST_TEXT})"
    if isinstance(value, list):
        items = cast("Sequence[Any]", value)
        more = [f"… (+{len(items) - _MOST_ITEMS})"] if len(items) > _MOST_ITEMS else []
        return [*(_bounded(item) for item in items[:_MOST_ITEMS]), *more]
    if isinstance(value, dict):
        pairs = list(cast("dict[str, Any]", value).items())[:_MOST_ITEMS]
        return {name[:_LONGEST_TEXT]: _bounded(item) for name, item in pairs}
    return value
