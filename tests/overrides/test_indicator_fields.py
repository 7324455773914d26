"""p_any_* arrays of events: what an event holds anyway is left out of them, and nothing else."""

import pytest

from panther_overrides.workflows.common.indicator_fields import without_repeats

EVENTS = {
    "all stand elsewhere": (
        {"ip": "1.2.3.4", "on": [{"arn": "a:b"}], "p_any_ip_addresses": ["1.2.3.4"], "p_any_aws_arns": ["a:b"]},
        {"ip": "1.2.3.4", "on": [{"arn": "a:b"}]},
    ),
    "a part of a text is another text": (
        {"url": "https://evil.example/x", "p_any_domain_names": ["evil.example"]},
        {"url": "https://evil.example/x", "p_any_domain_names": ["evil.example"]},
    ),
    "some stand elsewhere": (
        {"who": "A:kim", "key": "k1", "p_any_usernames": ["kim", "A:kim"]},
        {"who": "A:kim", "key": "k1", "p_any_usernames": ["kim"]},
    ),
    "in each other only": (
        {"p_any_emails": ["a@b.example"], "p_any_usernames": ["a@b.example"]},
        {"p_any_emails": ["a@b.example"], "p_any_usernames": ["a@b.example"]},
    ),
    "as a name of a field only": ({"kim": 1, "p_any_usernames": ["kim"]}, {"kim": 1, "p_any_usernames": ["kim"]}),
    "no texts": (
        {"n": 1, "p_any_numbers": [1, {"a": "x"}], "p_any_odd": "text", "p_any_none": None},
        {"n": 1, "p_any_numbers": [1, {"a": "x"}], "p_any_odd": "text", "p_any_none": None},
    ),
    "none": ({"n": None}, {"n": None}),
}


@pytest.mark.parametrize(("event", "told"), EVENTS.values(), ids=EVENTS)
def test_only_what_an_event_holds_anyway_is_left_out(event, told):
    assert without_repeats(event) == told
