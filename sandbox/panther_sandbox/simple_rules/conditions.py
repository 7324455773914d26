"""The conditions of simple rules as Python expressions; `{v}` is the value read, `{a}` the value (or values) given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """A condition: its expression, how many values it takes, and the helper functions that it calls."""

    expression: str
    takes: str = "one"  # none, one, many
    helpers: tuple[str, ...] = ()


# Helper functions, added to a rule's code when one of its conditions calls them.
HELPERS: Mapping[str, str] = {
    "_contains": """\
def _contains(value, item):
    if isinstance(value, str):
        return isinstance(item, str) and item in value
    return isinstance(value, (list, dict)) and item in value
""",
    "_lower": """\
def _lower(value):
    if isinstance(value, list):
        return [_lower(item) for item in value]
    return value.lower() if isinstance(value, str) else value
""",
    "_compare": """\
def _compare(value, other, check):
    try:
        return value is not None and check(value, other)
    except TypeError:
        return False
""",
    "_text": """\
def _text(value):
    return value if isinstance(value, str) else ""
""",
    "_ip": """\
import ipaddress


def _ip(value):
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None
""",
    "_in_cidr": """\
def _in_cidr(value, blocks):
    address = _ip(value)
    return address is not None and any(address in ipaddress.ip_network(block, strict=False) for block in blocks)
""",
    "_matches": """\
import re


def _matches(value, pattern):
    return isinstance(value, str) and re.search(pattern, value) is not None
""",
}
_COMPARE, _LOWER, _TEXT, _IP = ("_compare",), ("_lower",), ("_text",), ("_ip",)
_CONTAINS, _CIDR = ("_contains",), ("_ip", "_in_cidr")

_POSITIVE: Mapping[str, Condition] = {
    "AlwaysTrue": Condition("True", "none"),
    "Exists": Condition("{v} is not None", "none"),
    "IsNull": Condition("{v} is None", "none"),
    "IsNullOrEmpty": Condition('{v} in (None, "", [], {{}})', "none"),
    "Equals": Condition("{v} == {a}"),
    "IEquals": Condition("_lower({v}) == _lower({a})", "one", _LOWER),
    "IsIn": Condition("{v} in {a}", "many"),
    "IsInCaseInsensitive": Condition("_lower({v}) in _lower({a})", "many", _LOWER),
    "Contains": Condition("_contains({v}, {a})", "one", _CONTAINS),
    "IContains": Condition("_contains(_lower({v}), _lower({a}))", "one", (*_CONTAINS, *_LOWER)),
    "ContainsAny": Condition("any(_contains({v}, item) for item in {a})", "many", _CONTAINS),
    "ContainsAll": Condition("all(_contains({v}, item) for item in {a})", "many", _CONTAINS),
    "StartsWith": Condition("_text({v}).startswith({a})", "text", _TEXT),
    "IStartsWith": Condition("_text({v}).lower().startswith({a}.lower())", "text", _TEXT),
    "StartsWithAny": Condition("_text({v}).startswith(tuple({a}))", "texts", _TEXT),
    "EndsWith": Condition("_text({v}).endswith({a})", "text", _TEXT),
    "IEndsWith": Condition("_text({v}).lower().endswith({a}.lower())", "text", _TEXT),
    "EndsWithAny": Condition("_text({v}).endswith(tuple({a}))", "texts", _TEXT),
    "MatchesRegex": Condition("_matches({v}, {a})", "regex", ("_matches",)),
    "IsGreaterThan": Condition("_compare({v}, {a}, lambda x, y: x > y)", "one", _COMPARE),
    "IsGreaterThanOrEquals": Condition("_compare({v}, {a}, lambda x, y: x >= y)", "one", _COMPARE),
    "IsLessThan": Condition("_compare({v}, {a}, lambda x, y: x < y)", "one", _COMPARE),
    "IsLessThanOrEquals": Condition("_compare({v}, {a}, lambda x, y: x <= y)", "one", _COMPARE),
    "IsIPAddress": Condition("_ip({v}) is not None", "none", _IP),
    "IsIPv4Address": Condition('getattr(_ip({v}), "version", 0) == 4', "none", _IP),
    "IsIPv6Address": Condition('getattr(_ip({v}), "version", 0) == 6', "none", _IP),
    "IsIPAddressPrivate": Condition('getattr(_ip({v}), "is_private", False)', "none", _IP),
    "IsIPAddressPublic": Condition('getattr(_ip({v}), "is_global", False)', "none", _IP),
    "IsIPAddressInCIDR": Condition("_in_cidr({v}, {a})", "cidrs", _CIDR),
}
_NEGATIVE = {
    "AlwaysFalse": "AlwaysTrue",
    "DoesNotExist": "Exists",
    "IsNotNull": "IsNull",
    "IsNotNullOrEmpty": "IsNullOrEmpty",
    "DoesNotEqual": "Equals",
    "NotEquals": "Equals",
    "IDoesNotEqual": "IEquals",
    "INotEquals": "IEquals",
    "IsNotIn": "IsIn",
    "DoesNotContain": "Contains",
    "IDoesNotContain": "IContains",
    "DoesNotContainAny": "ContainsAny",
    "DoesNotContainAll": "ContainsAll",
    "DoesNotStartWith": "StartsWith",
    "IDoesNotStartWith": "IStartsWith",
    "DoesNotEndWith": "EndsWith",
    "IDoesNotEndWith": "IEndsWith",
    "DoesNotMatchRegex": "MatchesRegex",
    "IsNotIPAddress": "IsIPAddress",
    "IsIPAddressNotInCIDR": "IsIPAddressInCIDR",
}
_ALIASES = {
    "CIDR": "IsIPAddressInCIDR",
    "InCIDR": "IsIPAddressInCIDR",
    "NotInCIDR": "IsIPAddressNotInCIDR",
    "IsPrivateIPAddress": "IsIPAddressPrivate",
    "IsPublicIPAddress": "IsIPAddressPublic",
    "NotIn": "IsNotIn",
}


def find_condition(name: str) -> tuple[Condition, bool] | None:
    """Return a condition by name and whether it is negated, or None when there is no such condition."""
    name = _ALIASES.get(name, name)
    negated = name in _NEGATIVE
    condition = _POSITIVE.get(_NEGATIVE.get(name, name))
    return (condition, negated) if condition else None
