import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.data.augmentation import (
    add_noise,
    augment_line,
    blur,
    change_light,
    compress,
    draw_rules,
    lower_resolution,
    spread_ink,
    warp_line,
)


def stripes(height=32, width=200, channels=1):
    """White paper with dark upright strokes two pixels wide in the middle rows."""
    image = np.full((height, width, channels), 240, np.float32)
    image[8:-8, 10:-10:6] = image[8:-8, 11:-10:6] = 20
    return tf.constant(image)


def ink(image):
    return float(tf.reduce_sum(240 - tf.cast(image, tf.float32)))


@pytest.mark.parametrize("shape", [(32, 200, 1), (48, 75, 3), (32, 4, 1)])
def test_shape_and_range(shape):
    image = stripes(*shape) if shape[1] > 20 else tf.fill(shape, 200.0)
    for number in range(20):
        changed = augment_line(image, tf.constant([3, number]))
        assert changed.shape == shape and changed.dtype == tf.float32
        assert float(tf.reduce_min(changed)) >= 0 and float(tf.reduce_max(changed)) <= 255


def test_the_seed_decides_eagerly_and_in_a_pipeline():
    image = stripes()
    eager = [augment_line(image, tf.constant([7, number])).numpy() for number in range(30)]
    pipeline = tf.data.Dataset.range(30).map(lambda n: augment_line(image, tf.stack([7, tf.cast(n, tf.int32)])), 2)
    for expected, value in zip(eager, pipeline.as_numpy_iterator(), strict=True):
        np.testing.assert_allclose(value, expected, atol=1)
    assert len({value.tobytes() for value in eager}) >= 28
    assert np.abs(augment_line(image, tf.constant([8, 0])).numpy() - eager[0]).max() > 1


def test_text_survives():
    """Strokes stay darker than the paper beside them in every picture: contrast left, averaged over rows and strokes."""
    image = stripes()
    for number in range(60):
        changed = augment_line(image, tf.constant([1, number])).numpy()[12:-12, 40:-40, 0].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(changed.mean(axis=0) - changed.mean(), 120))
        assert spectrum[20] > 5 * np.median(spectrum), f"the stroke period of 6 px is gone with seed {number}"


def test_ink_spreads_and_flakes():
    image = stripes()
    assert ink(spread_ink(image, tf.constant(0.5))) > ink(image) > ink(spread_ink(image, tf.constant(-0.5))) > 0
    np.testing.assert_array_equal(spread_ink(image, tf.constant(0.0)), image)
    assert float(spread_ink(image, tf.constant(1.0))[16, 9, 0]) == 20, "the column beside a stroke"


def test_rules_only_darken_and_keep_off_the_middle():
    image = stripes()
    for place in np.linspace(0, 1, 9):
        ruled = draw_rules(image, 100.0, tf.constant(place, tf.float32), 1.0, 0.0).numpy()
        assert (ruled <= image.numpy()).all() and (ruled < image.numpy()).any()
        np.testing.assert_array_equal(ruled[10:20], image[10:20])
    border = draw_rules(image, 100.0, tf.constant(0.0), 0.0, 0.6).numpy()
    assert (border[:, 198] <= 60).all(), "a cell border near the right end"


def test_warp_moves_what_it_says():
    image = stripes()
    np.testing.assert_allclose(warp_line(image, 0.0, 0.0, 0.0, 0.0, 0.0), image, atol=1e-3)

    def centre(picture, columns):
        part = 240 - np.asarray(picture)[:, columns, 0]
        return (part.sum(axis=1) * np.arange(32)).sum() / part.sum()

    risen = warp_line(image, 1.0, 0.0, 0.0, 0.0, 0.0)
    left, right = centre(risen, slice(0, 20)), centre(risen, slice(180, 200))
    assert left - right == pytest.approx(0.12 * 32 * 180 / 200, abs=0.3)
    narrow = warp_line(image, 0.0, 0.0, 1.0, 0.0, 0.0)
    heights = [float((240 - np.asarray(narrow)[:, columns, 0]).sum()) for columns in (slice(0, 30), slice(170, 200))]
    assert heights[0] / heights[1] != pytest.approx(1, abs=0.05)
    shifted = warp_line(image, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert centre(shifted, slice(0, 200)) == pytest.approx(centre(image, slice(0, 200)) - 0.04 * 32, abs=0.05)


@pytest.mark.parametrize("signs", np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1], [-1, 1])).reshape(4, -1).T.tolist())
def test_warp_cuts_nothing_off(signs):
    rise, slant, perspective, shift = map(float, signs)
    warped = warp_line(stripes(), rise, slant, perspective, shift, 0.0)
    assert ink(warped) == pytest.approx(ink(stripes()), rel=0.08)
    assert float(tf.reduce_min(warped[0])) > 230 and float(tf.reduce_min(warped[-1])) > 230


def test_blur_and_resolution_keep_the_mean_and_soften():
    image = stripes()
    for softened in [blur(image, 1.0), lower_resolution(image, 0.5)]:
        assert softened.shape == image.shape
        assert ink(softened) == pytest.approx(ink(image), rel=0.02)
        assert np.abs(np.diff(softened[16, :, 0])).max() < 200 < np.abs(np.diff(image[16, :, 0])).max()


def test_light():
    image = stripes()
    lit = change_light(image, 0.5, 0.0, 0.0).numpy()
    assert lit.max() == pytest.approx(255 - 0.5 * 15) and lit.min() == pytest.approx(255 - 0.5 * 235)
    shaded = change_light(image, 1.0, -20.0, 30.0).numpy()
    assert shaded[0, 0, 0] == pytest.approx(240 - 20 - 15) and shaded[0, -1, 0] == pytest.approx(240 - 20 + 15)


def test_noise_and_compression():
    image = tf.fill((64, 64, 3), 128.0)
    noise = add_noise(image, 10.0, tf.constant([1, 2])).numpy() - 128
    assert noise.std() == pytest.approx(10, rel=0.05) and abs(noise.mean()) < 0.5
    np.testing.assert_array_equal(noise[..., 0], noise[..., 2])
    good, bad = (np.abs(compress(stripes(), quality) - stripes()).mean() for quality in (95, 15))
    assert good < 2 < bad < 20
