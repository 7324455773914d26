"""What all tests share: options, and the framework's settings as the server makes them."""

import os

import pytest

# Read when fastmcp is imported; without it, whether its log is heard depends on which test imports it first.
os.environ["FASTMCP_LOG_ENABLED"] = "false"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write tests/tools/snapshots anew")
