import json

import keras
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition.attention_ctc import AttentionCTC, syllable_places
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.recognition import ReadingError, RecognitionTraining
from ocr_crnn.training.state import Position, load_state, load_weights_of_state, save_state

ALPHABET = Alphabet("0123456789 가각힣")


@pytest.fixture
def training():
    keras.utils.set_random_seed(0)
    small = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4}
    network = AttentionCTC(len(ALPHABET), syllable_places(ALPHABET), **small)
    training = RecognitionTraining(network, CTCCodec(ALPHABET))
    training.compile(optimizer=keras.optimizers.Adam(0.01))
    return training


def make_batch(texts, width=48):
    images = np.full((len(texts), width, 32, 1), 255, np.uint8)
    labels = np.full((len(texts), max(map(len, texts))), -1, np.int32)
    for image, label, text in zip(images, labels, texts, strict=True):
        label[: len(text)] = ALPHABET.encode(text)
        for place, id in enumerate(label[: len(text)]):
            image[4 + 14 * place : 10 + 14 * place, 2 * id : 2 * id + 3] = 0  # a bar at a height of its own
    return {"image": images, "width": np.full(len(texts), width, np.int32)}, labels


def loss(training, inputs, labels):
    return training.test_on_batch(inputs, labels, return_dict=True)["loss"]


def test_loss_falls_and_the_lines_are_read(training):
    texts = ["012", "가 각", "힣9", "88", "7 1"]
    inputs, labels = make_batch(texts)
    losses = [training.train_on_batch(inputs, labels, return_dict=True)["loss"] for _ in range(150)]
    assert losses[-1] < 0.1 * losses[0]
    lines = [(image[:, :, 0].T, text) for image, text in zip(inputs["image"], texts, strict=True)]
    logs = {}
    ReadingError(TextRecognizer(training.network, ALPHABET), {"cer": lines}).on_epoch_end(0, logs)
    assert logs["cer"] == 0


def test_a_batch_of_another_shape_has_the_same_loss(training):
    training.run_eagerly = True
    inputs, labels = make_batch(["012", "가 각", "힣9", "88", "7 1"])
    filled, filled_labels, weight = training.few_shapes(inputs, labels)
    assert filled["image"].shape == (6, 64, 32, 1) and filled_labels.shape == (6, 8) and weight.tolist() == [1] * 5 + [0]
    training.train_on_batch(filled, filled_labels, sample_weight=weight)
    got = training.test_on_batch(filled, filled_labels, sample_weight=weight, return_dict=True)
    assert got["loss"] == pytest.approx(loss(training, inputs, labels), rel=1e-5) and got["infeasible"] == 0
    assert training.few_shapes({**inputs, "label": labels}, labels)[2] is None


def test_a_sample_of_all_classes_has_the_loss_of_all_classes(training):
    inputs, labels = make_batch(["012", "가 각"])
    everything = loss(training, inputs, labels)
    order = np.array([3, 1, 2, 0, *range(4, len(ALPHABET))], np.int32)
    sampled = {**inputs, "classes": order, "log_odds": np.zeros(len(order), np.float32)}
    places = np.where(labels >= 0, np.argsort(order)[labels], -1)
    assert loss(training, sampled, places) == pytest.approx(everything, rel=1e-4)


def test_rows_of_sample_weight_0_count_for_nothing(training):
    inputs, labels = make_batch(["012", "가 각", "힣9"])
    too_short = {**inputs, "width": np.array([48, 48, 4], np.int32)}  # one frame for the third label
    first = {name: values[:2] for name, values in too_short.items()}
    whole = training.test_on_batch(first, labels[:2], return_dict=True)
    filled = training.test_on_batch(inputs, labels, np.array([1.5, 1.5, 0.0], np.float32), return_dict=True)
    assert filled["loss"] == pytest.approx(whole["loss"], rel=1e-5)
    filled = training.test_on_batch(too_short, labels, np.array([1.5, 1.5, 0.0], np.float32), return_dict=True)
    assert filled["infeasible"] == 0


