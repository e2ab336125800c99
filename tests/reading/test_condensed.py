import numpy as np
import pytest

from ocr_crnn.reading.condensed import DIGIT, HANGUL, is_condensed, stretch, surer
from ocr_crnn.recognition.recognizer import ReadLine


def line(text, step, score=0.9):
    """Characters `step` pixels apart."""
    starts = step * np.arange(len(text), dtype=np.float32)
    return ReadLine(text, score, np.full(len(text), score, np.float32), np.stack([starts, starts + step], axis=1))


@pytest.mark.parametrize(("text", "usual"), [("가나다라", HANGUL), ("12345", DIGIT), ("a1-234", DIGIT)])
def test_print_is_condensed_by_the_distance_of_its_letters(text, usual):
    assert is_condensed(line(text, 0.7 * usual * 100), 100, 0.75)
    assert not is_condensed(line(text, 0.8 * usual * 100), 100, 0.75)


def test_neighbours_of_other_kinds_and_two_letters_tell_nothing():
    for text in ("", "가", "가나", "가1나2", "ab c", "1,2,3"):
        assert not is_condensed(line(text, 5), 100, 0.75)
    assert not is_condensed(line("가나다라", 10)._replace(spans_px=None), 100, 0.75)


def test_syllables_and_digits_are_taken_together():
    spans = np.cumsum([0, 62, 62, 62, 20, 20, 20], dtype=np.float32)  # three usual distances and, after 라1, two of half of the usual
    both = ReadLine("가나다라123"[:7], 1.0, np.ones(7, np.float32), np.stack([spans, spans], axis=1))
    assert is_condensed(both, 100, 0.85) and not is_condensed(both, 100, 0.75)


def test_a_stretched_crop_has_every_column_twice():
    crop = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert stretch(crop).tolist() == [[0, 0, 1, 1, 2, 2], [3, 3, 4, 4, 5, 5]]


def test_the_surer_reading_has_its_places_in_the_crop_as_it_was():
    plain, stretched = line("100", 10, 0.9), line("1000", 20, 0.95)
    assert surer(plain, stretched).text == "1000"
    np.testing.assert_allclose(surer(plain, stretched).spans_px[:, 0], [0, 10, 20, 30])
    assert surer(plain, line("1000", 20, 0.9)) is plain
    assert surer(plain, stretched._replace(spans_px=None)).spans_px is None
