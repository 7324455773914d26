"""What is known before the framework is imported: the answers to the handshake and to the first list of tools.

The pure half of the early start; `early_start.py` reads and writes. Only messages that are exactly as they should be
are answered. At the first one that is not, or that is none of these, nothing more is: the framework has the rest.
"""

import json
from typing import Any, Final, NoReturn, cast

from panther_mcp.catalog import missing
from panther_mcp.installation import package_version
from panther_mcp.offer import Offer
from panther_mcp.settings import Settings
from panther_overrides.instructions import instructions

Message = dict[str, Any]
HANDSHAKE_VERSIONS: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN_VERSION: Final = "2026-07-28"
_META: Final = "io.modelcontextprotocol/"
_LOG_LEVELS: Final = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
# What the protocol knows of; clients send other names too, with whatever under them.
_CAPABILITIES: Final = frozenset({"experimental", "extensions", "elicitation", "roots", "sampling", "tasks"})
_LONGEST: Final = 65_536
# Deeper is no handshake of a client; the framework says what is wrong with it.
_MOST_BRACKETS: Final = 200


class EarlyAnswers:
    """Answers messages in their order. `replay` is what the framework has to be told again.

    `granted` are the token's permissions, if the list depends on them; None where they are not known, so that the list
    is left to the framework.
    """

    def __init__(self, settings: Settings, offer: Offer, granted: frozenset[str] | None) -> None:
        self._server = {"name": "panther", "version": package_version()}
        self._instructions = instructions(discovery=settings.discovery)
        gated = settings.permission_gating != "off"
        self._tools = None
        if not settings.discovery and not (gated and granted is None):
            explain = settings.permission_gating == "explain"
            self._tools = listed(offer, granted if gated else None, explain=explain)
        self._greeted = self._ready = self._modern = False
        self.replay = b""
        # The id of the handshake, whose second answer nobody is to see.
        self.handshake: str | int | None = None
        self.has_listed = False

    def to(self, line: bytes) -> bytes | None:
        """Return the line that answers `line`, nothing where no answer is due, or None to leave it all from here on."""
        message = _parsed(line)
        if message is None:
            return None
        method, params = message["method"], message.get("params", {})
        if "id" not in message:
            if method != "notifications/initialized" or params or not self._greeted or self._ready:
                return None
            self._ready = True
            self.replay += line
            return b""
        result = self._result(method, params)
        if result is None:
            return None
        if method == "initialize":
            self.replay, self.handshake = line, message["id"]
        self.has_listed = self.has_listed or method == "tools/list"
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def _result(self, method: str, params: Message) -> Message | None:
        if not self._greeted and _is_modern(params):
            # Such requests stand for themselves, so that nothing is told again.
            self._modern = True
            told: Message = {"_meta": {f"{_META}serverInfo": self._server}, "resultType": "complete"}
            told |= {"ttlMs": 0, "cacheScope": "private"}
            if method == "server/discover":
                capabilities = _capabilities(changes=False) | {"extensions": cast("Message", {f"{_META}ui": {}})}
                told |= {"supportedVersions": [MODERN_VERSION], "capabilities": capabilities}
                return told | {"instructions": self._instructions}
            return told | {"tools": self._tools} if method == "tools/list" and self._tools is not None else None
        if method == "initialize" and not self._greeted and not self._modern and _is_greeting(params):
            self._greeted = True
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": _capabilities(changes=True),
                "serverInfo": self._server,
                "instructions": self._instructions,
            }
        if method == "tools/list" and self._ready and not params and self._tools is not None:
            return {"tools": self._tools}
        return None


def listed(offer: Offer, granted: frozenset[str] | None, *, explain: bool) -> list[Message]:
    """Return the entries of tools/list, as the framework makes them of the same tools."""
    entries: list[Message] = []
    for tool in offer.tools:
        lacking = missing(tool.catalog, granted) if granted is not None else ()
        if lacking and not explain:
            continue
        unusable = f"NOT USABLE: the token lacks {', '.join(lacking)}. " if lacking else ""
        entries.append(
            {
                "name": tool.name,
                "title": tool.name.replace("_", " ").title(),
                "description": f"{unusable}{tool.description}",
                "inputSchema": tool.parameters,
                "outputSchema": tool.catalog.output_schema,
                "annotations": tool.catalog.annotations,
            }
        )
    return entries


def _capabilities(*, changes: bool) -> Message:
    """Return what the server can do; without a session it cannot tell of `changes`."""
    return {
        "logging": {},
        "prompts": {"listChanged": changes},
        "resources": {"subscribe": False, "listChanged": changes},
        "tools": {"listChanged": changes},
        "completions": {},
    }


def _parsed(line: bytes) -> Message | None:
    """Return the well-formed request or notification that `line` is, or None."""
    if len(line) > _LONGEST or line.count(b"{") + line.count(b"[") > _MOST_BRACKETS or b"\r" in line.rstrip():
        return None
    try:
        text = line.decode()
        message = json.loads(text, parse_constant=_refuse)
        json.dumps(message, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except ValueError:
        return None
    if not isinstance(message, dict):
        return None
    found = cast("Message", message)
    if not {"jsonrpc", "method"} <= found.keys() <= {"jsonrpc", "id", "method", "params"} or found["jsonrpc"] != "2.0":
        return None
    identified = "id" not in found or isinstance(found["id"], str) or type(found["id"]) is int
    sound = isinstance(found["method"], str) and isinstance(found.get("params", {}), dict)
    return found if identified and sound else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _is_greeting(params: Message) -> bool:
    return (
        params.keys() == {"protocolVersion", "capabilities", "clientInfo"}
        and params["protocolVersion"] in HANDSHAKE_VERSIONS
        and _is_client(params["clientInfo"], params["capabilities"])
    )


def _is_modern(params: Message) -> bool:
    """Say whether a request states the protocol in which there is no handshake, and nothing else."""
    meta = params.get("_meta")
    if params.keys() != {"_meta"} or not isinstance(meta, dict):
        return False
    said = cast("Message", meta)
    names = {f"{_META}{name}" for name in ("protocolVersion", "clientInfo", "clientCapabilities")}
    level = said.get(f"{_META}logLevel", _LOG_LEVELS[0])
    if said.keys() - {f"{_META}logLevel"} != names or said[f"{_META}protocolVersion"] != MODERN_VERSION:
        return False
    if level not in _LOG_LEVELS:
        return False
    return _is_client(said[f"{_META}clientInfo"], said[f"{_META}clientCapabilities"])


def _is_client(info: object, capabilities: object) -> bool:
    """Say whether a client's words about itself are of the simple kind that every version takes."""
    if not isinstance(info, dict) or not isinstance(capabilities, dict):
        return False
    said = cast("Message", info)
    if not {"name", "version"} <= said.keys() <= {"name", "version", "title"}:
        return False
    return all(isinstance(value, str) for value in said.values()) and _are_flags(cast("Message", capabilities))


def _are_flags(value: Message) -> bool:
    """Say whether known capabilities are objects of flags, such as `{"roots": {"listChanged": true}}`."""
    for name, found in value.items():
        if name not in _CAPABILITIES:
            continue
        if not isinstance(found, dict):
            return False
        for flag in cast("Message", found).values():
            if not isinstance(flag, bool) and flag != {}:
                return False
    return True
