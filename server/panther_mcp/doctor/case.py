"""What the checks share: the settings under test, the way to Panther, and what earlier checks have learnt."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar, cast

from panther_mcp.doctor.findings import Skipped
from panther_mcp.doctor.greeting import Greeting
from panther_mcp.endpoints import Endpoints
from panther_mcp.errors import PantherMcpError
from panther_mcp.http import PantherHttp
from panther_mcp.settings import Settings

T = TypeVar("T")
# A server may wait for minutes; whoever asks what is wrong does not.
_PATIENCE: Final = {"connect_timeout": 4.0, "read_timeout": 5.0, "call_timeout": 5.0}


@dataclass
class Case:
    """One examination. `settings` is None until they are known to be sound; so is all that is learnt later."""

    environment: Mapping[str, str]
    settings: Settings | None = None
    # Where the first request goes: the console, or the API itself.
    address: str | None = None
    greeting: Greeting | None = None
    # How far this machine's clock is ahead of Panther's answers, in seconds.
    clock_skews: list[float] = field(default_factory=list[float])
    endpoints: Endpoints | None = None
    # What Panther says about the API token, or why it does not accept it.
    token: Mapping[str, Any] | None = None
    refusal: PantherMcpError | None = None
    _http: PantherHttp | None = None

    @property
    def sound(self) -> Settings:
        """The settings; ends the check where they are not sound."""
        if self.settings is None:
            raise Skipped(because="settings")
        return self.settings

    @property
    def hasty(self) -> Settings:
        """The settings with the patience of a person, not of a server."""
        settings = self.sound
        return replace(
            settings, retries=0, **{name: min(getattr(settings, name), most) for name, most in _PATIENCE.items()}
        )

    @property
    def http(self) -> PantherHttp:
        """The server's own way to Panther."""
        if self._http is None:
            self._http = PantherHttp(self.hasty)
        return self._http

    @property
    def granted(self) -> frozenset[str]:
        """The permissions of the token; ends the check where they are unknown."""
        names = self.token.get("permissions") if self.token else None
        if not isinstance(names, list):
            raise Skipped("Panther does not say what the token may do")
        return frozenset(str(name) for name in cast("list[object]", names))

    def require(self, permission: str) -> None:
        """End the check where the token lacks `permission`."""
        if permission not in self.granted:
            raise Skipped(f"the token lacks {permission}")

    async def aclose(self) -> None:
        """Close what is open."""
        if self._http is not None:
            await self._http.aclose()


async def in_thread(work: Callable[[], T]) -> T:
    """Return the result of `work`, which blocks, from a thread that nobody waits for when this is cancelled.

    asyncio's own threads keep the process until they end, and a resolver can take half a minute.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as raised:
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await done
