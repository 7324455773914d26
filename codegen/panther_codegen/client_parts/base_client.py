"""The base of the generated client: it sends operations over a transport that is given to it."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from panther_client.forms import read

_M = TypeVar("_M", bound=BaseModel)


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
    """Sends operations and keeps the errors that came beside partial data in `partial_errors`.

    `odd` names the places of values that had another form than the schema says, and were left out.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.partial_errors: list[dict[str, Any]] = []
        self.odd: list[str] = []

    async def execute(self, query: str, operation_name: str, variables: Mapping[str, object]) -> Response:
        """Send `query`; variables that are None or unset are left out."""
        sent = {name: _plain(value) for name, value in variables.items() if value is not None}
        return await self._transport.graphql(query, operation_name=operation_name, variables=sent)

    def get_data(self, response: Response) -> dict[str, Any]:
        """Return the data of `response`."""
        self.partial_errors.extend(response.errors)
        return response.data

    def read(self, model: type[_M], data: dict[str, Any]) -> _M:
        """Return `data` as a `model`, without the values that do not fit it."""
        return read(model, data, self.odd)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value
