"""One HTTP exchange: send a request, read the whole answer within bounds, and say plainly what went wrong."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from socket import gaierror

import httpx2

from panther_mcp.errors import (
    AnswerTooLarge,
    DeadlineExceeded,
    InternalError,
    PantherMcpError,
    Unavailable,
    UpstreamError,
    bounded,
)

UNCERTAIN = "Whether the change was made is unknown: read the present state before you repeat it."
_REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer read to its end: the status, the headers (names in any case) and the decoded body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def exchange(
    client: httpx2.AsyncClient,
    request: httpx2.Request,
    *,
    deadline: float,
    limit: int,
    auth: httpx2.Auth | None = None,
    changes: bool = False,
) -> Answer:
    """Send `request` and return its answer, whatever the status. Redirects are answers too.

    Args:
        client: The client, whose own timeouts bound each step.
        request: The request, without the API key.
        deadline: Seconds for the exchange as a whole, however slowly the bytes drip in.
        limit: The most bytes that the body may have once decompressed.
        auth: Adds the API key.
        changes: The request may change something, so that a failure leaves it unknown whether it did.

    Raises as follows; where the client gave up, its error is the cause:
        DeadlineExceeded: A step or the whole took too long.
        Unavailable: No connection, or one that broke before the answer began.
        UpstreamError: The answer is too long, cut off or wrongly encoded.
    """
    answering, body = False, b""
    try:
        async with asyncio.timeout(deadline):
            response = await client.send(request, stream=True, auth=auth)
            answering = True
            try:
                body = await _read(response, limit)
            finally:
                await response.aclose()
    except TimeoutError as error:
        raise _late(request, changes, f"within {deadline:.3g} seconds") from error
    except httpx2.ConnectTimeout as error:
        raise DeadlineExceeded(
            f"No connection to {_place(request)} in time.",
            hint="Check the address, and whether a VPN or a proxy is needed to reach it.",
        ) from error
    except httpx2.TimeoutException as error:
        raise _late(request, changes, "in time") from error
    except (httpx2.ConnectError, httpx2.ProxyError) as error:
        raise _unreachable(request, error) from error
    except httpx2.LocalProtocolError:
        response = None
    except (httpx2.RemoteProtocolError, httpx2.DecodingError, httpx2.NetworkError) as error:
        raise _broken(request, error, changes, answering) from error
    if response is None:
        # Raised out here, so that nothing leads back to the error: it quotes the header that could not be
        # sent, which may be the key.
        raise InternalError(f"The request to {_place(request)} could not be written.")
    return Answer(response.status_code, response.headers, body)


def origin(url: httpx2.URL) -> tuple[str, str, int]:
    """Return scheme, host and port, the default port filled in."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


async def _read(response: httpx2.Response, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > limit:
            raise AnswerTooLarge(f"Panther's answer is larger than {limit >> 20} MiB.")
        chunks.append(chunk)
    return b"".join(chunks)


def _place(request: httpx2.Request) -> str:
    """Return host and port: enough to find the fault, and free of anything that the caller passed."""
    port = f":{request.url.port}" if request.url.port else ""
    return f"{request.url.host}{port}"


def _late(request: httpx2.Request, changes: bool, how: str) -> PantherMcpError:
    return DeadlineExceeded(
        f"{_place(request)} did not answer {how}.", hint=UNCERTAIN if changes else None, retryable=not changes
    )


def _unreachable(request: httpx2.Request, error: Exception) -> PantherMcpError:
    place = _place(request)
    causes = tuple(_chain(error))
    if any(isinstance(cause, gaierror) for cause in causes):
        return Unavailable(
            f"The host {place} is not known.",
            hint="Check PANTHER_INSTANCE_URL for a typing mistake, and the network (VPN, DNS).",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "SSL" in str(error):
        return Unavailable(
            f"No trustworthy connection to {place}: {bounded(str(error), _REASON_LIMIT)}",
            hint=(
                "If a proxy inspects TLS here, set SSL_CERT_FILE to its CA bundle. "
                "PANTHER_ALLOW_INSECURE_INSTANCE=true turns the check off, for test instances only."
            ),
        )
    return Unavailable(
        f"No connection to {place}: {bounded(str(error), _REASON_LIMIT) or type(error).__name__}",
        hint="Check PANTHER_INSTANCE_URL and the network (VPN, proxy, firewall).",
        retryable=True,
    )


def _broken(request: httpx2.Request, error: Exception, changes: bool, answering: bool) -> PantherMcpError:
    hint = UNCERTAIN if changes else "Try again."
    reason = bounded(str(error), _REASON_LIMIT) or type(error).__name__
    if answering:
        return UpstreamError(
            f"The answer of {_place(request)} is cut off or damaged: {reason}",
            hint=hint,
            retryable=not changes,
        )
    return Unavailable(f"The connection to {_place(request)} broke: {reason}", hint=hint, retryable=not changes)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error` and what caused it: httpx2 wraps the error of the socket or of TLS."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
