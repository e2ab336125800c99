import time

import numpy as np
from small_form import form

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.line_graph import FEATURES, find_edges, find_pieces


def test_lines_are_cut_at_wide_gaps_and_behind_the_colon_of_a_label():
    page, image = form()
    pieces = find_pieces(page, image)
    assert pieces.texts == ["주소", "서울특별시", "중구", "성명", "홍길동", "상호:", "한빛 상사", "전화", "02-120"]
    assert pieces.cells[1] == pieces.cells[2] >= 0 and len({*pieces.cells[[0, 1, 3, 4]]}) == 4 and (pieces.cells[5:] == -1).all()
    assert pieces.wholes[1] == "서울특별시중구" and pieces.frames[1].tolist() == pieces.frames[2].tolist()


def test_a_line_of_two_labels_is_four_pieces_and_prose_with_a_colon_is_one():
    texts = ["사업자:", "204-29-71836", "대표", ":", "류해든", "계약", "당사자", "모두가", "지켜야", "하는", "조건은", "이렇다:", "첫째"]
    boxes = [(20 + 100 * n, 20, 95, 20) for n in range(5)] + [(20 + 100 * n, 60, 95, 20) for n in range(len(texts) - 5)]
    page = Page(None, (100, 1200), boxes_to_quads(boxes), texts, lines=[0] * 5 + [1] * (len(texts) - 5))
    pieces = find_pieces(page, np.full((100, 1200, 3), 255, np.uint8))
    assert pieces.texts == ["사업자:", "204-29-71836", "대표 :", "류해든", "계약 당사자 모두가 지켜야 하는 조건은 이렇다: 첫째"]


def test_edges_go_to_the_next_on_the_right_and_below():
    page, image = form()
    edges = find_edges(find_pieces(page, image))
    kinds = {tuple(pair): tuple(kind) for pair, kind in zip(edges.pairs.tolist(), edges.kinds.tolist(), strict=True)}
    assert kinds[0, 1] == (True, True, False)  # the label and the first line of its value
    assert kinds[0, 3] == (False, False, True) and kinds[1, 2] == (True, False, False) and kinds[3, 4] == (True, True, False)
    assert kinds[5, 6] == (True, True, False) and kinds[7, 8] == (True, True, False)
    assert edges.features.shape == (len(edges.pairs), FEATURES) and np.isfinite(edges.features).all() and np.abs(edges.features).max() <= 3


def test_pages_with_nothing_one_line_and_no_size():
    blank = np.full((50, 50, 3), 255, np.uint8)
    for texts, boxes in (([], []), ([None], [(0, 0, 9, 9)]), (["가"], [(5, 5, 0, 0)]), (["가", "나"], [(5, 5, 0, 0), (5, 5, 0, 0)])):
        page = Page(None, (50, 50), boxes_to_quads(np.array(boxes).reshape(-1, 4)), texts, lines=range(len(texts)))
        edges = find_edges(find_pieces(page, blank))
        assert edges.features.shape[1] == FEATURES and np.isfinite(edges.features).all()


def test_thousands_of_lines_are_quick():
    boxes = [(20 + 100 * (n % 20), 20 + 30 * (n // 20), 60, 20) for n in range(4000)]
    page = Page(None, (6100, 2100), boxes_to_quads(boxes), ["가나"] * 4000, lines=range(4000))
    begin = time.process_time()
    edges = find_edges(find_pieces(page, np.full((610, 210, 3), 255, np.uint8)))
    assert len(edges.pairs) == 3999 + 3980 and time.process_time() - begin < 6
