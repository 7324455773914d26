"""Shows that get_session_info tells what this very session has done."""

from .checks import check


@check("get_session_info")
async def session_info(mcp, panther):
    before = await mcp("get_session_info")
    await mcp.refused("get_user")
    scanned = (await mcp("query_data_lake", sql="SELECT COUNT(*) AS n FROM aws_cloudtrail"))["bytes_scanned"]
    assert scanned > 0
    after = await mcp("get_session_info")
    assert (after["scope"], after["began_at"]) == (before["scope"], before["began_at"])
    # The call that asked before is counted by now.
    assert after["calls"] - before["calls"] == 3
    assert after["errors"] - before["errors"] == 1
    assert after["bytes_scanned"] - before["bytes_scanned"] == scanned
    assert before["began_at"] <= after["last_call_at"]
    assert 1 <= len(after["calls_by_tool"]) <= 5
    assert sum(after["calls_by_tool"].values()) <= after["calls"]
