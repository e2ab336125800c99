"""Stages by name: what is known, what is refused, and that a reader takes names and functions alike."""

import pytest

from ocr_crnn.reading.reader import STAGES, DocumentReader
from ocr_crnn.reading.stages import STAGES_BY_NAME, find_stage, parse_stages


@pytest.mark.parametrize("name", STAGES_BY_NAME)
def test_every_name_is_a_stage_that_takes_an_empty_page(name):
    import numpy as np

    from ocr_crnn.page import Page

    page = Page(None, (40, 60), np.zeros((0, 4, 2)), [], scores=[], lines=[], blocks=[], characters=[])
    assert len(find_stage(name)(page, np.full((40, 60, 3), 255, np.uint8))) == 0


def test_names_are_looked_at():
    assert parse_stages("") == () and find_stage(len) is len
    with pytest.raises(ValueError, match="A stage is one of .*Received: 'nothing'"):
        parse_stages("nothing")


def test_a_reader_takes_functions():
    assert DocumentReader(None, None, stages=(len,)).stages == (*STAGES, len)
