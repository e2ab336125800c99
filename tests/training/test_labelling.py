from fractions import Fraction

import cv2
import keras
import numpy as np
import pytest
from ink_detector import InkDetector, paint

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.training.fit import TrainingStopped, fit
from ocr_crnn.training.labelling import Labelling, interval_pages, interval_steps, least_interval
from ocr_crnn.training.pages import crops_dataset
from ocr_crnn.training.state import Checkpoint
from ocr_crnn.training.truth_pages import TruthPages
from ocr_crnn.training.weak_pages import LabelFiles, PagesByTurns, WeakPages


def test_intervals_are_whole_groups_of_crops():
    assert interval_steps(200, 4, 6) == 204 and interval_pages(204, 4, 6) == 136 and interval_steps(6, 4, 6) == 6
    assert least_interval(4, 6, 1) == least_interval(4, 6, 0) == 40 and least_interval(4, 6, 2) == 76


class FadingDetector(InkDetector):
    """Sees ink as long as the one weight of a network is small."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def predict_maps(self, image):
        return super().predict_maps(image) & (float(self.model.weights[0][0, 0]) < 0.055)


def count_characters(page):
    scores = [one.scores for one in page.characters if one is not None] if page.characters is not None else []
    return np.full(1, np.concatenate([np.zeros(0), *scores]).sum(), np.float32)


@pytest.fixture
def sources(tmp_path):
    """A mixture of three weak pages and a true one; crops of 32 px."""
    pages = []
    for number in range(4):
        image = paint(np.full((60, 80, 3), 255, np.uint8), [(10 + number, 20, 9, 10), (22 + number, 20, 8, 10)])
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
        pages.append(Page(str(tmp_path / f"{number}.png"), (60, 80), boxes_to_quads([(10, 20, 24, 10)]), ["가나"]))

    def mixed(folder):
        folder.mkdir(exist_ok=True)
        files = LabelFiles(str(folder), interval_pages(6, 4, 1))
        weak = WeakPages(0, tuple(pages[:3]), count_characters, 60, 1.0, 32, 1, files)
        return PagesByTurns(weak, TruthPages(0, tuple(pages[3:]), count_characters, 60, 1.0, 32, 1), Fraction(1, 2))

    return mixed


def train(source, folder, stop_after=None):
    """Sixteen steps in epochs of eight, labels again every six; an average of the weights; returns what the network predicts."""
    keras.utils.set_random_seed(1)
    images = keras.Input((32, 32, 3))
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(images))
    model = keras.Model(images, keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False)(mean))
    model.compile(keras.optimizers.SGD(0.02, use_ema=True, ema_momentum=0.5), "mse", jit_compile=False)
    labelling = Labelling(FadingDetector(model), source, 6)
    checkpoint, done = Checkpoint(folder, 1e9), []

    def batches(first):
        labelling.begin(first)
        return crops_dataset(source, 4, first, 0)

    def stop():
        done.append(1)
        return len(done) == stop_after

    settings = {"steps_per_epoch": 8, "epochs": 2, "callbacks": [labelling], "checkpoint": checkpoint, "stop_requested": stop}
    try:
        fit(model, batches, **settings)
    except TrainingStopped:
        return None
    return model.get_weights()[0], labelling


def read_all(folder):
    return {path.name: path.read_bytes() for path in folder.glob("labels_*.npz")}


def test_a_run_that_goes_on_has_the_labels_that_it_would_have_had(sources, tmp_path, capsys):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    weights, labelling = train(sources(whole), whole)
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("labels ")]
    assert len(said) == 4 and "seen" in said[0] and "sliced" in said[-1]  # as the weights grew
    labelling.on_epoch_end(1, logs := {})
    assert logs["labels_sliced"] == labelling.labels_sliced > 0 == logs["labels_left_out"] == logs["labels_seen"]
    assert sorted(read_all(whole)) == [f"labels_00000{number}.npz" for number in (1, 2, 3)]  # that of steps 0..5 has served
    assert train(sources(broken), broken, stop_after=10) is None
    again, _ = train(sources(broken), broken)
    assert np.array_equal(again, weights)
    assert {name: np.load(whole / name)["scores"].tolist() for name in read_all(whole)} == {
        name: np.load(broken / name)["scores"].tolist() for name in read_all(broken)
    }
