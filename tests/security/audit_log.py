"""What the tests of the audit log share: a server that writes one, the command line that reads it, and its lines."""

import os
import subprocess
import sys

import pytest

from panther_mcp.audit.verify import verify


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "audit.jsonl"


@pytest.fixture
async def mcp(panther, connect, path):
    async with connect(token=panther.token, instance_url=panther.url, audit_log=path) as caller:
        yield caller


@pytest.fixture
def run(panther, path):
    def command(*arguments, **env):
        known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        known |= {"PANTHER_INSTANCE_URL": panther.url, "PANTHER_API_TOKEN": panther.token}
        return subprocess.run(
            [sys.executable, "-m", "panther_mcp", "audit", *arguments],
            env=known | {"PANTHER_MCP_AUDIT_LOG": str(path), "COLUMNS": "100"} | env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return command


@pytest.fixture
def alerts(panther):
    """Two alerts, whose state is put back afterwards."""
    found = panther.all("/alerts", limit=50)[:2]
    before = [state(panther, alert) for alert in found]
    yield found
    for alert, (status, user) in zip(found, before, strict=True):
        panther.graphql(STATUS, ids=[alert["id"]], status=status)
        panther.graphql(ASSIGNEE, ids=[alert["id"]], user=user)


STATUS = (
    "mutation($ids: [ID!]!, $status: AlertStatus!) "
    "{ updateAlertStatusById(input: {ids: $ids, status: $status}) { alerts { id } } }"
)
ASSIGNEE = (
    "mutation($ids: [ID!]!, $user: ID) "
    "{ updateAlertsAssigneeById(input: {ids: $ids, assigneeId: $user}) { alerts { id } } }"
)
STATE = "query($id: ID!) { alert(id: $id) { status assignee { id } } }"


def state(panther, alert):
    found = panther.graphql(STATE, id=alert["id"])["alert"]
    return found["status"], (found["assignee"] or {}).get("id")


def bodies(path):
    found = []
    verify(path, visit=found.append)
    return found


def last_id(path):
    return bodies(path)[-1]["id"]


async def undoes(run, path, call_id, *more):
    done = run("undo", call_id, *more)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
