"""What `panther-mcp doctor` says of certificates and proxies."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from panther_mcp.doctor.findings import Finding

from .examining import SELF, TOKEN, at, looked


def certificate(folder: Path, *, days: int = 90, name: str = "127.0.0.1", issuer: str = "Test CA") -> Path:
    """A certificate for an address with its key, signed by itself, in one file."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(pem))
    return path


@asynccontextmanager
async def https(script: Any, pem: Path) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(script.handle, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("made", "trusted", "status", "says"),
    [
        ({}, False, "failed", "self-signed"),
        ({}, True, "ok", "certificate by Test CA, trusted until "),
        ({"days": 5}, True, "warning", "days from now"),
        ({"days": -1}, True, "failed", "has expired"),
        ({"name": "192.0.2.1"}, True, "failed", "not for this host"),
        ({"issuer": "Zscaler Inc."}, True, "warning", "a proxy that reads what is encrypted"),
    ],
    ids=["self-signed", "trusted", "ends soon", "expired", "another name", "inspected"],
)
async def test_certificates(
    made: dict[str, Any],
    trusted: bool,
    status: str,
    says: str,
    script: Any,
    home: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pem = certificate(tmp_path, **made)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    script.answers = {"HEAD /": (200, b""), "GET /api-tokens/self": SELF}
    async with https(script, pem) as url:
        found = await looked({"PANTHER_REST_API_URL": url, "PANTHER_API_TOKEN": TOKEN} | home)
    assert found["tls"].status == status
    assert says in found["tls"].found
    assert bool(found["tls"].fixes) is (status != "ok")
    assert found["tcp"].status == "ok"
    assert (found["api"].status == "skipped") is (status == "failed")


async def test_tls_to_a_port_that_speaks_none(panther: Any, home: dict[str, str]) -> None:
    found = await looked(at(panther.url.replace("http:", "https:")) | home)
    assert found["tls"].found == "The host answers, but does not speak TLS on this port"


async def test_through_a_proxy(script: Any, home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The host is known to the proxy alone; what opens the proxy is not shown."""
    proxy = script.url.removeprefix("http://")
    monkeypatch.setenv("HTTP_PROXY", f"http://me:opens-the-proxy@{proxy}")
    monkeypatch.setenv("http_proxy", f"http://me:opens-the-proxy@{proxy}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    url = "http://panther.invalid"
    refusal = (401, {"message": "no"})
    script.answers = {f"HEAD {url}/": (200, b""), f"GET {url}/api-tokens/self": refusal, "DoctorProbe": refusal}
    given = {"PANTHER_REST_API_URL": url, "PANTHER_ALLOW_INSECURE_INSTANCE": "1", "PANTHER_API_TOKEN": TOKEN}
    found = await looked(given | home)
    assert found["dns"] == Finding("skipped", f"the proxy {proxy} resolves names")
    assert found["tcp"].found.startswith(f"connected to panther.invalid, port 80 through the proxy {proxy} in ")
    assert found["tls"].status == "warning"
    assert found["api"].status == "ok"
    assert "opens-the-proxy" not in str(found)
