import keras
import numpy as np
import pytest

from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.clip4str import CLIP4STR
from ocr_crnn.recognition.crnn import CRNN
from ocr_crnn.recognition.network import columns_of_tokens
from ocr_crnn.recognition.parseq import PARSeq
from ocr_crnn.recognition.vitstr import ViTSTR
from ocr_crnn.training.seqclr import SeqCLR, spread

SMALL = {"width": 64, "positions": 5, "units": 16, "num_blocks": 1, "num_heads": 2}

TEXT = {"text_units": 8, "text_blocks": 1, "text_heads": 2, "memory_units": 8}


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return AttentionCTC(5, stages=((8, 2, 4), (8, 2, 4)), units=16, num_blocks=1, num_heads=2)


def make_batch(widths=(64, 40, 56, 24), seed=0):
    """Lines of blots, and the same a little noisier."""
    rng = np.random.default_rng(seed)
    image = np.full((len(widths), 64, 32, 1), 255, np.uint8)
    for line, width in zip(image, widths, strict=True):
        line[:width] = np.repeat(np.repeat(rng.integers(0, 256, (width // 8, 8, 1)), 8, axis=0), 4, axis=1)
    other = np.clip(image.astype(int) + rng.integers(-9, 10, image.shape), 0, 255).astype(np.uint8)
    width = np.array(widths, np.int32)
    return {"image": image, "width": width, "other_image": other, "other_width": width.copy()}, np.zeros(len(widths), np.int32)


@pytest.mark.parametrize(("mapping", "instances"), [("window", 3), ("frame", 16), ("all", 1)])
def test_padding_and_what_reads_change_nothing(network, mapping, instances):
    training = SeqCLR(network, mapping, windows=3)
    inputs, _ = make_batch()
    vectors, real = training(inputs)
    assert vectors.shape == (2, 4, instances, 128)
    assert np.asarray(real).sum(axis=1).tolist() == {"window": [3] * 4, "frame": [16, 10, 14, 6], "all": [1] * 4}[mapping]
    for view in ("image", "other_image"):
        inputs[view][1, 40:] = 7
    np.testing.assert_allclose(np.asarray(training(inputs)[0]), np.asarray(vectors), atol=1e-5)


def test_a_line_too_short_in_one_view_is_in_neither(network):
    inputs, _ = make_batch()
    inputs["other_width"][0] = 8  # two frames
    _, real = SeqCLR(network, windows=3)(inputs)
    assert np.asarray(real).sum(axis=1).tolist() == [0, 3, 3, 3]


def test_steps_lower_the_loss_and_leave_the_head(network):
    keras.utils.set_random_seed(1)
    training = SeqCLR(network, windows=3)
    training.compile(optimizer=keras.optimizers.AdamW(1e-2, weight_decay=0.1), run_eagerly=True)
    head = [np.asarray(value) for value in network.head.get_weights()]
    inputs, outputs = make_batch()
    logs = [training.train_on_batch(inputs, outputs, return_dict=True) for _ in range(8)]
    assert logs[-1]["loss"] < 0.7 * logs[0]["loss"] and 0 <= logs[-1]["matched"] <= 1 and 0 < logs[-1]["spread"] <= 1
    for before, after in zip(head, network.head.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    filled, outputs, weight = training.few_shapes(*make_batch((64, 40, 56, 24, 32)))
    assert weight.tolist() == [1] * 5 + [0] and len(outputs) == 6
    kept = training.test_on_batch(*make_batch((64, 40, 56, 24, 32)), return_dict=True)["loss"]
    assert training.test_on_batch(filled, outputs, sample_weight=weight, return_dict=True)["loss"] == pytest.approx(kept, rel=1e-4)


@pytest.mark.parametrize(
    ("make", "frames", "real"),
    [
        (lambda: CRNN((None, 32, 1), 5, prediction_only=True, cnn=True), 14, [14, 8]),  # ceil(width / 4) − 2
        (lambda: ViTSTR(5, stem="columns", **SMALL), 16, [16, 10]),
        (lambda: PARSeq(5, patch=(8, 16), decoder_heads=2, **SMALL), 8, [8, 5]),
        (lambda: CLIP4STR(5, patch=(8, 16), decoder_heads=2, **TEXT, **SMALL), 8, [8, 5]),
    ],
)
def test_frames_of_every_network_are_columns(make, frames, real):
    network = make()
    inputs, _ = make_batch((64, 40))
    found, there = network.frames({"image": inputs["image"], "width": inputs["width"]})
    assert found.shape[:2] == (2, frames) and np.asarray(there).sum(axis=1).tolist() == real
    encoder = {variable.path for variable in network.encoder_variables}
    assert 0 < len(encoder) < len(network.variables)


def test_tokens_of_a_column_are_averaged():
    tokens = np.arange(8, dtype=np.float32).reshape(1, 8, 1)  # two columns of four
    columns, real = columns_of_tokens(tokens, np.array([[1, 1, 1, 1, 0, 0, 0, 0]], np.float32), 4)
    assert np.asarray(columns).ravel().tolist() == [1.5, 5.5] and np.asarray(real).tolist() == [[1, 0]]


def test_spread_is_nothing_where_all_are_one():
    ones, axes = np.ones((4, 3), np.float32), np.concatenate([np.eye(2), -np.eye(2)]).astype(np.float32)
    assert float(spread(ones, np.ones(4))) == pytest.approx(0, abs=1e-3)
    assert float(spread(axes, np.ones(4))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"temperature": 0}, "it is above 0. Received: 0. Take 0.1."),
        ({"mapping": "word"}, "mapping is one of window, frame, all. Received: 'word'"),
        ({"windows": 0}, "windows is a whole number from 1 to 256. Received: 0"),
        ({"projection": "lstm"}, "projection is one of mlp, linear, none. Received: 'lstm'"),
    ],
)
def test_other_arguments_are_refused(network, arguments, rule):
    with pytest.raises(ValueError, match=rule):
        SeqCLR(network, **arguments)
