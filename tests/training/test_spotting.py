import keras
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.spotting import PANSpotter
from ocr_crnn.detection.spotting_targets import spotting_targets
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.recognition.codecs import AttentionCodec, CTCCodec
from ocr_crnn.training.spotting import SpottingTraining

CODEC, WRITING = CTCCodec(Alphabet("가나 ")), AttentionCodec(Alphabet("가나 "))
TEXTS = ("가나", "나나")


@pytest.fixture(scope="module")
def batch():
    return draw_batch(CODEC, columns=64)


def draw_batch(codec, **settings):
    """Two pages, each of a text of two characters that are bars at different heights."""
    images, targets = [], []
    for text in TEXTS:
        image = np.full((64, 96, 3), 255, np.float32)
        for place, character in enumerate(text):
            top = 24 if character == "가" else 36
            image[top : top + 6, 20 + 20 * place : 36 + 20 * place] = 0
        quads, characters = boxes_to_quads([[18, 20, 40, 24]]), Characters(boxes_to_quads([[18 + 20 * i, 20, 20, 24] for i in (0, 1)]))
        page = Page(None, (64, 96), quads, [text], characters=[characters])
        targets.append(spotting_targets(page, codec, regions=2, **settings))
        images.append(image)
    return np.stack(images), {name: np.stack([one[name] for one in targets]) for name in targets[0]}


def test_both_losses_fall_and_reading_reaches_the_pyramid(batch):
    keras.utils.set_random_seed(3)
    network = PANSpotter(CODEC.classes, CODEC.syllables, units=32, num_blocks=1, num_heads=2, rank=4, name="pan_spotter")
    model = SpottingTraining(network, CODEC)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), jit_compile=False, run_eagerly=True)  # to trace it takes longer
    images, targets = batch
    reduce = network.get_layer("reduce1_conv").kernel
    before = reduce.numpy().copy()
    logs = [model.train_on_batch(images, targets, return_dict=True)]
    for _ in range(2):
        model.reset_metrics()
        logs.append(model.train_on_batch(images, targets, return_dict=True))
    assert logs[-1]["reading"] < 0.7 * logs[0]["reading"] and logs[-1]["detection"] < logs[0]["detection"]
    assert logs[0]["loss"] == pytest.approx(logs[0]["reading"] + logs[0]["detection"], rel=1e-4)
    assert logs[0]["misread"] == 1 and logs[0]["unknown"] == 0
    assert np.abs(reduce.numpy() - before).max() > 0


def test_without_any_region_only_the_detector_learns(batch):
    network = PANSpotter(CODEC.classes, units=8, num_blocks=1, num_heads=1, name="pan_spotter")
    model = SpottingTraining(network, CODEC, ramp=100)
    model.compile(optimizer=keras.optimizers.SGD(0.0), jit_compile=False, run_eagerly=True)
    images, targets = batch
    empty = {**targets, "widths": 0 * targets["widths"], "labels": 0 * targets["labels"] - 1}
    logs = model.train_on_batch(images, empty, return_dict=True)
    assert logs["reading"] == 0 and logs["loss"] == pytest.approx(logs["detection"])


def test_both_losses_fall_with_attention():
    keras.utils.set_random_seed(3)
    network = PANSpotter(WRITING.classes, units=32, num_blocks=1, num_heads=2, codec="attention", steps=12, name="pan_spotter")
    model = SpottingTraining(network, WRITING)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), jit_compile=False, run_eagerly=True)
    images, targets = keras.tree.map_structure(lambda x: x[:1], draw_batch(WRITING, columns=48, steps=12))
    assert targets["labels"][0, 0, :4].tolist() == [0, 1, 3, -1]
    logs = []
    for _ in range(2):
        model.reset_metrics()
        logs.append(model.train_on_batch(images, targets, return_dict=True))
    assert logs[1]["reading"] < logs[0]["reading"] and logs[1]["detection"] < logs[0]["detection"]
    assert logs[0]["loss"] == pytest.approx(logs[0]["reading"] + logs[0]["detection"], rel=1e-4)
    assert logs[0]["misread"] == 1 and logs[0]["no_room"] == 0
