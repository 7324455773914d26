"""`panther-mcp demo`: one investigation, from the alert to the stolen data, as an AI client would do it.

A sandbox and this server are started as a user starts them; every step is a call of a tool over stdio, and
what is shown is what came back. Each step takes what it asks for from the answers of the steps before.
"""

import asyncio

from panther_mcp import client_config
from panther_mcp.embedded import embedded_panther, require_sandbox
from panther_mcp.errors import StartupError
from panther_mcp.installation import installed_command

_CLIENTS: tuple[client_config.ClientName, ...] = ("claude-desktop", "claude-code", "cursor")
_ENVIRONMENT = {
    "PANTHER_INSTANCE_URL": "https://<your instance>.runpanther.net",
    "PANTHER_API_TOKEN": "<your API token>",
}


def main() -> None:
    """Run the demo on the terminal. Raises `StartupError` where it cannot start or a step fails."""
    require_sandbox()
    # fastmcp's client and rich take half a second to import, which `panther-mcp` itself must not pay.
    from panther_mcp.demo.investigation import StepFailed, investigate
    from panther_mcp.demo.screen import Screen

    screen = Screen()
    with embedded_panther() as address:
        screen.opening(address.instance_url)
        try:
            asyncio.run(investigate(screen, address.instance_url, address.api_token))
        except StepFailed as error:
            raise StartupError(f"The demo stopped: {error}") from error
    command = installed_command()
    configurations = [
        (name, client_config.WHERE[name], client_config.CLIENTS[name](command, _ENVIRONMENT)) for name in _CLIENTS
    ]
    screen.closing(configurations, " ".join([*command, "--sandbox"]))
