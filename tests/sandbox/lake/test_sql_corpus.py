"""Every query of the corpus gives the rows that Snowflake would give.

At scale: `PANTHER_SANDBOX_TEST_SCALE=1000000 pytest tests/sandbox/lake`.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

FILES = sorted((Path(__file__).parent / "corpus").glob("*.toml"))
CORPUS = [case for file in FILES for case in tomllib.loads(file.read_text(encoding="utf-8"))["query"]]


@pytest.mark.parametrize("case", CORPUS, ids=[case["name"] for case in CORPUS])
def test_query(panther: Any, case: dict[str, Any]) -> None:
    query = panther.query(case["sql"], case.get("database", "panther_logs"))
    assert query["status"] == "succeeded", query["message"]
    results = query["results"]
    order = results["columnInfo"]["order"]
    assert [[edge["node"][name] for name in order] for edge in results["edges"]] == json.loads(case["rows"])
    assert set(results["columnInfo"]["types"]) == set(order)
    if "columns" in case:
        assert order == case["columns"]


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 120
