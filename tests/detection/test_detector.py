import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.detection.decoders import Instances
from ocr_crnn.detection.detector import TextDetector, page_scale, scale_page
from ocr_crnn.detection.kernels import KernelDecoder
from ocr_crnn.detection.pan import PAN
from ocr_crnn.geometry import quad_ious
from ocr_crnn.images import UnreadableError
from ocr_crnn.page import Characters
from ocr_crnn.presets import PresetError, write_preset


class DarkIsText:
    """An engine for the maps of PAN: a cell is region and kernel where its 4 × 4 pixels are dark."""

    stride = 4
    decoder = KernelDecoder()

    def as_engine(self):
        return self

    def __call__(self, images):
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
    whole = TextDetector(DarkIsText(), KernelDecoder(inset_px=0), 2200, tile_px=4000)(image)
    tiled = TextDetector(DarkIsText(), KernelDecoder(inset_px=0), 2200, tile_px=600)(image)
    np.testing.assert_allclose(tiled.quads, whole.quads)
    assert len(whole.quads) == 4 and (quad_ious(as_quads(boxes), whole.quads).max(axis=1) > 0.95).all()


def test_the_inset_is_in_pixels_of_the_network():
    image = page_with([(40, 40, 320, 20)])
    for scale in (1, 0.5):
        (quad,) = TextDetector(DarkIsText(), KernelDecoder(inset_px=0), 400 * scale)(image).quads
        (inner,) = TextDetector(DarkIsText(), KernelDecoder(inset_px=1), 400 * scale)(image).quads
        np.testing.assert_allclose((inner - quad) * scale, [[1, 1], [-1, 1], [-1, -1], [1, -1]], atol=1e-4)


class Recorded(DarkIsText):
    """Notes the sizes of the images it is shown."""

    def __init__(self):
        self.sizes = []

    def __call__(self, images):
        self.sizes.append(images.shape[1:3])
        return super().__call__(images)


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
    TextDetector(network, KernelDecoder(inset_px=0.0), 400, tile_px=4000)(page_with(boxes))
    assert network.sizes[0] == (520, 400)
    if second is None:
        assert len(network.sizes) == 1
    else:
        assert len(network.sizes) == 2
        factor = network.sizes[1][0] / 520
        assert second * 0.97 - 1 / 32 < factor < second * 1.03  # fitted sides are not whole cells
        assert abs(factor * 32 - round(factor * 32)) < 0.06  # the same for copies of a page


class PaleIsDoubtful(DarkIsText):
    """The kernel of a cell that is less than half dark scores 0.88."""

    def __call__(self, images):
        maps, levels = super().__call__(images), super().__call__((images.astype(np.float32) - 110).clip(0))
        maps[..., :2] = np.where(levels[..., :1] > 0, np.where(maps[..., :1] > 0, 4.0, 2.0), -4.0)
        return maps


def test_what_a_detector_doubts_is_kept_where_it_looks_like_the_rest():
    image = page_with([])
    image[40:64, 40:240:2] = 0  # half dark, on average 127: sure
    image[120:144, 40:240:3] = 0  # 170: doubtful, and as dark as the first
    image[200:224, 40:240:2] = 150  # 202: doubtful and pale
    kept = {
        (min_score, doubted): sorted(TextDetector(PaleIsDoubtful(), KernelDecoder(min_score, 0.0, doubted), 400)(image).quads[:, 0, 1])
        for min_score, doubted in ((0.8, 0.0), (0.95, 0.0), (0.95, 0.1), (0.95, 0.01))
    }
    assert [len(tops) for tops in kept.values()] == [3, 1, 2, 1]
    np.testing.assert_allclose(kept[0.95, 0.1], [40, 120], atol=4)


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


def test_a_long_strip_is_looked_at_in_tiles():
    network = Recorded()
    found = TextDetector(network, KernelDecoder(min_score=0), 400, tile_px=4096)(page_with([(100, 10, 4000, 40)], size=(60, 32_000)))
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


class OneText:
    """A decoder that sees one text and one character of it, too large, whatever the maps are."""

    def __call__(self, maps, stride, scale):
        quads = as_quads([(40, 40, 200, 40)])
        return Instances(quads, np.ones(1), np.array([Characters(as_quads([(50, 38, 50, 44)]), [0.75]), None], object)[:1])


def test_characters_of_a_page_are_brought_to_its_ink():
    """A syllable of 32 × 36 pixels, and a full stop that the network has not seen; a call gives what it has seen."""
    image = page_with([(60, 42, 32, 36), (104, 71, 7, 7)])
    detector = TextDetector(DarkIsText(), OneText())
    (found,) = detector.detect_page(image).characters
    np.testing.assert_allclose(found.quads, as_quads([(60, 42, 32, 36), (104, 71, 7, 7)]), atol=1e-4)
    assert found.scores.tolist() == [0.75, 0.5]
    np.testing.assert_array_equal(detector(image).characters[0].quads, as_quads([(50, 38, 50, 44)]))


def test_scales():
    assert page_scale(3508, 2481, 1040) == pytest.approx(1040 / 2481)
    assert page_scale(100, 60, 1040) == 1.5  # small pictures are not blown up
    assert page_scale(1, 1, 1040) == 1.5
    ramp = np.repeat(np.arange(0, 240, 2, dtype=np.uint8)[None, :, None], 40, axis=0).repeat(3, axis=2)
    half = scale_page(ramp, 0.5)
    assert half.shape == (20, 60, 3)
    np.testing.assert_allclose(half[10, 5:-5, 0], ramp[0, 10:-10, 0].reshape(-1, 2).mean(axis=1), atol=1)


