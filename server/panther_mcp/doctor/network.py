"""The checks of the way to Panther: the form of its address, name resolution, connection, TLS, clocks."""

import socket
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from panther_mcp.doctor.case import Case, in_thread
from panther_mcp.doctor.findings import Finding, Skipped, failed, ok, warning
from panther_mcp.doctor.greeting import Greeting, greet
from panther_mcp.doctor.tls import certificate_finding, distrust_finding
from panther_mcp.endpoints import GRAPHQL_PATH, require_private, stated
from panther_mcp.errors import BlockedByPolicy, PantherMcpError
from panther_mcp.settings import is_loopback

_SHOWN_ADDRESSES = 3
_HTTPS = "Use https."


async def address(case: Case) -> Finding:
    """Find whether the address can be one of Panther's; no request is made."""
    settings = case.sound
    if not (settings.instance_url or settings.graphql_url or settings.rest_url):
        raise Skipped(because="settings")
    found = stated(settings)
    case.address = found.rest if found else settings.instance_url
    told = case.address or ""
    try:
        for url in (found.graphql, found.rest) if found else (told,):
            require_private(url, settings)
    except BlockedByPolicy as error:
        return failed(error.message, error.hint)
    if found:
        if not found.graphql.endswith(GRAPHQL_PATH):
            return warning(
                f"PANTHER_GQL_API_URL does not end with {GRAPHQL_PATH}",
                f"Panther's GraphQL is at https://api.<your instance>{GRAPHQL_PATH}.",
            )
        return ok(f"the API at {found.rest}, as it is set")
    path = urlsplit(told).path
    if path and not path.endswith("/graphql"):
        return warning(
            f"PANTHER_INSTANCE_URL is the address of a page ({path})",
            "Only the scheme and the host are needed, such as https://acme.runpanther.net.",
        )
    if (urlsplit(told).hostname or "").startswith("api.") or path.endswith("/graphql"):
        return ok(f"{told}, an address of the API")
    return ok(f"{told}, a console, whose page says where the API is")


async def dns(case: Case) -> Finding:
    """Find whether the host's name can be resolved here."""
    parts = urlsplit(case.address or "")
    host, port = parts.hostname or "", _port(case.address or "")
    if proxy := proxy_for(case.address or ""):
        raise Skipped(f"the proxy {proxy} resolves names")
    try:
        found = await in_thread(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        return failed(
            f"The host {host} is not known: {getattr(error, 'strerror', None) or error}",
            "Check the address for a typing mistake, and the network (VPN, DNS).",
        )
    addresses = [*dict.fromkeys(str(entry[4][0]) for entry in found)]
    if addresses == [host]:
        return ok(f"{host} needs none")
    more = f" and {len(addresses) - _SHOWN_ADDRESSES} more" if len(addresses) > _SHOWN_ADDRESSES else ""
    return ok(f"{host} is {', '.join(addresses[:_SHOWN_ADDRESSES])}{more}")


async def tcp(case: Case) -> Finding:
    """Find whether a connection can be made; the request that is sent over it serves the next checks too."""
    url = case.address or ""
    case.greeting = await greet(case.hasty, url)
    if case.greeting.clock_skew is not None:
        case.clock_skews.append(case.greeting.clock_skew)
    through = f" through the proxy {proxy}" if (proxy := proxy_for(url)) else ""
    if not case.greeting.connected:
        return _told(case.greeting.failure)
    return ok(f"connected to {urlsplit(url).hostname}, port {_port(url)}{through} in {case.greeting.connect_ms} ms")


async def tls(case: Case) -> Finding:
    """Find whether the certificate is one that the server trusts, and for how long."""
    url, greeting = case.address or "", case.greeting
    if greeting is None or not url.startswith("https:"):
        local = is_loopback(urlsplit(url).hostname)
        return ok("plain http, on this machine") if local else warning("plain http: the API token can be read", _HTTPS)
    return await secure(case, url, greeting)


async def secure(case: Case, url: str, greeting: Greeting) -> Finding:
    """Return the finding about the TLS of a greeting of `url`, which is https."""
    if greeting.encrypted:
        if not case.sound.verify_tls:
            return ok(f"{greeting.tls_version}; whose certificate it is was not checked, as it is set")
        if greeting.certificate is None:
            return ok(f"{greeting.tls_version}, trusted by this system")
        return certificate_finding(greeting.certificate, greeting.tls_version)
    if greeting.failure is None:
        raise Skipped("nothing was learnt of the connection")
    return await distrust_finding(greeting.failure, None if proxy_for(url) else url)


async def clock(case: Case) -> Finding:
    """Find whether this machine's clock agrees with Panther's: relative times such as -1h depend on it."""
    if not case.clock_skews:
        raise Skipped("Panther's answers carry no time")
    skew = min(case.clock_skews, key=abs)
    if abs(skew) < 60:
        return ok(f"agrees with Panther's to {max(1, round(abs(skew)))} s")
    return warning(
        f"this machine's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Panther's",
        "Set the clock (NTP). Until then, relative times such as -1h mean another hour.",
    )


def proxy_for(url: str) -> str | None:
    """Return the host and port of the proxy that a request to `url` goes through, without its password."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    given = proxies.get(parts.scheme) or proxies.get("all")
    if not given or is_loopback(host) or proxy_bypass(host):
        return None
    proxy = urlsplit(given if "://" in given else f"http://{given}")
    return f"{proxy.hostname}:{proxy.port}" if proxy.port else proxy.hostname


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _told(error: PantherMcpError | None) -> Finding:
    return failed(error.message, error.hint) if error else failed("No connection")
