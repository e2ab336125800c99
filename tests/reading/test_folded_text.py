import re

from ocr_crnn.reading.folded_text import digits_of, fold, matches, stands_alone


def test_signs_that_print_alike_are_one_and_places_stay():
    folded = fold("９OO1ㅡl　B", "성명")
    assert (folded.plain, folded.loose, folded.context) == ("9OO1-l B", "9001-1 8", "성명")
    assert fold("").loose == ""


def test_most_digits_have_to_be_read_as_digits():
    pattern = re.compile(r"\d{5}")
    assert [(start, end) for start, end, _ in matches(fold("1234O lSOBI"), pattern)] == [(0, 5)]
    assert digits_of(fold("1234O"), 0, 5) == "12340" and digits_of(fold(""), 0, 0) == ""


def test_a_bracket_between_digits_is_a_one():
    assert fold("900]01-1234[67 [123] (4)[5]").loose == "900101-1234167 [123] (4)[5]"


def test_a_dash_that_stands_upright_is_no_one():
    assert fold("900101|1234567").plain == "900101-1234567" and fold("4111\n|\n1111").plain == "4111\n-\n1111"
    for text in ("90010|1234567", "900101|12345678", "9\n|\n1", "900101\n|\n234567", "4111 | 1111"):
        assert "-" not in fold(text).plain


def test_no_digit_and_no_word_may_touch_a_number():
    def alone(text, written):
        start = text.index(written)
        return stands_alone(fold(text), start, start + len(written))

    assert alone("|12345|", "12345") and alone("가12345", "12345") and alone("67890,12345", "12345")
    assert alone("12345~9", "12345") and not alone("12345~67890", "12345") and not alone("12345-9", "12345")
    assert not any(alone(text, "12345") for text in ("12345678", "1-12345", "ab12345", "12345.6"))
