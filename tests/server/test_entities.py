"""What a text names, and how values stand in SQL."""

import pytest

from panther_mcp.errors import InvalidInput
from panther_mcp.sql_guard.quoting import quoted
from panther_overrides.workflows.common.entity_kinds import entity_of

from .lake import rows_of

MD5, SHA1, SHA256 = "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "ab" * 32
HOSTILE = (
    "it's",
    '"quoted"',
    "back\\slash\\'",
    "\\",
    "'",
    "100%_",
    "ünï😀",
    "x'::VARIANT, p_any_usernames) OR TRUE --",
    "{{ 7*7 }} {% raw %} {# c #} {{{",
    "p_occurs_since('1 d') P_OCCURS_p_occurs",
    "$1 :x ?",
    "/* */ -- ;",
    "y" * 2_000,
)


@pytest.mark.parametrize("value", [*HOSTILE, "z" * 10_000, "\t\n", "", "''", "\\'", "p_occurs{{"])
def test_a_quoted_value_means_itself(panther, value):
    assert rows_of(panther, f"SELECT {quoted(value)} AS v, 1 AS one") == [{"v": value, "one": 1}]


def test_what_panther_would_rewrite_does_not_stand_in_the_sql():
    for value in HOSTILE:
        text = quoted(value)
        assert "p_occurs" not in text.lower()
        assert not any(start in text for start in ("{{", "{%", "{#"))


KINDS = {
    "203.0.113.77": "ip",
    " 203.0.113[.]77 ": "ip",
    "2001:db8::1": "ip",
    "priya.raman@acme.example": "email",
    "priya.raman[@]acme[.]example": "email",
    "arn:aws:iam::428601935217:user/x": "arn",
    MD5: "md5",
    SHA1.upper(): "sha1",
    SHA256: "sha256",
    "mail-relay.example": "domain",
    "a.b.corp": "domain",
    "hxxps://evil[.]example/path?q=1": "domain",
    "priya.raman": "username",
    "svc-report-export": "username",
    "deadbeef": "username",
    "AKIASBX7EXPORT4QJ2LM": "trace_id",
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_the_kind_is_told_by_the_form(text, kind):
    found = entity_of(text, None)
    assert found.kind == kind
    assert entity_of(text, "username").kind == "username"
    if "[" in text:
        assert "[" not in found.value


def test_a_name_with_dots_is_looked_for_as_name_and_as_domain():
    assert {"p_any_usernames", "p_any_domain_names"} <= entity_of("priya.raman", None).wanted.keys()
    with pytest.raises(InvalidInput):
        entity_of("", None)
