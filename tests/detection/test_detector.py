import io

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.detection.detector import (
    FIT_STEPS,
    PLACES,
    REACH_CELLS,
    TextDetector,
    fit_quads,
    inset_quads,
    page_scale,
    scale_page,
)
from ocr_crnn.detection.pan import PAN
from ocr_crnn.geometry import quad_ious
from ocr_crnn.images import UnreadableError
from ocr_crnn.ops.quads import fit_quads as graph_fit_quads
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
    # Both score 0.982; of the 300 cells of the first 1.01 − 0.25 / √300 = 0.996 is asked, of the 50 of the second 0.975.
    detector = TextDetector(DarkIsText(), min_score=1.01)
    (small,) = detector.aggregate(detector.predict_maps(image), 1.0).quads
    assert small[:, 1].min() > 100
    assert len(TextDetector(DarkIsText(), short_side_px=400, min_score=1.02)(image).quads) == 0


def test_quads_are_inset():
    rectangle = np.array([[10, 20], [50, 20], [50, 30], [10, 30]], np.float32)
    turned = rectangle @ np.array([[0.8, 0.6], [-0.6, 0.8]], np.float32)
    inner = np.array([[11.5, 21.5], [48.5, 21.5], [48.5, 28.5], [11.5, 28.5]])
    np.testing.assert_allclose(inset_quads(np.stack([rectangle, turned]), 1.5), [inner, inner @ [[0.8, 0.6], [-0.6, 0.8]]], atol=1e-4)
    np.testing.assert_allclose(inset_quads(rectangle[None], 7)[0], [[17, 22.5], [43, 22.5], [43, 27.5], [17, 27.5]])  # a quarter at most
    assert inset_quads(np.zeros((0, 4, 2), np.float32), 1).shape == (0, 4, 2)
    flat = np.full((1, 4, 2), 7, np.float32)
    np.testing.assert_array_equal(inset_quads(flat, 1), flat)


ONE = np.ones(1, np.int32)


def area_maps(quad, size=(20, 30)):
    """Logits of a region whose probability in a cell is the share of it that an upright box covers, in cells."""
    (x0, y0), (x1, y1) = quad[0], quad[2]
    across = np.clip(np.minimum(np.arange(size[1]) + 1, x1) - np.maximum(np.arange(size[1]), x0), 0, 1)
    down = np.clip(np.minimum(np.arange(size[0]) + 1, y1) - np.maximum(np.arange(size[0]), y0), 0, 1)
    share = np.clip(down[:, None] * across, 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share)).astype(np.float32)


