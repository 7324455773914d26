"""What a GraphQL document does when one of its operations is run: read, or change something."""

import re
from typing import Final

_QUERY: Final = "query"
_MUTATION: Final = "mutation"
_SHORTHAND: Final = re.compile(r"\s*\{")


def is_mutation(document: str, operation_name: str) -> bool:
    """Say whether `operation_name` of `document` may change something.

    It is taken to, unless the document plainly says that it is a query: a mistake here would send a change twice, or
    before a person has agreed to it. Each definition begins on a line of its own in the documents that are generated.
    """
    if _SHORTHAND.match(document):
        return False
    return _defines(_MUTATION, operation_name, document) or not _defines(_QUERY, operation_name, document)


def _defines(kind: str, name: str, document: str) -> bool:
    return re.search(rf"^[ \t]*{kind}\s+{re.escape(name)}\b", document, re.MULTILINE) is not None
