"""Which columns of a log table tell what happened, how it ended, who did it, from where, with what and to what."""

from collections.abc import Mapping

# Role -> columns that play it, the most telling first; `column:path` is a field within a nested column.
_ROLES: Mapping[str, tuple[str, ...]] = {
    "action": (
        *("eventName", "eventType", "event_type", "operationName", "Operation", "operation", "event_name"),
        *("protoPayload:methodName", "activityDisplayName", "event_simpleName", "action", "verb", "method"),
        *("httpMethod", "activity", "name", "category", "type"),
    ),
    "outcome": (
        *("errorCode", "outcome:result", "result", "resultType", "ResultStatus", "conclusion", "outcome"),
        *("protoPayload:status.message", "status"),
    ),
    "source": (
        *("sourceIPAddress", "client:ipAddress", "actor_ip", "ipAddress", "srcAddr", "source_ip", "src_ip"),
        *("sourceIp", "client_ip", "clientIp", "ip_address", "callerIpAddress", "remote_ip", "remoteAddr"),
        *("protoPayload:requestMetadata.callerIp", "ip"),
    ),
    "actor": (
        *("userIdentity:arn", "actor:alternateId", "actor:email", "actor", "user:email", "user", "username"),
        *("user_name", "userName", "UserId", "userId", "protoPayload:authenticationInfo.principalEmail", "email"),
        "srcAddr",
    ),
    "agent": (
        *("userAgent", "client:userAgent.rawUserAgent", "user_agent", "UserAgent"),
        "protoPayload:requestMetadata.callerSuppliedUserAgent",
    ),
    "detail": (
        *("target", "parameters", "repo", "repository", "resourceName", "protoPayload:resourceName", "dstAddr"),
        *("object", "resource", "resources", "ObjectId", "description"),
    ),
}
_SCALARS = ("string", "varchar", "text", "char")
_MOST_COLUMNS = 3
_LONGEST = {"action": 100, "outcome": 60, "source": 60, "actor": 200, "agent": 200, "detail": 240}


def role_sql(columns: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL expression of each role that a table with `columns` (lower-case name to type) can tell."""
    found: dict[str, str] = {}
    for role, candidates in _ROLES.items():
        fitting = (_expression(name, columns, nested=role == "detail") for name in candidates)
        expressions = [expression for expression in fitting if expression][:_MOST_COLUMNS]
        if role == "detail" and {"requestparameters", "responseelements"} <= columns.keys():
            # What was asked for is told by one, what was made (a new key) by the other.
            both = "OBJECT_CONSTRUCT('request', requestParameters, 'response', responseElements)"
            expressions.insert(0, f"NULLIF(TO_JSON({both}), '{{}}')")
        if expressions:
            either = expressions[0] if len(expressions) == 1 else f"COALESCE({', '.join(expressions)})"
            found[role] = f"LEFT({either}, {_LONGEST[role]})"
    return found


def _expression(candidate: str, columns: Mapping[str, str], *, nested: bool) -> str | None:
    """Return the text of a candidate, or None where the table lacks it; a nested value is told only if `nested`."""
    name, _, path = candidate.partition(":")
    kind = columns.get(name.lower())
    if kind is None:
        return None
    scalar = kind.lower().startswith(_SCALARS)
    if path:
        return None if scalar else f"{candidate}::string"
    if scalar:
        return name
    return f"NULLIF(TO_JSON(TO_VARIANT({name})), '[]')" if nested else None