@pytest.mark.parametrize(("box", "found"), [((8.3, 5.6, 10.6, 9.1), (8, 6, 11, 9)), ((4.4, 7.75, 24.7, 11.4), (4, 8, 25, 11))])
def test_sides_go_to_fractions_of_cells(box, found):
    """A digit and a line whose cells are partly covered: the fitted quad is nearer to the truth than the one around whole cells."""
    box, found = (np.float32([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) for x0, y0, x1, y1 in (box, found))
    logits = area_maps(box)
    fitted = fit_quads(found[None], logits, np.zeros(logits.shape, np.int32), ONE)
    assert fitted.dtype == np.float32
    before, after = quad_ious(box[None], np.stack([found, fitted[0]]))[0]
    assert after > before + 0.05


def test_a_fitted_quad_stops_before_its_neighbour_and_stays_a_turned_rectangle():
    logits = np.full((20, 30), -20, np.float32)
    logits[8:10, 4:12] = 20
    logits[11:13, 4:12] = 20  # one free row between two lines
    quad = np.float32([[4, 8], [12, 8], [12, 10], [4, 10]])
    nobody = np.zeros((20, 30), np.int32)
    np.testing.assert_allclose(fit_quads(quad[None], logits, nobody, ONE)[0], quad, atol=0.2)  # not the whole row
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    noise = np.random.default_rng(0).normal(0, 2, (20, 30)).astype(np.float32)
    turned = fit_quads(((quad - 10) @ turn + 10)[None], noise, nobody, ONE)[0]
    sides = np.roll(turned, -1, axis=0) - turned
    np.testing.assert_allclose((sides * np.roll(sides, -1, axis=0)).sum(axis=-1), 0, atol=1e-4)
    assert np.linalg.norm(sides, axis=-1).min() > 0


def test_lines_that_touch_keep_what_is_theirs():
    logits = np.full((20, 30), -20, np.float32)
    logits[8:14, 4:12] = 20  # two lines of three rows, nothing between them
    labels = np.zeros((20, 30), np.int32)
    labels[8:11, 4:12], labels[11:14, 4:12] = 1, 2
    quads = np.float32([[[4, y], [12, y], [12, y + 3], [4, y + 3]] for y in (8, 11)])
    fitted = fit_quads(quads, logits, labels, np.array([1, 2], np.int32))
    np.testing.assert_allclose(fitted, quads, atol=0.3)
    as_one = fit_quads(quads, logits, np.minimum(labels, 1), np.array([1, 1], np.int32))
    np.testing.assert_allclose(as_one[0, 2, 1] - 11, 1.5, atol=0.1)  # without the labels, by as far as it looks
    # Half the row between is ink of the upper line: its side goes there, not to the edge of a cell.
    logits[10, 4:12] = 0
    np.testing.assert_allclose(fit_quads(quads, logits, labels, np.array([1, 2], np.int32))[0, 2, 1], 10.5, atol=0.3)


def test_fitting_at_the_border_of_a_map_and_nothing_at_all():
    nothing = np.zeros((5, 5), np.float32), np.zeros((5, 5), np.int32), np.zeros(0, np.int32)
    assert fit_quads(np.zeros((0, 4, 2), np.float32), *nothing).shape == (0, 4, 2)
    whole = np.float32([[[0, 0], [1, 0], [1, 1], [0, 1]]])
    assert np.isfinite(fit_quads(whole, np.full((1, 1), np.inf, np.float32), np.ones((1, 1), np.int32), ONE)).all()


def test_in_graph_quads_are_fitted_the_same():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (40, 50)).astype(np.float32)
    boxes = np.concatenate([rng.uniform(0, 30, (50, 2)), rng.uniform(1, 15, (50, 2))], axis=1)
    quads = as_quads(boxes) @ np.float32([[0.96, 0.28], [-0.28, 0.96]])
    labels, owners = rng.integers(0, 6, (40, 50), np.int32), rng.integers(1, 6, 50, np.int32)
    in_graph = graph_fit_quads(quads, logits, labels, owners, PLACES, REACH_CELLS, FIT_STEPS)
    np.testing.assert_allclose(in_graph, fit_quads(quads, logits, labels, owners), atol=1e-4)
    nothing = np.zeros((0, 4, 2), np.float32), logits, labels, owners[:0]
    assert graph_fit_quads(*nothing, PLACES, REACH_CELLS, FIT_STEPS).shape == (0, 4, 2)


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
        ([(40, 40, 300, 60), (40, 200, 300, 60), (40, 400, 50, 12)], 20 / 60),  # large print
        ([(40, 40, 300, 20), (40, 120, 300, 20), (40, 200, 160, 160)], None),  # one block does not outweigh the lines
        ([(40, 40, 40, 4), (40, 200, 300, 4)], 20 / 4.1),  # small print
        ([], None),
    ],
)
def test_print_of_unusual_size_is_looked_at_again(boxes, second):
    network = Recorded()
    TextDetector(network, short_side_px=400, inset_px=0.0, tile_px=4000)(page_with(boxes))
    assert network.sizes[0] == (520, 400)
    if second is None:
        assert len(network.sizes) == 1
    else:
        assert len(network.sizes) == 2
        factor = network.sizes[1][0] / 520
        assert second * 0.97 - 1 / 32 < factor < second * 1.03  # fitted sides are not whole cells
        assert abs(factor * 32 - round(factor * 32)) < 0.06  # the same for copies of a page


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


def test_a_strip_of_any_length_is_looked_at():
    network = Recorded()
    found = TextDetector(network, short_side_px=400, min_score=0, tile_px=4096)(page_with([(100, 10, 4000, 40)], size=(60, 200_000)))
    assert len(found.quads) == 1 and len(network.sizes) > 2


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
