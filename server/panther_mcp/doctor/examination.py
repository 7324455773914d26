"""All checks in their order, each made once, within a bounded time; what an earlier one rules out is skipped."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from panther_mcp.doctor import access, api, instance, machine, network, variables
from panther_mcp.doctor.case import Case
from panther_mcp.doctor.findings import Finding, Found, Skipped, failed
from panther_mcp.errors import PantherMcpError

# The whole examination takes no longer, whatever Panther does.
SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its name, what it looks at, how, and the checks without which it would say nothing."""

    name: str
    about: str
    look: Callable[[Case], Awaitable[Finding]]
    needs: tuple[str, ...] = ()
    seconds: float = 6.0
    # Asks nobody else: made first, so that a Panther that takes all the time does not keep it from being made.
    local: bool = False


CHECKS: Final = (
    Check(
        "settings", "variables: missing, misspelt, left as placeholders, contradictory", variables.settings, local=True
    ),
    Check("address", "the form of Panther's address", network.address),
    Check("dns", "whether its host's name is known", network.dns, ("address",)),
    Check("tcp", "whether a connection can be made, and through which proxy", network.tcp, ("address", "dns")),
    Check("tls", "the certificate: by whom, until when, inspected by a proxy?", network.tls, ("tcp",), 9.0),
    Check("api", "whether the REST API is there: no web page, no redirect, no other service", api.api, ("tcp", "tls")),
    Check("graphql", "whether the GraphQL API is there", api.graphql, ("api",)),
    Check("token", "whether Panther accepts the API token; its end, and its addresses", access.token, ("api",)),
    Check("permissions", "offered tools that the token may not use", access.permissions, ("token",)),
    Check("version", "the version of Panther", instance.version, ("graphql", "token")),
    Check("schema", "what its GraphQL schema lacks of what the tools use", instance.schema, ("graphql", "token")),
    Check(
        "data_lake", "whether there is a data lake that the token may read", instance.data_lake, ("graphql", "token")
    ),
    Check("latency", "how long light calls take", api.latency, ("graphql", "token")),
    Check("clock", "whether this machine's clock agrees with Panther's", network.clock, ("tcp",)),
    Check("audit_log", "whether the audit log can be written, and verifies", machine.audit_log, local=True),
    Check("secrets", "whether the folder for new secrets is closed to others", machine.secrets_folder, local=True),
    Check("installation", "versions of Python and of the packages", machine.installation, local=True),
    Check("extras", "optional parts that are installed, or needed", machine.extras, local=True),
)


async def examine(environment: Mapping[str, str], *, seconds: float = SECONDS) -> list[Found]:
    """Return the finding of each check for the settings in `environment`, in the order of `CHECKS`.

    Nothing is changed, in Panther or here, and each thing is asked for once. It takes `seconds` at the most.
    """
    case = Case(environment)
    found: dict[str, Finding] = {}
    # What a check is skipped for is said with the first cause.
    causes: dict[str, str] = {}
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        for check in sorted(CHECKS, key=lambda one: not one.local):
            cause = next((causes[need] for need in check.needs if need in causes), None)
            if cause is not None:
                causes[check.name] = cause
                found[check.name] = Finding("skipped", f"because of: {cause}")
                continue
            try:
                found[check.name] = await _looked(check, case, deadline)
            except Skipped as skipped:
                found[check.name] = Finding("skipped", str(skipped))
                if skipped.because:
                    causes[check.name] = skipped.because
            if found[check.name].status == "failed":
                causes[check.name] = check.name
    finally:
        await case.aclose()
    return [Found(check.name, found[check.name]) for check in CHECKS]


async def _looked(check: Check, case: Case, deadline: float) -> Finding:
    loop = asyncio.get_running_loop()
    if not check.local and loop.time() >= deadline:
        raise Skipped("no time was left")
    until = min(loop.time() + check.seconds, deadline)
    try:
        async with asyncio.timeout_at(until):
            return await check.look(case)
    except TimeoutError:
        return failed("It took too long to find out", "Ask again when Panther and the network are less slow.")
    except PantherMcpError as error:
        return failed(error.message, error.hint)
