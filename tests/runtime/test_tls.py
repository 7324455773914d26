"""Whose certificates are trusted, and what goes through a proxy: each with a server of its own on loopback."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from panther_mcp.errors import Unavailable

TOKEN = "panther-test-token-0123456789"
HOST = "api.acme.test"
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def _certificate(subject, issuer, key, signer, *, ca):
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(signer, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A CA of our own: the path of its certificate, and that of a key and certificate that it has signed."""
    folder = tmp_path_factory.mktemp("tls")
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Acme CA", HOST))
    ca = _certificate(ca_name, ca_name, ca_key, ca_key, ca=True)
    leaf = _certificate(name, ca_name, key, ca_key, ca=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(private + leaf.public_bytes(pem))
    return folder / "ca.pem", folder / "server.pem"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in (*PROXY_VARIABLES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def secure(wire, authority, answer) -> AsyncIterator[int]:
    """The port at which `wire` speaks TLS."""
    wire.answers["/x"] = answer(200, b"[1]")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])
    server = await asyncio.start_server(wire.handle, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@dataclass
class Proxy:
    """A forward proxy that leads every host to one port. `lines` are the first lines that came, `seen` all bytes."""

    url: str = ""
    target: int = 0
    lines: list[str] = field(default_factory=list)
    seen: bytearray = field(default_factory=bytearray)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line = head.split(b"\r\n")[0].decode()
        self.lines.append(line)
        self.seen += head
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        if line.startswith("CONNECT "):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            method, address, version = line.split(" ")
            path = "/" + address.split("/", 3)[3]
            back.write(head.replace(line.encode(), f"{method} {path} {version}".encode()))
        await asyncio.gather(self._pass(reader, back, keep=True), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool = False) -> None:
        try:
            while data := await reader.read(65_536):
                if keep:
                    self.seen += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    served = Proxy()
    server = await asyncio.start_server(served.handle, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield served
    server.close()
    await server.wait_closed()


# --- certificates ----------------------------------------------------------------------------------


async def test_a_ca_of_ones_own(secure, authority, connect, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    assert await connect(rest_url=f"https://127.0.0.1:{secure}").rest("GET", "/x") == b"[1]"


async def test_a_ca_that_nobody_vouches_for(wire, secure, connect, failure):
    error = await failure(connect(rest_url=f"https://127.0.0.1:{secure}", retries=3).rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert "certificate verify failed" in error.message
    assert "SSL_CERT_FILE" in error.hint
    assert not error.retryable
    assert "attempts" not in error.details, "it would fail again"
    assert wire.received == []


async def test_a_certificate_of_another_host(wire, secure, authority, connect, failure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    error = await failure(connect(rest_url=f"https://localhost:{secure}").rest("GET", "/x"))
    assert "localhost" in error.message
    assert wire.received == []


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_bundle_that_cannot_be_read(connect, failure, monkeypatch, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    error = await failure(connect().rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert f"SSL_CERT_FILE={path}" in error.message


# --- proxies ---------------------------------------------------------------------------------------


async def test_a_proxy_sees_nothing_of_what_is_encrypted(
    wire, secure, authority, answer, proxy, connect, failure, monkeypatch
):
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    proxy.target = secure
    wire.answers["/moved"] = answer(302, Location="https://evil.example/")
    http = connect(rest_url=f"https://{HOST}")
    assert await http.rest("GET", "/x") == b"[1]"
    assert "redirect" in (await failure(http.rest("GET", "/moved"))).message
    assert proxy.lines == [f"CONNECT {HOST}:443 HTTP/1.1"] * 2
    assert [request.headers["x-api-key"] for request in wire.received] == [TOKEN] * 2
    assert TOKEN.encode() not in proxy.seen


async def test_a_proxy_for_a_test_instance_without_encryption(wire, answer, proxy, connect, monkeypatch):
    wire.answers["/x"] = answer(200, b"[1]")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    proxy.target = int(wire.url.rpartition(":")[2])
    assert await connect(rest_url=f"http://{HOST}", verify_tls=False).rest("GET", "/x") == b"[1]"
    assert proxy.lines == [f"GET http://{HOST}/x HTTP/1.1"]
    assert wire.received[0].headers["x-api-key"] == TOKEN


async def test_hosts_that_no_proxy_is_for(proxy, connect, failure, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", ".acme.test")
    error = await failure(connect(rest_url=f"https://{HOST}").rest("GET", "/x"))
    assert HOST in error.message
    assert proxy.lines == []


@pytest.mark.parametrize(
    "address", ["gopher://u:hidden-password@127.0.0.1:1", "socks5://u:hidden-password@127.0.0.1:1"]
)
async def test_a_proxy_that_cannot_be_used(connect, failure, monkeypatch, address):
    monkeypatch.setenv("HTTPS_PROXY", address)
    error = await failure(connect(rest_url=f"https://{HOST}").rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert "HTTPS_PROXY" in error.message
    assert "hidden-password" not in str(error)


async def test_a_proxy_that_is_not_there(connect, failure, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://u:hidden-password@127.0.0.1:1")
    error = await failure(connect(rest_url=f"https://{HOST}").rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert "proxy" in error.hint
    assert "hidden-password" not in str(error)
