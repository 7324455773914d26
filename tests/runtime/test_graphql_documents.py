"""Whether an operation may change something: for every operation that is generated, and for odd documents."""

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from panther_client.graphql import operations
from panther_mcp.graphql_documents import is_mutation


@pytest.mark.parametrize("name", operations.__all__)
def test_every_generated_operation(name):
    document = getattr(operations, name)
    (operation,) = (node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode))
    assert is_mutation(document, operation.name.value) is (operation.operation is OperationType.MUTATION)


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        ("{ me { id } }", False),
        ("  query Me { me { id } }", False),
        ("query Me($a: Int) @x { me { id } }", False),
        ("mutation Me { me { id } }", True),
        ("query Me { a }\nmutation Other { b }", False),
        ("query Other { a }\nmutation Me { b }", True),
        ("query MeToo { a }", True),
        ("fragment F on A { query Me }", True),
        ("subscription Me { a }", True),
        ("nonsense", True),
        ("", True),
    ],
)
def test_what_is_not_plainly_a_query_changes_something(document, changes):
    assert is_mutation(document, "Me") is changes
