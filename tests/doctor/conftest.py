"""What the tests of the doctor share: a sandbox, and places where there is nothing."""

import socket
from pathlib import Path

import pytest

from ..server.conftest import Script, connect, opened, panther, script, secrets_dir, until

__all__ = ["Script", "connect", "opened", "panther", "script", "secrets_dir", "until"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def dead() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
