"""The base of the generated client: it sends operations over a transport that is given to it."""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel


class Response(Protocol):
    """A GraphQL answer: its data, and the errors that came beside it."""

    @property
    def data(self) -> dict[str, Any]:
        """The data; what failed is null in it."""
        ...

    @property
    def errors(self) -> tuple[dict[str, Any], ...]:
        """The errors beside it."""
        ...


class Transport(Protocol):
    """Sends one operation; raises where there is no data at all."""

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> Response:
        """Send `query` with `variables` and return its answer."""
        ...


class PantherBaseClient:
    """Sends operations and keeps the errors that came beside partial data in `partial_errors`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.partial_errors: list[dict[str, Any]] = []

    async def execute(self, query: str, operation_name: str, variables: Mapping[str, object]) -> Response:
        """Send `query`; variables that are None or unset are left out."""
        sent = {name: _plain(value) for name, value in variables.items() if value is not None}
        return await self._transport.graphql(query, operation_name=operation_name, variables=sent)

    def get_data(self, response: Response) -> dict[str, Any]:
        """Return the data of `response`."""
        self.partial_errors.extend(response.errors)
        return response.data


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value
