"""The compiled pixel aggregation against the published algorithm, and against geometry worked out another way."""

import resource

import cv2
import numpy as np
import pytest

from benchmarks.aggregation_maps import draw_grid, draw_page, draw_random_maps
from benchmarks.published_aggregation import aggregate_pixels, label_kernels, measure_instances
from ocr_crnn.ops import _native


def maps_from_rows(region_rows, kernel_rows):
    """Maps with logit 1 where a row has '#' and −1 elsewhere, and vectors of zeros."""
    planes = [[[1.0 if mark == "#" else -1.0 for mark in row] for row in rows] for rows in (region_rows, kernel_rows)]
    vectors = np.zeros((len(region_rows), len(region_rows[0]), 4))
    return np.concatenate([np.stack(planes, axis=-1), vectors], axis=-1).astype(np.float32)


@pytest.mark.parametrize("seed", range(10))
def test_label_map_equals_the_published_algorithm(seed):
    rng = np.random.default_rng(seed)
    for number in range(1100):
        maps = draw_random_maps(rng)
        settings = {"min_kernel_area_px": int(rng.integers(1, 4)), "max_distance": [None, 3.0, 1.5][number % 3]}
        labels, scores, areas, *_ = _native.aggregate_pixels(maps, **settings)
        assert np.array_equal(labels, aggregate_pixels(maps, **settings))
        kernels = label_kernels((maps[..., 0] > 0) & (maps[..., 1] > 0), settings["min_kernel_area_px"])
        expected_scores, expected_areas, _ = measure_instances(labels, maps[..., 0], kernels)
        assert np.array_equal(areas, expected_areas)
        np.testing.assert_allclose(scores, expected_scores, atol=2e-5)


@pytest.mark.parametrize("max_distance", [None, 3.0])
def test_drawn_page_equals_the_published_algorithm(max_distance):
    maps = draw_page(np.random.default_rng(3), 200, 180, 24, 4, 5.0)
    labels, scores, areas, *_ = _native.aggregate_pixels(maps, max_distance=max_distance)
    assert 80 < len(scores) < 120
    assert np.array_equal(labels, aggregate_pixels(maps, max_distance=max_distance))


def test_ids_beyond_a_byte_and_two_bytes():
    labels, scores, areas, quads, *_ = _native.aggregate_pixels(draw_grid(40, 20))
    assert len(scores) == labels.max() == 800
    assert np.array_equal(labels, aggregate_pixels(draw_grid(40, 20)))
    labels, _, areas, *_ = _native.aggregate_pixels(draw_grid(300, 250))
    assert labels.max() == 75_000
    assert (areas == 6).all()
    assert np.array_equal(np.bincount(labels.ravel())[1:], areas)


def test_first_come_first_served_by_hand():
    # Both kernels reach the middle in the second round; the left one stands first in the queue.
    labels = _native.aggregate_pixels(maps_from_rows(["#####"], ["#...#"]))[0]
    assert labels.tolist() == [[1, 1, 1, 2, 2]]
    # A kernel outside the region is no kernel, and the region without a kernel stays 0.
    assert not _native.aggregate_pixels(maps_from_rows(["##.."], ["..##"]))[0].any()


def test_planar_maps_give_the_same_result():
    maps = draw_page(np.random.default_rng(1), 120, 100, 8, 3, 6.0)
    planar = np.ascontiguousarray(maps.transpose(2, 0, 1))
    interleaved_result = _native.aggregate_pixels(maps, max_distance=3.0)
    planar_result = _native.aggregate_pixels(planar, max_distance=3.0, channels_first=True)
    for one, other in zip(interleaved_result, planar_result, strict=True):
        assert np.array_equal(one, other)


def test_small_and_weak_instances_are_dropped_and_the_others_renumbered():
    maps = maps_from_rows(["#.####.##"], ["#.##...#."])
    maps[0, 2:6, 0] = [0.25, 0.25, 2.0, 2.0]  # the score is that of the kernel, not of the rim
    labels, scores, areas, *_ = _native.aggregate_pixels(maps, min_area_px=2)
    assert labels.tolist() == [[0, 0, 1, 1, 1, 1, 0, 2, 2]] and areas.tolist() == [4, 2]
    np.testing.assert_allclose(scores, [0.5621765, 0.7310586], atol=2e-5)
    assert _native.aggregate_pixels(maps, min_score=0.6)[0].tolist() == [[1, 0, 0, 0, 0, 0, 0, 2, 2]]
    assert _native.aggregate_pixels(maps, min_kernel_area_px=2)[0].tolist() == [[0, 0, 1, 1, 1, 1, 0, 0, 0]]


def test_rectangle_and_contour_by_hand():
    block = maps_from_rows(["....", ".##.", ".##.", ".##."], ["....", "....", ".#..", "...."])
    _, _, _, quads, points, splits = _native.aggregate_pixels(block)
    np.testing.assert_allclose(quads, [[[1, 1], [3, 1], [3, 4], [1, 4]]])
    assert points.tolist() == [[1, 1], [3, 1], [3, 4], [1, 4]] and splits.tolist() == [0, 4]
    # Pixels on a diagonal step: a contour of eight corners, clockwise from the first pixel.
    points = _native.aggregate_pixels(maps_from_rows(["##.", ".##"], ["#..", "..."]))[4]
    assert points.tolist() == [[0, 0], [2, 0], [2, 1], [3, 1], [3, 2], [1, 2], [1, 1], [0, 1]]


