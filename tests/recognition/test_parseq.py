import keras
import numpy as np
import pytest
from vision_formulas import parseq, parseq_decode, parseq_memory, weights_of

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.presets.networks import outline
from ocr_crnn.recognition.codecs import PermutedCodec
from ocr_crnn.recognition.parseq import SIZES, PARSeq

CODEC = PermutedCodec(Alphabet("abcd가"))
SMALL = {"width": 64, "height": 16, "patch": (8, 4), "positions": 5, "units": 16, "num_blocks": 2, "num_heads": 2, "decoder_heads": 4}


def make(**changes):
    return PARSeq(CODEC.classes, **{**SMALL, **changes})


def lines(seed=0):
    images = np.random.default_rng(seed).uniform(0, 255, (3, 64, 16, 1)).astype(np.float32)
    return {"image": images, "width": np.array([64, 37, 8], np.int32)}


def arrays(outputs):
    return keras.tree.map_structure(np.asarray, outputs)


@pytest.mark.parametrize(("size", "published"), [("tiny", 6_018_143), ("small", 23_832_671)])
def test_parameters_as_published(size, published):
    """With 94 characters. Patches of grey have a third of the published weights, which are of three colours."""
    shapes = outline(lambda: PARSeq(95, **SIZES[size]))
    count = sum(np.prod(shape, dtype=int) for path, shape in shapes.items() if not path.endswith("seed_generator_state"))
    assert count + 2 * 8 * 4 * SIZES[size]["units"] == published


@pytest.mark.parametrize(("autoregressive", "refinements"), [(True, 0), (True, 1), (False, 0), (False, 2)])
def test_it_reads_as_the_formulas_of_the_paper(autoregressive, refinements):
    network = make(autoregressive=autoregressive, refinements=refinements)
    weights, inputs = weights_of(network), lines()
    read = arrays(network(inputs))
    for line, (image, width) in enumerate(zip(inputs["image"], inputs["width"], strict=True)):
        logits, looks = parseq(image, width, weights, network.get_config())
        length = np.append(np.flatnonzero(logits.argmax(axis=1) == CODEC.end), len(logits) - 1)[0] + 1
        np.testing.assert_allclose(read["logits"][line, :length], logits[:length], atol=1e-4)  # behind the end nothing is told
        centres = looks @ (np.arange(looks.shape[1]) // 4 + 0.5)
        np.testing.assert_allclose(read["centres"][line, :length], centres[:length], atol=1e-4)


def test_each_order_sees_what_it_has_written_before():
    network, labels = make(), CODEC.encode(["abc가", "d", ""])
    weights, inputs, written = weights_of(network), lines(), CODEC.inputs(labels, np.random.default_rng(3))
    logits = np.asarray(network({**inputs, **written}))
    assert logits.shape == (3, 6, 5, CODEC.classes)
    for line, (image, width) in enumerate(zip(inputs["image"], inputs["width"], strict=True)):
        memory, context = parseq_memory(image, width, weights, network.get_config()), written["label"][line]
        for order, ranks in enumerate(written["ranks"]):
            allowed = np.array([[ranks[key] < ranks[step + 1] and context[key] != CODEC.padding for key in range(5)] for step in range(5)])
            expected, _ = parseq_decode(memory, weights, network.get_config(), context, allowed)
            np.testing.assert_allclose(logits[line, order], expected, atol=1e-4)


def test_a_sample_of_the_classes_has_their_logits():
    network = make()
    inputs = {**lines(), **CODEC.inputs(CODEC.encode(["ab", "c", "가가"]), np.random.default_rng(0))}
    classes = np.array([3, 0, 5], np.int32)
    np.testing.assert_allclose(np.asarray(network.sample(inputs, classes)), np.asarray(network(inputs))[..., classes], atol=1e-6)


def test_labels_beyond_the_positions_are_not_learnt_and_do_no_harm():
    network, labels = make(), CODEC.encode(["abcdabcd", "ab", "c"])
    outputs = network({**lines(), **CODEC.inputs(labels)})
    assert outputs.shape == (3, 1, 6, CODEC.classes)
    losses = np.asarray(CODEC.loss(labels, outputs, network.count_frames(np.array([64, 37, 8]))))
    assert losses[0] == 0 and (losses[1:] > 0).all()


def test_a_line_that_is_too_wide_has_no_steps():
    np.testing.assert_array_equal(make().count_frames(np.array([1, 64, 65, 400])) > 0, [True, True, False, False])
    assert make().count_frames(64) == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 80}, "a multiple of 32 px wide at most. Received: width=80"),
        ({"patch": (8, 5)}, r"patch=\(8, 5\)"),
        ({"num_heads": 3}, "Units divide by the number of heads. Received: units=16, num_heads=3"),
        ({"refinements": -1}, "refinements is a whole number"),
        ({"dropout": 2}, "dropout is a number"),
    ],
)
def test_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_litert_reads_what_keras_reads():
    """From left to right, the loop with its kept keys and values, and again by cloze: all of it are operations that LiteRT has."""
    import tensorflow as tf

    from ocr_crnn.reading.engine import LiteRTEngine
    from ocr_crnn.training.litert import convert_functions, freeze_layer

    network, inputs = make(num_blocks=1, positions=3), {name: value[:1] for name, value in lines().items()}
    weights_of(network)
    read = freeze_layer(network, training=False)
    specs = [tf.TensorSpec(value.shape, value.dtype, name=name) for name, value in inputs.items()]
    contents = convert_functions({"read": (lambda image, width: read({"image": image, "width": width}), specs)}, "float")
    with LiteRTEngine(contents).hold() as signatures:
        logits = signatures["read"](**inputs)["logits"]
    np.testing.assert_allclose(logits, np.asarray(network(inputs)["logits"]), atol=1e-4)
