"""Who sends the present request, as far as it is known: for the audit log."""

import hashlib

from fastmcp.server.context import Context
from fastmcp.server.dependencies import get_access_token, get_context
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from panther_mcp.audit.auditor import Caller


def present_caller() -> Caller:
    """Return the caller of the request that is being served.

    A client names itself; only `user` is proven. The session's id is a digest: the id itself opens the session.
    """
    context = get_context()
    request = context.request_context
    if request is None:
        return Caller(client="a program that holds the server")
    params = request.session.client_params
    info = params.client_info if params else None
    token = get_access_token()
    http = request.request
    return Caller(
        client=info.name if info else http.headers.get("user-agent") if http else None,
        client_version=info.version if info else None,
        session=_session(context, has_id=http is None or "mcp-session-id" in http.headers),
        user=token.client_id if token else None,
        address=http.client.host if http and http.client else None,
    )


def _session(context: Context, *, has_id: bool) -> str | None:
    """Return a name for the session; from the protocol 2026-07-28 on, and over stateless HTTP, there is none."""
    request = context.request_context
    if not has_id or request is None or request.protocol_version in MODERN_PROTOCOL_VERSIONS:
        return None
    return hashlib.sha256(context.session_id.encode()).hexdigest()[:12]
