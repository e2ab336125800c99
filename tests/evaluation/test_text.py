"""Every measure against values worked out by hand, and what must hold for any strings."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.evaluation.text import (
    DEFINITIONS,
    count_confusions,
    length_bucket,
    measure_by,
    measure_cer,
    measure_exact,
    measure_jamo_cer,
    measure_one_minus_ned,
    measure_spacing,
    measure_text,
    measure_wer,
    squash,
    to_jamo,
)

KOREAN = st.text(alphabet="가각갂나강 간12,. ㄱ\u3000", max_size=12)
PAIRS = st.lists(st.tuples(KOREAN, KOREAN), max_size=5)


@pytest.mark.parametrize(
    ("truth", "prediction", "cer", "without_spaces", "wer", "jamo", "one_minus_ned"),
    [
        ("제 1 조", "제1 조", 1 / 5, 0, 2 / 3, 1 / 7, 4 / 5),  # 제 = ㅈㅔ, 조 = ㅈㅗ: 4 jamo + 1 + 2 spaces
        ("강", "간", 1, 1, 1, 1 / 3, 0),
        ("가나다", "가나", 1 / 3, 1 / 3, 1, 2 / 6, 2 / 3),
        ("가나", "가나다", 1 / 2, 1 / 2, 1, 2 / 4, 2 / 3),
        ("본 계약은", "본계약은", 1 / 5, 0, 1, 1 / 12, 4 / 5),
        ("가", "가", 0, 0, 0, 0, 1),
        ("가", "", 1, 1, 1, 1, 0),
        ("가", None, 1, 1, 1, 1, 0),
        ("", "", 0, 0, 0, 0, 1),
        ("", "가나", 2, 2, 1, 4, 0),  # nothing in the truth: the number of edits
        ("   ", "\u3000\t", 0, 0, 0, 0, 1),  # white space only is nothing
        (" 가  나 ", "가 나", 0, 0, 0, 0, 1),
        (unicodedata.normalize("NFD", "한글"), "한글", 0, 0, 0, 0, 1),
    ],
)
def test_a_pair(truth, prediction, cer, without_spaces, wer, jamo, one_minus_ned):
    pairs = [(truth, prediction)]
    assert measure_cer(pairs) == pytest.approx(cer)
    assert measure_cer(pairs, spaces=False) == pytest.approx(without_spaces)
    assert measure_wer(pairs) == pytest.approx(wer)
    assert measure_jamo_cer(pairs) == pytest.approx(jamo)
    assert measure_one_minus_ned(pairs) == pytest.approx(one_minus_ned)


def test_rates_are_pooled_and_similarity_is_a_mean_of_lines():
    pairs = [("가나다라마바사아자", "가나다라마바사아자"), ("가", "나")]
    assert measure_cer(pairs) == pytest.approx(1 / 10)
    assert measure_one_minus_ned(pairs) == pytest.approx(1 / 2)


def test_exact_lines_with_and_without_spaces():
    pairs = [("가 나", "가나"), ("가", "가"), ("나", "다"), ("가  나", "가 나")]
    assert measure_exact(pairs) == 2 / 4
    assert measure_exact(pairs, spaces=False) == 3 / 4


@pytest.mark.parametrize(
    ("truth", "prediction", "expected"),
    [
        ("본 계약은 갑과", "본계약은 갑 과", (1 / 2, 1 / 2)),
        ("본 계약은", "본계약은", (0, 0)),
        ("본계약은", "본 계 약 은", (0, 0)),
        ("가나다", "가나다", (1, 1)),
        ("", "", (1, 1)),
        ("가 나", "", (0, 0)),
        ("가 나", "각 난", (1, 1)),  # both characters wrong, the space right
        ("가 나", "가 다 나", (1 / 2, 1)),  # an inserted character: one of the spaces around it is the truth's
        ("가 다 나", "가 나", (1, 1 / 2)),
        ("갑 을 병", "갑을 병", (1, 1 / 2)),
        ("가 나 다 라", "가 나다 라", (1, 2 / 3)),
        (" 가 ", "가", (1, 1)),
    ],
)
def test_spacing(truth, prediction, expected):
    precision, recall, f1 = measure_spacing([(truth, prediction)])
    assert (precision, recall) == pytest.approx(expected)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall) if precision + recall else 0)


def test_spacing_counts_over_all_lines():
    assert measure_spacing([("가 나 다", "가 나다"), ("라", "라"), ("마바", "마 바")])[:2] == pytest.approx((1 / 2, 1 / 2))


def test_confusions():
    assert count_confusions([("1,000원", "l,00원"), ("가", "가나"), ("1", "l")]) == {("1", "l"): 2, ("0", ""): 1, ("", "나"): 1}
    assert count_confusions([("같다", "같다"), ("", "")]) == {}


def test_jamo_are_those_of_unicode():
    assert to_jamo("각") == "\u1100\u1161\u11a8"
    assert to_jamo("ㄱ") == "ㄱ"
    every = "".join(map(chr, range(0xAC00, 0xD7A4)))
    assert to_jamo(every) == unicodedata.normalize("NFD", every)


def test_slices():
    pairs = [("가", "가"), ("나", "다"), ("라", "라")]
    slices = measure_by(pairs, ["바탕", None, "바탕"])
    assert list(slices) == ["바탕", None]
    assert (slices["바탕"]["cer"], slices[None]["cer"], slices["바탕"]["lines"]) == (0, 1, 2)
    assert measure_by(pairs, "abc", measure=len) == {"a": 1, "b": 1, "c": 1}
    with pytest.raises(ValueError, match="shorter"):
        measure_by(pairs, ["바탕"])


@pytest.mark.parametrize(("length", "bucket"), [(0, "01–04"), (4, "01–04"), (5, "05–09"), (19, "10–19"), (39, "20–39"), (40, "40+")])
def test_length_buckets(length, bucket):
    assert length_bucket("가" * length) == bucket


def test_every_figure_has_a_definition():
    assert list(measure_text([("가", "나")])) == list(DEFINITIONS)


def test_no_lines_at_all():
    figures = measure_text([])
    assert (figures["lines"], figures["cer"], figures["exact_lines"], figures["spacing_f1"]) == (0, 0, 1, 1)


def test_a_truth_nobody_can_read_is_refused():
    with pytest.raises(ValueError, match="Received: None"):
        measure_text([(None, "가")])


@given(st.lists(KOREAN, max_size=5))
def test_identity_is_perfect(texts):
    figures = measure_text([(text, text) for text in texts])
    assert [figures[name] for name in ("cer", "cer_without_spaces", "wer", "jamo_cer", "mean_distance")] == [0] * 5
    assert [figures[name] for name in ("one_minus_ned", "exact_lines", "spacing_precision", "spacing_recall", "spacing_f1")] == [1] * 5


@given(PAIRS)
def test_bounds(pairs):
    figures = measure_text(pairs)
    shares = ("one_minus_ned", "exact_lines", "exact_lines_without_spaces", "spacing_precision", "spacing_recall", "spacing_f1")
    assert all(0 <= figures[name] <= 1 for name in shares)
    assert figures["exact_lines"] <= figures["exact_lines_without_spaces"]
    assert figures["cer"] >= 0
    longest = sum(max(len(squash(truth)), len(squash(prediction))) for truth, prediction in pairs)
    assert sum(count_confusions(pairs).values()) <= longest


@given(PAIRS)
def test_swapping_the_sides(pairs):
    """Distances are symmetric; precision and recall of spacing change places where the characters agree."""
    swapped = [(prediction, truth) for truth, prediction in pairs]
    assert measure_one_minus_ned(pairs) == pytest.approx(measure_one_minus_ned(swapped))
    assert measure_text(pairs)["mean_distance"] == pytest.approx(measure_text(swapped)["mean_distance"])
    agreeing = [(truth, squash(truth).replace(" ", "", 1)) for truth, _ in pairs]
    forth, back = measure_spacing(agreeing), measure_spacing([(prediction, truth) for truth, prediction in agreeing])
    assert forth[:2] == pytest.approx((back[1], back[0]))


@given(KOREAN, KOREAN)
def test_confusions_add_up_to_the_distance(truth, prediction):
    figures = measure_text([(truth, prediction)])
    assert sum(count_confusions([(truth, prediction)]).values()) == figures["mean_distance"]
