"""The reader around a detector and a recogniser that know the truth: what it makes of it is its own doing."""

from dataclasses import replace

import numpy as np
import pytest
from oracle import OracleDetector, OracleRecognizer, sample_page

from ocr_crnn.evaluation.end_to_end import measure_end_to_end
from ocr_crnn.geometry import quad_ious
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reader import DocumentReader


def make_reader(name):
    pixels, words, segments = sample_page(name)
    return DocumentReader(OracleDetector(pixels, segments), OracleRecognizer(pixels, segments)), pixels, words


@pytest.mark.parametrize("name", ["00000000", "00000001", "00000002"])
def test_words_of_rendered_pages_stand_where_the_truth_has_them(name):
    reader, pixels, truth = make_reader(name)
    page = reader.read_page(pixels)
    measures = measure_end_to_end([(truth, page)])
    assert measures["e2e_hmean@0.5"] > 0.96
    assert measures["page_cer"] < 0.06


def test_what_is_read_too_doubtfully_is_left_out_and_counted():
    reader, pixels, _ = make_reader("00000001")
    whole = reader.read_page(pixels)
    recognizer, doubtful = reader.recognizer, whole.texts[whole.line_rows()[3]][0]

    def doubt(images):
        return [line._replace(score=0.3) if doubtful in line.text else line for line in recognizer(images)]

    page = DocumentReader(reader.detector, doubt).read_page(pixels)
    assert whole.left_out == 0 and page.left_out >= 1
    assert doubtful in whole.texts and doubtful not in page.texts
    assert len(whole.line_rows()) - len(page.line_rows()) == page.left_out


def test_a_turned_page_reads_the_same():
    reader, pixels, truth = make_reader("00000001")
    upright = reader.read_page(pixels)
    for turns in (1, 2, 3):
        page = reader.read_page(np.ascontiguousarray(np.rot90(pixels, turns)))
        assert page.text == upright.text
        back = turn_page(page, -turns)
        assert back.size == upright.size == pixels.shape[:2]
        assert np.diag(quad_ious(back.quads, upright.quads)).min() > 0.7
        characters = back.characters[0].quads.mean(axis=(0, 1))
        assert np.abs(characters - back.quads[0].mean(axis=0)).max() < 10


def test_stages_of_ones_own_see_the_page_as_it_lies_upright_and_run_last():
    _, pixels, _ = make_reader("00000001")
    seen = []

    def mark(page, image):
        seen.append((page.unit, page.size, image.shape[:2]))
        return replace(page, entities=[f"{row}" for row in range(len(page))])

    def keep_two(page, image):
        return page.take(slice(2))

    _, words, segments = sample_page("00000001")
    detector, recognizer = OracleDetector(pixels, segments), OracleRecognizer(pixels, segments)
    page = DocumentReader(detector, recognizer, stages=(mark, keep_two)).read_page(np.ascontiguousarray(np.rot90(pixels)))
    assert seen == [("word", pixels.shape[:2], pixels.shape[:2])]
    assert list(page.entities) == ["0", "1"] and page.size == pixels.shape[1::-1] and page.unit == "word"
