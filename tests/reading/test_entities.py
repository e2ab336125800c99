# ruff: noqa: E501 — tables of examples read better in long lines.
"""The stage: entities of pages, their words, quads and spans; degenerate pages."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.formats.page_json import format_page_json
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.entities import TYPES, entities_of_text, find_entities

SCHEMA = json.loads((Path(__file__).parents[2] / "ocr_crnn/formats/page.schema.json").read_text(encoding="utf-8"))


def page_of(blocks, characters=True):
    """A page of `[[line, …] of a block, …]`: words of 10 px a character, blocks 100 px apart."""
    rows = []
    for block, lines in enumerate(blocks):
        for line, text in enumerate(lines):
            x = 0
            for word in text.split(" "):
                rows.append((word, x, 100 * block + 20 * line, block, 10 * block + line))
                x += 10 * (len(word) + 1)
    boxes = [[[x + 10 * i, y, x + 10 * (i + 1), y + 15] for i in range(len(word))] for word, x, y, _, _ in rows]
    corners = [np.array([[[a, b], [c, b], [c, d], [a, d]] for a, b, c, d in box], np.float32) for box in boxes]
    return Page(
        None, (100 * len(blocks) + 50, 900), [[one[0, 0], one[-1, 1], one[-1, 2], one[0, 3]] for one in corners], [row[0] for row in rows],
        scores=[0.9] * len(rows), lines=[row[4] for row in rows], blocks=[row[3] for row in rows],
        characters=[Characters(one) for one in corners] if characters else None,
    )  # fmt: skip


def test_an_entity_ends_inside_a_word_and_spans_words_and_lines():
    page = find_entities(page_of([["채무자 홍길동은 서울특별시 종로구", "세종대로 209에서 3,000,000원을"]]))
    person, address, money = page.records["entities"]
    assert (person["text"], person["words"], money["text"], money["value"], money["unit"]) == (
        "홍길동",
        [1],
        "3,000,000원",
        3_000_000,
        "KRW",
    )
    assert (address["type"], address["value"], address["words"]) == ("ADDRESS", "서울특별시 종로구 세종대로 209", [2, 3, 4, 5])
    assert person["quads"] == [[[40, 0], [70, 0], [70, 15], [40, 15]]]
    assert address["quads"] == [[[90, 0], [180, 0], [180, 15], [90, 15]], [[0, 20], [80, 20], [80, 35], [0, 35]]]
    assert page.entities.tolist() == [None, "PERSON", "ADDRESS", "ADDRESS", "ADDRESS", "ADDRESS", "MONEY"]
    assert all(page.text[record["start"] : record["end"]] == record["text"] for record in page.records["entities"])


def test_an_entity_does_not_go_on_in_the_next_cell():
    page = find_entities(page_of([["서울특별시 종로구"], ["세종대로 209"]]))
    assert [(record["type"], record["text"]) for record in page.records["entities"]] == [("LOCATION", "서울특별시 종로구")]


def test_without_characters_an_entity_has_the_quads_of_its_words():
    (record,) = find_entities(page_of([["홍길동 (인)"]], characters=False)).records["entities"]
    assert record["quads"] == [[[0, 0], [30, 0], [30, 15], [0, 15]]]


@pytest.mark.parametrize(
    ("label", "text", "found"),
    [
        ("성 명", "홍 길 동", ("PERSON", "홍길동", "label:PERSON")), ("금액(원)", "48,400,000", ("MONEY", 48_400_000, "label:MONEY")), ("입금", "29,137,073:", ("MONEY", 29_137_073, "label:MONEY")),
        ("발행일", "20261126", ("DATE", "2026-11-26", "label:DATE")), ("상호", "가온누리약국", ("ORGANIZATION", "가온누리약국", "label:ORGANIZATION")),
        ("주소", "서흘뚝별시 성동구 올림픽로 915", ("ADDRESS", "서흘뚝별시 성동구 올림픽로 915", "label:ADDRESS")),
        ("금액", "1,95,860", ("MONEY", None, "label:MONEY")), ("전화", "054-0122-751", ("PHONE", None, "rule:phone")),
        ("주소", "서울특별시 성동구 올림픽로 915", ("ADDRESS", "서울특별시 성동구 올림픽로 915", "rule:address")),
    ],
)  # fmt: skip
def test_a_label_says_what_its_value_is(label, text, found):
    (entity,) = entities_of_text(text, [(0, len(text), label)])
    assert (entity.type, entity.value, entity.source) == found


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("성명", "용도"),
        ("성명", "종믁"),
        ("금액", "비고 없음"),
        ("상호", "사업자등록번호"),
        ("성명", ""),
        ("", "48,400,000"),
        ("금액", "::"),
    ],
)
def test_what_stands_beside_a_label_need_not_be_its_value(label, text):
    assert entities_of_text(text, [(0, len(text), label)]) == []


def test_a_line_of_labels_and_values():
    found = entities_of_text("대표: 류해든 주소: 서울 중랑구 면목로 472\n합계 41,000")
    assert [(entity.type, entity.value) for entity in found] == [
        ("PERSON", "류해든"),
        ("ADDRESS", "서울특별시 중랑구 면목로 472"),
        ("MONEY", 41_000),
    ]


def test_amounts_that_differ_are_said_to():
    (record,) = find_entities(page_of([["금 삼백만원정(₩3,100,000)"]])).records["entities"]
    assert (record["value"], record["valid"], record["others"], record["notes"]) == (None, False, [3_000_000, 3_100_000], ["conflict"])


@pytest.mark.parametrize("texts", [[], [None], ["홍길동"], [None, "2025년", None]])
def test_degenerate_pages(texts):
    page = find_entities(Page(None, (10, 10), np.zeros((len(texts), 4, 2)), texts))
    assert len(page.entities) == len(texts) and [record["text"] for record in page.records["entities"]] == [
        text for text in texts if text == "2025년"
    ]


def test_records_are_as_the_schema_says_and_other_records_stay():
    page = page_of([["홍길동 (인) 금 삼백만원정(₩3,100,000)"]])
    page.records["tables"] = [{}]
    page = find_entities(page)
    written = json.loads(format_page_json(page))
    entity = SCHEMA["$defs"]["entity"]
    for record in written["records"]["entities"]:
        assert set(entity["required"]) <= set(record) <= set(entity["properties"])
    assert entity["properties"]["type"]["enum"] == list(TYPES) and "tables" in written["records"]
    assert [word.get("entity") for line in written["lines"] for word in line["words"]] == ["PERSON", None, "MONEY", "MONEY"]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(
            st.text("홍길동성명주소:금액 1,0원년월일()시 서울특별시종로구(주)인", min_size=1, max_size=12).map(
                lambda text: " ".join(text.split()) or "가"
            ),
            min_size=1,
            max_size=3,
        ),
        max_size=4,
    )
)
def test_spans_lie_in_the_text_of_the_page(blocks):
    page = find_entities(page_of(blocks))
    for record in page.records["entities"]:
        assert (
            page.text[record["start"] : record["end"]] == record["text"] and record["words"] == sorted(record["words"]) and record["quads"]
        )
