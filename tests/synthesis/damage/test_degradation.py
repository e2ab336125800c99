from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.synthesis.damage import degradation as d


def text_like(channels=1, size=(48, 300)):
    image = np.full(size, 240, np.uint8)
    for x in range(10, size[1] - 10, 22):
        cv2.rectangle(image, (x, 12), (x + 12, 34), 20, 3)
    return image if channels == 1 else cv2.merge([image] * 3)


EFFECTS = [
    partial(d.apply_ink_spread, radius_px=0.6),
    partial(d.apply_ink_spread, radius_px=-1.4),
    partial(d.apply_worn_ink, strength=0.7, cell_px=8, seed=1),
    partial(d.apply_bleed_through, strength=0.2, shift=0.3, seed=2),
    partial(d.apply_crease, position=0.4, angle=0.5, width_px=4, strength=80),
    partial(d.apply_gaussian_blur, sigma_px=1),
    partial(d.apply_defocus, radius_px=1.5),
    partial(d.apply_motion_blur, length_px=4, angle=0.7),
    partial(d.apply_noise, sigma=8, seed=3),
    partial(d.apply_speckle, share=0.01, seed=4),
    partial(d.apply_contrast, gain=0.6, offset=-10),
    partial(d.apply_gamma, gamma=1.8),
    partial(d.apply_lighting, depth=0.5, angle=1, curvature=1),
    partial(d.apply_jpeg, quality=30),
    partial(d.apply_low_resolution, scale=0.4),
    partial(d.apply_threshold, level=0.5, noise=0.05, seed=5),
    partial(d.apply_fax, scale_x=0.68, scale_y=0.65, level=0.6, noise=0.05, seed=6),
]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.func.__name__)
def test_effects_keep_size_and_type_and_change_something(effect, channels):
    image = text_like(channels)
    before = image.copy()
    result = effect(image)
    assert result.shape == image.shape and result.dtype == np.uint8
    np.testing.assert_array_equal(image, before)  # the input is not written to
    assert (result != image).any()
    np.testing.assert_array_equal(result, effect(image))  # no chance of its own
    if channels == 3 and effect.func not in (d.apply_noise, d.apply_threshold, d.apply_jpeg):
        assert np.ptp(result.astype(int), axis=2).max() <= 3  # grey stays grey: every channel is treated alike


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.func.__name__)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (1500, 1100)])
def test_effects_take_any_size(effect, size):
    image = np.full(size, 200, np.uint8)
    assert effect(image).shape == size


def test_ink_spreads_and_wears():
    image = text_like()
    dark = (image < 128).sum()
    assert (d.apply_ink_spread(image, 1) < 128).sum() > dark > (d.apply_ink_spread(image, -1) < 128).sum()
    np.testing.assert_array_equal(d.apply_ink_spread(image, 0), image)


def test_noise_has_its_sigma_and_speckle_its_share():
    grey = np.full((1500, 1200), 128, np.uint8)
    noise = d.apply_noise(grey, 10, seed=12345).astype(float) - 128
    assert noise.std() == pytest.approx(10, rel=0.02) and abs(noise.mean()) < 0.5
    assert (d.apply_speckle(grey, 0.01, seed=7) != 128).mean() == pytest.approx(0.01, rel=0.15)


def test_thresholds_are_relative_to_ink_and_paper():
    image = text_like()
    faint = d.apply_contrast(image, 0.2, 60)
    np.testing.assert_array_equal(d.apply_threshold(image, 0.5), d.apply_threshold(faint, 0.5))
    assert set(np.unique(d.apply_threshold(image, 0.5))) == {0, 255}


def test_contrast_and_gamma_formulas():
    image = np.array([[0, 64, 128, 200, 255]], np.uint8)
    np.testing.assert_array_equal(d.apply_contrast(image, 0.5, 10), [[74, 106, 138, 174, 202]])
    np.testing.assert_array_equal(d.apply_gamma(image, 2.0), [[0, 16, 64, 157, 255]])


def test_a_fax_flips_bits_of_its_own_size():
    paper = np.full((200, 200), 255, np.uint8)
    assert (d.apply_fax(paper, 0.5, 0.5, 0.6, 0, seed=1) == 255).all()
    specked = d.apply_fax(paper, 0.5, 0.5, 0.6, 0, seed=1, specks=0.02)
    assert (specked < 128).mean() == pytest.approx(0.01, rel=0.4)  # half of the flipped bits turn black
    count, _, sizes, _ = cv2.connectedComponentsWithStats((specked < 200).astype(np.uint8))
    assert count > 20 and np.median(sizes[1:, cv2.CC_STAT_AREA]) >= 4


def test_text_that_is_lost_is_noticed():
    image = text_like()
    ink = 255 - image
    assert d.keeps_text(image, ink, 0.9) and d.keeps_text(255 - image, ink, 0.9) and d.keeps_text(cv2.merge([image] * 3), ink, 0.9)
    assert not d.keeps_text(np.full_like(image, 255), ink, 0.1)
    assert not d.keeps_text(np.random.default_rng(0).integers(0, 256, image.shape, np.uint8), ink, 0.3)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.floats(8, 110), st.floats(72, 600))
def test_conditions_of_any_print_apply(seed, em_px, dpi):
    name, effects = d.draw_condition(np.random.default_rng(seed), em_px, dpi)
    assert name in ("clean", "scan", "copy", "fax", "photo", "low_resolution", "mixed")
    assert (name == "clean") <= (effects == [])
    if em_px < 16:
        assert name in ("clean", "scan")
    image = text_like()
    for effect in effects:
        image = effect(image)
    assert image.shape == (48, 300) and image.dtype == np.uint8


def test_a_warped_image_goes_where_the_transform_says():
    image = np.zeros((80, 120), np.uint8)
    image[40:43, 60:63] = 255
    moved = d.warp(image, np.float32([[1, 0, 7], [0, 1, -5], [0, 0, 1]]), border=cv2.BORDER_CONSTANT)
    assert np.array_equal(np.argwhere(moved > 0), np.argwhere(image > 0) + [-5, 7])
    assert d.warp(image, np.eye(3), size=(10, 20)).shape == (10, 20)
