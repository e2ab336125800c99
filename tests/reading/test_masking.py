import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from personal import KINDS, ROWS, SECRETS, drawn_form, leaks

from ocr_crnn.images import is_spread, spread_grey
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.identifiers import find_identifiers
from ocr_crnn.reading.masking import DEFAULT, clean, cover, mask_page, parse_kinds
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reader import DocumentReader


def page_of(*words, **columns):
    """A Page of (text, x, y, line, block): ten pixels a character, 20 high."""
    quads = [[[x, y], [x + 10 * len(t), y], [x + 10 * len(t), y + 20], [x, y + 20]] for t, x, y, *_ in words]
    lines, blocks = [word[3] for word in words], [word[4] for word in words]
    return Page(None, (400, 600), quads, [word[0] for word in words], lines=lines, blocks=blocks, **columns)


def test_the_numbers_of_a_form():
    image, page = drawn_form()
    masked = mask_page(page, image, KINDS)
    shown = [
        "900101-*******", "851231-*******", "4716-29**-****-1823", "******-**-**2736", "M********", "11-92-******-**", "010-****-9465",
        "130111-0006246",
    ]  # fmt: skip
    assert [text for text in masked.texts if text[-1] in "*0123456789"] == shown
    assert [(mask["kind"], mask["decision"], mask["characters"]) for mask in sorted(masked.records["masks"], key=lambda m: m["words"])] == [
        ("rrn", "masked", 7), ("foreigner", "masked", 7), ("card", "masked", 6), ("account", "masked", 10), ("passport", "masked", 8),
        ("licence", "masked", 8), ("phone", "masked", 4),
    ]  # fmt: skip
    assert not leaks(json.dumps(masked.records)) and not leaks(masked.text) and leaks(page.text)
    assert [len(text) for text in masked.texts] == [len(text) for text in page.texts]


def test_the_pixels_of_a_number_are_one_colour_and_others_stay():
    image, page = drawn_form()
    masked = mask_page(page, None, KINDS)
    covered = cover(image, masked)
    inside = np.zeros(image.shape[:2], bool)
    for mask in masked.records["masks"]:
        for quad in mask["quads"]:
            (left, top), (right, bottom) = np.round(np.min(quad, axis=0)).astype(int), np.round(np.max(quad, axis=0)).astype(int)
            inside[top : bottom + 1, left : right + 1] = True
    assert (covered[inside] == 0).all() and (covered[~inside] == image[~inside]).all() and image.min() == 0 and inside.any()
    for row, word in enumerate(page.texts):
        for index, character in enumerate(masked.texts[row]):
            x, y = page.characters[row].quads[index].mean(axis=0).round().astype(int)
            if word[index].isalnum():  # what parts them may be covered or not
                assert inside[y, x] == (character == "*")


def test_a_grey_page_stays_a_view_of_one_channel():
    image, page = drawn_form()
    grey = spread_grey(np.ascontiguousarray(image[:, :, 0]))
    covered = cover(grey, mask_page(page))
    assert is_spread(covered) and (covered == cover(image, mask_page(page))).all()
    assert cover(grey, page) is grey


def test_a_number_over_two_words_two_lines_and_misread():
    page = page_of(
        ("900101", 0, 0, 0, 0), ("-", 70, 0, 0, 0), ("l234567", 90, 0, 0, 0), ("4111-1111-", 0, 100, 1, 1), ("1111-1111", 0, 130, 2, 1)
    )
    assert list(mask_page(page).texts) == ["900101", "-", "*******", "4111-11**-", "****-1111"]


def test_a_card_over_two_cells_is_hidden_whole_where_its_check_digit_is_wrong():
    for last, shown in (("1111-1111", "****-1111"), ("1111-1112", "****-****")):
        page = page_of(("카드번호", 0, 0, 0, 0), ("4111-1111-", 100, 0, 1, 1), (last, 210, 0, 2, 2))
        assert mask_page(page).texts[2] == shown


def test_a_number_over_the_break_of_two_pages():
    """Behind it a number of the page, before its rest a title: neither is in the way, and neither is hidden."""
    foot = (("-", 200, 370, 1, 1), ("3", 220, 370, 1, 1), ("-", 240, 370, 1, 1))
    first = page_of(("주민등록번호", 0, 300, 0, 0), ("900101-12", 140, 300, 0, 0), *foot)
    second = page_of(("근로계약서", 200, 0, 0, 0), ("34567", 0, 40, 1, 1), ("홍길동", 80, 40, 1, 1), ("2026", 0, 80, 2, 1))
    ended, begun = mask_page(first, after=second), mask_page(second, before=first)
    assert list(ended.texts) == ["주민등록번호", "900101-**", "-", "3", "-"]
    assert list(begun.texts) == ["근로계약서", "*****", "홍길동", "2026"]
    assert [mask["over"] for page in (ended, begun) for mask in page.records["masks"]] == ["after", "before"]
    assert [mask["words"] for page in (ended, begun) for mask in page.records["masks"]] == [[1], [1]]
    assert list(mask_page(second).texts) == list(second.texts)


