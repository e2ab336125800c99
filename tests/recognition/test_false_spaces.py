import numpy as np
import pytest

from ocr_crnn.recognition.false_spaces import close_spaces

WIDE, HIGH = 20, 24  # of a character, in pixels


def line(text, *gaps):
    """(scores, spans, image) of a line of black boxes, a space as wide as the next of `gaps`, and 2 px between others."""
    gaps, left, spans = iter(gaps), 10, []
    image = np.full((HIGH + 16, 60 + 60 * len(text)), 255, np.uint8)
    for character in text:
        width = next(gaps) if character == " " else WIDE
        if character != " ":
            image[8 : 8 + HIGH, left : left + width - 2] = 0
            spans.append((left + width / 2 - 2, left + width / 2 + 2))
        else:
            spans.append((left + width / 2, left + width / 2))
        left += width
    return np.linspace(0.5, 1, len(text), dtype=np.float32), np.array(spans, np.float32), image


@pytest.mark.parametrize(
    ("text", "gaps", "expected"),
    [
        ("서기 2022 년 11 월 7 일", (20, 8, 20, 8, 20, 8), "서기 2022년 11월 7일"),
        ("서기 2022 년 11 월", (14, 14, 14, 14), "서기 2022 년 11 월"),  # set apart like all words
        ("105 동 304 호", (9, 18, 9), "105동 304호"),
        ("갑은 3 일까지 낸다", (18, 9, 18), "갑은 3일까지 낸다"),
        ("1,000 원", (4,), "1,000원"),  # no other space, and hardly a gap
        ("1,000 원", (14,), "1,000 원"),
        ("제 2 호 서식", (18, 9, 18), "제 2 호 서식"),  # as 제 is set apart
        ("이름 3 동의 함", (18, 9, 18), "이름 3 동의 함"),  # another word
        ("무게 100 초과 물", (18, 9, 18), "무게 100 초과 물"),
        ("합계 200 시 간", (18, 9, 18), "합계 200 시 간"),  # a label that is spread
        ("단가 300 가격", (18, 9), "단가 300 가격"),
        ("2022 년", (4,), "2022년"),
        ("「민법」 에 따른", (18, 18), "「민법」에 따른"),  # however wide
        ("「민법」 및 상법", (18, 18), "「민법」 및 상법"),
        ("「민법」 가격", (18,), "「민법」 가격"),
        ("20,000원 /인 이상", (18, 18), "20,000원/인 이상"),
        ("회사원 /etc", (18,), "회사원 /etc"),
    ],
)
def test_a_space_before_a_unit_stays_where_the_ink_shows_one(text, gaps, expected):
    scores, spans, image = line(text, *gaps)
    read, kept, moved = close_spaces(text, scores, spans, image)
    assert read == expected
    places = [place for place, other in zip(range(len(text)), _aligned(text, expected), strict=True) if other]
    np.testing.assert_array_equal(kept, scores[places])
    np.testing.assert_array_equal(moved, spans[places])
    assert close_spaces(text, scores, spans, 255 - image)[0] == expected  # light on dark
    assert close_spaces(text, scores, spans, np.repeat(image[..., None], 3, axis=2))[0] == expected


def _aligned(text, expected):
    """Which characters of a text are left in another, which lacks spaces."""
    left = list(expected)
    for character in text:
        kept = bool(left) and left[0] == character
        if kept:
            left.pop(0)
        yield kept


def test_without_places_or_ink_nothing_is_changed():
    scores, spans, image = line("서기 2022 년", 20, 8)
    for given in (None, np.full_like(spans, np.nan)):
        assert close_spaces("서기 2022 년", scores, given, image)[0] == "서기 2022 년"
    read, kept, spans_px = close_spaces("「법」 에 2 년", np.arange(9.0), None, image)
    assert (read, kept.tolist(), spans_px) == ("「법」에 2 년", [0, 1, 2, 4, 5, 6, 7, 8], None)
    assert close_spaces("서기 2022 년", scores, spans, image[:0])[0] == "서기 2022 년"
    assert close_spaces("", scores[:0], spans[:0], image)[0] == ""
    blank = close_spaces("2022 년", scores[:6], spans[:6], np.full_like(image, 255))
    assert blank[0] == "2022 년"  # no ink, so nothing is known
