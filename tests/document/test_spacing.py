import numpy as np
import pytest

from ocr_crnn.document.spacing import drop_automatic_spaces
from ocr_crnn.recognition.recognizer import ReadLine

PITCH, LETTER, HEIGHT = 40, 30, 40


def draw(text, gaps):
    """A line whose characters are boxes of LETTER columns: the gap after each is PITCH − LETTER, or as `gaps` has it where given.

    gaps: {number of a character that is no space: columns}. A space has its span in the gap.
    """
    ink, spans, x, number = np.zeros((HEIGHT, 3000), bool), [], 10, -1
    for character in text:
        if character == " ":
            spans.append((x - 8, x - 4))
            continue
        number += 1
        ink[5:35, x : x + LETTER] = True
        spans.append((x + 10, x + 14))
        x += LETTER + gaps.get(number, PITCH - LETTER)
    scores = np.linspace(0.5, 1, len(text), dtype=np.float32)
    return ReadLine(text, float(scores.mean()), scores, np.array(spans, np.float32)), ink[:, :x]


def draw_paragraph():
    """Twelve gaps of 10 columns between syllables, and twelve spaces of 24."""
    return draw("가나 " * 12 + "다", dict.fromkeys(range(1, 24, 2), 24))


@pytest.mark.parametrize(
    ("text", "gap", "expected"),
    [("제 1", 14, "제1"), ("1 조", 14, "1조"), ("1 조", 20, "1 조"), ("제 가", 14, "제 가"), ("A 가", 14, "A 가"), ("1 2", 14, "1 2")],
)
def test_a_gap_as_between_letters_is_no_space_where_a_digit_meets_hangul(text, gap, expected):
    (paragraph, ink), (line, other) = draw_paragraph(), draw(text, {0: gap})
    kept, read = drop_automatic_spaces([paragraph, line], [ink, other])
    assert kept is paragraph and read.text == expected
    assert len(read.text) == len(read.character_scores) == len(read.spans_px)
    assert read.score == pytest.approx(read.character_scores.mean())


def test_characters_keep_their_places():
    (paragraph, ink), (line, other) = draw_paragraph(), draw("제 2 조", {0: 12, 1: 13})
    _, read = drop_automatic_spaces([paragraph, line], [ink, other])
    assert read.text == "제2조"
    np.testing.assert_array_equal(read.spans_px, line.spans_px[[0, 2, 4]])
    np.testing.assert_array_equal(read.character_scores, line.character_scores[[0, 2, 4]])


def test_a_page_with_few_gaps_is_left_alone():
    line, ink = draw("제 1 조 가나 다라", {})
    assert drop_automatic_spaces([line], [ink]) == [line]
    assert drop_automatic_spaces([], []) == []


def test_lines_without_ink_are_left_alone():
    (paragraph, ink), (line, _) = draw_paragraph(), draw("제 1", {0: 12})
    assert drop_automatic_spaces([paragraph, line], [ink, None])[1] is line
