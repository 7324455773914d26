"""Secrets of others in the hands of the tools: told by nobody, lost by nobody, whatever Panther answers."""

import json
import logging

import pytest

TOKEN = "tok-planted-3f9b1c"
STORED = "src-planted-77aa01"
GIVEN = "arg-planted-c0ffee"
SECRETS = (TOKEN, STORED, GIVEN)
OWN = {"id": "own", "name": "in use", "permissions": ["AlertRead"]}
OTHER = {"id": "t1", "name": "SOAR", "permissions": ["AlertRead"]}
SOURCE = {
    "integrationId": "s1",
    "integrationLabel": "Door",
    "logTypes": ["Okta.SystemLog"],
    "logStreamType": "Auto",
    "authMethod": "SharedSecret",
    "authHeaderKey": "x-door",
    "authSecretValue": STORED,
    "authNewer": {"issuer": "https://issuer.example"},
    "authPassword": None,
}


@pytest.fixture(autouse=True)
def heard(caplog):
    """No secret is in any record, at any level, of any of our loggers."""
    caplog.set_level(logging.DEBUG, logger="panther_mcp")
    yield caplog
    assert not [secret for secret in SECRETS if secret in caplog.text]


@pytest.fixture
def silent(scripted):
    """Calls a tool, and checks that neither result nor error tells a secret."""

    async def call(tool, /, **arguments):
        result = await scripted.raw(tool, arguments)
        text = result.content[0].text
        assert not [secret for secret in SECRETS if secret[:12] in text], text
        return result.structured_content["error"] if result.is_error else result.structured_content

    return call


def tokens(script, **answers):
    script.answers |= {"GET /api-tokens/self": OWN, "GET /api-tokens/t1": OTHER} | answers


async def test_a_token_that_panther_shows_where_it_should_not_stays_hidden(script, silent):
    shown = {**OTHER, "value": TOKEN, "name": f"SOAR {TOKEN}"}
    script.answers |= {
        "GET /api-tokens/self": {**OWN, "value": TOKEN},
        "GET /api-tokens/t1": shown,
        "GET /api-tokens": {"results": [{**OTHER, "value": TOKEN}]},
        "POST /api-tokens/t1": {**shown, "name": "x"},
        "DELETE /api-tokens/t1": (204, b""),
    }
    await silent("list_api_tokens")
    await silent("get_permissions")
    assert (await silent("update_api_token", token_id="t1", name="x"))["changes"]
    assert (await silent("delete_api_token", token_id="t1"))["deleted"]["id"] == "t1"


async def test_a_refusal_that_repeats_the_secret_does_not_tell_it(script, silent):
    message = {"message": f"authSecretValue {GIVEN} is weak; it was {STORED}. {'x' * 960}{GIVEN}"}
    script.answers |= {
        "GET /log-sources/http/s1": SOURCE,
        "PUT /log-sources/http/s1": (400, message),
    }
    error = await silent("update_http_log_source", source_id="s1", auth_secret=GIVEN)
    assert (error["code"], "[secret] is weak; it was [secret]" in error["message"]) == ("invalid_input", True)
    script.answers["POST /log-sources/http"] = (400, {"message": f"{GIVEN} is weak", "testResults": [GIVEN]})
    given = {"name": "x", "log_types": ["x"], "auth_method": "Bearer", "auth_secret": GIVEN}
    error = await silent("create_http_log_source", **given)
    assert (error["message"], "details" in error) == ("Panther rejected the input: [secret] is weak", False)


async def test_an_answer_that_cannot_be_read_does_not_tell_it(script, silent):
    script.answers["GET /log-sources/http/s1"] = f'{{"authSecretValue": "{STORED}", "x": [1}}'.encode()
    assert (await silent("update_http_log_source", source_id="s1", name="x"))["code"] == "upstream_error"
    tokens(script, **{"POST /api-tokens/t1/rotate": {**OTHER, "value": TOKEN, "permissions": {"odd": TOKEN}}})
    told = await silent("rotate_api_token", token_id="t1")
    assert "permissions" not in told
    assert told["warnings"], "what does not fit is left out, and told"


async def test_a_failure_of_our_own_does_not_tell_it(script, silent, monkeypatch, heard):
    from panther_mcp.secret_files import SecretFile

    def broken(_self, secret):
        raise KeyError(f"{secret} inside")

    monkeypatch.setattr(SecretFile, "write", broken)
    tokens(script, **{"POST /api-tokens/t1/rotate": {**OTHER, "value": TOKEN}})
    assert (await silent("rotate_api_token", token_id="t1"))["code"] == "internal"
    assert "KeyError: '[secret] inside'" in heard.text


async def test_what_is_put_back_is_all_that_there_was(script, silent):
    script.answers |= {"GET /log-sources/http/s1": SOURCE, "PUT /log-sources/http/s1": SOURCE}
    told = await silent("update_http_log_source", source_id="s1", name="Doors")
    change = {"field": "integrationLabel", "before": "Door", "after": "Doors"}
    assert told == {"source_id": "s1", "changes": [change]}
    put = dict(SOURCE, integrationLabel="Doors")
    del put["authPassword"]
    assert script.bodies[-1] == put