def rotated_extent(points, angle):
    turned = points @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.ptp(turned, axis=0) + 1


def test_rectangles_are_the_smallest_and_contours_enclose_the_filled_instance():
    rng, count = np.random.default_rng(5), 0
    while count < 400:
        labels, _, _, quads, points, splits = _native.aggregate_pixels(draw_random_maps(rng))
        for label, quad in enumerate(quads, start=1):
            count += 1
            members = labels == label
            centres = np.argwhere(members)[:, ::-1] + 0.5
            edges = np.roll(quad, -1, axis=0) - quad
            area = np.linalg.norm(edges[0]) * np.linalg.norm(edges[1])
            smallest = min(np.prod(rotated_extent(centres, angle)) for angle in np.linspace(0, np.pi / 2, 181))
            assert area <= smallest * 1.001
            inwards = np.stack([-edges[:, 1], edges[:, 0]], axis=-1) / np.linalg.norm(edges, axis=1)[:, None]
            depths = ((centres[:, None] - quad) * inwards).sum(axis=-1)  # (pixels, sides)
            np.testing.assert_allclose(depths.min(axis=0), 0.5, atol=1e-4)
            assert edges[0, 0] > 0 and abs(edges[0, 1]) <= edges[0, 0] * (1 + 1e-5)
            _, outside = cv2.connectedComponents(np.pad(~members, 1, constant_values=True).astype(np.uint8), connectivity=8)
            x, y = points[splits[label - 1] : splits[label]].T.astype(np.float64)
            enclosed = (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2  # positive: clockwise with y down
            assert enclosed == (outside != outside[0, 0]).sum()


@pytest.mark.parametrize("shape", [(0, 0, 6), (0, 5, 6), (5, 0, 6), (1, 1, 6), (7, 1, 6)])
@pytest.mark.parametrize("logit", [-1.0, 1.0])
def test_degenerate_shapes(shape, logit):
    labels, scores, areas, quads, points, splits = _native.aggregate_pixels(np.full(shape, logit, np.float32), max_distance=3.0)
    full = logit > 0 and labels.size > 0
    assert labels.shape == shape[:2] and labels.dtype == np.int32
    assert len(scores) == len(areas) == len(quads) == full
    assert splits.tolist() == ([0, 4] if full else [0]) and quads.shape[1:] == (4, 2)


def test_infinite_logits_are_certain_and_nan_is_an_error():
    maps = maps_from_rows(["###"], [".#."])
    maps[0, :, 0], maps[0, 1, 1] = np.inf, np.inf
    labels, scores, *_ = _native.aggregate_pixels(maps)
    assert labels.tolist() == [[1, 1, 1]] and scores.tolist() == [1.0]
    for channel in (0, 1):
        broken = maps.copy()
        broken[0, 2, channel] = np.nan
        with pytest.raises(ValueError, match="Received: NaN"):
            _native.aggregate_pixels(broken)
    broken = maps.copy()
    broken[0, 1, 3] = np.nan
    with pytest.raises(ValueError, match="inside a kernel"):
        _native.aggregate_pixels(broken, max_distance=3.0)
    broken = maps.copy()
    broken[0, 2, 3] = np.nan  # outside the kernel: refused, as a NaN is near nothing
    assert _native.aggregate_pixels(broken, max_distance=3.0)[0].tolist() == [[1, 1, 0]]


@pytest.mark.parametrize(
    "maps",
    [np.zeros((4, 4, 6)), np.zeros((4, 4), np.float32), np.zeros((4, 8, 6), np.float32)[:, ::2], np.zeros((4, 4, 1), np.float32)],
    ids=["float64", "two axes", "not contiguous", "one channel"],
)
def test_wrong_arrays_are_refused(maps):
    with pytest.raises(ValueError, match="Received: dtype"):
        _native.aggregate_pixels(maps)


@pytest.mark.parametrize("shape", [(0, 10**9, 6), (10**9, 0, 6)])
def test_an_empty_map_takes_no_memory_however_long_it_is(shape):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    labels, scores, *_, splits = _native.aggregate_pixels(np.zeros(shape, np.float32))
    assert labels.shape == shape[:2] and len(scores) == 0 and splits.tolist() == [0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**18  # kilobytes, bytes on a Mac


def test_channels_are_counted_in_32_bits():
    with pytest.raises(ValueError, match="fewer than 2.31 pixels and channels"):
        _native.aggregate_pixels(np.zeros((0, 3, 2**31), np.float32))


@pytest.mark.parametrize(
    "settings",
    [
        {"region_threshold": np.nan}, {"kernel_threshold": np.nan}, {"min_kernel_area_px": -1}, {"min_area_px": -(2**63)},
        {"min_score": np.nan}, {"max_distance": np.nan}, {"max_distance": -1.0},
    ],
    ids=lambda settings: next(iter(settings)),
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(ValueError, match=f"{next(iter(settings))}.* must be .*Received: (nan|-1|-9223372036854775808)"):
        _native.aggregate_pixels(maps_from_rows(["###"], [".#."]), **settings)
