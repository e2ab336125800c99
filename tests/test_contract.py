"""What every network of the package keeps: it builds, comes back from its configuration and from disk, trains, and takes other
sizes and dtypes. A new network is a row of NETWORKS."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection.anchor_free import AnchorFree
from ocr_crnn.detection.craft import CRAFT
from ocr_crnn.detection.pan import PAN
from ocr_crnn.detection.spotting import AttentionReader, PANSpotter
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.clip4str import CLIP4STR
from ocr_crnn.recognition.codecs import make_codec
from ocr_crnn.recognition.crnn import CRNN, prediction_is_loss
from ocr_crnn.recognition.parseq import PARSeq
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.recognition.vitstr import ViTSTR
from ocr_crnn.training.line_batches import encode_batch
from ocr_crnn.training.recognition import RecognitionTraining


class Network(NamedTuple):
    """factory: makes the network, small. inputs: (rng, size) → a batch of 2 of that size. shapes: the output shape for each size, two
    or more; the first is used throughout. weakest: the output may differ by this much in bfloat16. learning_rate: of the two steps.
    whole: the network → a model of all its variables, for what does not come out of a call of its own."""

    factory: Callable
    inputs: Callable
    shapes: dict
    weakest: float = 0.15
    learning_rate: float = 1e-4
    whole: Callable = lambda network: network


def line(rng, width):
    return rng.uniform(0, 255, (2, width, 32, 1)).astype(np.float32)


def line_and_width(rng, width):
    return {"image": line(rng, width), "width": np.array([width, width // 2], np.int32)}


def line_and_label(rng, width):
    frames = width // 4 - 2
    labels = np.full((2, frames), -1, np.float32)
    labels[:, :3] = rng.integers(0, 6, (2, 3))
    lengths = {"input_length": np.full((2, 1), frames, np.int64), "label_length": np.full((2, 1), 3, np.int64)}
    return {"image_input": line(rng, width), "label_input": labels, **lengths}


def image(rng, size):
    return rng.uniform(0, 255, (2, *size, 3)).astype(np.float32)


def never_ending(network):
    """A CLIP4STR that writes characters at all places: only with more than begin to look at do queries matter."""
    for decoder in (network.visual, network.cross):
        decoder.head.class_bias.assign([0] * 6 + [-9])
    return network


def with_its_reader(spotter):
    """Maps of images of 64 × 96 pixels, and what the spotter reads in one region of each."""
    images = keras.Input((64, 96, 3), batch_size=2)
    features = spotter.features(images)
    quads = np.float32([[[8, 8], [72, 8], [72, 40], [8, 40]]] * 2)
    columns = np.full(2, 32, np.int32)
    region = spotter.regions(features, keras.ops.zeros((2, 16, 24), "int32"), np.arange(2), np.ones(2, np.int32), quads, columns, 32)
    return keras.Model(images, [features["maps"], spotter.reader({"region": region, "width": keras.ops.convert_to_tensor(columns)})])


def region(rng, columns):
    return {"region": rng.normal(size=(2, columns, 16, 5)).astype(np.float32), "width": np.array([columns, columns // 2], np.int32)}


def told_what_it_writes(reader):
    """Begin, two characters; begin, a character, padding."""
    inputs = {"region": keras.Input((None, 16, 5), batch_size=2), "width": keras.Input((), dtype="int32", batch_size=2)}
    return keras.Model(inputs, reader({**inputs, "label": keras.ops.convert_to_tensor(np.int32([[7, 2, 0], [7, 4, 8]]))}))


SMALL = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 16, "num_blocks": 1, "num_heads": 2}
SMALL_VISION = {"width": 64, "positions": 5, "units": 16, "num_blocks": 1, "num_heads": 2}
SMALL_PARSEQ = {**SMALL_VISION, "patch": (8, 8), "decoder_heads": 2}
SMALL_CLIP4STR = {**SMALL_PARSEQ, "text_units": 16, "text_blocks": 1, "text_heads": 2, "memory_units": 16}
NETWORKS = {
    "CRNN with LSTM": Network(lambda: CRNN((None, 32, 1), 7, prediction_only=True), line, {37: (2, 8, 7), 64: (2, 14, 7)}),
    "CRNN with GRU": Network(lambda: CRNN((None, 32, 1), 7, prediction_only=True, gru=True), line, {37: (2, 8, 7), 64: (2, 14, 7)}),
    "CRNN with convolutions": Network(
        lambda: CRNN((None, 32, 1), 7, prediction_only=True, cnn=True),
        line,
        {37: (2, 8, 7), 64: (2, 14, 7)},
        learning_rate=1e-5,  # the first step of 1e-4 goes too far through 16 layers of ReLU
    ),
    "CRNN for training": Network(lambda: CRNN((None, 32, 1), 7)[0], line_and_label, {40: {"ctc": (2, 1)}, 64: {"ctc": (2, 1)}}, 0.5),
    "AttentionCTC": Network(lambda: AttentionCTC(7, **SMALL), line_and_width, {64: (2, 16, 7), 37: (2, 10, 7)}),
    "AttentionCTC with factorised head": Network(
        lambda: AttentionCTC(4, syllables=[0, 28, -1, -1], rank=4, **SMALL), line_and_width, {64: (2, 16, 4), 37: (2, 10, 4)}
    ),
    "ViTSTR with columns": Network(
        lambda: ViTSTR(7, stem="columns", **SMALL_VISION), line_and_width, {64: (2, 6, 7), 37: (2, 6, 7)}
    ),
    "ViTSTR with convolutions": Network(lambda: ViTSTR(7, **SMALL_VISION), line_and_width, {64: (2, 6, 7), 37: (2, 6, 7)}),
    "PARSeq": Network(
        lambda: PARSeq(7, **{**SMALL_PARSEQ, "positions": 2}),
        line_and_width,
        dict.fromkeys((64, 37), {"logits": (2, 3, 7), "centres": (2, 3)}),
    ),
    "CLIP4STR": Network(
        lambda: never_ending(CLIP4STR(7, **{**SMALL_CLIP4STR, "positions": 2})),
        line_and_width,
        dict.fromkeys((64, 37), {"logits": (2, 3, 7), "centres": (2, 3), "visual": (2, 3, 7)}),
        learning_rate=1e-3,  # dropout moves the loss by more than a step of 1e-4
    ),
    "CRAFT": Network(CRAFT, image, {(64, 96): (2, 32, 48, 2), (33, 47): (2, 17, 24, 2)}),
    "AnchorFree": Network(
        lambda: AnchorFree(channels=8, num_fpem=1, word_filters=8, character_filters=8),
        image,
        {(64, 96): (2, 16, 24, 40), (40, 33): (2, 10, 9, 40)},
    ),
    "PANSpotter": Network(
        lambda: PANSpotter(7, units=16, num_blocks=1, num_heads=2),
        image,
        {(64, 96): (2, 16, 24, 6), (40, 33): (2, 10, 9, 6)},
        whole=with_its_reader,
    ),
    "PANSpotter's reader by attention": Network(
        lambda: AttentionReader(5, 7, None, units=16, num_blocks=1, num_heads=2, rank=4, steps=3),
        region,
        dict.fromkeys((48, 32), {"logits": (2, 3, 7), "centres": (2, 3)}),
        whole=told_what_it_writes,
    ),
    "PAN": Network(lambda: PAN(channels=8, num_fpem=1), image, {(64, 96): (2, 16, 24, 6), (40, 33): (2, 10, 9, 6)}),
}


@pytest.fixture(params=NETWORKS, ids=lambda name: name.replace(" ", "_"))
def network(request):
    keras.utils.set_random_seed(0)
    return NETWORKS[request.param]


@cache
def _built(name, seed):
    keras.utils.set_random_seed(seed)
    return NETWORKS[name].factory()


@pytest.fixture
def model(request, network):
    """The network, built once for all tests that leave its weights as they are."""
    return _built(request.node.callspec.params["network"], 0)


@pytest.fixture
def other(request, network):
    """The network once more, for tests that give it weights."""
    return _built(request.node.callspec.params["network"], 1)


def run(model, inputs):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(inputs))


def first_inputs(network, seed=0):
    return network.inputs(np.random.default_rng(seed), next(iter(network.shapes)))


def assert_close(received, expected, **tolerance):
    for a, b in zip(keras.tree.flatten(received), keras.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(np.asarray(a, np.float64), np.asarray(b, np.float64), **tolerance)


def test_shapes_of_every_size(network, model):
    for size, shape in network.shapes.items():
        output = run(model, network.inputs(np.random.default_rng(0), size))
        assert keras.tree.map_structure(lambda x: x.shape, output) == shape
        assert all(np.isfinite(x).all() for x in keras.tree.flatten(output))


def test_what_is_saved_is_loaded_and_configuration_makes_the_same_network(network, model, other, tmp_path):
    inputs = first_inputs(network)
    expected = run(model, inputs)
    model.save(tmp_path / "network.keras")
    copy = keras.models.load_model(tmp_path / "network.keras")  # of its get_config() and the weights
    assert [(w.name, w.shape) for w in copy.weights] == [(w.name, w.shape) for w in model.weights]
    assert_close(run(copy, inputs), expected, atol=1e-5, rtol=1e-5)
    model.save_weights(tmp_path / "network.weights.h5")
    other.load_weights(tmp_path / "network.weights.h5")
    assert_close(run(other, inputs), expected, atol=1e-5, rtol=1e-5)


def test_training_lowers_the_loss_and_reaches_every_weight(network, model, other):
    other.set_weights(model.get_weights())
    model, inputs = network.whole(other), first_inputs(network)
    outputs = run(model, inputs)
    is_loss = isinstance(outputs, dict) and "ctc" in outputs
    rng = np.random.default_rng(1)
    target = keras.tree.map_structure(lambda x: np.zeros(2) if is_loss else x + rng.normal(size=x.shape), outputs)
    model.compile(keras.optimizers.Adam(network.learning_rate), prediction_is_loss if is_loss else "mse", run_eagerly=True)
    before = model.get_weights()
    losses = [model.train_on_batch(inputs, target), model.train_on_batch(inputs, target)]
    assert np.isfinite(losses).all() and losses[1] < losses[0]
    changes = zip(model.weights, before, model.get_weights(), strict=True)
    assert not [weight.path for weight, old, new in changes if weight.trainable and (old == new).all()]


def test_half_precision_is_near(network, model):
    inputs = first_inputs(network)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = network.factory()
    finally:
        keras.config.set_dtype_policy(policy)
    half.set_weights(model.get_weights())
    expected, received = run(model, inputs), run(half, inputs)
    scale = max(np.abs(x).max() for x in keras.tree.flatten(expected))
    assert_close(received, expected, atol=network.weakest * scale)


def test_a_line_does_not_depend_on_its_batch(network, model):
    inputs = first_inputs(network)
    alone = run(model, keras.tree.map_structure(lambda x: x[1:], inputs))
    assert_close(alone, keras.tree.map_structure(lambda x: x[1:], run(model, inputs)), atol=1e-4, rtol=1e-4)


READERS = {
    "AttentionCTC": lambda classes: AttentionCTC(classes, stages=((16, 2, 4), (32, 2, 4)), units=32, num_blocks=1, num_heads=2),
    "ViTSTR": lambda classes: ViTSTR(classes, **{**SMALL_VISION, "units": 32}),
    "PARSeq": lambda classes: PARSeq(classes, **{**SMALL_PARSEQ, "units": 32, "dropout": 0}),
    "CLIP4STR": lambda classes: CLIP4STR(classes, **{**SMALL_CLIP4STR, "units": 32, "memory_units": 32, "dropout": 0}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_recogniser_learns_eight_lines_by_heart_and_its_preset_reads_them(name, tmp_path):
    keras.utils.set_random_seed(0)
    alphabet = Alphabet("0123456789")
    lines = [(draw_line(text), text) for text in ("1", "42", "907", "38", "6", "553", "2211", "70")]
    codec = make_codec(READERS[name](11).codec, alphabet)
    network = READERS[name](codec.classes)
    model, rng = RecognitionTraining(network, codec), np.random.default_rng(0)
    model.compile(keras.optimizers.Adam(3e-3), jit_compile=False)
    for _ in range(100):
        model.train_on_batch(*encode_batch(codec, lines, rng))
    TextRecognizer(network, codec).save_to_preset(tmp_path)
    assert [line.text for line in TextRecognizer.from_preset(tmp_path)([image for image, _ in lines])] == [text for _, text in lines]


def draw_line(text):
    image = Image.new("L", (16 * len(text), 32), 255)
    ImageDraw.Draw(image).text((2, 2), text, 0, ImageFont.load_default(24))
    return np.asarray(image)
