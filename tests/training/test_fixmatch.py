"""SeqFixMatch on networks of a few weights: what is accepted, the loss by hand, the teacher's average, no accepted line."""

import keras
import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.codecs import make_codec
from ocr_crnn.recognition.crnn import CRNN
from ocr_crnn.recognition.parseq import PARSeq
from ocr_crnn.recognition.vitstr import ViTSTR
from ocr_crnn.training.fixmatch import PseudoLabelQuality, SeqFixMatch
from ocr_crnn.training.recognition import RecognitionTraining

ALPHABET = Alphabet("가나다")
FIXED = {"width": 64, "positions": 5, "units": 8, "num_blocks": 1, "num_heads": 2}
NETWORKS = {
    "ctc": lambda: AttentionCTC(4, None, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2),
    "lineage": lambda: CRNN((None, 32, 1), 4, prediction_only=True, cnn=True),
    "attention": lambda: ViTSTR(4, **FIXED),
    "permuted": lambda: PARSeq(4, patch=(8, 8), dropout=0, decoder_heads=2, **FIXED),
}


def make(kind="ctc", **options):
    keras.utils.set_random_seed(0)
    network = NETWORKS[kind]()
    codec = make_codec(network.codec, ALPHABET)
    model = SeqFixMatch(network.as_trained(), codec, **options)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    return model


def make_batch(model, rows=2):
    rng = np.random.default_rng(1)
    image = lambda rows: rng.uniform(0, 255, (rows, 64, 32, 1)).astype(np.float32)  # noqa: E731
    labels = model.codec.encode(["가나", "다"])
    inputs = {"image": image(2), "width": np.array([64, 50], np.int32), **model.codec.inputs(labels)}
    for view in ("weak", "strong"):
        inputs |= {f"{view}_image": image(rows), f"{view}_width": np.full(rows, 60, np.int32)}
    added = model.codec.inputs(np.full((1, 6), -1, np.int32), rng)
    return inputs | {f"unlabelled_{name}": added[name] for name in model.codec.whole_inputs}, labels


def give(model, labels, sure):
    """Let the teacher read these."""
    model.pseudo_label = lambda weak: (keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(np.float32(sure)))


def values(network):
    return [np.asarray(variable).copy() for variable in network.trainable_variables]


