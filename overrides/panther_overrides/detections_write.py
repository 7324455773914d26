"""Detection engineering: what the model reads about the tools that write, try, delete and upload detections."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of, exclusive, max_items, time_order

_KIND = "The kind that it is."
_RUN_TESTS = "Store it only if its tests pass."
_FIELDS = {
    "display_name": "The name that people see.",
    "severity": "The alerts' severity.",
    "log_types": "Log types it reads (rules, simple_rules).",
    "scheduled_queries": "Names of its queries (scheduled_rules).",
    "resource_types": "Resource types it checks (policies).",
    "description": "What it finds, and why that matters.",
    "runbook": "What to do about an alert (not policies).",
    "tags": "Its tags.",
    "reports": 'E.g. {"MITRE ATT&CK": ["TA0001:T1078"]}.',
    "threshold": "Matches until it alerts (not policies).",
    "dedup_period_minutes": "Minutes that share an alert (not policies).",
    "output_ids": "Ids of the destinations of its alerts.",
    "summary_attributes": "Fields summarised in alerts (not policies).",
    "inline_filters": "YAML of filters (rules, simple_rules).",
    "suppressions": "Resources it ignores, as patterns (policies).",
    "alert_title": "Title of the alerts (simple_rules).",
    "alert_context": "YAML of fields to add (simple_rules).",
    "dynamic_severities": "YAML of severities by condition (simple_rules).",
    "group_by": "YAML of fields to deduplicate by (simple_rules).",
}
_TEST = "{name, expectedResult, resource: event}"
_SIMPLE = ("alert_title", "alert_context", "dynamic_severities", "group_by")

TOOLS = {
    "create_detection": ToolOverride(
        description=(
            "Create a detection: a rule, simple rule, scheduled rule or policy. Its tests run first; if one fails, "
            "nothing is stored. It starts disabled unless enabled is true. "
            'Example: {"detection_id": "Okta.New.Admin", "severity": "HIGH", "log_types": ["Okta.SystemLog"], "body": '
            "\"def rule(event):\\n    return event.get('eventType') == 'user.account.privilege.grant'\", \"tests\": "
            '[{"name": "granted", "expectedResult": true, "resource": {"eventType": "user.account.privilege.grant"}}]}'
        ),
        params={
            "detection_id": "A new id, e.g. Okta.New.Admin.",
            "detection_type": "The kind to create.",
            "body": "Python: rule(event) or policy(resource); simple_rules: YAML.",
            **_FIELDS,
            "enabled": "Whether it alerts at once.",
            "tests": f"Unit tests: {_TEST}.",
            "run_tests": _RUN_TESTS,
        },
    ),
    "update_detection": ToolOverride(
        description=(
            "Change a detection: only what is given, everything else stays. Its tests run first; if one fails, nothing "
            "is stored. The result shows each change, code as a diff. "
            'Example: {"detection_id": "Okta.Login.FailedPassword", "severity": "MEDIUM", "threshold": 5}'
        ),
        params={
            "detection_id": "The exact id.",
            "detection_type": _KIND,
            "body": "The whole new code: Python, or YAML for simple_rules.",
            **_FIELDS,
            "enabled": "Whether it alerts.",
            "tests": f"All unit tests anew: {_TEST}.",
            "add_tests": "Tests to add, or to replace by name; the others stay.",
            "clear": 'Fields to empty, e.g. ["runbook"].',
            "run_tests": _RUN_TESTS,
        },
        rules=(exclusive("tests", "add_tests"),),
    ),
    "enable_detection": ToolOverride(
        description=(
            "Let a detection alert, and change nothing else of it. Its tests run first; if one fails, it stays "
            'disabled. disable_detection stops it. Example: {"detection_id": "Okta.Login.FailedPassword"}'
        ),
        params={"detection_id": "The exact id.", "detection_type": _KIND, "run_tests": "Enable it only if they pass."},
    ),
    "test_detection": ToolOverride(
        description=(
            "Run a detection's unit tests without storing anything: as it is stored, with body or tests replaced, or "
            "(body and tests given, id not in use) a new one. Says for each test what was expected and what came. "
            'Example: {"detection_id": "Okta.Login.FailedPassword"}'
        ),
        params={
            "detection_id": "Its id, or the one that a new one will have.",
            "detection_type": _KIND,
            "body": "Code in place of the stored; YAML for simple_rules.",
            "tests": f"Tests in place of the stored: {_TEST}.",
            "log_types": "Log types, which decide the data model.",
            "inline_filters": _FIELDS["inline_filters"],
            **{name: _FIELDS[name] for name in _SIMPLE},
        },
    ),
    "delete_detections": ToolOverride(
        description=(
            "Delete detections of any kind for good, by id. There is no way back: disable_detection keeps the code. "
            'Example: {"detection_ids": ["AWS.VPC.AcceptedSSH"]}'
        ),
        params={
            "detection_ids": "The exact ids.",
            "include_saved_queries": "Also delete the queries of scheduled rules.",
        },
        rules=(max_items("detection_ids", 50),),
    ),
    "upload_detections": ToolOverride(
        description=(
            "Create or replace detections, global helpers, data models and queries from files as panther_analysis_tool "
            "has them: each a YAML with AnalysisType, and the Python that it names. All or nothing; tests do not run. "
            'Example: {"files": {"g.yml": "AnalysisType: global\\nGlobalID: g\\nFilename: g.py", "g.py": "X = 1"}}'
        ),
        params={
            "files": "Path to text, e.g. rules/a.yml and rules/a.py.",
            "timeout": "Seconds to wait for the outcome.",
        },
    ),
    "get_detection_upload": ToolOverride(
        description=(
            "Read how an upload went whose upload_detections did not wait for the end: counts per kind, or what is "
            'wrong in which file. Example: {"receipt_id": "5752a650-9876-5d98-9420-3a7ac72e61e4"}'
        ),
        params={"receipt_id": "receipt_id of upload_detections."},
    ),
    "backtest_detection": ToolOverride(
        description=(
            "Run a rule, stored or as new code, over a sample of past events, in Panther and without storing it: how "
            "often it would have fired, on what, and the alerts to expect. Do so before a rule is created or changed. "
            'Example: {"detection_id": "AWS.S3.BulkObjectRead", "threshold": 20}'
        ),
        params={
            "detection_id": "A stored rule or simple rule.",
            "body": "The code to try, instead of the stored code.",
            "log_types": "Its log types; needed without detection_id.",
            "start_date": "Events from then on: ISO 8601 or relative.",
            "end_date": "Events until then. At most 92 days later.",
            "max_events": "Events to run it over; more is more exact.",
            "threshold": "Matches an alert, to try another number.",
            "dedup_period_minutes": "To try another period.",
            "compare": "Tell what the stored rule does with them too.",
        },
        rules=(at_least_one_of("detection_id", "body"), time_order("start_date", "end_date")),
    ),
}
