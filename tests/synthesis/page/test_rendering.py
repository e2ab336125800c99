"""Rendered pages: every kind, truth that hugs the ink, the same page for the same generator."""

from pathlib import Path

import numpy as np
import pytest

from ocr_crnn.granularity import segments
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.kinds import PAGE_KINDS
from ocr_crnn.synthesis.page.layout import Layout, layout_page
from ocr_crnn.synthesis.page.numbered import render_numbered_page, render_pages
from ocr_crnn.synthesis.page.rendering import draw_page, render_page
from ocr_crnn.synthesis.page.typeset import Style

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))
CORPUS = [
    "본 계약은 쌍방이 서명한 날부터 효력이 발생한다.",
    "회의는 3월 2일 오후 2시에 A동 201호에서 열린다.",
    "제출 서류는 원본과 대조한 뒤 돌려준다.",
    "금액은 1,250,000원이며 부가가치세(10%)를 포함한다.",
]


def ink_box(image):
    """(x0, y0, x1, y1) of the dark pixels, edges of pixels."""
    y, x = np.nonzero(image.min(axis=-1) < 128)
    return np.array([x.min(), y.min(), x.max() + 1, y.max() + 1])


@pytest.mark.parametrize("kind", PAGE_KINDS)
def test_every_kind_has_a_consistent_truth(kind):
    for seed in range(3):
        layout = draw_page(np.random.default_rng(seed), FACES, CORPUS, dpi=72, kind=kind)
        image, page = render_page(layout)
        assert image.dtype == np.uint8 and image.shape == (*page.size, 3)
        height, width = page.size
        assert (page.quads > -1).all() and (page.quads < (width + 1, height + 1)).all()
        for text, characters in zip(page.texts, page.characters, strict=True):
            assert text and " " not in text and len(characters) == len(text)
        if len(page):
            starts = [rows[0] for rows in page.line_rows()]
            assert len(set(page.lines[starts])) == len(starts)  # the words of a line stand together
            assert " ".join(segments(page).texts).split() == list(page.texts)


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "shape", [{}, {"bold_em": 0.04}, {"stretch": 0.8}, {"stretch": 1.2}, {"slant": 0.2}, {"spacing_em": 0.3}], ids=lambda shape: str(shape)
)
def test_quads_hug_the_ink(angle, shape):
    layout = Layout((200.0, 200.0), 150, "test")
    layout.text("계약서", Style((FACES[0],), 16.0, **shape), 100.3, 100.7, angle=angle)
    image, page = render_page(layout)
    expected = ink_box(image)
    quad = page.quads[0]
    # A sheared box is a little larger than the sheared ink inside it.
    tolerance = 2.5 if "slant" in shape else 1.6
    np.testing.assert_allclose([*quad.min(axis=0), *quad.max(axis=0)], expected, atol=tolerance)
    along = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[angle]
    direction = (quad[1] - quad[0]) / np.linalg.norm(quad[1] - quad[0])
    np.testing.assert_allclose(direction, along, atol=1e-5)  # clockwise from the text's own top-left


def test_stacked_text_is_upright_and_hugs_the_ink():
    layout = Layout((200.0, 100.0), 150, "test")
    layout.stacked_text("공급자", Style((FACES[0],), 16.0), 50.2, 20.4)
    image, page = render_page(layout)
    quad = page.quads[0]
    np.testing.assert_allclose([*quad.min(axis=0), *quad.max(axis=0)], ink_box(image), atol=1.6)
    assert quad[1][0] > quad[0][0] and np.ptp(quad[:, 1]) > 2 * np.ptp(quad[:, 0])
    tops = [one[0][1] for one in page.characters[0].quads]
    assert tops == sorted(tops)


def test_characters_no_face_covers_are_reported_and_not_in_the_truth():
    layout = Layout((100.0, 200.0), 100, "test")
    layout.text("가\ue000나", Style((FACES[0],), 12.0), 10, 50)
    assert layout.missing == ["\ue000"]
    assert list(layout_page(layout).texts) == ["가나"]


def test_a_wide_gap_ends_a_segment_and_not_the_line():
    layout = Layout((100.0, 300.0), 100, "test")
    style = Style((FACES[0],), 10.0)
    block, line = layout.new_block(), layout.new_line()
    layout.text("합계 금액", style, 10, 50, block=block, line=line)
    layout.text("41,000", style, 200, 50, block=block, line=line)
    layout.text("다음", style, 10, 70, block=block)
    page = layout_page(layout)
    assert list(segments(page).texts) == ["합계 금액", "41,000", "다음"]
    assert page.lines[0] == page.lines[2] != page.lines[3]


def test_the_same_index_is_the_same_page():
    image, page, _ = render_numbered_page(3, 1, FACES, CORPUS, dpi=60)
    again, other = list(render_pages(3, FACES, CORPUS, 0, 2, dpi=60))[1]
    assert np.array_equal(image, again)
    assert list(page.texts) == list(other.texts) and np.array_equal(page.quads, other.quads)
    different = render_numbered_page(3, 2, FACES, CORPUS, dpi=60)[0]
    assert different.shape != image.shape or not np.array_equal(different, image)


def test_the_layout_does_not_depend_on_the_resolution():
    low, high = (layout_page(draw_page(np.random.default_rng(5), FACES, CORPUS, dpi, "contract")) for dpi in (75, 150))
    assert list(low.texts) == list(high.texts)
    np.testing.assert_allclose(low.quads * 2, high.quads, atol=1e-2)


def test_unknown_kinds_and_an_empty_corpus_are_refused():
    with pytest.raises(ValueError, match="A page kind is one of contract"):
        draw_page(np.random.default_rng(0), FACES, CORPUS, kind="novel")
    with pytest.raises(ValueError, match="empty corpus"):
        draw_page(np.random.default_rng(0), FACES, [], kind="contract")
