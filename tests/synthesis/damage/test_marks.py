from pathlib import Path

import numpy as np
import pytest

from ocr_crnn.synthesis.damage import marks
from ocr_crnn.synthesis.fonts import load_faces

FONTS = Path(__file__).parents[3] / "fonts"


@pytest.fixture(scope="module")
def faces():
    return load_faces([FONTS / "NanumMyeongjo.ttf"])


def blank(channels, size=(60, 200)):
    return marks.fill_paper(size, (250, 250, 250), channels)


@pytest.mark.parametrize("channels", [1, 3])
def test_ink_by_table_equals_ink_by_blending(channels):
    mask = np.arange(256, dtype=np.uint8).reshape(16, 16)
    table = marks.print_ink(mask, (200, 30, 40), (255, 250, 235), channels)
    blended = marks.lay_ink(marks.fill_paper(mask.shape, (255, 250, 235), channels), mask, (200, 30, 40))
    np.testing.assert_allclose(table.astype(int), blended, atol=1)


@pytest.mark.parametrize("channels", [1, 3])
def test_marks_paint_and_leave_the_input_alone(faces, channels):
    rng = np.random.default_rng(0)
    drawn = [draw(rng, 40) for draw in (marks.draw_crossing_rule, marks.draw_pen_stroke, marks.draw_security_pattern)]
    for mark in [*drawn, marks.draw_stamp(rng, faces, 60)]:
        image = blank(channels)
        result = mark(image)
        assert result.shape == image.shape and result.dtype == np.uint8
        assert (image == blank(channels)).all() and (result != image).any(), mark


def test_a_rule_lies_where_it_is_said_to():
    image = marks.apply_rule(blank(1), (0, 0.5), (1, 0.5), 2, (0, 0, 0))
    rows = np.flatnonzero(image.min(axis=1) < 128)
    assert 28 <= rows.min() <= rows.max() <= 32
    dashed = marks.apply_rule(blank(1), (0, 0.5), (1, 0.5), 2, (0, 0, 0), dash_px=10)
    assert 0.3 < (dashed[30] < 128).mean() < 0.7
    outside = marks.apply_rule(blank(1), (0, 3), (1, 3), 2, (0, 0, 0))
    assert (outside == blank(1)).all()


def test_a_stamp_is_red_and_lets_text_through(faces):
    image = blank(3)
    image[20:40, 60:140] = 10
    stamped = marks.apply_stamp(image, "직인", faces[0], (0.5, 0.5), 70, (205, 30, 45), 0.9, "ring", 3)
    changed = (stamped != image).any(axis=2)
    paper = changed & (image[..., 0] == 250)
    assert paper.sum() > 300
    red, green, _ = stamped[paper].mean(axis=0)
    assert red > green + 30
    assert stamped[20:40, 60:140].max() <= 10  # it only darkens


@pytest.mark.parametrize("shape", ["ring", "square", "filled"])
@pytest.mark.parametrize("centre", [(0.5, 0.5), (-0.5, 0.5), (2, 2), (1, 0)])
def test_stamps_may_reach_over_the_edge(faces, shape, centre):
    image = blank(1)
    assert marks.apply_stamp(image, "인", faces[0], centre, 90, (200, 0, 0), 0.8, shape, 1).shape == image.shape
