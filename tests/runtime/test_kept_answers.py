"""What is not asked for again within a minute, and what always is."""

import pytest

from panther_client.graphql import operations
from panther_mcp.errors import UpstreamError
from panther_mcp.kept_answers import KEPT_OPERATIONS, KeptAnswers

GQL = "/public/graphql"
QUERY = "query ListDatabases { dataLakeDatabases { name } }"
ONE, TWO = ({"data": {"dataLakeDatabases": [{"name": name}]}} for name in ("one", "two"))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def asked(http, operation="ListDatabases", **variables):
    return http.graphql(QUERY, operation_name=operation, variables=variables)


def test_only_the_shape_of_the_lake_is_kept():
    documents = "".join(value for name, value in vars(operations).items() if name.endswith("_GQL"))
    for operation in KEPT_OPERATIONS:
        assert f"query {operation}" in documents


async def test_it_is_asked_for_once_a_minute_for_the_same_variables(wire, answer, connect):
    wire.answers[GQL] = [answer(200, ONE), answer(200, TWO)]
    clock = Clock()
    http = connect(kept=KeptAnswers(clock))
    first = await asked(http, a=1)
    first.data.clear()  # what is made of an answer does not reach the next one
    assert (await asked(http, a=1)).data == ONE["data"]
    assert (await asked(http, a=2)).data == TWO["data"]
    assert len(wire.received) == 2
    clock.now += 61
    assert (await asked(http, a=1)).data == TWO["data"]


async def test_anything_else_is_asked_for_each_time(wire, answer, connect):
    wire.answers[GQL] = [answer(200, ONE), answer(200, TWO)]
    http = connect()
    assert [(await asked(http, "ListSchemas")).data for _ in range(2)] == [ONE["data"], TWO["data"]]


async def test_failures_and_parts_are_not_kept(wire, answer, connect):
    errors = [{"message": "a part is missing", "path": ["x"]}]
    wire.answers[GQL] = [answer(200, {"errors": errors}), answer(200, {**ONE, "errors": errors}), answer(200, TWO)]
    http = connect()
    with pytest.raises(UpstreamError):
        await asked(http)
    assert (await asked(http)).errors
    assert [(await asked(http)).data for _ in range(2)] == [TWO["data"]] * 2
    assert len(wire.received) == 3


async def test_large_answers_are_not_kept_and_few_are(wire, answer, connect):
    wire.answers[GQL] = [answer(200, {"data": {"x": "y" * (1 << 20)}}), answer(200, ONE)]
    http = connect()
    for _ in range(2):
        await asked(http)
    for number in range(150):
        await asked(http, number=number)
    assert len(wire.received) == 152
    assert len(http._kept._kept) <= 100