@pytest.mark.parametrize("shown", ["********", "", None])
async def test_a_secret_that_panther_does_not_tell_is_not_overwritten(script, silent, shown):
    script.answers |= {
        "GET /log-sources/http/s1": {**SOURCE, "authSecretValue": shown},
        "PUT /log-sources/http/s1": SOURCE,
    }
    error = await silent("update_http_log_source", source_id="s1", name="Doors")
    assert (error["code"], "does not tell" in error["message"]) == ("invalid_input", True)
    assert script.times("PUT /log-sources/http/s1") == 0
    told = await silent("update_http_log_source", source_id="s1", name="Doors", auth_secret=GIVEN)
    assert {"field": "authSecretValue", "secret": True} in told["changes"]
    assert script.bodies[-1]["authSecretValue"] == GIVEN


async def test_nothing_is_made_where_its_secret_could_not_be_kept(script, connect, tmp_path):
    tokens(script, **{"POST /api-tokens": {**OTHER, "value": TOKEN}, "POST /log-sources/http": SOURCE})
    (tmp_path / "file").write_text("")
    source = {"name": "x", "log_types": ["x"], "auth_method": "Bearer"}
    calls = {
        "create_api_token": {"name": "x", "permissions": ["AlertRead"]},
        "rotate_api_token": {"token_id": "t1"},
        "create_http_log_source": source,
    }
    token = "script-token-0123456789"
    async with connect(token=token, rest_url=script.url, secrets_dir=tmp_path / "file" / "x") as mcp:
        for tool, arguments in calls.items():
            error = await mcp.refused(tool, arguments)
            assert (error["code"], error["details"]) == ("blocked_by_policy", {"rule": "secret_files"})
            assert "PANTHER_MCP_SECRETS_DIR" in error["hint"]
    assert not [asked for asked, _ in script.asked if asked.startswith("POST")]


async def test_a_token_without_a_value_leaves_no_file(script, silent, secrets_dir):
    tokens(script, **{"POST /api-tokens": OTHER, "POST /api-tokens/t1/rotate": (500, {"message": "no"})})
    before = sorted(secrets_dir.glob("*"))
    error = await silent("create_api_token", name="x", permissions=["AlertRead"])
    assert error["message"] == "Panther did not tell the token's value."
    assert (await silent("rotate_api_token", token_id="t1"))["code"] == "unavailable"
    assert sorted(secrets_dir.glob("*")) == before


async def test_the_token_in_use_is_known_by_its_id(script, silent):
    # Whatever a Panther makes of an id, its own answer says which token is meant.
    tokens(script, **{"GET /api-tokens/t1": {**OWN, "name": "alias"}})
    for tool in ("rotate_api_token", "delete_api_token"):
        assert (await silent(tool, token_id="t1"))["details"] == {"rule": "token_in_use"}
    tokens(script, **{"GET /api-tokens/t1": {"name": "no id"}})
    for tool in ("rotate_api_token", "delete_api_token"):
        assert (await silent(tool, token_id="t1"))["details"] == {"rule": "token_in_use"}
    assert {asked.split(" ")[0] for asked, _ in script.asked} == {"GET"}


async def test_a_change_is_not_based_on_half_an_answer(script, connect):
    half = {"integrationId": "s1", "integrationType": "aws-s3", "s3Bucket": "b", "kmsKey": None}
    errors = [{"message": "kms failed", "path": ["source", "kmsKey"]}]
    script.answers["GetLogSource"] = {"data": {"source": {"__typename": "S3LogIntegration", **half}}, "errors": errors}
    url = f"{script.url}/public/graphql"
    async with connect(token="script-token-0123456789", rest_url=script.url, graphql_url=url) as mcp:
        for tool in ("update_s3_log_source", "delete_log_source"):
            arguments = {"source_id": "s1"} | ({"name": "x"} if tool == "update_s3_log_source" else {})
            error = await mcp.refused(tool, arguments)
            assert (error["code"], "kms failed" in error["message"]) == ("upstream_error", True)
    assert script.times("UpdateS3Source") == script.times("DeleteSource") == 0


async def test_a_source_of_a_kind_that_nobody_knows_is_told(script, connect):
    node = {"__typename": "QuantumLogIntegration", "integrationId": "q1", "integrationType": "quantum", "qubits": 5}
    script.answers["GetLogSource"] = {"data": {"source": node}}
    url = f"{script.url}/public/graphql"
    async with connect(token="script-token-0123456789", rest_url=script.url, graphql_url=url) as mcp:
        told = await mcp("get_log_source", source_id="q1")
        assert (told["integrationId"], told["integrationType"]) == ("q1", "quantum")
        error = await mcp.refused("update_s3_log_source", {"source_id": "q1", "name": "x"})
        assert error["message"] == "This source is of type quantum, not aws-s3."
    assert json.dumps(told)
