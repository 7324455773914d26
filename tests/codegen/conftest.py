"""`pytest tests/codegen --update-golden` writes the golden files of the code generator's tests anew."""

import pytest

from .support import Golden


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the code generator's golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    # The option is unknown when another folder's tests are named beside this one on the command line.
    return Golden(update=bool(request.config.getoption("--update-golden", default=False)))
