"""The one way out: what a tool, a resource or a prompt answers, made safe for the model that reads it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic_core import to_json

from panther_mcp.untrusted.fence import boundary, fenced
from panther_mcp.untrusted.labels import Below, tree

if TYPE_CHECKING:
    from panther_mcp.untrusted.redacting import Redactor
    from panther_mcp.untrusted.walking import Suspicion, Walker

# Where our own API token stood.
OWN_TOKEN: Final = "[API token]"  # noqa: S105 - what is shown instead of one
# The parts of a result that are this server's own words, or have to be passed back as they are.
OURS: Final = frozenset(("confirmation", "findings", "next_cursor", "note"))
# Panther's errors beside partial data are told among the warnings; the preview of a change holds what is there now.
_ALWAYS: Final = ("warnings", "change")
_KEY_BYTES: Final = 16


@dataclass(frozen=True)
class Cleaned:
    """A result without what must not be told, what it raised suspicion with, and its untrusted paths."""

    data: dict[str, Any]
    suspicions: "tuple[Suspicion, ...]" = ()
    untrusted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """What is sent: the text that the model reads, the same as JSON, and what a client should know of it."""

    text: str
    structured: dict[str, Any]
    meta: dict[str, Any] | None


class Protection:
    """Makes results safe. Holds the session's key for marks; expensive parts are made when first needed.

    `tools` are the names of the tools that a text might order to be called, `tokens` are our own, and `redact` says
    whether credentials in texts are replaced by marks.
    """

    def __init__(self, *, tools: Iterable[str] = (), tokens: Iterable[str] = (), redact: bool = True) -> None:
        self._tools = tuple(tools)
        self._redact = redact
        spelt = (text for token in tokens if token for text in (token, to_json(token).decode()[1:-1]))
        self._hidden = tuple(dict.fromkeys(spelt))
        self._key = secrets.token_bytes(_KEY_BYTES)

    def protected(self, result: Mapping[str, Any], untrusted: Iterable[str]) -> Outgoing:
        """Return `result`, a JSON object, as it may be sent; `untrusted` are its paths that an attacker can write to.

        A path is written as in the catalog: `alerts[].title`; `events[]` is all below the items. Use it for
        everything that reaches a model: results, errors, resources, prompts.
        """
        return self.dressed(self.cleaned(result, untrusted))

    def cleaned(self, result: Mapping[str, Any], untrusted: Iterable[str]) -> Cleaned:
        """Return `result` sanitised, without credentials and the API token. To clean twice changes nothing."""
        paths = (*untrusted, *_ALWAYS)
        data, suspicions = self._walker.walk(dict(result), _labels(paths))
        heads = tuple(path for path in paths if path.partition(".")[0].removesuffix("[]") in data)
        return Cleaned(self._without_token(data), tuple(suspicions), heads)

    def dressed(self, cleaned: Cleaned) -> Outgoing:
        """Return what is sent of `cleaned`: fenced where it holds anything untrusted, with its findings beside."""
        from panther_mcp.untrusted.findings import findings

        data = cleaned.data
        if found := findings(cleaned.suspicions):
            data = {**data, "findings": found}
        if not cleaned.untrusted:
            return Outgoing(to_json(data).decode(), data, None)
        name = boundary()
        inside, outside = _parted(data, frozenset(path.partition(".")[0] for path in cleaned.untrusted))
        meta = {"panther/untrusted": list(cleaned.untrusted), "panther/fence": name}
        return Outgoing(fenced(inside, outside, name), data, meta)

    def text(self, text: str) -> str:
        """Return `text`, such as a line of the log, without credentials and the API token, and visible as a whole."""
        from panther_mcp.untrusted.sanitising import visible

        told = self._in_text(visible(text))
        return self._redactor.text(told) if self._redactor is not None else told

    def without_credentials(self, text: str) -> str:
        """Return `text` as it is but for the credentials in it: for the audit log, which keeps what was really sent."""
        return self._redactor.text(text) if self._redactor is not None else text

    @cached_property
    def _redactor(self) -> "Redactor | None":
        from panther_mcp.untrusted.redacting import Marker, Redactor

        return Redactor(Marker(self._key)) if self._redact else None

    @cached_property
    def _walker(self) -> "Walker":
        from panther_mcp.untrusted.suspicions import Suspicions
        from panther_mcp.untrusted.walking import Walker

        return Walker(Suspicions(self._tools), self._redactor)

    def _without_token(self, data: dict[str, Any]) -> dict[str, Any]:
        if not self._hidden:
            return data
        text = to_json(data).decode()
        if not any(hidden in text for hidden in self._hidden):
            return data
        return cast("dict[str, Any]", self._replaced(data))

    def _replaced(self, value: object) -> object:
        if isinstance(value, str):
            return self._in_text(value)
        if isinstance(value, list):
            return [self._replaced(item) for item in cast("list[object]", value)]
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            return {self._in_text(name): self._replaced(item) for name, item in fields.items()}
        return value

    def _in_text(self, text: str) -> str:
        for hidden in self._hidden:
            text = text.replace(hidden, OWN_TOKEN)
        return text


def _parted(data: dict[str, Any], untrusted: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what of `data` stands in the fence and what behind it; merged again they are `data`.

    What is ours in one tool may quote Panther in another, which labels it so.
    """
    outside = {key: value for key, value in data.items() if key in OURS and key not in untrusted}
    inside = {key: value for key, value in data.items() if key not in outside}
    error = inside.get("error")
    if isinstance(error, dict) and "hint" in error:
        said = cast("dict[str, Any]", error)
        inside["error"] = {key: value for key, value in said.items() if key != "hint"}
        outside["error"] = {"hint": said["hint"]}
    return inside, outside


@lru_cache(maxsize=512)
def _labels(paths: tuple[str, ...]) -> Below:
    return tree(paths)
