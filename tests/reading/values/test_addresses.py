# ruff: noqa: E501 — tables of examples read better in long lines.
"""Addresses and regions."""

import pytest

from ocr_crnn.reading.values.addresses import find_addresses, fold_regions
from ocr_crnn.reading.values.finding import find_values

WHOLE = [
    "서울특별시 종로구 세종대로 209",
    "서울특별시 강남구 테헤란로 123, 4층 (역삼동, 한빛빌딩)",
    "경기도 수원시 영통구 영통로4길 12-3, 101동 1203호",
    "(06236) 서울특별시 강남구 테헤란로4길 15",
    "부산광역시 해운대구 우동 123-4번지",
    "강원특별자치도 홍천군 홍천읍 석화로 93",
    "경상남도 함양군 함양읍 용평리 산 12-1",
    "세종특별자치시 한누리대로 411",
    "경상북도 포항시 북구 무궁화로8번길 7",
]


@pytest.mark.parametrize("text", WHOLE)
def test_an_address_is_found_whole(text):
    sentence = f"주소: {text}에 있다"
    (found,) = find_values(sentence)
    assert (found.kind, found.value, found.valid, sentence[found.start : found.end]) == ("address", text, True, text)


def test_the_normal_form_has_the_whole_name_of_the_province():
    (found,) = find_addresses("부산 해운대구  우동 12")
    assert found.value == "부산광역시 해운대구 우동 12"
    (found,) = find_addresses("서울시 중구 세종대로 110")
    assert found.value == "서울특별시 중구 세종대로 110"


@pytest.mark.parametrize(
    "text", ["경기도 종로구 중앙로 3", "부산광역시 수원시 중앙로 3", "수원시 종로구 중앙로 3", "경기도 수원시 분당구 중앙로 3"]
)
def test_a_city_that_the_province_has_not_is_invalid(text):
    (found,) = find_addresses(text)
    assert not found.valid and "unknown_region" in found.notes


def test_a_region_that_is_misread_by_one_letter_is_mended_and_noted():
    text = "서을특별시 성등구 올림픽로 915"
    assert fold_regions(text) == "서울특별시 성동구 올림픽로 915" and fold_regions("겅기도 수원시") == "경기도 수원시"
    assert fold_regions("정기도 수원시") == "정기도 수원시"
    (found,) = find_values(text)
    assert (found.value, found.valid, found.notes) == ("서울특별시 성동구 올림픽로 915", True, ("look_alike",))
    assert fold_regions("수도 구리시") == "수도 구리시" and fold_regions("서울특별시 중구 동구") == "서울특별시 중구 동구"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("부산광역시 해운대구에 있는", "부산광역시 해운대구"),
        ("수원시 팔달구 인계동에서", "수원시 팔달구 인계동"),
        ("제주특별자치도의", "제주특별자치도"),
    ],
)
def test_a_region_alone_is_a_location(text, place):
    (found,) = find_values(text)
    assert (found.kind, text[found.start : found.end]) == ("location", place)


@pytest.mark.parametrize(
    "text",
    [
        "서울중앙지방법원",
        "서울은 크다",
        "이 계약으로 3",
        "경기 결과",
        "광주리",
        "제주도감귤",
        "대전에",
        "부산물 3",
        "구로 3",
        "세종대로 209",
        "서울특별시교육청",
    ],
)
def test_what_is_no_place(text):
    assert not list(find_addresses(text))


@pytest.mark.parametrize(
    "text",
    [
        "경상남도 거제시 번영모 148, 104동 2208호", "인천광역시 남동구 샘터길 669-22. 13○동 604호", "서울특별시 노원귀 호수로92번길 466, 2I층", "강원특별자칦도 춘천시 남부순환대로 729",
        "대전광역시 서구 공단대로 640 (통일동2", "대전광역시 서구 공단대로 640 6통일동)", "우 5Q0850 대구광역시 북구 번영로 7나7, 8층",
    ],
)  # fmt: skip
def test_an_address_of_which_a_sign_was_misread_is_found_whole(text):
    (found,) = (value for value in find_addresses(fold_regions(f"주소 {text} ")) if value.kind == "address")
    assert f"주소 {text} "[found.start : found.end] == text
