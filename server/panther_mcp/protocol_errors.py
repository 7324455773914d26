"""Our errors as JSON-RPC errors, for what has no error result: prompts, resources, completions.

The error's message is what a person reads; its `data` holds our code, message and hint, as a tool's error result does.
"""

import logging
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from fastmcp.exceptions import FastMCPError, NotFoundError
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, GetPromptRequestParams, ReadResourceRequestParams

from panther_mcp.errors import InvalidInput, NotFound, PantherMcpError

if TYPE_CHECKING:
    from fastmcp.prompts.base import PromptResult
    from fastmcp.resources.base import ResourceResult


class RefusedError(FastMCPError):
    """Carries one of our errors out of a prompt or a resource, up to `ProtocolErrors`."""

    def __init__(self, error: PantherMcpError) -> None:
        # FastMCP would log each with its traceback; what a caller did wrong is no event.
        super().__init__(str(error), log_level=logging.NOTSET)
        self.error = error


def mcp_error(error: PantherMcpError, **about: Any) -> MCPError:
    """Return the JSON-RPC error for `error`; `about` stands in its data too."""
    code = INVALID_PARAMS if isinstance(error, InvalidInput | NotFound) else INTERNAL_ERROR
    return MCPError(code=code, message=str(error), data={**error.to_payload(), **about})


class ProtocolErrors(Middleware):
    """Answers what fails of prompts and resources in the way that a caller can act on."""

    def __init__(self, prompts: Callable[[], Iterable[str]]) -> None:
        """`prompts` returns the names of the prompts there are."""
        self._prompts = prompts

    async def on_get_prompt(
        self,
        context: MiddlewareContext[GetPromptRequestParams],
        call_next: "CallNext[GetPromptRequestParams, PromptResult]",
    ) -> "PromptResult":
        """Pass the request on; an unknown name is answered with the nearest."""
        try:
            return await call_next(context)
        except RefusedError as refused:
            raise mcp_error(refused.error) from refused
        except NotFoundError as error:
            name = context.message.name[:100]
            close = get_close_matches(name, list(self._prompts()), n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(close)}?" if close else "prompts/list names the prompts there are."
            raise mcp_error(NotFound(f"There is no prompt {name!r}.", hint=hint)) from error

    async def on_read_resource(
        self,
        context: MiddlewareContext[ReadResourceRequestParams],
        call_next: "CallNext[ReadResourceRequestParams, ResourceResult]",
    ) -> "ResourceResult":
        """Pass the request on; an error names the URI, as the protocol asks for."""
        uri = str(context.message.uri)
        try:
            return await super().on_read_resource(context, call_next)
        except RefusedError as refused:
            raise mcp_error(refused.error, uri=uri) from refused
        except NotFoundError as error:
            hint = "resources/list and resources/templates/list name what there is."
            raise mcp_error(NotFound(f"There is no resource {uri[:200]!r}.", hint=hint), uri=uri) from error
