"""Which names of fields, parameters and variables promise a secret, and which values keep that promise."""

import re
from collections import Counter
from functools import lru_cache
from math import log2
from typing import Final, Literal

# How far a name is believed. "password": whatever stands there. "token": what looks random.
Promise = Literal["password", "token"]

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PASSWORDS: Final = frozenset(
    ("password", "passwd", "passwort", "pwd", "pw", "passphrase", "passcode", "secret", "secrets", "apisecret")
)
_TOKENS: Final = frozenset(
    (
        *("token", "tokens", "apikey", "apitoken", "authtoken", "accesstoken", "authorization", "auth", "credential"),
        *("credentials", "cookie", "cookies", "jwt", "bearer", "assertion", "sas", "otp", "sessionkey"),
    )
)
_KEYS: Final = frozenset(
    ("api", "private", "secret", "access", "signing", "encryption", "account", "shared", "master", "auth", "session")
)
# A token or key with one of these is something else: where a list goes on, what proves no more than that a call is
# the same, a fingerprint of a secret, a thing that is public, or what our own server asks a model to pass back.
_HARMLESS: Final = frozenset(
    (
        *("next", "page", "pagination", "continuation", "continue", "sync", "delta", "cursor", "hash", "hashed"),
        *("client", "request", "idempotency", "public", "confirm", "confirmation", "preview", "digest", "fingerprint"),
    )
)

_PLACEHOLDER: Final = re.compile(
    r"[*.xX•-]+|<.*>|\[.*\]|\$?\{.*|\$\w+|%[\w(].*|@\w+|__\w+__|HIDDEN\w*|REDACTED\w*|MASKED\w*|NOT[ _-]?SET|"
    r"null|none|nil|true|false|yes|no|n/?a|unknown|required|optional|changed|expired|invalid|valid|missing|empty|"
    r"string|str|text|bytes|password|secret|token|bearer|basic|digest|negotiate",
    re.IGNORECASE,
)
# What an analyst follows through the logs, whatever the field is called; the last two are paths, as in PWD.
_IDENTIFIER: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|arn:.*|A(?:KIA|SIA|ROA|IDA|GPA|NPA|IPA|CCA)[A-Z0-9]{12,20}(?:[:/%].*)?|"
    r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f.:]+|\d{4}-\d\d-\d\d[T ].*|"
    r"[\w.+-]+@[\w-]+\.[\w.-]+|[a-z][\w+.-]*://[^@]*|/[\w.-]+/.*|[A-Z]:\\.*",
    re.IGNORECASE,
)
_SHORTEST_TOKEN: Final = 16
_LEAST_BITS: Final = 3.0


@lru_cache(maxsize=4_096)
def promise(name: str) -> Promise | None:
    """Return what `name` promises: `clientSecret` a password, `x-api-key` a token, `secretId` nothing."""
    words = [word.lower() for word in _WORDS.findall(name[:200])]
    if not words:
        return None
    last, before = words[-1], frozenset(words[:-1])
    if last in _PASSWORDS or (last == "key" and before & {"secret", "private"}):
        return "password"
    if before & _HARMLESS:
        return None
    return "token" if last in _TOKENS or (last == "key" and words[-2:-1] and words[-2] in _KEYS) else None


def keeps(value: str, promised: Promise) -> bool:
    """Say whether `value` is what its name promises, and neither a placeholder nor an identifier."""
    if len(value) < 4 or _PLACEHOLDER.fullmatch(value) or _IDENTIFIER.fullmatch(value):
        return False
    return promised == "password" or looks_random(value)


def looks_random(value: str) -> bool:
    """Say whether `value` is long, in one piece and as varied as what a machine drew."""
    if len(value) < _SHORTEST_TOKEN or not value.isascii() or " " in value or not varied(value):
        return False
    return entropy(value) >= _LEAST_BITS


def varied(value: str) -> bool:
    """Say whether `value` has digits, or letters of both cases: words in running text have neither."""
    return any(letter.isdigit() for letter in value) or value not in (value.lower(), value.upper())


def entropy(text: str) -> float:
    """Return the bits of information in each character of `text`, by how often each occurs in it."""
    return -sum(n / len(text) * log2(n / len(text)) for n in Counter(text).values()) if text else 0.0
