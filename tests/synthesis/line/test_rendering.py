from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.synthesis.damage import marks
from ocr_crnn.synthesis.fonts import load_faces
from ocr_crnn.synthesis.line.rendering import (
    LineParameters,
    UncoveredTextError,
    draw_line_parameters,
    draw_numbered_line,
    render_line,
    render_line_with_quads,
    render_lines,
)
from ocr_crnn.synthesis.text.corpus import draw_text

FONTS = Path(__file__).parents[3] / "fonts"


@pytest.fixture(scope="module")
def faces():
    return load_faces([FONTS / "NanumBarunGothic.ttf", FONTS / "NanumMyeongjo.ttf"])


def plain(faces, text="한글 문서", **changes):
    return LineParameters(text=text, faces=(faces[0],), face_ids=(0,) * len(text), em_px=40, dpi=300, **changes)


def test_a_line_is_the_same_whoever_asks_for_it(faces):
    lines = list(render_lines(5, faces, draw_text, 0, 12))
    later = list(render_lines(5, faces, draw_text, 7, 12))
    for (image, text, _), (again, same_text, _) in zip(lines[7:], later, strict=True):
        assert text == same_text
        np.testing.assert_array_equal(image, again)
    other = next(render_lines(6, faces, draw_text))
    assert other[1] != lines[0][1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 3]))
def test_every_line_is_an_image_with_a_quad_for_each_character(faces, seed, channels):
    parameters = draw_numbered_line(seed, 0, faces, draw_text)
    image, quads = render_line_with_quads(parameters, channels)
    assert image.dtype == np.uint8 and image.ndim == (2 if channels == 1 else 3)
    assert image.shape[0] >= 4 and image.shape[1] >= 4
    assert quads.shape == (len(parameters.text), 4, 2) and quads.dtype == np.float32 and np.isfinite(quads).all()
    assert (np.diff(quads[:, :, 0].mean(axis=1)) > 0).all()  # from left to right
    assert "  " not in parameters.text
    for character, face_id in zip(parameters.text, parameters.face_ids, strict=True):
        assert parameters.faces[face_id].covers(character)


@pytest.mark.parametrize(("text", "gaps"), [("총 1개", 1), ("AI혁신부", 1), ("가나", 0), ("1,200", 0), ("가 나", 0), ("제1조(A)", 2)])
def test_the_gap_between_scripts_is_no_space(faces, text, gaps):
    """Between Hangul and a letter or digit that touch in the text, and nowhere else."""
    _, close = render_line_with_quads(plain(faces, text))
    _, apart = render_line_with_quads(plain(faces, text, script_gap_em=0.2))
    wider = (apart[-1, 1, 0] - apart[0, 0, 0]) - (close[-1, 1, 0] - close[0, 0, 0])
    np.testing.assert_allclose(wider, gaps * 0.2 * 40, atol=1)


def test_quads_hold_the_ink_of_their_characters(faces):
    image, quads = render_line_with_quads(plain(faces, "가 나", margins_em=(0.5, 0.3, 0.5, 0.3)))
    ink = 255 - image.astype(int)
    for index, inked in enumerate([True, False, True]):
        (x0, y0), (x1, y1) = quads[index][0], quads[index][2]
        assert (ink[round(y0) : round(y1), round(x0) : round(x1)].sum() > 2000) == inked
    first, last = quads[0][0], quads[-1][2]
    assert ink[: int(first[1]) - 1].sum() == 0 and ink[int(last[1]) + 2 :].sum() == 0
    assert ink[:, : int(first[0])].sum() == 0 and ink[:, int(last[0]) + 3 :].sum() == 0
    advance = faces[0].glyph("가").advance / 64 * 40
    assert quads[0, 1, 0] - quads[0, 0, 0] == pytest.approx(advance, abs=0.1)


def test_parameters_change_what_they_say(faces):
    image = render_line(plain(faces))
    width = image.shape[1]
    assert render_line(plain(faces, letter_spacing_em=0.2)).shape[1] == pytest.approx(width + 5 * 0.2 * 40, abs=3)
    spread = render_line(plain(faces, "가12나", letter_spacing_em=0.2)).shape[1]
    assert render_line(plain(faces, "가12나", letter_spacing_em=0.2, keeps_latin=True)).shape[1] == pytest.approx(spread - 0.2 * 40, abs=2)
    assert render_line(plain(faces, width_scale=0.8)).shape[1] == pytest.approx(0.8 * (width - 8) + 8, abs=3)
    assert render_line(plain(faces, word_spacing=2)).shape[1] > width + 5
    assert render_line(plain(faces, space_counts=(2,))).shape == render_line(plain(faces, word_spacing=2)).shape
    assert render_line(plain(faces, embolden_em=0.02)).mean() < image.mean()
    assert render_line(plain(faces, rule="underline")).mean() < image.mean()
    assert render_line(plain(faces, ink=(200, 200, 200))).min() == 200
    assert render_line(plain(faces, paper=(0, 0, 0), ink=(255, 255, 255)))[0, 0] == 0
    tall = plain(faces, margins_em=(0, 0.6, 0, 0.6))
    assert render_line(replace(tall, neighbours_em=(1.2, 1.2))).mean() < render_line(tall).mean()
    slanted = render_line(plain(faces, slant=0.2))
    assert slanted.shape[1] > width


def test_grey_is_the_luma_of_colour(faces):
    parameters = plain(faces, ink=(150, 20, 30), paper=(255, 250, 225))
    colour, grey = render_line(parameters, 3), render_line(parameters)
    np.testing.assert_allclose(colour @ marks.LUMA, grey, atol=1.5)


def test_runs_of_spaces_are_one_space_of_the_text(faces):
    parameters = draw_line_parameters(np.random.default_rng(0), faces, " 제   목  끝 ")
    assert parameters.text == "제 목 끝" and parameters.space_counts == (3, 2)


def test_a_missing_symbol_comes_from_another_face(faces):
    gothic, myeongjo = faces
    assert gothic.covers_character("漢") and not myeongjo.covers_character("漢")
    for seed in range(20):
        parameters = draw_line_parameters(np.random.default_rng(seed), [myeongjo] * 20 + [gothic], "한자 漢")
        assert parameters.faces[parameters.face_ids[-1]] == gothic


def test_text_that_no_face_draws_is_an_error(faces):
    with pytest.raises(UncoveredTextError, match="Received.*ก") as error:
        draw_line_parameters(np.random.default_rng(0), faces, "한ก글")
    assert error.value.characters == "ก"
    with pytest.raises(UncoveredTextError):
        draw_numbered_line(0, 0, faces, lambda rng: "ก", attempts=3)
    texts = iter(["ก", "다음"])
    assert draw_numbered_line(0, 0, faces, lambda rng: next(texts)).text == "다음"


@pytest.mark.parametrize("text", ["1", ".", "-", "가", "W" * 120, "─" * 30, "ㆍ"])
@pytest.mark.parametrize("em_px", [11, 40, 101])
def test_degenerate_texts(faces, text, em_px):
    parameters = replace(plain(faces, text), em_px=em_px, tight=True, margins_em=(-0.05, -0.07, -0.05, -0.07))
    image = render_line(parameters)
    assert min(image.shape) >= 4 and image.min() < 200
