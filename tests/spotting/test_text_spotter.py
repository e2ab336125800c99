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
from ocr_crnn.presets import PresetError
from ocr_crnn.reading.loading import load_networks
from ocr_crnn.spotting.text_spotter import TextSpotter, _plan

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


def test_an_alphabet_of_another_size_is_refused(spotter):
    with pytest.raises(ValueError, match="has the classes of its codec"):
        TextSpotter(spotter.network, Alphabet("가나"))
