import io

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.detection.detector import TextDetector, inset_quads, page_scale, scale_page
from ocr_crnn.detection.pan import PAN
from ocr_crnn.geometry import quad_ious
from ocr_crnn.images import UnreadableError
from ocr_crnn.presets import PresetError


class DarkIsText:
    """Stands for a network: a cell is region and kernel where its 4 × 4 pixels are dark."""

    folded = True
    output_shape = (None, None, None, 6)

    def predict_on_batch(self, images):
        batch, height, width, _ = images.shape
        padded = np.full((batch, -(-height // 4) * 4, -(-width // 4) * 4), 255.0)
        padded[:, :height, :width] = images.mean(axis=-1)
        cells = padded.reshape(batch, padded.shape[1] // 4, 4, padded.shape[2] // 4, 4).mean(axis=(2, 4))
        maps = np.zeros((*cells.shape, 6), np.float32)
        maps[..., :2] = np.where(cells < 128, 4.0, -4.0)[..., None]
        return maps


def page_with(boxes, size=(520, 400)):
    image = np.full((*size, 3), 255, np.uint8)
    for x, y, width, height in boxes:
        image[y : y + height, x : x + width] = 0
    return image


def as_quads(boxes):
    return np.array([[[x, y], [x + w, y], [x + w, y + h], [x, y + h]] for x, y, w, h in boxes], np.float32)


BOXES = [(40, 40, 200, 24), (40, 120, 320, 24), (300, 400, 60, 40)]


def test_quads_are_in_page_pixels_whatever_the_scale():
    for short_side_px in (400, 200, 600):
        found = TextDetector(DarkIsText(), short_side_px=short_side_px)(page_with(BOXES))
        ious = quad_ious(as_quads(BOXES), found.quads)
        assert found.quads.shape == (3, 4, 2) and found.quads.dtype == np.float32
        assert (ious.max(axis=1) > 0.75).all()
        np.testing.assert_allclose(found.scores, 1 / (1 + np.exp(-4)), atol=1e-3)


def test_tiles_give_the_same_texts_as_the_whole_page():
    boxes = [(100, 100, 1900, 20), (20, 900, 24, 1000), (1200, 1180, 300, 20), (2000, 2300, 120, 20)]
    image = page_with(boxes, size=(2400, 2200))
    whole = TextDetector(DarkIsText(), short_side_px=2200, inset_px=0, tile_px=4000)(image)
    tiled = TextDetector(DarkIsText(), short_side_px=2200, inset_px=0, tile_px=600)(image)
    np.testing.assert_allclose(tiled.quads, whole.quads)
    assert len(whole.quads) == 4 and (quad_ious(as_quads(boxes), whole.quads).max(axis=1) > 0.95).all()


def test_small_and_faint_texts_are_left_out():
    image = page_with([(40, 40, 200, 24), (40, 120, 200, 4)])
    detector = TextDetector(DarkIsText(), short_side_px=400)
    assert len(detector(image).quads) == 2
    assert len(TextDetector(DarkIsText(), short_side_px=400, min_height_px=6)(image).quads) == 1
    assert len(TextDetector(DarkIsText(), short_side_px=400, min_score=0.99)(image).quads) == 0


def test_quads_are_inset():
    rectangle = np.array([[10, 20], [50, 20], [50, 30], [10, 30]], np.float32)
    turned = rectangle @ np.array([[0.8, 0.6], [-0.6, 0.8]], np.float32)
    inner = np.array([[11.5, 21.5], [48.5, 21.5], [48.5, 28.5], [11.5, 28.5]])
    np.testing.assert_allclose(inset_quads(np.stack([rectangle, turned]), 1.5), [inner, inner @ [[0.8, 0.6], [-0.6, 0.8]]], atol=1e-4)
    np.testing.assert_allclose(inset_quads(rectangle[None], 7)[0], [[17, 22.5], [43, 22.5], [43, 27.5], [17, 27.5]])  # a quarter at most
    assert inset_quads(np.zeros((0, 4, 2), np.float32), 1).shape == (0, 4, 2)
    flat = np.full((1, 4, 2), 7, np.float32)
    np.testing.assert_array_equal(inset_quads(flat, 1), flat)


def test_the_inset_is_in_pixels_of_the_network():
    image = page_with([(40, 40, 320, 20)])
    for scale in (1, 0.5):
        (quad,) = TextDetector(DarkIsText(), short_side_px=400 * scale, inset_px=0)(image).quads
        (inner,) = TextDetector(DarkIsText(), short_side_px=400 * scale, inset_px=1)(image).quads
        np.testing.assert_allclose((inner - quad) * scale, [[1, 1], [-1, 1], [-1, -1], [1, -1]], atol=1e-4)


class Recorded(DarkIsText):
    """Notes the sizes of the images it is shown."""

    def __init__(self):
        self.sizes = []

    def predict_on_batch(self, images):
        self.sizes.append(images.shape[1:3])
        return super().predict_on_batch(images)


@pytest.mark.parametrize(
    ("boxes", "second"),
    [
        ([(40, 40, 300, 20), (40, 200, 200, 20)], None),
        ([(40, 40, 300, 60), (40, 200, 300, 60), (40, 400, 50, 12)], 20 / 59),  # large print, heights less the inset
        ([(40, 40, 300, 20), (40, 120, 300, 20), (40, 200, 160, 160)], None),  # one block does not outweigh the lines
        ([(40, 40, 40, 4), (40, 200, 300, 8)], 20 / 7),  # small print
        ([], None),
    ],
)
def test_print_of_unusual_size_is_looked_at_again(boxes, second):
    network = Recorded()
    TextDetector(network, short_side_px=400)(page_with(boxes))
    assert network.sizes[0] == (520, 400)
    if second is None:
        assert len(network.sizes) == 1
    else:
        assert network.sizes[1:] == [(round(520 * second), round(400 * second))]


def test_every_kind_of_input_and_lists():
    image = page_with(BOXES)
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    detector = TextDetector(DarkIsText(), short_side_px=400)
    results = detector([image, Image.fromarray(image), stream.getvalue(), image[..., 0]])
    for result in results:
        np.testing.assert_array_equal(result.quads, results[0].quads)
    with pytest.raises(UnreadableError):
        detector(b"no image")


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (37, 41)])
def test_blank_and_tiny_pages_have_no_text(size):
    found = TextDetector(DarkIsText())(page_with([], size=size))
    assert found.quads.shape == (0, 4, 2) and found.scores.shape == (0,)
    page = TextDetector(DarkIsText()).detect_page(page_with([], size=size))
    assert page.size == size and len(page) == 0


def test_a_detected_page_has_quads_and_no_texts():
    page = TextDetector(DarkIsText(), short_side_px=400).detect_page(page_with(BOXES), image_path="a.png")
    assert page.image_path == "a.png" and len(page) == 3 and list(page.texts) == [None] * 3


def test_scales():
    assert page_scale(3508, 2481, 1040) == pytest.approx(1040 / 2481)
    assert page_scale(100, 60, 1040) == 1.5  # small pictures are not blown up
    assert page_scale(1, 1, 1040) == 1.5
    ramp = np.repeat(np.arange(0, 240, 2, dtype=np.uint8)[None, :, None], 40, axis=0).repeat(3, axis=2)
    half = scale_page(ramp, 0.5)
    assert half.shape == (20, 60, 3)
    np.testing.assert_allclose(half[10, 5:-5, 0], ramp[0, 10:-10, 0].reshape(-1, 2).mean(axis=1), atol=1)


def test_presets_keep_the_weights_and_refuse_damage(tmp_path):
    network = PAN(num_fpem=1)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    detector = TextDetector(network, short_side_px=960, inset_px=0.25)
    folder = detector.save_to_preset(tmp_path / "mine")
    again = TextDetector.from_preset(folder)
    assert again.short_side_px == 960 and again.inset_px == 0.25 and again.network.folded
    image = rng.uniform(0, 255, (96, 64, 3)).astype(np.uint8)
    expected = detector.predict_maps(image)
    np.testing.assert_allclose(again.predict_maps(image), expected, atol=0.02 * np.abs(expected).max())  # float16 weights
    (folder / "weights.npz").write_bytes(b"damaged")
    with pytest.raises(PresetError, match="damaged"):
        TextDetector.from_preset(folder)
    with pytest.raises(PresetError, match="nothing"):
        TextDetector.from_preset("nothing")
