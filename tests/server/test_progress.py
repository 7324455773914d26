"""Progress of long calls: told to a client that asks for it, always further than before, with a total."""

from itertools import pairwise

import pytest

from panther_mcp.progress import forward

from .test_uploads import DONE, FILES, STARTED, state


@pytest.fixture
def heard():
    return []


@pytest.fixture
def hear(heard):
    async def note(done, total, message):
        heard.append((done, total, message))

    return note


def grows(heard):
    done = [one for one, _, _ in heard]
    return all(earlier < later for earlier, later in pairwise(done))


async def test_nothing_is_told_twice_or_backwards(heard, hear):
    tell = forward(hear)
    for done in (0, 0, 2.5, 1, 2.5, 3):
        await tell(done, 5, "x")
    assert [done for done, _, _ in heard] == [0, 2.5, 3]


async def test_an_upload_goes_forward_over_its_two_parts(script, scripted, heard, hear):
    states = [state(), state(), DONE, state(), state(), DONE]
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": states}
    asked = {"files": FILES, "timeout": 60}
    await scripted.client.call_tool_mcp("upload_detections", asked, progress_handler=hear)
    assert grows(heard)
    assert [total for _, total, _ in heard] == [120] * 4
    told = [message for _, _, message in heard]
    assert told == ["Panther checks the bundle"] * 2 + ["Panther stores the bundle"] * 2
    assert heard[2][0] >= 60


async def test_an_ai_run_goes_forward(script, scripted, heard, hear):
    run = {"finished": False, "error": "", "responseText": ""}
    script.answers = {
        "StartAlertTriage": {"data": {"aiSummarizeAlert": {"streamId": "s1"}}},
        "GetAIStream": [{"data": {"aiInferenceStream": run | {"finished": end}}} for end in (False, False, True)],
    }
    await scripted.client.call_tool_mcp("start_ai_alert_triage", {"alert_id": "a"}, progress_handler=hear)
    assert len(heard) == 2
    assert grows(heard)
    assert all(total for _, total, _ in heard)


async def test_a_bulk_update_counts_its_comments(mcp, panther, heard, hear):
    alerts = [alert["id"] for alert in panther.all("/alerts", limit=50)][:4]
    asked = {"alert_ids": alerts, "comment": "seen"}
    await mcp.client.call_tool_mcp("bulk_update_alerts", asked, progress_handler=hear)
    assert [(done, total) for done, total, _ in heard] == [(1, 4), (2, 4), (3, 4), (4, 4)]
