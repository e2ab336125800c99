"""Degraded pages: the truth goes where the ink goes, whatever bends or turns the sheet."""

import cv2
import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.synthesis.damage.page import DEGRADATIONS, degrade_page
from ocr_crnn.synthesis.damage.warp import Warp, draw_waves, move_page


def black_words(height=420, width=300):
    """A white page with black bars for words, each with one character, the same box."""
    boxes = np.array([[x, y, 40, 12] for y in range(40, height - 60, 40) for x in (30, 110, 200)], np.float32)
    image = np.full((height, width, 3), 255, np.uint8)
    for x, y, w, h in boxes.astype(int):
        image[y : y + h, x : x + w] = 0
    quads = boxes_to_quads(boxes)
    characters = [Characters(quad[None]) for quad in quads]
    attributes = [{"segment": number} for number in range(len(quads))]
    return image, Page(None, (height, width), quads, ["가"] * len(quads), characters=characters, attributes=attributes)


def grey_at(image, points):
    x, y = np.floor(points).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < image.shape[1]) & (y < image.shape[0])
    return image.mean(axis=-1)[y[inside], x[inside]]


@pytest.mark.parametrize("kind", DEGRADATIONS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_truth_stays_on_the_ink(kind, seed):
    image, page = black_words()
    degraded, moved = degrade_page(np.random.default_rng(seed), image, page, kind)
    assert degraded.dtype == np.uint8 and degraded.shape == (*moved.size, 3)
    assert len(moved) == len(page)
    assert all(row["degradation"] == kind for row in moved.attributes)
    center = moved.quads.mean(axis=1, keepdims=True)
    inner = center + 0.75 * (moved.quads - center)  # well inside the bar …
    outer = center + (moved.quads - center) * (1 + 8 / np.linalg.norm(moved.quads - center, axis=-1, keepdims=True))  # … and just outside
    for row in range(len(moved)):
        dark, light = np.median(grey_at(degraded, inner[row])), np.median(grey_at(degraded, outer[row]))
        assert dark < light - 15, f"row {row}: {dark} inside, {light} outside"
    for quad, characters in zip(moved.quads, moved.characters, strict=True):
        np.testing.assert_allclose(characters.quads[0], quad, atol=1e-3)


def test_points_go_where_the_pixels_go():
    rng = np.random.default_rng(4)
    transform = np.array([[0.9, 0.05, 12.0], [-0.04, 0.95, 9.0], [1e-5, -2e-5, 1.0]])
    warp = Warp(transform, (260, 240), draw_waves(rng, (220, 200), 0.02))
    flat_x, flat_y = warp._sources()
    points = rng.uniform(20, 180, (50, 2))
    moved = warp.points(points)
    x, y = np.round(moved - 0.5).astype(int).T
    seen = np.stack([flat_x[y, x], flat_y[y, x]], axis=-1) + 0.5  # what the nearest pixel shows is at most a pixel away
    assert np.abs(seen - points).max() < 1.0
    np.testing.assert_allclose(warp.points(points.reshape(5, 10, 2)).reshape(-1, 2), moved)


def test_a_warp_without_bends_is_its_transform():
    warp = Warp(np.array([[2.0, 0, 3], [0, 2.0, 5], [0, 0, 1]]), (100, 100))
    np.testing.assert_allclose(warp.points([[0.5, 0.5], [10.5, 20.5]]), [[3.5, 5.5], [23.5, 45.5]])
    assert warp.points(np.zeros((0, 4, 2))).shape == (0, 4, 2)


def test_rows_that_leave_the_image_are_dropped_and_cut_rows_are_unreadable():
    _, page = black_words()
    page = page.take([0, 1, 2])  # x from 30, 110 and 200, each 40 wide
    moved = move_page(page, lambda points: (points - (60, 0)).astype(np.float32), (420, 170))
    assert list(moved.texts) == ["가", None]  # a quarter of the first is seen, all of the second, three quarters of the third
    assert moved.quads[0, 0, 0] == 50


def test_print_that_cannot_be_seen_any_more_is_unreadable():
    image, page = black_words()
    image[:] = 255
    image[44:48, 40:60] = 0  # a trace of the first word only
    _, degraded = degrade_page(np.random.default_rng(0), image, page, "clean")
    assert degraded.texts[0] == "가" and set(degraded.texts[1:]) == {None}


def test_an_empty_page_survives_everything():
    image, page = black_words()
    image[:] = 255
    for kind in DEGRADATIONS:
        _, degraded = degrade_page(np.random.default_rng(1), image, page.take([]), kind)
        assert len(degraded) == 0


def test_the_other_side_shines_through_mirrored_and_is_no_text():
    image, page = black_words()
    blank = np.full_like(image, 255)
    other = np.full((210, 150, 3), 255, np.uint8)
    other[:, :60] = 0  # the left of the other side is dark, so the right of this one gets darker
    darkened = []
    for seed in range(6):
        degraded, moved = degrade_page(np.random.default_rng(seed), blank, page.take([]), "bleed_through", other=lambda: other)
        assert len(moved) == 0 and degraded.shape == image.shape
        grey = degraded.mean(axis=(0, 2))
        darkened.append(abs(grey[:30].mean() - grey[-30:].mean()) > 3)
    assert sum(darkened) >= 4  # not where the sheet was turned so that both edges look alike
    plain, _ = degrade_page(np.random.default_rng(0), blank, page.take([]), "bleed_through", other=lambda: np.full_like(other, 255))
    assert np.ptp(plain.mean(axis=(0, 2))) < 3


def test_specks_of_a_fax_are_as_large_as_its_pixels():
    blank = np.full((400, 400, 3), 255, np.uint8)
    _, page = black_words()
    areas = []
    for seed in range(8):
        faxed, _ = degrade_page(np.random.default_rng(seed), blank, page.take([]), "fax", dpi=612)  # three pixels across to one of the fax
        count, _, stats, _ = cv2.connectedComponentsWithStats(np.uint8(faxed[..., 0] < 128))
        areas += [row[cv2.CC_STAT_AREA] for row in stats[1:] if row[cv2.CC_STAT_HEIGHT] < 60]
    assert len(areas) > 20 and np.median(areas) >= 4


def test_an_unknown_degradation_is_refused():
    image, page = black_words()
    with pytest.raises(ValueError, match="A degradation is one of clean"):
        degrade_page(np.random.default_rng(0), image, page, "rain")