def test_log_odds_stand_for_the_classes_that_were_not_drawn(training):
    inputs, labels = make_batch(["0"])
    sampled = {**inputs, "classes": np.array([0, 5, len(ALPHABET) - 1], np.int32)}
    plain = loss(training, {**sampled, "log_odds": np.zeros(3, np.float32)}, labels)
    assert loss(training, {**sampled, "log_odds": np.float32([0, 2, 0])}, labels) > plain


def test_loss_is_that_of_a_character(training):
    inputs, labels = make_batch(["01", "01"])
    one = loss(training, {name: value[:1] for name, value in inputs.items()}, labels[:1])
    assert loss(training, inputs, labels) == pytest.approx(one, rel=1e-4)


def test_a_label_that_does_not_fit_is_counted_and_left_out(training):
    inputs, labels = make_batch(["0", "1111"])
    inputs["width"] = np.array([48, 16], np.int32)  # 4 frames for 4 equal characters, which need 7
    logs = training.test_on_batch(inputs, labels, return_dict=True)
    assert logs["infeasible"] == 0.5
    alone = training.test_on_batch({name: value[:1] for name, value in inputs.items()}, labels[:1], return_dict=True)
    assert logs["loss"] == pytest.approx(alone["loss"], rel=1e-4)


def test_the_last_weights_of_a_run_are_in_its_state(training, tmp_path):
    training.run_eagerly = True  # one step is sooner taken than compiled
    training.train_on_batch(*make_batch(["01"]))
    save_state(tmp_path / "state.npz", training, Position(1))
    other = AttentionCTC.from_config(training.network.get_config())
    load_weights_of_state(tmp_path / "state.npz", other)
    for mine, theirs in zip(training.network.variables, other.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))
    with pytest.raises(ValueError, match="of other shapes"):
        load_weights_of_state(tmp_path / "state.npz", AttentionCTC(5, None, stages=((8, 4, 8),), units=8, num_heads=2))


CHANGES = [
    {"position": {"step": -1}}, {"position": {"step": 0.5}}, {"position": {"step": 1, "sums": 5}}, {"position": {"steps": 1}},
    {"position": None}, {"callbacks": 5}, {"callbacks": [{"class": []}]}, {"callbacks": [{"class": "A", "numbers": [], "arrays": {}}]},
    {"callbacks": [{"class": "A", "numbers": {}, "arrays": {"best": 3}}]},
    {"callbacks": [{"class": "A", "numbers": {}, "arrays": {"best": 1e9}}]},
]  # fmt: skip


def test_a_state_that_nobody_has_saved_changes_nothing(training, tmp_path):
    training.optimizer.build(training.trainable_variables)
    save_state(tmp_path / "state.npz", training, Position(1))
    with np.load(tmp_path / "state.npz") as file:
        arrays = {name: array * 0 + 7 if name != "header" else array for name, array in file.items()}
    header, before = json.loads(str(arrays["header"])), np.asarray(training.network.variables[0])
    for change in CHANGES:
        np.savez(tmp_path / "state.npz", **arrays | {"header": np.array(json.dumps(header | change))})
        with pytest.raises(ValueError, match=r"Received: .*state\.npz, which is damaged"):
            load_state(tmp_path / "state.npz", training)
        np.testing.assert_array_equal(np.asarray(training.network.variables[0]), before)


def test_a_state_overwrites_no_method_of_a_callback(training, tmp_path):
    class Learning(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.best = 3

    training.optimizer.build(training.trainable_variables)
    save_state(tmp_path / "state.npz", training, Position(1), [Learning()])
    with np.load(tmp_path / "state.npz") as file:
        arrays = dict(file)
    header = json.loads(str(arrays.pop("header")))
    header["callbacks"][0]["numbers"] |= {"on_epoch_end": "x", "_model": None, "best": 5}
    np.savez(tmp_path / "state.npz", header=np.array(json.dumps(header)), **arrays)
    callback = Learning()
    load_state(tmp_path / "state.npz", training, [callback])
    assert callback.best == 5 and callable(callback.on_epoch_end)
