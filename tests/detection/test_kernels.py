"""What becomes of the maps of PAN: sides in fractions of cells, insets. Pixel aggregation itself is in tests/ops."""

import numpy as np
import pytest

from ocr_crnn.detection.kernels import KernelDecoder, fit_quads, inset_quads
from ocr_crnn.geometry import boxes_to_quads, quad_ious


def dark_maps(boxes, size=(100, 130)):
    """Maps of PAN whose region and kernel are boxes (x, y, width, height) in cells, the vectors 0."""
    maps = np.zeros((*size, 6), np.float32)
    maps[..., :2] = -4
    for x, y, width, height in boxes:
        maps[y : y + height, x : x + width, :2] = 4
    return maps


def test_quads_in_page_pixels_and_what_is_left_out():
    """Both score 0.982; of the 300 cells of the first 1.01 − 0.2 / √300 = 0.998 is asked, of the 50 of the second 0.982 − 0.0003."""
    maps = dark_maps([(10, 10, 50, 6), (10, 30, 50, 1)])
    found = KernelDecoder(min_score=0.9, inset_px=0)(maps, 4, 0.5)
    assert found.quads.dtype == np.float32 and not found.directed and found.characters is None and found.polygons is None
    expected = boxes_to_quads([[80, 80, 400, 48], [80, 240, 400, 8]])
    assert (quad_ious(expected, found.quads).diagonal() > 0.8).all()
    np.testing.assert_allclose(found.scores, 1 / (1 + np.exp(-4)), atol=1e-3)
    assert len(KernelDecoder(min_score=0.9, min_height_px=8)(maps, 4, 0.5).quads) == 1
    (small,) = KernelDecoder(min_score=1.01)(maps, 4, 1.0).quads
    assert small[:, 1].min() > 100
    assert len(KernelDecoder(min_score=1.02)(maps, 4, 1.0).quads) == 0
    assert found.sure is None
    doubted = KernelDecoder(min_score=1.01, doubted=0.02)(maps, 4, 1.0)
    assert doubted.sure.tolist() == [bool(top > 100) for top in doubted.quads[:, :, 1].min(axis=1)] and len(doubted.quads) == 2


def test_quads_are_inset():
    rectangle = np.array([[10, 20], [50, 20], [50, 30], [10, 30]], np.float32)
    turned = rectangle @ np.array([[0.8, 0.6], [-0.6, 0.8]], np.float32)
    inner = np.array([[11.5, 21.5], [48.5, 21.5], [48.5, 28.5], [11.5, 28.5]])
    np.testing.assert_allclose(inset_quads(np.stack([rectangle, turned]), 1.5), [inner, inner @ [[0.8, 0.6], [-0.6, 0.8]]], atol=1e-4)
    np.testing.assert_allclose(inset_quads(rectangle[None], 7)[0], [[17, 22.5], [43, 22.5], [43, 27.5], [17, 27.5]])  # a quarter at most
    assert inset_quads(np.zeros((0, 4, 2), np.float32), 1).shape == (0, 4, 2)
    flat = np.full((1, 4, 2), 7, np.float32)
    np.testing.assert_array_equal(inset_quads(flat, 1), flat)


def area_maps(quad, size=(20, 30)):
    """Logits of a region whose probability in a cell is the share of it that an upright box covers, in cells."""
    (x0, y0), (x1, y1) = quad[0], quad[2]
    across = np.clip(np.minimum(np.arange(size[1]) + 1, x1) - np.maximum(np.arange(size[1]), x0), 0, 1)
    down = np.clip(np.minimum(np.arange(size[0]) + 1, y1) - np.maximum(np.arange(size[0]), y0), 0, 1)
    share = np.clip(down[:, None] * across, 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share)).astype(np.float32)


def alone(quads, logits):
    """`fit_quads` where no cell is another text's."""
    return fit_quads(quads, logits, np.zeros(logits.shape, np.int32), np.ones(len(quads), np.int32))


@pytest.mark.parametrize(("box", "found"), [((8.3, 5.6, 10.6, 9.1), (8, 6, 11, 9)), ((4.4, 7.75, 24.7, 11.4), (4, 8, 25, 11))])
def test_sides_go_to_fractions_of_cells(box, found):
    """A digit and a line whose cells are partly covered: the fitted quad is nearer to the truth than the one around whole cells."""
    box, found = (np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) for x0, y0, x1, y1 in (box, found))
    logits = area_maps(box)
    fitted = alone(found[None], logits)
    assert fitted.dtype == np.float32
    before, after = quad_ious(box[None], np.stack([found, fitted[0]]))[0]
    assert after > before + 0.05


def test_a_fitted_quad_stops_before_its_neighbour_and_stays_a_turned_rectangle():
    logits = np.full((20, 30), -20, np.float32)
    logits[8:10, 4:12] = 20
    logits[11:13, 4:12] = 20  # one free row between two lines
    quad = np.float32([[4, 8], [12, 8], [12, 10], [4, 10]])
    np.testing.assert_allclose(alone(quad[None], logits)[0], quad, atol=0.2)  # not the whole row
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    noise = np.random.default_rng(0).normal(0, 2, (20, 30)).astype(np.float32)
    turned = alone(((quad - 10) @ turn + 10)[None], noise)[0]
    sides = np.roll(turned, -1, axis=0) - turned
    np.testing.assert_allclose((sides * np.roll(sides, -1, axis=0)).sum(axis=-1), 0, atol=1e-4)
    assert np.linalg.norm(sides, axis=-1).min() > 0


def test_a_fitted_quad_ends_where_another_text_begins_without_a_gap():
    """Three lines of two cells each, region throughout: by the region alone the middle one would take 1.5 cells of both others."""
    logits, labels = np.full((20, 30), -20, np.float32), np.zeros((20, 30), np.int32)
    logits[6:12, 4:12] = 20
    labels[6:8, 4:12], labels[8:10, 4:12], labels[10:12, 4:12] = 1, 2, 3
    middle, last = np.float32([[4, 8], [12, 8], [12, 10], [4, 10]]), np.float32([[4, 10], [12, 10], [12, 12], [4, 12]])
    fitted = fit_quads(np.stack([middle, last]), logits, labels, np.array([2, 3]))
    np.testing.assert_allclose(fitted, [middle, last], atol=0.1)
    np.testing.assert_allclose(alone(middle[None], logits)[0, :, 1], [6.5, 6.5, 11.5, 11.5], atol=0.1)


def test_fitting_at_the_border_of_a_map_and_nothing_at_all():
    assert alone(np.zeros((0, 4, 2), np.float32), np.zeros((5, 5), np.float32)).shape == (0, 4, 2)
    whole = np.float32([[[0, 0], [1, 0], [1, 1], [0, 1]]])
    assert np.isfinite(alone(whole, np.full((1, 1), np.inf, np.float32))).all()
