import numpy as np
import pytest

from ocr_crnn.detection.characters import CharacterDecoder, fit_sides, widen_quads
from ocr_crnn.detection.gaussian import draw_gaussians, link_quads
from ocr_crnn.geometry import boxes_to_quads, quad_ious

DECODE = CharacterDecoder()


def maps_of(boxes, size=(40, 120), linked=()):
    quads = boxes_to_quads(boxes).astype(float)
    before, after = np.array(list(linked), int).reshape(-1, 2).T
    return np.stack([draw_gaussians(quads, size), draw_gaussians(link_quads(quads[before], quads[after]), size)], axis=-1)


def test_texts_and_characters_come_back_as_they_were_drawn():
    boxes = [[10, 10, 12, 16], [24, 10, 12, 16], [50, 10, 12, 16], [90, 12, 3, 8]]
    found = DECODE(maps_of(boxes, linked=[(0, 1), (1, 2)]), 2, 0.5)
    expected = boxes_to_quads([[10, 10, 52, 16], [90, 12, 3, 8]]) * 4  # cells of 2 px of an image half as large as the page
    order = found.quads[:, 0, 0].argsort()
    assert (np.diag(quad_ious(found.quads[order], expected)) > (0.85, 0.65)).all() and found.scores.min() > 0.9
    assert [len(found.characters[row]) for row in order] == [3, 1]
    characters = np.concatenate([found.characters[row].quads for row in order])
    assert (np.diag(quad_ious(characters, boxes_to_quads(boxes) * 4)) > 0.75).all()
    assert not found.directed and found.characters[0].scores.max() <= 1 and found.quads.dtype == np.float32


def test_settings():
    maps = maps_of([[10, 10, 12, 16], [60, 10, 4, 4]])
    maps[..., 0] *= 0.75
    assert len(DECODE(maps, 2, 1.0).quads) == 2
    assert len(CharacterDecoder(min_peak=0.8)(maps, 2, 1.0).quads) == 0
    assert len(CharacterDecoder(min_area_cells=10)(maps, 2, 1.0).quads) == 1
    assert len(CharacterDecoder(min_height_px=12)(maps, 2, 1.0).quads) == 1
    grown = CharacterDecoder(grow=True)(maps, 2, 1.0)
    assert grown.quads.shape == (2, 4, 2) and len(grown.characters) == 2
    assert CharacterDecoder(region_threshold=0.4).seen == pytest.approx(0.8123, abs=1e-4)
    with pytest.raises(ValueError, match="region_threshold is a number from 0.01 to 0.99. Received: 1.5"):
        CharacterDecoder(region_threshold=1.5)


@pytest.mark.parametrize("shape", [(0, 0, 2), (1, 1, 2), (30, 40, 2)])
def test_a_blank_page_has_no_texts(shape):
    found = DECODE(np.zeros(shape, np.float32), 2, 1.0)
    assert found.quads.shape == (0, 4, 2) and len(found.scores) == len(found.characters) == 0


def test_noise_is_bounded():
    maps = np.random.default_rng(0).normal(0.3, 0.5, (200, 300, 2)).astype(np.float32)
    found = DECODE(maps, 2, 1.0)
    assert np.isfinite(found.quads).all() and len(found.quads) < 200 * 300 / 4 and found.scores.max() <= 1
    with pytest.raises(ValueError, match="Received: NaN"):
        DECODE(maps * np.nan, 2, 1.0)


def test_rectangles_grow_by_a_part_of_their_shorter_side():
    quads = boxes_to_quads([[10, 10, 40, 8], [0, 0, 4, 20]])
    expected = boxes_to_quads([[8, 8, 44, 12], [-1, -1, 6, 22]])
    np.testing.assert_allclose(widen_quads(quads, 0.25), expected, atol=1e-5)


def test_sides_go_to_where_the_region_crosses_the_threshold():
    region = np.full((12, 20), 0.1, np.float32)
    region[4:8, 5:15] = 0.9
    quad = boxes_to_quads([[5, 4, 10, 4]])
    # From 0.9 to 0.1 the value is 0.4 after 5/8 of the way between two centres: an eighth of a cell beyond the edge.
    np.testing.assert_allclose(fit_sides(quad, region, 0.4), boxes_to_quads([[4.875, 3.875, 10.25, 4.25]]), atol=1e-5)
    np.testing.assert_allclose(fit_sides(quad, region, 0.7), boxes_to_quads([[5.25, 4.25, 9.5, 3.5]]), atol=1e-5)
    np.testing.assert_allclose(fit_sides(quad, region * 0 + 1, 0.4), quad)  # no crossing
    endless = np.where(region > 0.5, np.inf, -np.inf).astype(np.float32)
    np.testing.assert_allclose(fit_sides(quad, endless, 0.4), quad, atol=0.06)
    assert fit_sides(np.zeros((0, 4, 2), np.float32), region, 0.4).shape == (0, 4, 2)