@pytest.fixture(scope="module")
def network():
    """With normalisation that has seen something."""
    network, rng = PAN(channels=8, num_fpem=1), np.random.default_rng(0)
    for weight in network.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return network


def test_presets_keep_the_weights_and_every_number_that_depends_on_them(tmp_path, network):
    settings = {"short_side_px": 960, "max_scale": 2.0, "ordinary_px": (6.0, 30.0), "typical_px": 15.0, "tile_px": 1024, "margin_px": 64}
    detector = TextDetector(network, KernelDecoder(0.8, 3.0, 0.25, 2.5), **settings)
    folder = detector.save_to_preset(tmp_path / "mine")
    again = TextDetector.from_preset(folder)
    assert again.decoder == KernelDecoder(0.8, 3.0, 0.25, 2.5) and again.network.folded
    assert {name: getattr(again, name) for name in settings} == settings
    image = np.random.default_rng(1).uniform(0, 255, (96, 64, 3)).astype(np.uint8)
    expected = detector.predict_maps(image)
    np.testing.assert_allclose(again.predict_maps(image), expected, atol=0.02 * np.abs(expected).max())  # float16 weights
    other = TextDetector.from_preset(folder, engine=DarkIsText(), max_scale=1.0, min_score=0.9)
    assert other.engine.stride == 4 and other.short_side_px == 960 and other.max_scale == 1
    assert other.decoder == KernelDecoder(0.9, 3.0, 0.25, 2.5)
    with pytest.raises(ValueError, match="max_distance. Received: iou"):
        other.adjust(iou=0.5)


def test_presets_of_before_decoders_had_names(tmp_path, network):
    folder = TextDetector(network).save_to_preset(tmp_path / "old")
    config = json.loads((folder / "config.json").read_text())
    kept = {name: config[name] for name in ("schema", "task", "network", "arguments", "short_side_px", "sha256")}
    (folder / "config.json").write_text(json.dumps({**kept, "min_score": 0.8, "inset_px": 0.5}))
    old = TextDetector.from_preset(folder)
    assert old.decoder == KernelDecoder(min_score=0.8, inset_px=0.5) and old.ordinary_px == (8.0, 25.0)


def test_presets_refuse_damage(tmp_path, network):
    folder = TextDetector(network).save_to_preset(tmp_path / "mine")
    (folder / "weights.npz").write_bytes(b"damaged")
    with pytest.raises(PresetError, match="damaged"):
        TextDetector.from_preset(folder)
    with pytest.raises(PresetError, match="nothing"):
        TextDetector.from_preset("nothing")


@pytest.mark.parametrize(
    "settings",
    [
        {"short_side_px": -5}, {"short_side_px": None}, {"max_scale": float("nan")}, {"ordinary_px": [8]}, {"ordinary_px": 8},
        {"typical_px": 0},
        {"tile_px": 256, "margin_px": 128}, {"tile_px": "2048"}, {"margin_px": -1}, {"min_score": float("nan")}, {"min_score": "0.9"},
        {"min_height_px": -2}, {"inset_px": float("inf")}, {"max_distance": [1]}, {"rim_score": None},
    ],
)  # fmt: skip
def test_settings_that_would_find_nothing_and_say_nothing(settings):
    with pytest.raises(ValueError, match="Received: .*Correct"):
        TextDetector(DarkIsText()).adjust(**settings)


@pytest.mark.parametrize(
    "changes",
    [
        {"short_side_px": -5}, {"tile_px": 1e400}, {"decoder": ["kernels"]}, {"decoder": "__init__"}, {"decoder": "gone"},
        {"decoder_arguments": []},
        {"decoder_arguments": {"min_score": "high"}}, {"decoder_arguments": {"iou": 1}}, {"decoder_arguments": None},
    ],
)  # fmt: skip
def test_a_preset_with_other_settings_is_refused(tmp_path, changes):
    config = {"task": "detection", "decoder": "kernels", "decoder_arguments": {}, "short_side_px": 960, **changes}
    folder = write_preset(tmp_path / "p", config, {"weights.npz": lambda path: path.write_bytes(b"")}, "# Card\n")
    with pytest.raises(PresetError, match="Received: "):
        TextDetector.from_preset(folder, engine=DarkIsText())


def test_keras_is_traced_once_for_pages_of_any_size(network, monkeypatch):
    traces, call = [], network.call
    detector = TextDetector(network)
    monkeypatch.setattr(network, "call", lambda *args, **kwargs: traces.append(args) or call(*args, **kwargs))
    shapes = [detector.predict_maps(np.zeros((*size, 3), np.uint8)).shape for size in ((96, 64), (61, 50), (128, 97))]
    assert shapes == [(24, 16, 6), (16, 13, 6), (32, 25, 6)]
    assert len(traces) == 1


def test_detecting_imports_no_keras():
    script = """
import sys
import numpy as np
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.presets import read_preset

class Blank:
    stride = 4
    def as_engine(self):
        return self
    def __call__(self, images):
        return np.full((1, -(-images.shape[1] // 4), -(-images.shape[2] // 4), 6), -4, np.float32)

detector = TextDetector.from_preset(engine=Blank())
assert detector.decoder.min_score == read_preset("pan_light_ko", "detection")[1]["decoder_arguments"]["min_score"] > 0.5
assert len(detector(np.full((200, 300, 3), 255, np.uint8)).quads) == 0
assert not {"keras", "tensorflow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
