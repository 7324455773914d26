"""Starting and stopping: free ports, occupied ports, the foreground, and nothing on stdout."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from panther_sandbox.errors import StartFailedError
from panther_sandbox.server import SandboxAddress, SandboxServer

FOREGROUND = """
import sys
from panther_sandbox.server import serve
serve(on_ready=lambda address: print(address.instance_url, file=sys.stderr, flush=True))
print("ended", file=sys.stderr)
"""


def test_an_occupied_port(address: SandboxAddress) -> None:
    port = int(address.instance_url.rpartition(":")[2])
    with pytest.raises(StartFailedError, match=f"cannot listen on 127.0.0.1:{port}"):
        SandboxServer(port=port).start()


def test_it_stops_twice_and_starts_again() -> None:
    server = SandboxServer()
    first = server.start()
    with pytest.raises(StartFailedError, match="running already"):
        server.start()
    server.stop()
    server.stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(first.instance_url)
    assert server.start().api_token == first.api_token
    server.stop()


def test_it_goes_back_to_the_story_while_it_runs() -> None:
    server = SandboxServer()
    with pytest.raises(ValueError, match="does not run"):
        server.restore()
    with server as address, httpx2.Client(base_url=address.instance_url) as client:
        client.headers["X-API-Key"] = address.api_token
        alerts = client.get("/alerts").json()["results"]
        rule = client.get("/rules").json()["results"][0]["id"]
        assert client.patch("/alerts", json={"ids": [alerts[0]["id"]], "status": "CLOSED"}).is_success
        assert client.delete(f"/rules/{rule}").is_success
        assert client.get("/alerts").json()["results"] != alerts
        server.restore()
        assert client.get("/alerts").json()["results"] == alerts
        assert client.get(f"/rules/{rule}").is_success


def test_what_has_a_folder_does_not_go_back(tmp_path: Path) -> None:
    server = SandboxServer(data=tmp_path)
    with server, pytest.raises(ValueError, match="kept no state"):
        server.restore()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_foreground_ends_on_a_signal(sign: signal.Signals, address: SandboxAddress) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    url = process.stderr.readline().strip()
    assert httpx2.get(url).status_code == 200
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as leaving:
        head = f"POST /rules HTTP/1.1\r\nHost: x\r\nX-API-Key: {address.api_token}\r\nContent-Length: 100\r\n\r\n{{"
        leaving.sendall(head.encode())
        assert httpx2.get(url).status_code == 200
    assert httpx2.get(url).status_code == 200
    process.send_signal(sign)
    out, err = process.communicate(timeout=10)
    assert (out, err.strip(), process.returncode) == ("", "ended", 0)


def test_the_package_imports_nothing_heavy() -> None:
    check = "import panther_sandbox, sys; print(sorted({'duckdb', 'graphql', 'sqlglot', 'uvicorn'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
