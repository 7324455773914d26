"""The ordinary days of Acme: two weeks of what people and services do, and of what strangers try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from panther_sandbox.seed.events.aws import api_call, flow, read_object, service_principal, sso_principal
from panther_sandbox.seed.events.okta import okta_event
from panther_sandbox.seed.events.saas import github_event, gsuite_event
from panther_sandbox.seed.events.standard import Row, Scribe
from panther_sandbox.seed.people import Employee
from panther_sandbox.seed.sources import GITHUB_BROKEN_SINCE
from panther_sandbox.seed.story import AWS_ACCOUNT, REPOSITORIES

DAYS = 14
_APPS = ("Slack", "Google Workspace", "GitHub", "AWS IAM Identity Center", "Notion", "Salesforce")
_BACKUP_AGENT = "Boto3/1.34.69 md/Botocore#1.34.69 lang/python#3.12"
_CALLS = (
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeSecurityGroups"),
    ("s3", "ListBuckets"),
    ("cloudwatch", "GetMetricData"),
    ("logs", "FilterLogEvents"),
    ("lambda", "ListFunctions20150331"),
    ("rds", "DescribeDBInstances"),
    ("iam", "ListRoles"),
)
_INSTANCES = (
    ("10.20.0.5", "i-0b5d3e9f1a7c2486e"),
    ("10.20.1.17", "i-04f7a2c9d0e8b6135"),
    ("10.20.1.18", "i-09c6b1e3f2d7a5480"),
)


@dataclass(frozen=True)
class Noise:
    """Ordinary events; the groups with a name are what the noisy rules match, the everyday ones match none."""

    everyday: list[Row]
    failed_passwords: list[list[Row]]
    external_shares: list[Row]
    role_failures: list[list[Row]]
    visibility_changes: list[Row]

    @property
    def rows(self) -> list[Row]:
        """All ordinary events."""
        groups = [row for group in (*self.failed_passwords, *self.role_failures) for row in group]
        return [*self.everyday, *groups, *self.external_shares, *self.visibility_changes]


def write_noise(scribe: Scribe, now: datetime) -> Noise:
    """Write two weeks of ordinary events."""
    rows: list[Row] = []
    for day in range(DAYS):
        midnight = now.replace(microsecond=0) - timedelta(days=day + 1)
        for person in scribe.facts.employees:
            rows += _working_day(scribe, midnight, person, now)
        rows += _services(scribe, midnight)
    failed_passwords = [_failed_passwords(scribe, now, number) for number in range(24)]
    role_failures = [_role_failures(scribe, now, number) for number in range(4)]
    external_shares = [_external_share(scribe, now, number) for number in range(6)]
    visibility_changes = [
        github_event(
            scribe,
            now - timedelta(days=5 * number + 2, hours=3),
            scribe.facts.engineers[number + 2],
            "repo.access",
            repo="docs",
        )
        for number in range(2)
    ]
    return Noise(
        rows,
        failed_passwords,
        external_shares,
        role_failures,
        visibility_changes,
    )


def _working_day(scribe: Scribe, midnight: datetime, person: Employee, now: datetime) -> list[Row]:
    chance = scribe.random

    def moment() -> datetime:
        return midnight + timedelta(seconds=chance.randint(0, 86_000))

    rows = [okta_event(scribe, moment(), person, "user.session.start", "User login to Okta")]
    for app in chance.sample(_APPS, 3):
        target: Row = {"type": "AppInstance", "displayName": app}
        rows.append(
            okta_event(
                scribe, moment(), person, "user.authentication.sso", "User single sign on to app", target=[target]
            )
        )
    rows += [
        gsuite_event(
            scribe, moment(), person, "drive", "view", {"doc_title": f"Plan {number}", "visibility": "private"}
        )
        for number in range(2)
    ]
    if person in scribe.facts.engineers:
        principal = sso_principal(person)
        for service, name in chance.choices(_CALLS, k=5):
            rows.append(api_call(scribe, moment(), principal, service, name, ip=person.ip))
        for repository in chance.sample(REPOSITORIES, 2):
            pushed = moment()
            # Since the webhook broke, what GitHub sends is lost.
            if pushed < now - GITHUB_BROKEN_SINCE:
                rows.append(github_event(scribe, pushed, person, "git.push", repo=repository))
    return rows


def _services(scribe: Scribe, midnight: datetime) -> list[Row]:
    """Services at work: the nightly export, health checks, and scanners that knock."""
    chance = scribe.random
    export = service_principal("svc-report-export", "AKIASBX2NIGHTLY7K3PQ")
    rows = [
        read_object(
            scribe,
            midnight + timedelta(hours=2, minutes=number),
            export,
            "acme-customer-exports",
            f"daily/summary-{number}.csv.gz",
            chance.randint(20_000, 90_000),
            ip="10.20.1.17",
            agent=_BACKUP_AGENT,
        )
        for number in range(3)
    ]
    for _ in range(25):
        target, instance = chance.choice(_INSTANCES)
        when = midnight + timedelta(seconds=chance.randint(0, 86_000))
        if chance.random() < 0.3:
            stranger = f"198.18.{chance.randint(0, 9)}.{chance.randint(1, 250)}"
            port = chance.choice((22, 23, 3389))
            rows.append(flow(scribe, when, stranger, target, port, accepted=False, size=60, instance=instance))
        else:
            colleague = chance.choice(scribe.facts.employees)
            size = chance.randint(4_000, 900_000)
            rows.append(flow(scribe, when, colleague.ip, target, 443, accepted=True, size=size, instance=instance))
    return rows


def _failed_passwords(scribe: Scribe, now: datetime, number: int) -> list[Row]:
    """Return someone mistyping a password a few times: what the noisiest rule matches."""
    person = scribe.facts.employees[2 + number % 13]
    start = now.replace(microsecond=0) - timedelta(hours=13 * number + 5)
    return [
        okta_event(
            scribe,
            start + timedelta(seconds=20 * attempt),
            person,
            "user.session.start",
            "User login to Okta",
            result="FAILURE",
            reason="INVALID_CREDENTIALS",
        )
        for attempt in range(3 + number % 3)
    ]


def _role_failures(scribe: Scribe, now: datetime, number: int) -> list[Row]:
    person = scribe.facts.engineers[3 + number % 4]
    start = now.replace(microsecond=0) - timedelta(days=3 * number + 1, hours=6)
    role = f"arn:aws:iam::{AWS_ACCOUNT}:role/deploy-{number}"
    return [
        api_call(
            scribe,
            start + timedelta(seconds=30 * attempt),
            sso_principal(person),
            "sts",
            "AssumeRole",
            ip=person.ip,
            parameters={"roleArn": role, "roleSessionName": person.username},
            error=("AccessDenied", f"not authorized to perform: sts:AssumeRole on resource: {role}"),
            arns=(role,),
        )
        for attempt in range(4)
    ]


def _external_share(scribe: Scribe, now: datetime, number: int) -> Row:
    """Return a Drive share; those without a visibility break the rule that watches them."""
    person = scribe.facts.employees[7 + number]
    parameters: Row = {"doc_title": f"Proposal {number}", "target_user": f"buyer{number}@partner.example"}
    if number % 2:
        parameters["visibility"] = "shared_externally"
    when = now.replace(microsecond=0) - timedelta(days=2 * number + 1, hours=number)
    return gsuite_event(scribe, when, person, "drive", "change_user_access", parameters)
