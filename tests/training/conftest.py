"""One source of lines for all tests of training."""

import pytest
from small_source import make_source


@pytest.fixture(scope="session")
def source():
    return make_source()
