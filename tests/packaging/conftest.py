"""These tests need a built wheel and an environment with nothing else in it: `nox -s package` makes both."""

import os
from pathlib import Path

import pytest

WHEEL = "PANTHER_MCP_TEST_WHEEL"
PYTHON = "PANTHER_MCP_TEST_PYTHON"
collect_ignore_glob = [] if WHEEL in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def wheel() -> Path:
    return Path(os.environ[WHEEL])


@pytest.fixture(scope="session")
def clean_python() -> Path:
    return Path(os.environ[PYTHON])
