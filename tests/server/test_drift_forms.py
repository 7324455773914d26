"""Every reading tool against answers of other forms than described: known values survive, and nothing fails inside."""

from collections.abc import Iterator
from typing import Any

import pytest

from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.drift.usage import read_usage

from .conftest import Caller, Panther
from .test_drift import Faults

TOOLS = [tool for tool in catalog_tools(read_catalog()) if tool.effect == "read" and not tool.billable]
GRAPHQL = ("enum", "member", "null")
REST = ("missing", "null", "number", "text", "object", "extra")
