"""docs/sandbox.md tells the story: every query of it gives the rows that stand below it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"
ANSWER = re.compile(r"\*\*([^*]+\?)\*\*.*?```sql\n(.*?)```\n```json\n(.*?)```", re.DOTALL)
ANSWERS = ANSWER.findall(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("sql", "rows"), [answer[1:] for answer in ANSWERS], ids=[answer[0] for answer in ANSWERS])
def test_answer(panther: Any, sql: str, rows: str) -> None:
    query = panther.query(sql)
    assert query["status"] == "succeeded", query["message"]
    order = query["results"]["columnInfo"]["order"]
    assert [[edge["node"][name] for name in order] for edge in query["results"]["edges"]] == json.loads(rows)


def test_every_question_is_answered() -> None:
    assert len(ANSWERS) == PAGE.read_text(encoding="utf-8").count("```sql") == 8