def test_numbers_that_end_with_their_page_are_not_joined_to_the_next():
    first = page_of(("합계", 0, 300, 0, 0), ("900,101", 80, 300, 0, 0), ("010-1234-5678", 0, 340, 1, 1))
    second = page_of(("1234567", 0, 0, 0, 0), ("원", 80, 0, 0, 0))
    assert not mask_page(first, after=second).records["masks"] and not mask_page(second, before=first).records["masks"]


def test_a_number_that_is_set_downwards_with_its_dash_upright():
    texts = ("주민번호900101", "|", "1", "234567")
    tops = (0, 300, 330, 360)
    quads = [[[9, y], [29, y], [29, y + 20 * len(t)], [9, y + 20 * len(t)]] for t, y in zip(texts, tops, strict=True)]
    masked = mask_page(Page(None, (600, 600), quads, list(texts), lines=[0, 1, 2, 3], blocks=[0, 1, 2, 3]))
    assert list(masked.texts) == ["주민번호900101", "|", "*", "******"]


def test_a_cell_beside_its_label_that_does_not_parse_is_hidden_whole():
    split = [("9001", 200, 0, 1, 1), ("X112", 250, 0, 1, 1)]
    page = page_of(("주민등록번호", 0, 0, 0, 0), *split, ("성명", 0, 60, 2, 2), ("12345", 200, 60, 3, 3))
    masked = mask_page(page)
    assert list(masked.texts) == ["주민등록번호", "****", "****", "성명", "12345"]
    assert [(mask["rule"], mask["decision"]) for mask in masked.records["masks"]] == [("cell", "uncertain")]
    assert mask_page(page, kinds=["card"]).records["masks"] == []


def test_where_the_end_of_a_number_was_not_read_its_place_is_covered():
    for words in ([("주민등록번호", 0, 0, 0, 0), ("900101-", 200, 0, 0, 0)], [("900101", 200, 0, 0, 0), ("-", 260, 0, 0, 0)]):
        masked = mask_page(page_of(*words))
        (mask,) = masked.records["masks"]
        covered = np.array(mask["quads"])
        assert (mask["rule"], mask["decision"]) == ("loose", "uncertain") and masked.text.endswith(("******-", "****** -"))
        assert covered[..., 0].min() < 200 and covered[..., 0].max() > 270 + 70 - 10
    for words in (
        [("240115-01", 0, 0, 0, 0)],
        [("접수번호", 0, 0, 0, 0), ("240115-", 100, 0, 0, 0)],
        [("240115-", 0, 0, 0, 0), ("끝", 90, 0, 0, 0)],
    ):
        assert mask_page(page_of(*words)).records["masks"] == []


def test_of_a_number_that_lost_its_last_digit_what_stands_for_it_is_covered():
    for end in (".", ""):
        (mask,) = mask_page(page_of((f"서울70-578701-2{end}", 0, 0, 0, 0))).records["masks"]
        assert np.array(mask["quads"])[..., 0].max() > 10 * len("서울70-578701-2.") + 5


def test_what_a_label_announces_is_no_number_where_there_are_words():
    page = page_of(("주민등록번호", 0, 0, 0, 0), ("해당없음", 200, 0, 1, 1), ("여권번호", 0, 60, 2, 2), ("2026년 11월 3일", 200, 60, 3, 3))
    assert mask_page(page).text == page.text


def test_a_number_is_hidden_wherever_it_stands_again():
    page = page_of(("주민등록번호", 0, 0, 0, 0), ("900101-1234567", 200, 0, 1, 1), ("a9001011234567z", 400, 200, 2, 2))
    masked = mask_page(page)
    assert masked.texts[2] == "a*************z"
    assert [mask["rule"] for mask in masked.records["masks"]] == ["label", "same"]


def test_of_numbers_that_begin_alike_each_is_hidden_where_it_stands_again():
    words = [("900101-1234567", 200, 0, 0, 0), ("900101-1234566", 200, 60, 1, 1)]
    codes = [(f"a900101123456{last}z", 600, 60 * row + 200, row + 2, row + 2) for row, last in enumerate("697")]
    masked = mask_page(page_of(*words, *codes))
    assert list(masked.texts[2:]) == ["a*************z", "a9001011234569z", "a*************z"]
    assert [(mask["rule"], mask["words"]) for mask in masked.records["masks"]][2:] == [("same", [2]), ("same", [4])]


