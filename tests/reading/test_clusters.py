from dataclasses import replace

import numpy as np
import pytest
from small_form import form

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.clusters import find_clusters, link_by_both, link_by_rules
from ocr_crnn.reading.link_network import link_by_network
from ocr_crnn.reading.stages import find_stage

METHODS = pytest.mark.parametrize("link", [link_by_rules, link_by_network, link_by_both])


def pairs_of(page):
    return {" ".join(page.texts[pair["label"]]): " ".join(page.texts[pair["value"]]) for pair in page.records["pairs"]}


@METHODS
def test_labels_and_values_of_a_form(link):
    page = find_clusters(*form(), link=link)
    wanted = {"주소": "서울특별시 중구", "성명": "홍길동", "상호:": "한빛 상사", "전화": "02-120"}
    found = pairs_of(page)
    # The network finds fewer labels than the rules, and none that are not there.
    assert found.items() <= wanted.items() and len(found) >= (2 if link is link_by_network else 4)
    assert page.blocks[1] == page.blocks[2] != page.blocks[0] and (np.diff(page.blocks) >= 0).all()


@METHODS
def test_paragraphs_of_double_spaced_lines_and_items(link):
    """Lines 30 high at a pitch of 60, as drafts have them; a sentence that ends short; two items."""
    texts = [
        "원수급사업자 사이의 하도급거래는 외형적으로 공정한 계약을 체결할지라도 교",
        "섭력에서 절대 우위에 있는 사업자에 의한 불공정한 행위의 가능성이 있고",
    ]
    texts += ["이를 막고자 한다.", "1. 분할금 또는 이자의 지급을 두 번 이상 늦춘 때에는 그 이유를 적어서", "2. 주소를 바꾼 때"]
    lines = [(text, 60) for text in texts]
    quads = boxes_to_quads([(left, 100 + 60 * number, 28 * len(text), 30) for number, (text, left) in enumerate(lines)])
    page = Page(None, (600, 1300), quads, [text for text, _ in lines], lines=range(5), blocks=range(5))
    found = find_clusters(page, np.full((600, 1300, 3), 250, np.uint8), link=link)
    assert found.blocks.tolist() == [0, 0, 0, 1, 2]


def test_tables_with_a_heading_have_no_pairs():
    page, image = form()
    cell = {"row": 0, "column": 0, "row_span": 1, "column_span": 1}
    table = {"cells": [cell | {"words": [0, 1, 2], "header": True}, cell | {"words": [3, 4], "header": False}]}
    page = replace(page, records={"tables": [table]})
    assert set(pairs_of(find_clusters(page, image, link=link_by_rules))) == {"상호:", "전화"}


def test_nothing_little_and_the_stage_by_its_name():
    stage, blank = find_stage("clusters"), np.full((50, 50, 3), 255, np.uint8)
    for texts, boxes in (([], []), ([None], [(0, 0, 9, 9)]), (["가"], [(5, 5, 0, 0)]), (["가", None, "나"], [(5, 5, 9, 9)] * 3)):
        page = Page(None, (50, 50), boxes_to_quads(np.array(boxes).reshape(-1, 4)), texts, lines=range(len(texts)), records={"tables": []})
        found = stage(page, blank)
        assert found.records == {"tables": [], "pairs": []} and len(found.blocks) == len(texts)
    without_lines = replace(form()[0], lines=None, blocks=None)
    assert len(stage(without_lines, form()[1]).blocks) == 10
