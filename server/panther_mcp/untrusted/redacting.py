"""Replace the credentials in a text by typed marks, which are the same for the same secret and tell nothing of it."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from functools import cache, cached_property, partial
from hashlib import blake2b
from typing import Final

from panther_mcp.untrusted.credentials import CREDENTIALS, LONG_RUN, NAMED, Credential
from panther_mcp.untrusted.matching import Matches, matcher
from panther_mcp.untrusted.secret_names import entropy, keeps, looks_random, promise, varied

_MARK_BYTES: Final = 3
_BEGIN: Final = "[redacted:"
_AWS_CONTEXT: Final = re.compile(r"aws|secret|A[KS]IA[A-Z0-9]{12}", re.IGNORECASE)
_PAIR: Final = re.compile(r"(?<==)[^;\s]{8,}")
_REFERENCE: Final = re.compile(r"[A-Za-z]+(?:[._][A-Za-z]+)+")
_CODE: Final = re.compile(r"[(\[{=<>$]|.*[(\[{]")


class Marker:
    """Gives secrets their marks: a hash under `key`, so that nobody can try out what a mark may stand for."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, kind: str, secret: str) -> str:
        """Return the mark of `secret`, such as `[redacted:jwt:3f9a01]`."""
        digest = blake2b(secret.encode("utf-8", "replace"), key=self._key, digest_size=_MARK_BYTES).hexdigest()
        return f"{_BEGIN}{kind}:{digest}]"


class Redactor:
    """Takes credentials out of texts."""

    def __init__(self, marker: Marker) -> None:
        self._marker = marker

    def text(self, text: str) -> str:
        """Return `text` with marks for the credentials that it holds."""
        signed = _signed()(text)
        for finder in _finders() if signed else _unsigned():
            if finder.matches(text):
                text = finder.pattern.sub(partial(self._replaced, finder, text), text)
        if signed and _named().matches(text):
            text = _named().pattern.sub(self._named, text)
        return text

    def value(self, name: str, value: str) -> str:
        """Return `value`, which stands under `name`: a secret as a whole where the name promises one."""
        text = self.text(value)
        promised = promise(name)
        if promised is None or _BEGIN in text:
            return text
        if "cookie" in name.lower():
            return self._cookies(text)
        return self._marker.mark(promised, value) if keeps(value, promised) else text

    def _replaced(self, finder: "_Finder", text: str, found: re.Match[str]) -> str:
        secret = found[found.re.groups]
        if secret.startswith(_BEGIN) or not finder.is_one(secret, text):
            return found[0]
        if finder.kind == "cookie" and "=" in secret:
            return found[0].replace(secret, self._cookies(secret))
        return found[0].replace(secret, self._marker.mark(finder.kind, secret))

    def _named(self, found: re.Match[str]) -> str:
        name, between, value = found.groups()
        promised = promise(name)
        if promised is None and found.string[: found.start()].endswith("\\") and name[0] in "nrt":
            promised = promise(name[1:])  # the first letter is that of an escape
        value = value.rstrip(")]}>.:")
        if promised is None or _BEGIN in value or _CODE.match(value) or _refers(name, between, value):
            return found[0]
        # In running text and in code, a colon or an equals sign between blanks says less.
        loose = between[-1:].isspace() or between[:1].isspace()
        if not keeps(value, promised) or (loose and not any(letter.isdigit() for letter in value)):
            return found[0]
        return f"{name}{between}{found[3].replace(value, self._marker.mark(promised, value), 1)}"

    def _cookies(self, header: str) -> str:
        def replaced(found: re.Match[str]) -> str:
            return self._marker.mark("cookie", found[0]) if looks_random(found[0]) else found[0]

        if "=" in header:
            return _PAIR.sub(replaced, header)
        return self._marker.mark("cookie", header) if looks_random(header) else header


class _Finder:
    """A kind of credential, ready to be found."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self.kind = credential.kind
        self.is_one: Callable[[str, str], bool] = _CHECKS.get(credential.kind, _always)

    @cached_property
    def matches(self) -> Matches:
        """Say whether a text has the sign of this kind."""
        return matcher([self._credential.sign])

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds it in a text that has the sign; compiled when one has."""
        apart = self._credential.apart
        # In JSON within JSON, the letter of an escape stands before what begins a line.
        before = rf"(?:(?<!{apart})|(?<=\\[nrt]))" if apart else ""
        behind = f"(?!{apart})" if self._credential.exact else ""
        return re.compile(f"{before}{self._credential.pattern}{behind}")


@cache
def _finders() -> tuple[_Finder, ...]:
    return tuple(_Finder(credential) for credential in CREDENTIALS)


@cache
def _unsigned() -> tuple[_Finder, ...]:
    return tuple(_Finder(credential) for credential in CREDENTIALS if credential.sign == LONG_RUN)


@cache
def _named() -> _Finder:
    return _Finder(NAMED)


@cache
def _signed() -> Matches:
    return matcher(signs())


def signs() -> tuple[str, ...]:
    """Return patterns, for `matching`, of which one matches every text that holds a credential.

    Only `LONG_RUN` is not among them: counting so far costs the other engine more than all others together.
    """
    return (*(credential.sign for credential in CREDENTIALS if credential.sign != LONG_RUN), NAMED.sign)


def _is_aws_secret(secret: str, text: str) -> bool:
    mixed = any(c.isdigit() for c in secret) and any(c.isupper() for c in secret) and any(c.islower() for c in secret)
    if not mixed or secret.count("/") > 4 or re.search(r"[a-z]{9}", secret) or entropy(secret) < 4.2:
        return False
    return "/" in secret or "+" in secret or _AWS_CONTEXT.search(text) is not None


def _is_okta_token(secret: str, text: str) -> bool:
    return looks_random(secret) and secret not in (secret.lower(), secret.upper())


def _is_basic(secret: str, text: str) -> bool:
    try:
        decoded = b64decode(f"{secret.rstrip('=')}===", validate=False).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return ":" in decoded and decoded.isprintable()


def _is_varied(secret: str, text: str) -> bool:
    return varied(secret)


def _is_password(secret: str, text: str) -> bool:
    return keeps(secret, "password") and not _CODE.match(secret)


def _is_cookie(secret: str, text: str) -> bool:
    return "=" in secret or (looks_random(secret) and not _CODE.match(secret))


def _refers(name: str, between: str, value: str) -> bool:
    """Say whether `value` is no more than where code finds the secret: `password=self.db_password`."""
    if between[-1:] in "\"'":
        return False
    return value.lower().endswith(name.lower()) or (
        _REFERENCE.fullmatch(value) is not None and promise(value) is not None
    )


def _always(secret: str, text: str) -> bool:
    return True


_CHECKS: Final[dict[str, Callable[[str, str], bool]]] = {
    "aws_secret_key": _is_aws_secret,
    "okta_token": _is_okta_token,
    "basic_auth": _is_basic,
    "bearer_token": _is_varied,
    "cookie": _is_cookie,
    "ai_key": _is_varied,
    "password": _is_password,
    "slack_token": _is_varied,
}
