"""Finds indicators in the JSON of an event, as Panther does when it parses one: SQL over the text, a list a kind."""

from __future__ import annotations

from collections.abc import Mapping

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"\b{_OCTET}(?:\.{_OCTET}){{3}}\b"
_HEX = "[0-9a-fA-F]{1,4}"
_IPV6 = rf'"((?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:){{1,7}}:(?:{_HEX}(?::{_HEX})*)?|::{_HEX}(?::{_HEX})*)"'
_EMAIL = r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]+"
_EMAIL_DOMAIN = r"[A-Za-z0-9._%+-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]+)"
_URL_HOST = r"https?://((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})"
_ARN = r'arn:aws[a-z-]*:[^"\s\\]+'
_ARN_ACCOUNT = r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})\b"


def _value_of(*keys: str, value: str = r'[^"\\]+') -> str:
    """Match the text under one of the keys; `_` in a key may be missing."""
    names = "|".join(key.replace("_", "_?") for key in keys)
    return rf'"(?i:{names})"\s*:\s*"({value})"'


# Column -> the patterns whose matches it holds, with the number of the group that is the indicator.
_PATTERNS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "p_any_ip_addresses": ((_IPV4, 0), (_IPV6, 1)),
    "p_any_usernames": ((_value_of("user", "user_name", "login", "account_name", "principal_name"), 1),),
    "p_any_emails": ((_EMAIL, 0),),
    "p_any_domain_names": (
        (_value_of("domain", "domain_name", "host", "host_name", "fqdn", value=r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"), 1),
        (_URL_HOST, 1),
        (_EMAIL_DOMAIN, 1),
    ),
    "p_any_actor_ids": ((_value_of("actor_id", "user_id", "principal_id"), 1),),
    "p_any_aws_account_ids": (
        (_value_of("account_id", "aws_account_id", "recipient_account_id", value=r"\d{12}"), 1),
        (_ARN_ACCOUNT, 1),
    ),
    "p_any_aws_arns": ((_ARN, 0),),
    "p_any_aws_instance_ids": ((r"\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b", 0),),
    "p_any_trace_ids": ((_value_of("trace_id", "request_id", "session_id", "access_key_id", "correlation_id"), 1),),
    "p_any_md5_hashes": ((r"\b[0-9a-fA-F]{32}\b", 0),),
    "p_any_sha1_hashes": ((r"\b[0-9a-fA-F]{40}\b", 0),),
    "p_any_sha256_hashes": ((r"\b[0-9a-fA-F]{64}\b", 0),),
}


def indicators(column: str, text: str) -> str:
    """Return the SQL for a column of indicators; `text` is the SQL of an event's JSON. Without any, it is NULL."""
    lists = ", ".join(
        "regexp_extract_all({}, '{}', {})".format(text, pattern.replace("'", "''"), group)
        for pattern, group in _PATTERNS[column]
    )
    # The host part of an address with a mask, or an empty match, is no indicator.
    return f"nullif(list_sort(list_distinct(list_filter(flatten([{lists}]), lambda x: x <> ''))), [])"
