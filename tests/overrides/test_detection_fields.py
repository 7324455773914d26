"""What can be written of detections is what the API takes; changes and bundles are what they say."""

import base64
import io
import json
import zipfile
from importlib.resources import files

import pytest

from panther_mcp.errors import InvalidInput
from panther_overrides.workflows.common.bundles import bundle
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS
from panther_overrides.workflows.common.document_changes import describe_changes

OPENAPI = json.loads((files("panther_schema") / "panther.openapi.json").read_text(encoding="utf-8"))
# What is no one's to give: the id stands in the path, the others are Panther's.
NOT_GIVEN = {"id", "managed", "pythonBody"}


@pytest.mark.parametrize("kind", WRITTEN_KINDS.values(), ids=WRITTEN_KINDS)
def test_each_field_that_the_api_takes_has_a_parameter(kind):
    operation = OPENAPI["paths"][f"/{kind.collection}/{{id}}"]["put"]
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(kind.fields.values()) == OPENAPI["components"]["schemas"][name]["properties"].keys() - NOT_GIVEN


CHANGES = {
    "nothing": ({"a": 1, "b": [1]}, {"a": 1, "b": [1]}, {}),
    "a value": ({"a": 1}, {"a": 2}, {"a": {"before": 1, "after": 2}}),
    "a new field": ({}, {"a": "x"}, {"a": {"before": None, "after": "x"}}),
    "a field that goes": ({"a": "x"}, {}, {"a": {"before": "x", "after": None}}),
    "a number and a truth": ({"a": 1}, {"a": "1"}, {"a": {"before": 1, "after": "1"}}),
    "lines": ({"a": "1\n2\n"}, {"a": "1\n3\n"}, {"a": {"diff": "--- before\n+++ after\n@@ -1,2 +1,2 @@\n 1\n-2\n+3"}}),
    "line ends": ({"a": "1\n"}, {"a": "1\r\n"}, {"a": {"note": "only line ends differ"}}),
    "named things": (
        {"a": [{"name": "x", "v": 1}, {"name": "y"}]},
        {"a": [{"name": "z"}, {"name": "x", "v": 2}]},
        {"a": {"added": ["z"], "removed": ["y"], "changed": ["x"]}},
    ),
    "their order": (
        {"a": [{"name": "x"}, {"name": "y"}]},
        {"a": [{"name": "y"}, {"name": "x"}]},
        {"a": {"note": "only the order differs"}},
    ),
    "from null": ({"a": None}, {"a": [{"name": "x"}]}, {"a": {"added": ["x"]}}),
    "things of one name": (
        {"a": [{"name": "x"}]},
        {"a": [{"name": "x"}, {"name": "x"}]},
        {"a": {"before": [{"name": "x"}], "after": [{"name": "x"}, {"name": "x"}]}},
    ),
    "a long value": ({"a": "y" * 600}, {"a": ""}, {"a": {"before": "y" * 500 + "…", "after": ""}}),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_changes(before, after, expected):
    assert describe_changes(before, after) == expected


RULE = "AnalysisType: rule\nRuleID: X\nSeverity: Low\n"
BUNDLES = {
    "beside each other": {"a/r.yml": f"{RULE}Filename: r.py # code", "a/r.py": "ü = 1"},
    "quoted": {"r.yaml": f"{RULE}'Filename': \"my r.py\"\n", "my r.py": ""},
    "in JSON": {"r.yml": '{"AnalysisType": "rule", "Filename": "r.py"}', "r.py": ""},
    "in a folder below": {"r.yml": f"{RULE}Filename: code/r.py", "code/r.py": ""},
    "without Python": {"r.yml": f"{RULE}Detection:\n  - {{Key: Filename, Condition: Exists}}\n"},
    "a name within a text": {"r.yml": f"{RULE}Description: >\n  Filename: none.py\n"},
}


@pytest.mark.parametrize("given", BUNDLES.values(), ids=BUNDLES)
def test_a_bundle_holds_the_files(given):
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(bundle(given)))) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == given
    assert bundle(given) == bundle(dict(reversed(given.items())))


NO_BUNDLES = {
    "nothing": ({}, "there are none"),
    "no YAML": ({"a.py": "X = 1"}, "there is no YAML file among them"),
    "no type": ({"a.yml": "RuleID: X"}, "a.yml has no AnalysisType"),
    "no Python": ({"a/r.yml": f"{RULE}Filename: r.py", "r.py": ""}, "a/r.yml names 'r.py', which is not among"),
    "Python of nobody": ({"r.yml": RULE, "r.py": ""}, "no YAML file names r.py"),
    "not text": ({"r.yml": RULE, "r.py": {"a": 1}}, "'r.py' is not text"),
    "outside": ({"../r.yml": RULE}, "'../r.yml' is no relative path"),
    "absolute": ({"/r.yml": RULE}, "'/r.yml' is no relative path"),
    "a drive": ({"c:r.yml": RULE}, "is no relative path"),
    "a backslash": ({"a\\r.yml": RULE}, "is no relative path"),
    "a line break": ({"a\nr.yml": RULE}, "is no relative path"),
    "another type": ({"r.yml": RULE, "README.md": ""}, "'README.md' is neither .yml, .yaml nor .py"),
    "twice": ({"r.yml": RULE, "./r.yml": RULE}, "'./r.yml' is there twice"),
    "too many": ({f"{number}.yml": RULE for number in range(501)}, "there are 501, and at most 500"),
    "too much": ({"r.yml": RULE + "#" * 5_000_000}, "at most 5000000 are allowed"),
}


@pytest.mark.parametrize(("given", "said"), NO_BUNDLES.values(), ids=NO_BUNDLES)
def test_what_is_no_bundle_says_why(given, said):
    with pytest.raises(InvalidInput) as caught:
        bundle(given)
    assert said in caught.value.message
    assert len(caught.value.message) < 2_000


def test_all_that_is_wrong_is_told_together():
    with pytest.raises(InvalidInput, match=r"a\.yml has no AnalysisType; b\.yml names 'c\.py', .* names d\.py"):
        bundle({"a.yml": "x: 1", "b.yml": f"{RULE}Filename: c.py", "d.py": ""})
