import pytest

from ocr_crnn.synthesis.text.fields import in_units, in_words, with_particle


@pytest.mark.parametrize(
    ("value", "words", "spoken"),
    [
        (0, "영", "영"),
        (12_345, "일만이천삼백사십오", "일만이천삼백사십오"),
        (1_110, "일천일백일십", "천백십"),
        (100_000_000, "일억", "일억"),
        (48_400_000, "사천팔백사십만", "사천팔백사십만"),
    ],
)
def test_numbers_in_words(value, words, spoken):
    assert in_words(value) == words
    assert in_words(value, one_first=False) == spoken


def test_numbers_in_units():
    assert [in_units(value) for value in (120_030_000, 10_000, 2_003)] == ["1억 2,003만", "1만", "2,003"]


@pytest.mark.parametrize(
    ("word", "particles", "expected"),
    [
        ("서류", "을를", "서류를"),
        ("대금", "을를", "대금을"),
        ("서울", "으로", "서울로"),
        ("부산", "으로", "부산으로"),
        ("“갑”", "은는", "“갑”은"),
    ],
)
def test_particles_fit_the_last_sound(word, particles, expected):
    assert with_particle(word, particles) == expected
