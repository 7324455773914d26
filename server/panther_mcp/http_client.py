"""The HTTP client for Panther: its timeouts, connections, proxies, and whose certificates it trusts."""

import os
import ssl
from functools import lru_cache
from typing import Final

import httpx2

from panther_mcp.connections import KEPT_ALIVE_SECONDS
from panther_mcp.errors import Unavailable, bounded
from panther_mcp.installation import package_version
from panther_mcp.settings import Settings

# The API and, before it is known where that is, the console; the instance's REST and GraphQL may be apart.
_ORIGINS: Final = 4
_CA_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXY_VARIABLES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def new_client(settings: Settings) -> httpx2.AsyncClient:
    """Return a client for the Panther of `settings`, to send one request at a time with.

    It takes proxies from the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY) and trusts the CAs of
    SSL_CERT_FILE, else of SSL_CERT_DIR, else those of the operating system. It follows no redirects.

    Raises:
        Unavailable: What the environment says of CAs or proxies cannot be used.
    """
    try:
        return httpx2.AsyncClient(
            verify=_tls(settings.verify_tls, *(os.environ.get(name) for name in _CA_VARIABLES)),
            timeout=httpx2.Timeout(
                connect=settings.connect_timeout,
                read=settings.read_timeout,
                # For the next bytes, as for reading: a slow network is slow in both directions.
                write=settings.read_timeout,
                pool=None,  # nobody else uses the client meanwhile
            ),
            limits=httpx2.Limits(
                max_connections=_ORIGINS, max_keepalive_connections=_ORIGINS, keepalive_expiry=KEPT_ALIVE_SECONDS
            ),
            follow_redirects=False,
            headers={"User-Agent": f"panther-mcp/{package_version()}", "Accept": "application/json"},
            # A proxy from the environment cannot reach this machine's loopback, and must not see its key.
            mounts={"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None},
        )
    except OSError as error:  # ssl.SSLError is one
        names = [name for name in _CA_VARIABLES if os.environ.get(name)]
        where = " and ".join(f"{name}={os.environ[name]}" for name in names) or "the operating system's store"
        reason = (
            "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror or type(error).__name__
        )
        raise Unavailable(
            f"The CA certificates to trust cannot be read from {bounded(where, 500)}: {reason}.",
            hint="Set SSL_CERT_FILE to a file of CA certificates (PEM), or remove it, and restart the server.",
        ) from error
    except (ValueError, ImportError) as error:
        # Not quoted: the address of a proxy may hold a password.
        named = [name for name in _PROXY_VARIABLES if os.environ.get(name) or os.environ.get(name.lower())]
        raise Unavailable(
            f"The proxy that {' or '.join(named) or 'the environment'} names cannot be used.",
            hint="Give it as http://host:port or https://host:port, and restart the server.",
        ) from error


@lru_cache(maxsize=4)
def _tls(verify: bool, *_sources: str | None) -> ssl.SSLContext:
    """Return what checks certificates: to read all CAs takes 40 ms, and a process may hold several servers."""
    return httpx2.create_ssl_context(verify=verify)
