"""What kind of entity a text names, and in which indicator columns of the data lake it is looked for."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import JsonObject
from panther_mcp.sql_guard.quoting import quoted

# Kind -> the columns that hold such values.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ip": ("p_any_ip_addresses",),
    "username": ("p_any_usernames", "p_any_actor_ids"),
    "email": ("p_any_emails", "p_any_usernames"),
    "arn": ("p_any_aws_arns",),
    "md5": ("p_any_md5_hashes",),
    "sha1": ("p_any_sha1_hashes",),
    "sha256": ("p_any_sha256_hashes",),
    "domain": ("p_any_domain_names",),
    "trace_id": ("p_any_trace_ids",),
}
PEOPLE = ("username", "email")
_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ARN = re.compile(r"arn:aws[\w-]*:.+")
_ACCESS_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,}")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}")
# Endings of domains that are not family names.
_ENDINGS = frozenset(
    (
        *("ai", "app", "biz", "cc", "cloud", "co", "com", "dev", "edu", "eu", "example", "gov", "info", "int", "io"),
        *("local", "me", "mil", "net", "online", "org", "ru", "shop", "site", "su", "test", "tk", "top", "uk", "us"),
        "xyz",
    )
)
_DEFANGED = (("[.]", "."), ("(.)", "."), ("[@]", "@"), ("[at]", "@"), ("[:]", ":"))
_MOST_VALUES = 10
_LONGEST_ALIAS = 200


@dataclass(frozen=True, slots=True)
class Entity:
    """What is investigated: its value, its kind, and the values that are looked for in each column."""

    value: str
    kind: str
    wanted: Mapping[str, tuple[str, ...]]

    def also(self, column: str, values: Sequence[object]) -> "Entity":
        """Return the entity with more values to look for in `column`: other names of the same one."""
        known = self.wanted.get(column, ())
        texts = [text for text in values if isinstance(text, str) and 0 < len(text) <= _LONGEST_ALIAS]
        more = tuple(dict.fromkeys((*known, *texts)))[:_MOST_VALUES]
        return replace(self, wanted={**self.wanted, column: more}) if more else self

    def within(self, columns: Mapping[str, object]) -> "Entity":
        """Return the entity with only those columns that a table has (by their names in lower case)."""
        return replace(self, wanted={name: values for name, values in self.wanted.items() if name in columns})

    def condition(self) -> str:
        """Return the SQL condition for events that hold one of the values."""
        either = [
            f"ARRAY_CONTAINS({quoted(value)}::VARIANT, {name})"
            for name, values in self.wanted.items()
            for value in values
        ]
        return " OR ".join(either)

    def told(self) -> JsonObject:
        """Return what a result says of the entity."""
        return {"value": self.value, "kind": self.kind, "matched": {name: list(v) for name, v in self.wanted.items()}}


def entity_of(text: str, kind: str | None) -> Entity:
    """Return the entity that `text` names, of the given kind or of the one that its form tells.

    Raises `InvalidInput` for a text that no log can hold as an indicator.
    """
    value = text.strip()
    for written, meant in _DEFANGED:
        value = value.replace(written, meant)
    if not value or not value.isprintable():
        raise InvalidInput(
            "entity: this is empty, or holds line breaks or invisible characters.", hint="Give its value."
        )
    if kind is not None:
        return _entity(value, kind, COLUMNS[kind])
    if value.lower().startswith(("http://", "https://", "hxxp://", "hxxps://")):
        value = urlsplit(f"http{value[4:]}").hostname or value
    if _is_address(value):
        return _entity(value, "ip", COLUMNS["ip"])
    if _ARN.fullmatch(value):
        return _entity(value, "arn", COLUMNS["arn"])
    if _HEX.fullmatch(value) and len(value) in _HASHES:
        found = _HASHES[len(value)]
        return _entity(value, found, COLUMNS[found])
    if _EMAIL.fullmatch(value):
        return _entity(value, "email", COLUMNS["email"])
    if _ACCESS_KEY.fullmatch(value):
        return _entity(value, "trace_id", COLUMNS["trace_id"])
    if _DOMAIN.fullmatch(value):
        # first.last has the form of a domain too: both are looked for.
        likely = "domain" if value.count(".") > 1 or value.lower().rpartition(".")[2] in _ENDINGS else "username"
        return _entity(value, likely, (*COLUMNS["username"], *COLUMNS["domain"]))
    return _entity(value, "username", COLUMNS["username"])


def _entity(value: str, kind: str, columns: tuple[str, ...]) -> Entity:
    # Logs write addresses, hashes and names in either case.
    values = tuple(dict.fromkeys((value, value.lower()))) if kind not in ("arn", "trace_id") else (value,)
    return Entity(value, kind, dict.fromkeys(columns, values))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
