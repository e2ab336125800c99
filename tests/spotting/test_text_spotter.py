import json
from dataclasses import dataclass

import keras
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.decoders import Instances
from ocr_crnn.detection.kernels import KernelDecoder
from ocr_crnn.detection.spotting import PANSpotter
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.presets import PresetError, by_path
from ocr_crnn.reading.loading import load_networks
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.spotting.text_spotter import Look, TextSpotter, _plan

ALPHABET = Alphabet("가나1 ")
QUADS = np.float32(boxes_to_quads([[8, 8, 20, 16], [8, 32, 80, 16]]))


@dataclass(frozen=True)
class TwoTexts(KernelDecoder):
    """Finds the same two texts whatever the maps are."""

    def __call__(self, maps, stride, scale):
        return Instances(QUADS, np.float32([0.9, 0.9]))

    def label(self, maps):
        labels = np.zeros(maps.shape[:2], np.int32)
        labels[2:6, 2:7], labels[8:12, 2:22] = 1, 2
        return labels


@pytest.fixture(scope="module")
def spotter():
    keras.utils.set_random_seed(2)
    network = PANSpotter(len(ALPHABET), [0, 1176, -1, -1, -1], units=16, num_blocks=1, num_heads=2, rank=4, folded=True, name="pan_spotter")
    return TextSpotter(network, ALPHABET, TwoTexts(), short_side_px=64, max_scale=1, ordinary_px=(1, 1000))


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)


def test_a_page_is_looked_at_once_and_its_texts_are_read_in_any_order(spotter, image):
    look = spotter.look(image)
    assert len(look.found.quads) == 2 and look.scale == 1
    lines = look.read(QUADS)
    again = look.read(QUADS[::-1])[::-1]
    for line, other in zip(lines, again, strict=True):
        assert line.text == other.text and len(line.character_scores) == len(line.text) == len(line.spans_px)
        np.testing.assert_allclose(line.character_scores, other.character_scores, atol=1e-5)
        assert (line.spans_px >= 0).all() and line.spans_px.max(initial=0) <= 90
    assert look.read(QUADS[:0]) == []
    moved = look.read(QUADS, np.float32([10, 20]))
    for line, other, by in zip(lines, moved, (10, 20), strict=True):
        kept = line.spans_px > 0
        np.testing.assert_allclose((other.spans_px - line.spans_px)[kept], by, atol=1e-3)


def test_the_own_label_is_that_of_the_middle_of_a_quad(spotter, image):
    look = spotter.look(image)
    beside = np.float32(boxes_to_quads([[0, 52, 90, 10]]))
    assert look._own_labels(np.concatenate([QUADS, beside])).tolist() == [1, 2, 0]


def test_regions_are_read_together_by_their_widths():
    planned = [(rows.tolist(), columns) for rows, columns in _plan(np.array([10, 100, 64, 65, 5000]), 2)]
    assert planned == [([0, 2], 64), ([1, 3], 128), ([4], 5056)]
    assert [len(rows) for rows, _ in _plan(np.full(70, 64), 2)] == [32, 32, 6]


def test_a_preset_reads_as_the_spotter_it_was_made_of(spotter, image, tmp_path):
    spotter.network.reader.get_layer("head").class_bias.assign(np.float32([1, 0, 0, 0, 0]))
    plain = TextSpotter(spotter.network, ALPHABET, short_side_px=64, max_scale=1, min_reading_score=0.4, ordinary_px=(1, 1000))
    folder = plain.save_to_preset(tmp_path / "mine")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["task"] == "spotting" and config["arguments"]["syllables"] == "from the alphabet" and config["min_reading_score"] == 0.4
    (again, nothing), settings = load_networks(str(folder))
    assert nothing is None and settings.min_score == 0.4 and again.codec.alphabet == ALPHABET
    for line, other in zip(plain.look(image).read(QUADS), again.look(image).read(QUADS), strict=True):
        assert line.text == other.text
        np.testing.assert_allclose(line.character_scores, other.character_scores, atol=0.02)
    adjusted = again.adjust(min_score=0.1, min_reading_score=0.3)
    assert (adjusted.decoder.min_score, adjusted.min_score, again.decoder.min_score) == (0.1, 0.3, KernelDecoder().min_score)
    with pytest.raises(PresetError, match="A preset of detection"):
        from ocr_crnn.detection.detector import TextDetector

        TextDetector.from_preset(folder)
    with pytest.raises(ValueError, match="is the only network"):
        load_networks(str(folder), "attention_ctc_ko")


