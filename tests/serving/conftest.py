"""One small reader and one export of it for all tests of serving: tracing and writing the graph takes most of their time."""

import pytest
from served import small_reader

from ocr_crnn.serving.export import export_saved_model


@pytest.fixture(scope="session")
def reader():
    return small_reader()


@pytest.fixture(scope="session")
def exported(reader, tmp_path_factory):
    """The folder of version 1 of the model ocr, and its config beside it."""
    return export_saved_model(reader, tmp_path_factory.mktemp("models") / "ocr" / "1", max_pixels=4_000_000)
