"""Pages with the shipped weights: which way they lie, and lone characters in cells."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_crnn.reading.reader import DocumentReader

FONT = Path(__file__).parents[2] / "fonts" / "NanumBarunGothic.ttf"
KINDS = {
    "prose": ["매수인은 계약을 맺은 날부터 이레 안에", "대금의 절반을 매도인에게 건네고 나머지는", "물건을 넘겨받는 날에 치르기로 한다."],
    "few words": ["출입 금지"],
    "English": ["Members may return any book", "within ten days of the loan.", "Late fee: USD 3,400.00"],
    "numbers": ["2019-03-14    45,700    2,381,900", "2019-03-15    17,250    2,364,650", "2019-03-19    92,400    2,457,050"],
    "statement": ["날짜    지출    수입    잔고", "2021-06-11    34,500    0    978,400", "2021-06-12    0    74,000    1,052,400"],
}


@pytest.fixture(scope="module")
def reader():
    return DocumentReader.from_preset()


def blank(width, height):
    picture = Image.new("RGB", (width, height), "white")
    return picture, ImageDraw.Draw(picture), ImageFont.truetype(str(FONT), 38)


def draw_lines(lines):
    picture, draw, font = blank(900, 200 + 70 * len(lines))
    for row, line in enumerate(lines):
        draw.text((90, 90 + 70 * row), line, fill="black", font=font)
    return np.asarray(picture)


def draw_columns(columns):
    """Written downwards, the columns from right to left."""
    picture, draw, font = blank(120 + 90 * len(columns), 200 + 44 * max(map(len, columns)))
    for number, column in enumerate(reversed(columns)):
        for row, character in enumerate(column):
            draw.text((100 + 90 * number, 100 + 44 * row), character, fill="black", font=font, anchor="mm")
    return np.asarray(picture)


def draw_cells(rows):
    picture, draw, font = blank(160 + 100 * len(rows[0]), 160 + 80 * len(rows))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            left, top = 80 + 100 * x, 80 + 80 * y
            draw.rectangle((left, top, left + 100, top + 80), outline="black", width=2)
            draw.text((left + 50, top + 40), text, fill="black", font=font, anchor="mm")
    return np.asarray(picture)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_read_whichever_way_it_lies(reader, kind, turns):
    page = reader.read_page(np.ascontiguousarray(np.rot90(draw_lines(KINDS[kind]), turns)))
    assert page.text.split() == " ".join(KINDS[kind]).split()


@pytest.mark.parametrize("turns", range(4))
def test_a_page_of_vertical_writing_alone_is_read_whichever_way_it_lies(reader, turns):
    columns = ["나라말이중국과달라", "한자와서로통하지", "아니하므로"]
    page = reader.read_page(np.ascontiguousarray(np.rot90(draw_columns(columns), turns)))
    assert page.text.replace(" ", "").split() == columns


@pytest.mark.parametrize("turns", range(4))
def test_lone_digits_in_cells_neither_turn_the_page_nor_are_taken_for_texts_on_their_side(reader, turns):
    rows = [["문항", *"12345"], ["정답", *"31524"], ["배점", *"24351"], ["합계", *"67980"]]
    page = reader.read_page(np.ascontiguousarray(np.rot90(draw_cells(rows), turns)))
    left = iter(text for row in rows for text in row)
    assert all(text in left for text in page.text.split()), page.text  # in this order, nothing else
    # Of 24: the detector does not find every 1 of a page on its side.
    assert len(page.text.split()) >= (24 if turns == 0 else 22)


def test_a_text_on_its_side_beside_a_page_that_lies_upright_is_read(reader):
    sheet = draw_lines(KINDS["prose"])
    label = np.rot90(draw_lines(["관리번호 7204"])[60:160, 60:360])
    sheet = np.concatenate([sheet, np.full((sheet.shape[0], 140, 3), 255, np.uint8)], axis=1)
    sheet[50 : 50 + label.shape[0], 910 : 910 + label.shape[1]] = label
    page = reader.read_page(sheet)
    assert sorted(page.text.split()) == sorted(" ".join([*KINDS["prose"], "관리번호 7204"]).split())