@pytest.fixture(scope="module")
def writer():
    """It reads by attention; what it would write is for the bias to say, that 8 bits more or less make no difference."""
    keras.utils.set_random_seed(2)
    arguments = {"units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4, "folded": True, "codec": "attention", "steps": 16}
    network = PANSpotter(len(ALPHABET), [0, 1176, -1, -1, -1], **arguments, name="pan_spotter")
    network.reader.decoder.head.class_bias.assign(np.float32([3, 0, 0, -9, -9]))
    return TextSpotter(network, ALPHABET, short_side_px=64, max_scale=1, ordinary_px=(1, 1000))


@pytest.fixture(scope="module")
def words():
    """Seven words, with gaps of 8 px and of 20 px between."""
    image = np.full((64, 256, 3), 255, np.uint8)
    for left in (12, 40, 72, 112, 140, 180, 216):
        for rows in ((22, 26), (34, 37)):
            image[slice(*rows), left : left + 20] = 0
    return image


def look_at(image, spotter):
    """What a spotter would see: nothing is found, features are noise."""
    shapes = {name: (1, *(-(-side // stride) for side in image.shape[:2])) for name, stride in (("stem", 2), ("fused", 4))}
    outputs, rng = spotter.network.features.output, np.random.default_rng(0)
    features = {name: rng.normal(size=(*shape, outputs[name].shape[-1])).astype(np.float32) for name, shape in shapes.items()}
    return Look(spotter, image, None, features, np.zeros(shapes["fused"][1:], np.int32), 1.0)


def test_a_preset_by_attention_comes_back_and_reads(writer, words, tmp_path):
    (again, _), _ = load_networks(str(writer.save_to_preset(tmp_path / "mine")))
    assert (again.codec.name, again.network.codec, again.network.steps, again.network.widest) == ("attention", "attention", 16, 64)
    kept = by_path(again.network.variables)
    for path, variable in by_path(writer.network.variables).items():
        np.testing.assert_allclose(kept[path], variable, atol=0.02 * np.abs(variable).max())
    (line,) = look_at(words, again).read(boxes_to_quads([[10, 20, 228, 20]]))
    assert line.text and len(line.character_scores) == len(line.text)
    assert line.spans_px is None or len(line.spans_px) == len(line.text)


def test_a_text_wider_than_attention_reaches_is_read_in_pieces(writer, words, monkeypatch):
    quads, seen = boxes_to_quads([[10, 20, 228, 20]]), []

    def read_regions(inputs):
        """A character for each region; where it looks is its middle."""
        seen.append(np.array(inputs["width"]))
        ids = np.full((len(seen[-1]), 16), 4)
        ids[:, 0] = 0
        centres = np.zeros(ids.shape, np.float32) + seen[-1][:, None] / 4
        return {"logits": 9 * np.eye(5, dtype=np.float32)[ids], "centres": centres}

    monkeypatch.setattr(writer, "read_regions", read_regions)
    look = look_at(words, writer)
    (line,), (moved,) = look.read(quads), look.read(quads, 5)
    assert len(seen[0]) == 4 and seen[0].max() <= 64
    assert line.text == "가 가 가 가" and line.spans_px.shape == (7, 2)
    middles = line.spans_px.mean(axis=1)
    assert (np.diff(middles) > 0).all() and 10 < middles[0] < 50 and 180 < middles[-1] < 228
    np.testing.assert_allclose(moved.spans_px, line.spans_px + 5, atol=1e-3)


def test_a_network_and_another_codec_are_refused(writer):
    with pytest.raises(ValueError, match="Received: 5 classes of attention, 5 of the codec ctc"):
        TextSpotter(writer.network, CTCCodec(ALPHABET))


def test_it_is_refused_where_a_graph_reads_by_ctc_alone(writer, tmp_path):
    from ocr_crnn.serving.export import export_saved_model

    with pytest.raises(ValueError, match="A SavedModel"):
        export_saved_model(DocumentReader(writer, None), tmp_path / "1")
    assert not (tmp_path / "1").exists()


def test_an_alphabet_of_another_size_is_refused(spotter):
    with pytest.raises(ValueError, match="has the classes of its codec"):
        TextSpotter(spotter.network, Alphabet("가나"))
