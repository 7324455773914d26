"""What is to be said of a certificate: who vouches for it and for how long, or why it is not trusted."""

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from panther_mcp.doctor.case import in_thread
from panther_mcp.doctor.findings import Finding, failed, ok, warning
from panther_mcp.errors import PantherMcpError, bounded

_SOON_DAYS: Final = 14
_LOOK_SECONDS: Final = 3.0
_LONGEST_NAME: Final = 100
# Who signs certificates for hosts that are not theirs, so as to read what is encrypted.
_INSPECTORS: Final = re.compile(
    r"zscaler|netskope|palo ?alto|fortinet|fortigate|blue ?coat|umbrella|sophos|forcepoint|check ?point|watchguard"
    r"|barracuda|kaspersky|avast|eset|cato networks|mitmproxy|charles proxy|fiddler|portswigger|proxy",
    re.IGNORECASE,
)
_EXPIRED: Final = 10
_SELF_SIGNED: Final = 18
_OTHER_NAME: Final = (62, 64)


@dataclass(frozen=True)
class _Certificate:
    """What an untrusted certificate says of itself: nobody vouches for it."""

    issuer: str
    names: str
    until: str


def certificate_finding(certificate: Mapping[str, Any], version: str) -> Finding:
    """Return the finding about a trusted certificate, as `ssl.SSLSocket.getpeercert` tells it."""
    issuer = _issuer(certificate)
    until = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = int((until - time.time()) // 86_400)
    told = f"{version}, certificate by {issuer}, trusted until {datetime.fromtimestamp(until, UTC):%Y-%m-%d}"
    if days < _SOON_DAYS:
        return warning(f"{told}: {days} days from now", "It has to be renewed by whoever runs that host.")
    if _INSPECTORS.search(issuer):
        return warning(
            f"{told}: a proxy that reads what is encrypted is in between",
            "It sees the API token. If that is not wanted, let the host of Panther's API pass uninspected.",
        )
    return ok(told)


async def distrust_finding(failure: PantherMcpError, url: str | None) -> Finding:
    """Return the finding about a TLS handshake that ended with `failure`.

    `url`, where given, is asked once more for its certificate, which is not trusted, only looked at.
    """
    error = next((cause for cause in _causes(failure) if isinstance(cause, ssl.SSLError)), None)
    if not isinstance(error, ssl.SSLCertVerificationError):
        plain = error is not None and error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
        return failed(
            "The host answers, but does not speak TLS on this port" if plain else failure.message,
            "Check scheme and port of the address." if plain else failure.hint,
        )
    shown = await _shown(url) if url else None
    if error.verify_code == _EXPIRED:
        return failed(
            f"The certificate has expired{f' ({shown.until})' if shown else ''}",
            "It has to be renewed by whoever runs that host. If it should be good, check this machine's clock.",
        )
    if error.verify_code in _OTHER_NAME:
        whose = f": it is for {shown.names}" if shown and shown.names else ""
        return failed(f"The certificate is not for this host{whose}", "Check the address for a typing mistake.")
    if error.verify_code == _SELF_SIGNED:
        return failed("The certificate is self-signed, and not trusted here", failure.hint)
    signer = f"{shown.issuer}, whom this machine does not trust" if shown else "nobody whom this machine trusts"
    return failed(f"The certificate is signed by {signer} ({error.verify_message})", failure.hint)


async def _shown(url: str) -> _Certificate | None:
    from cryptography import x509

    parts = urlsplit(url)
    place = (parts.hostname or "", parts.port or 443)
    try:
        pem = await in_thread(lambda: ssl.get_server_certificate(place, timeout=_LOOK_SECONDS))
        found = x509.load_pem_x509_certificate(pem.encode())
    except (OSError, ValueError):
        return None  # it is not needed: that the certificate is not trusted is known
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        for_names = ", ".join(names.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        for_names = found.subject.rfc4514_string()
    return _Certificate(
        bounded(found.issuer.rfc4514_string(), _LONGEST_NAME),
        bounded(for_names, _LONGEST_NAME),
        f"{found.not_valid_after_utc:%Y-%m-%d}",
    )


def _issuer(certificate: Mapping[str, Any]) -> str:
    """Return the name of the CA: `issuer` is a tuple of tuples of name and value."""
    names = {str(name): str(value) for part in certificate.get("issuer", ()) for name, value in part}
    parts = dict.fromkeys(names[key] for key in ("organizationName", "commonName") if key in names)
    return bounded(" ".join(parts) or "an unnamed CA", _LONGEST_NAME)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