def test_records_and_notes_of_other_stages_hold_none_of_it():
    found = [
        {"text": "900101-1234567", "value": 9001011234567, "parts": ["234567", {"사람 9001011234567": 1.5}], "words": [1], "quads": []}
    ]
    page = page_of(("주민등록번호", 0, 0, 0, 0), ("900101-1234567", 200, 0, 1, 1), attributes=[{"n": 3}, {"second": "90O101-1234567"}])
    page = mask_page(Page(**{**vars(page), "records": {"entities": found, "tables": [{"rows": 2, "on": True, "of": None}]}}))
    assert page.records["entities"] == [
        {"text": "900101-*******", "value": None, "parts": ["******", {"사람 90***********": 1.5}], "words": [1], "quads": []}
    ]
    assert page.records["tables"] == [{"rows": 2, "on": True, "of": None}]
    assert list(page.attributes) == [{"n": 3}, {"second": "90O101-*******"}]
    assert clean("1234", [("123", 0)], DEFAULT) == "***4"


def field(kind, text, words, **more):
    return {"type": kind, "state": "filled", "text": text, "value": text, "words": words, "quad": [[0, 0], [9, 0], [9, 9], [0, 9]]} | more


def test_fields_of_forms_say_what_stands_in_them():
    page = page_of(("9001011234567", 200, 0, 0, 0), ("283746", 200, 60, 1, 1), ("12-345", 200, 120, 2, 2))
    fields = [
        field("rrn", "9001011234567", [0]),
        field("account", "9283-746-18", []),
        field("amount", "12", [2]),
        field("card", "", [], state="empty"),
    ]
    masked = mask_page(Page(**{**vars(page), "records": {"fields": fields}}))
    assert list(masked.texts) == ["900101*******", "283746", "12-345"]
    assert [(mask["rule"], mask["words"], mask["quads"]) for mask in masked.records["masks"]][1:] == [("field", [], [fields[1]["quad"]])]
    assert [one["text"] for one in masked.records["fields"]] == ["*************", "****-***-**", "12", ""]
    assert [one["value"] for one in masked.records["fields"]] == ["*************", "****-***-**", "12", ""]


def test_without_characters_the_word_is_cut_evenly_and_a_turned_page_is_covered_where_it_was():
    page = page_of(("주민등록번호", 0, 0, 0, 0), ("900101-1234567", 200, 0, 1, 1))
    (mask,) = mask_page(page).records["masks"]
    np.testing.assert_allclose(mask["quads"], [[[262.5, -4], [347.5, -4], [347.5, 24], [262.5, 24]]])
    (turned,) = mask_page(turn_page(page, 1)).records["masks"]
    (expected,) = turn_page(mask_page(page), 1).records["masks"]
    np.testing.assert_allclose(turned["quads"], expected["quads"], atol=0.11)


@pytest.mark.parametrize("page", [Page(None, (9, 9), np.zeros((0, 4, 2)), []), Page(None, (9, 9), np.zeros((2, 4, 2)), [None, ""])])
def test_pages_of_nothing(page):
    masked = mask_page(page)
    assert masked.records == {"masks": []} and list(masked.texts) == list(page.texts)
    assert cover(np.zeros((9, 9, 3), np.uint8), masked).max() == 0


def test_kinds():
    assert parse_kinds("default, Phone") == (*DEFAULT, "phone") and parse_kinds("all")[-1] == "email" and parse_kinds("rrn") == ("rrn",)
    for wrong in ("", "face", "rrn,face"):
        with pytest.raises(ValueError, match="Received"):
            parse_kinds(wrong)
    page = page_of(("900101-5234567", 0, 0, 0, 0), ("900101-1234567", 0, 60, 1, 1))
    assert list(mask_page(page, kinds=["rrn"]).texts) == ["900101-*******"] * 2  # one digit tells them apart
    assert list(mask_page(page, whole=True).texts) == ["******-*******"] * 2


words = st.text(st.sampled_from("0123456789Ol-·주민등록번호카드*"), min_size=1, max_size=20)


@given(st.lists(st.tuples(words, st.integers(0, 500), st.integers(0, 300)), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_page_keeps_its_form_and_is_done_at_once(drawn):
    page = page_of(*((text, x, y, number, number) for number, (text, x, y) in enumerate(drawn)))
    masked = mask_page(page)
    assert [len(text) for text in masked.texts] == [len(text) for text in page.texts]
    assert all(a in (b, "*") for old, new in zip(page.texts, masked.texts, strict=True) for b, a in zip(old, new, strict=True))
    assert all(0 <= row < len(page) for mask in masked.records["masks"] for row in mask["words"])


def test_the_covered_picture_is_read_again_and_holds_none():
    image, page = drawn_form()
    reader = DocumentReader.from_preset()
    read = reader.read_page(image)
    assert leaks(read.text)
    masked = mask_page(read, image, KINDS)
    again = reader.read_page(cover(image, masked))
    assert not leaks(masked.text) and not leaks(again.text)
    assert not {one.value for one in find_identifiers(again.text, KINDS)} & {*SECRETS}
    assert all(isinstance(row, Characters) for row in masked.characters) and sum("*" in text for text in masked.texts) == len(ROWS) - 2
