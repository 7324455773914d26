"""Checks of the tools that change users, roles and API tokens: what is told is what the sandbox holds afterwards."""

import stat
from pathlib import Path

import httpx2

from .checks import check, said

ROLE = {"name": "Night shift", "permissions": ["AlertModify", "AlertRead"]}
USER = {"email": "kim.lee@acme.example", "given_name": "Kim", "family_name": "Lee", "role": "Analyst"}
TOKEN = {"name": "SOAR ../../../etc/passwd", "permissions": ["AlertRead"]}


def missing(panther, path):
    return httpx2.get(panther.url + path, headers={"X-API-Key": panther.token}, trust_env=False).status_code == 404


def opens(panther, value):
    """Whether a token with this value opens Panther."""
    answer = httpx2.get(f"{panther.url}/api-tokens/self", headers={"X-API-Key": value}, trust_env=False)
    return answer.status_code == 200


def kept(result):
    """The secret that a result names the file of, which only its owner can read."""
    path = Path(result["secret_file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (value,) = path.read_text().splitlines()
    assert value not in str(result)
    return value


@check("invite_user")
async def invite(mcp, panther):
    made = await mcp("invite_user", **USER)
    assert made == said(panther.rest(f"/users/{made['id']}"))
    assert (made["email"], made["role"]["name"]) == (USER["email"], "Analyst")
    assert (await mcp.refused("invite_user", **USER))["code"] in ("conflict", "invalid_input")
    assert (await mcp.refused("invite_user", **USER | {"email": "x@acme.example", "role": "Nobody"}))["code"] == (
        "not_found"
    )
    await mcp("delete_user", user_id=made["id"])


@check("update_user")
async def user(mcp, panther):
    made = await mcp("invite_user", **USER)
    before = panther.rest(f"/users/{made['id']}")
    told = await mcp("update_user", user_id=USER["email"], family_name="Park", role="AnalystReadOnly")
    assert told == {
        "id": made["id"],
        "changes": [
            {"field": "familyName", "before": "Lee", "after": "Park"},
            {"field": "role", "before": "Analyst", "after": "AnalystReadOnly"},
        ],
    }
    after = panther.rest(f"/users/{made['id']}")
    assert after["role"]["name"] == "AnalystReadOnly"
    assert after == before | {"familyName": "Park", "role": after["role"]}
    assert await mcp("update_user", user_id=made["id"], family_name="Park") == {"id": made["id"], "unchanged": True}
    told = await mcp("update_user", user_id=made["id"], email="kim.park@acme.example")
    assert told["changes"] == [{"field": "email", "before": USER["email"], "after": "kim.park@acme.example"}]
    await mcp("delete_user", user_id=made["id"])


@check("delete_user")
async def no_user(mcp, panther):
    made = await mcp("invite_user", **USER)
    told = await mcp("delete_user", user_id=USER["email"])
    assert (told["deleted"]["id"], told["deleted"]["email"]) == (made["id"], USER["email"])
    assert missing(panther, f"/users/{made['id']}")
    assert (await mcp.refused("delete_user", user_id=made["id"]))["code"] == "not_found"


@check("create_role")
async def new_role(mcp, panther):
    given = {"log_type_access_kind": "ALLOW", "log_type_access": ["AWS.CloudTrail"]}
    made = await mcp("create_role", **ROLE, **given)
    held = panther.rest(f"/roles/{made['id']}")
    assert made == {name: held[name] for name in made}
    assert (held["name"], held["permissions"]) == (ROLE["name"], ROLE["permissions"])
    assert (held["logTypeAccessKind"], held["logTypeAccess"]) == ("ALLOW", ["AWS.CloudTrail"])
    error = await mcp.refused("create_role", name="Odd", permissions=["FlyToTheMoon"])
    assert (error["code"], "permissions" in error["message"]) == ("invalid_input", True)
    await mcp("delete_role", role_id=made["id"])


@check("update_role")
async def changed_role(mcp, panther):
    # GraphQL has no name for this permission: it must survive all the same.
    given = {"permissions": ["AlertRead", "BulkUploadValidate"], "log_type_access_kind": "DENY"}
    made = await mcp("create_role", name="Uploads", **given, log_type_access=["Okta.SystemLog"])
    told = await mcp("update_role", role_id=made["id"], name="Uploads only")
    assert told == {"id": made["id"], "changes": [{"field": "name", "before": "Uploads", "after": "Uploads only"}]}
    held = panther.rest(f"/roles/{made['id']}")
    shown = ("permissions", "logTypeAccessKind", "logTypeAccess")
    assert [held[name] for name in shown] == [["AlertRead", "BulkUploadValidate"], "DENY", ["Okta.SystemLog"]]
    told = await mcp("update_role", role_id=made["id"], permissions="RuleRead", log_type_access=[])
    assert told["changes"] == [
        {"field": "permissions", "before": ["AlertRead", "BulkUploadValidate"], "after": ["RuleRead"]},
        {"field": "logTypeAccess", "before": ["Okta.SystemLog"], "after": []},
    ]
    held = panther.rest(f"/roles/{made['id']}")
    assert [held[name] for name in shown] == [["RuleRead"], "DENY", []]
    assert (await mcp("update_role", role_id=made["id"], permissions=["RuleRead", "RuleRead"]))["unchanged"]
    assert "None of" in (await mcp.refused("update_role", role_id=made["id"]))["message"]
    await mcp("delete_role", role_id=made["id"])


@check("delete_role")
async def no_role(mcp, panther):
    made = await mcp("create_role", **ROLE)
    told = await mcp("delete_role", role_id=made["id"])
    assert told == {"deleted": {"id": made["id"], **ROLE}}
    assert missing(panther, f"/roles/{made['id']}")
    (analyst,) = panther.rest("/roles", name="Analyst")["results"]
    refused = await mcp.refused("delete_role", role_id=analyst["id"])
    assert (refused["code"], "in use" in refused["message"]) == ("invalid_input", True)


@check("list_api_tokens")
async def tokens(mcp, panther):
    told = (await mcp("list_api_tokens"))["api_tokens"]
    held = panther.rest("/api-tokens")["results"]
    assert [(one["id"], one["name"], one["createdAt"]) for one in told] == [
        (one["id"], one["name"], one["createdAt"]) for one in held
    ]
    assert len(told) >= 2


@check("get_api_token")
async def token(mcp, panther):
    for held in panther.rest("/api-tokens")["results"]:
        told = await mcp("get_api_token", token_id=held["id"])
        told.pop("lastUsedAt", None)
        assert told == {name: held[name] for name in told}
        assert {"id", "name", "permissions", "allowedCIDRBlocks", "createdBy"} <= told.keys()


@check("create_api_token")
async def new_token(mcp, panther):
    made = await mcp("create_api_token", **TOKEN, allowed_cidr_blocks="127.0.0.0/8")
    value = kept(made)
    assert opens(panther, value)
    held = panther.rest(f"/api-tokens/{made['id']}")
    shown = ("id", "name", "permissions", "allowedCIDRBlocks")
    assert {name: made[name] for name in shown} == {name: held[name] for name in shown}
    assert (held["permissions"], held["allowedCIDRBlocks"]) == (["AlertRead"], ["127.0.0.0/8"])
    files = sorted(Path(made["secret_file"]).parent.iterdir())
    error = await mcp.refused("create_api_token", name="odd", permissions=["FlyToTheMoon"])
    assert error["code"] == "invalid_input"
    assert sorted(Path(made["secret_file"]).parent.iterdir()) == files
    await mcp("delete_api_token", token_id=made["id"])


@check("update_api_token")
async def changed_token(mcp, panther):
    made = await mcp("create_api_token", **TOKEN, allowed_cidr_blocks=["127.0.0.0/8"])
    value = kept(made)
    told = await mcp("update_api_token", token_id=made["id"], permissions=["RuleRead", "AlertRead"])
    change = {"field": "permissions", "before": ["AlertRead"], "after": ["AlertRead", "RuleRead"]}
    assert told == {"id": made["id"], "changes": [change]}
    held = panther.rest(f"/api-tokens/{made['id']}")
    assert (held["name"], held["allowedCIDRBlocks"]) == (TOKEN["name"], ["127.0.0.0/8"])
    assert held["permissions"] == ["AlertRead", "RuleRead"]
    assert opens(panther, value)
    assert (await mcp("update_api_token", token_id=made["id"], name=TOKEN["name"]))["unchanged"]
    await mcp("delete_api_token", token_id=made["id"])


@check("rotate_api_token")
async def rotated_token(mcp, panther):
    made = await mcp("create_api_token", **TOKEN)
    told = await mcp("rotate_api_token", token_id=made["id"])
    assert (told["id"], told["name"]) == (made["id"], TOKEN["name"])
    assert told["rotatedAt"]
    assert told["secret_file"] != made["secret_file"]
    assert (opens(panther, kept(made)), opens(panther, kept(told))) == (False, True)
    await in_use(mcp, panther, "rotate_api_token")
    await mcp("delete_api_token", token_id=made["id"])


@check("delete_api_token")
async def no_token(mcp, panther):
    made = await mcp("create_api_token", **TOKEN)
    told = await mcp("delete_api_token", token_id=made["id"])
    assert (told["deleted"]["id"], told["deleted"]["name"]) == (made["id"], TOKEN["name"])
    assert missing(panther, f"/api-tokens/{made['id']}")
    assert not opens(panther, kept(made))
    await in_use(mcp, panther, "delete_api_token")


async def in_use(mcp, panther, tool):
    """The token that the server uses is neither rotated nor deleted, whatever it is called."""
    own = panther.rest("/api-tokens/self")
    for name in (own["id"], "self", f"https://acme.runpanther.net/settings/api-tokens/{own['id']}"):
        error = await mcp.refused(tool, token_id=name)
        assert (error["code"], error["details"]) == ("blocked_by_policy", {"rule": "token_in_use"})
        assert "console" in error["hint"]
    assert panther.rest("/api-tokens/self") | {"lastUsedAt": ""} == own | {"lastUsedAt": ""}
