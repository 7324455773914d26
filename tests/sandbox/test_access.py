"""Users, roles and API tokens: made, changed, used and deleted, the same in both APIs."""

from __future__ import annotations

import uuid
from typing import Any

INVITE = "mutation($input: InviteUserInput!) { inviteUser(input: $input) { user { id email status role { name } } } }"
UPDATE = "mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { givenName role { name } } } }"
CREATE_ROLE = "mutation($input: CreateRoleInput!) { createRole(input: $input) { role { id name permissions } } }"
UPDATE_ROLE = "mutation($input: UpdateRoleInput!) { updateRole(input: $input) { role { name permissions } } }"
DELETE_ROLE = "mutation($id: ID!) { deleteRole(input: {id: $id}) { id } }"


def _email() -> str:
    return f"{uuid.uuid4().hex[:8]}@acme.example"


def _token(panther: Any, **given: Any) -> dict[str, Any]:
    body = {"name": "robot", "permissions": ["AlertRead"]} | given
    response = panther.http.post("/api-tokens", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def _with(token: str) -> dict[str, str]:
    return {"X-API-Key": token}


def test_users(writable: Any) -> None:
    email = _email()
    given = {"email": email, "givenName": "A", "familyName": "B", "role": {"kind": "NAME", "value": "Analyst"}}
    user = writable.data(INVITE, input=given)["inviteUser"]["user"]
    assert (user["email"], user["role"]["name"]) == (email, "Analyst")
    assert "exists already" in writable.error(INVITE, input=given | {"email": email.upper()})
    assert "not an e-mail" in writable.error(INVITE, input=given | {"email": "x"})
    assert writable.error(INVITE, input=given | {"role": {"kind": "ID", "value": "x"}}) == "role not found: x"
    changed = writable.data(UPDATE, input={"id": user["id"], "givenName": "C"})["updateUser"]["user"]
    assert changed == {"givenName": "C", "role": {"name": "Analyst"}}
    body = {"email": email, "givenName": "D", "familyName": "E", "role": {"name": "Admin"}}
    assert writable.http.post(f"/users/{user['id']}", json=body).json()["role"]["name"] == "Admin"
    assert writable.http.post("/users", json=body).status_code == 400
    assert writable.http.post("/users", json={"email": "x"}).json() == {"message": "givenName is required"}
    created = writable.http.post("/users", json=body | {"email": _email()}).json()
    assert writable.http.delete(f"/users/{created['id']}").status_code == 200
    assert writable.data("mutation($id: ID!) { deleteUser(input: {id: $id}) { id } }", id=user["id"])
    assert writable.http.get(f"/users/{user['id']}").status_code == 404


def test_what_a_deleted_user_did_stays(writable: Any) -> None:
    tom = writable.data('{ userByEmail(email: "tom.okafor@acme.example") { id } }')["userByEmail"]["id"]
    alert = next(alert for alert in writable.alerts(assigneeIds=[tom]))
    assert writable.http.delete(f"/users/{tom}").status_code == 200
    document = "query($id: ID!) { alert(id: $id) { assignee { id } updatedBy { ... on User { id status } } } }"
    found = writable.data(document, id=alert["id"])["alert"]
    assert found == {"assignee": None, "updatedBy": {"id": tom, "status": "DELETED"}}


def test_roles(writable: Any) -> None:
    role = writable.data(CREATE_ROLE, input={"name": "R1", "permissions": ["RuleRead"]})["createRole"]["role"]
    assert "exists already" in writable.error(CREATE_ROLE, input={"name": "r1", "permissions": ["RuleRead"]})
    assert "must not be empty" in writable.error(CREATE_ROLE, input={"name": "R2", "permissions": []})
    changed = writable.data(UPDATE_ROLE, input={"id": role["id"], "permissions": ["AlertRead"]})["updateRole"]["role"]
    assert changed == {"name": "R1", "permissions": ["AlertRead"]}
    body = {"name": "R1", "permissions": ["RuleRead", "BulkUploadValidate"], "logTypeAccessKind": "DENY_ALL"}
    assert writable.http.post(f"/roles/{role['id']}", json=body).json()["logTypeAccessKind"] == "DENY_ALL"
    # GraphQL has no name for this one.
    shown = writable.data("query($id: ID!) { roleById(id: $id) { permissions } }", id=role["id"])["roleById"]
    assert shown["permissions"] == ["RuleRead"]
    user = {"email": _email(), "givenName": "A", "familyName": "B", "role": {"id": role["id"]}}
    user_id = writable.http.post("/users", json=user).json()["id"]
    assert "in use by 1 user" in writable.error(DELETE_ROLE, id=role["id"])
    assert writable.http.delete(f"/roles/{role['id']}").status_code == 400
    writable.http.delete(f"/users/{user_id}")
    assert writable.http.delete(f"/roles/{role['id']}").status_code == 200
    assert writable.error(DELETE_ROLE, id=role["id"]).startswith("role not found")
    bad = writable.http.post("/roles", json={"name": "R3", "permissions": ["Everything"]})
    assert (bad.status_code, "must be one of" in bad.json()["message"]) == (400, True)


def test_a_new_token_has_exactly_its_permissions(writable: Any) -> None:
    token = _token(writable)
    assert token["createdBy"]["type"] == "api-token"
    own = writable.http.get("/api-tokens/self", headers=_with(token["value"])).json()
    assert (own["id"], own["permissions"], "value" in own) == (token["id"], ["AlertRead"], False)
    assert writable.http.get("/alerts", headers=_with(token["value"])).status_code == 200
    assert writable.http.get("/rules", headers=_with(token["value"])).status_code == 403
    assert writable.http.patch("/alerts/x", json={}, headers=_with(token["value"])).status_code == 403
    more = {"name": "robot", "permissions": ["RuleRead"]}
    assert writable.http.post(f"/api-tokens/{token['id']}", json=more).json()["permissions"] == ["RuleRead"]
    assert writable.http.get("/rules", headers=_with(token["value"])).status_code == 200
    assert writable.http.delete(f"/api-tokens/{token['id']}").status_code == 204
    assert writable.http.get("/rules", headers=_with(token["value"])).status_code == 401
    assert writable.http.get(f"/api-tokens/{token['id']}").status_code == 404


def test_a_token_is_bound_to_addresses(writable: Any) -> None:
    token = _token(writable, allowedCIDRBlocks=["10.0.0.0/8"])
    response = writable.http.get("/alerts", headers=_with(token["value"]))
    assert (response.status_code, response.json()) == (403, {"error": "forbidden"})
    bad = writable.http.post(
        "/api-tokens", json={"name": "x", "permissions": ["AlertRead"], "allowedCIDRBlocks": ["here"]}
    )
    assert "not a CIDR block" in bad.json()["message"]


def test_rotation(writable: Any) -> None:
    token = _token(writable, permissions=["OrganizationAPITokenModify"])
    rotated = writable.http.post(f"/api-tokens/{token['id']}/rotate").json()
    assert rotated["value"] != token["value"]
    assert writable.http.get("/api-tokens/self", headers=_with(token["value"])).status_code == 401
    document = {"query": "mutation { rotateAPIToken { token { id value rotatedAt createdBy { email } } } }"}
    answer = writable.http.post("/public/graphql", json=document, headers=_with(rotated["value"])).json()
    itself = answer["data"]["rotateAPIToken"]["token"]
    assert (itself["id"], itself["createdBy"]["email"]) == (token["id"], "lena.fischer@acme.example")
    assert writable.http.get("/api-tokens/self", headers=_with(itself["value"])).json()["rotatedAt"]