@pytest.mark.parametrize("kind", NETWORKS)
def test_without_an_accepted_line_the_loss_is_that_of_the_labels_and_finite(kind):
    """Nothing is read, or not surely enough: the loss of the unlabelled is exactly 0, and the step is that of the labels."""
    model = make(kind)
    inputs, labels = make_batch(model)
    give(model, np.int32([[0, 1], [2, model.codec.classes - 1]]), [0.91, 0.5])
    before = values(model.network)
    plain = {name: value for name, value in inputs.items() if name.split("_")[0] not in ("weak", "strong", "unlabelled")}
    reference = RecognitionTraining(model.network, model.codec)
    logs = model.train_on_batch(inputs, labels, return_dict=True)
    after = values(model.network)
    assert logs["loss_unlabelled"] == 0.0 and logs["accepted"] == 0 and logs["loss"] == logs["loss_labelled"] > 0
    assert all(np.isfinite(value).all() for value in after) and any((a != b).any() for a, b in zip(before, after, strict=True))
    if kind == "lineage":
        return  # its normalisations have moved
    for variable, value in zip(model.network.trainable_variables, before, strict=True):
        variable.assign(value)
    reference.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    reference.train_on_batch(plain, labels)
    for one, two in zip(after, values(model.network), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


@pytest.mark.parametrize("kind", ["ctc", "attention", "permuted"])
def test_an_accepted_line_is_learnt_as_if_it_were_labelled(kind):
    """Of three lines one is sure, one is not, and one is sure of nothing: the loss is that of the first as its text."""
    model = make(kind, weight=0.5)
    inputs, labels = make_batch(model, rows=3)
    pseudo = np.full((3, 6), -1, np.int32)
    pseudo[0, :3], pseudo[1, :3] = ([0, 1, 2], [2, 0, 1])
    if model.codec.name != "ctc":
        pseudo[:2, 3] = model.codec.end
    give(model, pseudo, [0.93, 0.91, 0.0])
    outputs = model(inputs, training=True)
    assert np.asarray(outputs["accepted"]).tolist() == [True, False, False]
    total = float(model.compute_loss(inputs, labels, outputs))
    counts = model.network.count_frames(inputs["strong_width"])
    nats = np.asarray(model.codec.loss(pseudo, outputs["strong"], counts))[0] / (pseudo[0] >= 0).sum()
    assert float(model.means["loss_unlabelled"].result()) == pytest.approx(nats, rel=1e-4) and nats > 0
    assert total == pytest.approx(float(model.means["loss_labelled"].result()) + 0.5 * nats, rel=1e-4)
    assert float(model.means["accepted"].result()) == pytest.approx(1 / 3)


def test_a_label_that_does_not_fit_into_the_strong_view_is_not_accepted():
    model = make(threshold=0)
    inputs, _ = make_batch(model)
    inputs["strong_width"] = np.array([8, 60], np.int32)  # two frames of 4 px
    give(model, np.int32([[0, 1, 2], [0, 1, 2]]), [1, 1])
    assert np.asarray(model(inputs, training=True)["accepted"]).tolist() == [False, True]


def test_the_teacher_is_the_moving_average_of_the_student():
    model = make(momentum=0.75)
    inputs, _ = make_batch(model)
    first = values(model.network)
    for variable in model.network.trainable_variables:
        variable.assign_add(np.ones(variable.shape, np.float32))
    for expected in (0.25, 0.4375):  # 1 − 0.75, 1 − 0.75²
        model(inputs, training=True)
        for average, value in zip(model.teacher.averages, first, strict=True):
            np.testing.assert_allclose(np.asarray(average), value + expected, rtol=1e-5, atol=1e-6)
    assert not model.teacher.trainable_variables
    trained = {id(variable) for variable in model.trainable_variables}
    assert trained == {id(variable) for variable in model.network.trainable_variables}


def test_the_teacher_reads_with_its_own_weights():
    model = make()
    inputs, _ = make_batch(model)
    weak = {"image": inputs["weak_image"], "width": inputs["weak_width"]}
    before = np.asarray(model.network(weak))
    for variable in model.network.trainable_variables:
        variable.assign_add(np.ones(variable.shape, np.float32))
    np.testing.assert_allclose(np.asarray(model.teacher.outputs(model.network, weak)), before, atol=1e-5)


def test_a_batch_of_labels_alone_has_the_loss_of_recognition_training():
    model = make()
    inputs, labels = make_batch(model)
    plain = {name: inputs[name] for name in ("image", "width")}
    expected = RecognitionTraining(model.network, model.codec)
    expected.compile(run_eagerly=True)
    losses = [one.test_on_batch(plain, labels, return_dict=True)["loss"] for one in (model, expected)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_quality_is_of_the_accepted_lines_by_characters_and_whole():
    model = make(threshold=0.8)
    lines = [(np.full((32, width), 255, np.uint8), text) for width, text in ((20, "가나"), (24, "다"), (28, "나"))]
    give(model, np.int32([[0, 2], [2, -1], [1, -1]]), [0.8, 0.9, 0.1])  # 가다, 다, 나
    quality, logs = PseudoLabelQuality(model, {"mine": lines}), {}
    quality.on_epoch_end(0, logs)
    assert logs == pytest.approx({"accepted_mine": 2 / 3, "precision_mine": 1 - 1 / 3, "exact_mine": 0.5})
    give(model, np.int32([[0], [0], [0]]), [0.1, 0.1, 0.1])
    quality.on_epoch_end(0, logs)
    assert logs["accepted_mine"] == 0 and np.isnan(logs["precision_mine"]) and np.isnan(logs["exact_mine"])


@pytest.mark.parametrize("options", [{"threshold": 1.01}, {"threshold": -0.1}, {"weight": -1}, {"momentum": 2}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))} is a number from 0"):
        make(**options)
