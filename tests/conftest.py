"""What all tests share: options, and the framework's settings as the server makes them."""

import atexit
import os
import shutil
import tempfile

import pytest

# Read when fastmcp is imported; without it, whether its log is heard depends on which test imports it first.
os.environ["FASTMCP_LOG_ENABLED"] = "false"
# Servers under test write their audit log here, not where the developer's own is.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="panther-mcp-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write tests/tools/snapshots anew")
