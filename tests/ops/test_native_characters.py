"""The compiled decoding of CRAFT's maps against the published extraction, written anew, and against hand-drawn hills."""

import numpy as np
import pytest

from benchmarks.published_craft import draw_maps, published_boxes
from ocr_crnn.ops import _native


def sides(quad):
    return np.linalg.norm(quad[0] - quad[1]) * np.linalg.norm(quad[1] - quad[2])


@pytest.mark.parametrize("seed", range(4))
def test_boxes_equal_those_of_the_published_extraction(seed):
    rng, boxes = np.random.default_rng(seed), 0
    for _ in range(300):
        maps = draw_maps(rng, rng.integers(1, (60, 80)), rng.integers(1, 8))
        expected = published_boxes(maps[..., 0], maps[..., 1])
        quads = _native.find_characters(maps, characters=False)[2]
        assert len(quads) == len(expected)
        for quad, other in zip(quads, expected, strict=True):
            quad = np.roll(quad, 4 - quad.sum(axis=1).argmin(), axis=0)
            # Of two smallest rectangles of one size either may be taken.
            assert np.abs(quad - other).max() < 1e-3 or sides(quad) == pytest.approx(sides(other), rel=1e-3)
        boxes += len(quads)
    assert boxes > 300


def hills(places, size=(24, 60), sigma=2.4, link=()):
    """Gaussians about (x, y), and links."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    maps = np.zeros((*size, 2), np.float32)
    for channel, centres in ((0, places), (1, link)):
        for cx, cy in centres:
            maps[..., channel] = np.maximum(maps[..., channel], np.exp(-0.5 * ((x - cx) ** 2 + (y - cy) ** 2) / sigma**2))
    return maps


def test_characters_of_two_texts():
    maps = hills([(10.5, 8.5), (18.5, 8.5), (26.5, 8.5), (46.5, 8.5)], link=[(14.5, 8.5), (22.5, 8.5)])
    scores, areas, quads, peaks, characters, splits = _native.find_characters(maps, grow=False)
    assert splits.tolist() == [0, 3, 4] and scores == pytest.approx([1, 1]) and peaks == pytest.approx([1] * 4)
    # Above 0.4 to a distance of 2.4 · √(−2 ln 0.4) = 3.25: cells from 3 before to 3 after the middle.
    assert quads[1].tolist() == characters[3].tolist() == [[43, 5], [50, 5], [50, 12], [43, 12]]
    assert quads[0].tolist() == [[7, 5], [30, 5], [30, 12], [7, 12]]
    np.testing.assert_allclose(characters[:3, 0], [[7, 5], [15, 5], [23, 5]], atol=1e-5)
    assert (areas >= 30).all()
    apart = _native.find_characters(maps, link_threshold=2.0)
    assert apart[5].tolist() == [0, 1, 2, 3, 4]


def test_touching_characters_are_parted_and_a_dent_parts_none():
    # Eight cells apart the hills meet at exp(−½ (4 / 2.4)²) = 0.249, half as far at 0.71.
    def count(distance, **how):
        maps = hills([(20.5, 10.5), (20.5 + distance, 10.5)])
        maps[..., 1] = 1
        return len(_native.find_characters(maps, **how)[3])

    assert [count(8), count(8, valley=0.2, region_threshold=0.1), count(4), count(4, valley=0.7)] == [2, 1, 2, 1]
    noisy = hills([(20.5, 10.5)], sigma=4) * (1 + 0.05 * np.random.default_rng(0).uniform(-1, 1, (24, 60, 1))).astype(np.float32)
    assert len(_native.find_characters(noisy, valley=0.8)[3]) == 1


def test_characters_of_a_turned_text_stand_in_its_frame_and_order():
    angle = np.deg2rad(25)
    centres = [(12.5 + 9 * i * np.cos(angle), 8.5 + 9 * i * np.sin(angle)) for i in range(4)]
    links = [(12.5 + 9 * (i + 0.5) * np.cos(angle), 8.5 + 9 * (i + 0.5) * np.sin(angle)) for i in range(3)]
    *_, quads, peaks, characters, splits = _native.find_characters(hills(centres, (32, 60), link=links))
    assert splits.tolist() == [0, 4]
    np.testing.assert_allclose(characters.mean(axis=1), centres, atol=0.6)
    along = characters[:, 1] - characters[:, 0]
    np.testing.assert_allclose(np.rad2deg(np.arctan2(along[:, 1], along[:, 0])), 25, atol=4)
    column = _native.find_characters(hills([(10.5, 4.5), (10.5, 12.5), (10.5, 20.5)], link=[(10.5, 8.5), (10.5, 16.5)]))
    assert (np.diff(column[4].mean(axis=1)[:, 1]) > 7).all() and len(column[3]) == 3


def test_a_plateau_is_one_hill_and_thousands_of_hills_are_thousands():
    flat = np.zeros((30, 40, 2), np.float32)
    flat[5:25, 5:35] = 0.9
    assert len(_native.find_characters(flat)[3]) == 1
    maps = np.zeros((300, 400, 2), np.float32)
    maps[2::6, 2::6, 0] = maps[2::6, 3::6, 0] = 1
    assert len(_native.find_characters(maps, min_area_px=2)[0]) == 50 * 67
    maps[..., 1] = 1
    found = _native.find_characters(maps)
    assert len(found[0]) == 1 and len(found[3]) == 50 * 67
    slanted = np.zeros((400, 400, 2), np.float32)  # a window far larger than its text
    np.fill_diagonal(slanted[..., 0], 1)
    np.fill_diagonal(slanted[1:, :, 0], 1)
    assert len(_native.find_characters(slanted)[3]) == 1


def test_hard_maps():
    for shape in [(0, 0, 2), (0, 5, 2), (5, 0, 2), (1, 1, 2), (1, 3000, 2), (3000, 1, 2)]:
        for fill in (0, 1, np.inf):
            *_, quads, _, characters, splits = _native.find_characters(np.full(shape, fill, np.float32), min_area_px=0)
            assert len(quads) == len(splits) - 1 == len(characters) == int(fill > 0 and 0 not in shape)
            assert np.isfinite(quads).all()
    with pytest.raises(ValueError, match="must hold numbers. Received: NaN"):
        _native.find_characters(np.full((3, 3, 2), np.nan, np.float32))


@pytest.mark.parametrize(
    ("maps", "how", "message"),
    [
        (np.zeros((3, 3), np.float32), {}, "one C-contiguous float32 array \\(height, width, 2\\)"),
        (np.zeros((3, 3, 6), np.float32), {}, "one C-contiguous float32 array \\(height, width, 2\\)"),
        (np.zeros((3, 3, 2)), {}, "Received: dtype float64"),
        (np.zeros((2, 3, 3), np.float32).T, {}, "C-contiguous"),
        (np.zeros((3, 3, 2), np.float32), {"valley": np.nan}, "Thresholds must be numbers"),
        (np.zeros((3, 3, 2), np.float32), {"min_area_px": -1}, "min_area_px must be at least 0. Received: -1"),
        (np.zeros((3, 3, 2), np.float32), {"region_threshold": -0.5}, "region_threshold must be at least 0"),
    ],
)
def test_what_is_refused(maps, how, message):
    with pytest.raises(ValueError, match=message):
        _native.find_characters(maps, **how)
