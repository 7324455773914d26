"""Real processes: the streams, the signals, the exit statuses and what the command line prints."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from panther_mcp.client_config import CLIENTS, WHERE, claude_code, goose
from panther_mcp.launcher import main

STUB = Path(__file__).with_name("stub_process.py")
PATIENCE = 30
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}


def environment(**extra: str) -> dict[str, str]:
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    return known | extra


@contextmanager
def started(*arguments: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    command = [sys.executable, str(STUB), *arguments]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, env=environment(**env)) as process:
        try:
            yield process
        finally:
            process.kill()


def send(process: subprocess.Popen[bytes], message: object) -> None:
    process.stdin.write(json.dumps(message).encode() + b"\n")


def call(process: subprocess.Popen[bytes], tool: str) -> None:
    send(
        process,
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": tool, "arguments": {}}},
    )


def greet(process: subprocess.Popen[bytes]) -> None:
    send(process, INITIALIZE)
    assert json.loads(process.stdout.readline())["result"]["protocolVersion"] == "2025-06-18"
    send(process, {"jsonrpc": "2.0", "method": "notifications/initialized"})


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "panther_mcp", *arguments]
    return subprocess.run(
        command,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_only_the_protocol_reaches_stdout_and_the_end_of_input_ends_it():
    with started() as process:
        greet(process)
        call(process, "noisy")
        answer = json.loads(process.stdout.readline())
        assert answer["result"]["content"][0]["text"] == "done"
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read() == b""
        stray = process.stderr.read().decode()
    for line in ("while the server is built", "of a tool", "below Python"):
        assert f"a stray line {line}" in stray


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_during_a_call(number):
    with started() as process:
        greet(process)
        call(process, "endless")
        while process.stderr.readline() != b"endless has begun\n":
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
        assert b"Traceback" not in process.stderr.read()


def test_a_client_that_stops_reading_has_left():
    with started() as process:
        greet(process)
        process.stdout.close()
        call(process, "noisy")
        assert process.wait(PATIENCE) == 0


def test_http_serves_this_machine_only_and_stops_on_a_signal(tmp_path):
    with started("--transport", "http", "--port", "0", "--log-file", str(tmp_path / "log")) as process:
        line = process.stderr.readline().decode()
        assert line.startswith("panther-mcp serves MCP on http://127.0.0.1:")
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        body = json.dumps(INITIALIZE).encode()
        url = line.split()[-1]
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=PATIENCE) as response:
            assert b'"result":' in response.read()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(url, body, headers | {"Host": "evil.example"}))
        assert caught.value.code == 421
        caught.value.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_explained():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("--transport", "http", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Port {port} on 127.0.0.1 is in use. Choose another with --port or MCP_PORT.\n"


def test_the_sandbox_prints_what_to_set_and_stops_on_a_signal():
    with started("sandbox") as process:
        lines = [process.stdout.readline().decode() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert lines[0].startswith("PANTHER_INSTANCE_URL=http://127.0.0.1:")
    assert lines[1].startswith("PANTHER_API_TOKEN=")
    assert lines[2].startswith("# read-only: PANTHER_API_TOKEN=")


def test_a_taken_port_of_the_sandbox_is_explained():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("sandbox", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The sandbox cannot start:")
    assert port in done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--transport", "x"), "--transport: 'x' is no transport."),
        (("--bogus",), "No such option: --bogus"),
        (("--token", "x"), "No such option: --token"),
        (("nonsense",), "No such command 'nonsense'"),
        (("--port", "5", "config"), "not for `config`"),
        (("config", "--client", "x"), "'claude-desktop'"),
    ],
)
def test_usage_errors(monkeypatch, capsys, arguments, text):
    monkeypatch.setattr("sys.argv", ["panther-mcp", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    printed = capsys.readouterr()
    assert (caught.value.code, printed.out) == (2, "")
    assert text in printed.err


def test_a_wrong_variable_stops_the_start():
    done = run(MCP_PORT="x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "MCP_PORT: 'x' is no port." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_and_the_start_import_nothing_heavy():
    code = (
        "import sys; sys.argv[1:] = ['--version']\n"
        "import panther_mcp.launcher, panther_mcp.serving\n"
        "try: panther_mcp.launcher.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'asyncio', 'fastmcp', 'typer', 'rich', 'pydantic', 'httpx2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    version, modules = done.stdout.splitlines()
    assert version.startswith("panther-mcp ")
    assert modules == "[]"


def test_config_prints_what_to_paste_and_no_token():
    env = {"PANTHER_INSTANCE_URL": "acme.runpanther.net", "PANTHER_API_TOKEN": "hunter2"}
    done = run("config", "--client", "claude-desktop", **env)
    server = json.loads(done.stdout)["mcpServers"]["panther"]
    assert server["env"]["PANTHER_INSTANCE_URL"] == "https://acme.runpanther.net"
    assert Path(server["command"]).is_absolute()
    assert "claude_desktop_config.json" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_client_configurations():
    env = {"A": "it's", "B": 'a "quoted" one'}
    assert set(CLIENTS) == set(WHERE)
    for name in ("claude-desktop", "cursor"):
        assert json.loads(CLIENTS[name](["/bin/p", "x"], env)) == {
            "mcpServers": {"panther": {"command": "/bin/p", "args": ["x"], "env": env}}
        }
    assert claude_code(["p"], {"A": "it's"}) == ("""claude mcp add --env 'A=it'"'"'s' --transport stdio panther -- p""")
    assert '      B: "a \\"quoted\\" one"' in goose(["p"], env).splitlines()
