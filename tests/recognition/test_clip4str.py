import keras
import numpy as np
import pytest
from vision_formulas import clip4str, clip_image, clip_text, weights_of

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.presets.networks import outline
from ocr_crnn.recognition.clip4str import CLIP4STR, SIZES
from ocr_crnn.recognition.codecs import PermutedCodec

CODEC = PermutedCodec(Alphabet("abcd가"))
SMALL = {
    "width": 64, "height": 16, "patch": (8, 8), "positions": 4, "units": 16, "num_blocks": 1, "num_heads": 2, "text_units": 8,
    "text_blocks": 2, "text_heads": 2, "memory_units": 12, "decoder_heads": 2,
}  # fmt: skip


def make(**changes):
    return CLIP4STR(CODEC.classes, **{**SMALL, **changes})


def lines(seed=0):
    images = np.random.default_rng(seed).uniform(0, 255, (3, 64, 16, 1)).astype(np.float32)
    return {"image": images, "width": np.array([64, 37, 8], np.int32)}


def arrays(outputs):
    return keras.tree.map_structure(np.asarray, outputs)


def test_parameters_as_published():
    """CLIP ViT-B/16 with patches of grey, which have a third of the published weights, and without its temperature; CLIP4STR-B/16."""
    bytes_of = [[0] for _ in range(94)]
    shapes = outline(lambda: CLIP4STR(95, pieces=bytes_of, vocabulary=49_408, **SIZES["base"]))
    count = {path: np.prod(shape, dtype=int) for path, shape in shapes.items() if not path.endswith("seed_generator_state")}
    decoders = sum(n for path, n in count.items() if path.startswith(("visual/", "cross/")))
    colours_and_temperature = 2 * 16 * 16 * 768 + 1
    assert sum(count.values()) - decoders + colours_and_temperature == 149_620_737
    assert round((sum(count.values()) + colours_and_temperature) / 1e6) == 158


@pytest.mark.parametrize("refinements", [0, 1, 2])
def test_it_reads_as_the_formulas_of_the_papers(refinements):
    network = make(refinements=refinements)
    weights, inputs = weights_of(network), lines()
    read = arrays(network(inputs))
    for line, (image, width) in enumerate(zip(inputs["image"], inputs["width"], strict=True)):
        expected = clip4str(image, width, weights, network.get_config())
        for branch, logits in zip(("visual", "logits"), expected, strict=True):
            length = np.append(np.flatnonzero(logits.argmax(axis=1) == CODEC.end), len(logits) - 1)[0] + 1
            np.testing.assert_allclose(read[branch][line, :length], logits[:length], atol=1e-4)
    assert (read["centres"] > 0).all() and (read["centres"] < 8).all()


@pytest.mark.parametrize("activation", ["gelu", "quick_gelu"])
def test_both_encoders_are_those_of_clip(activation):
    network = make(activation=activation)
    weights, inputs = weights_of(network), lines()
    memory, real = arrays(network.image_encoder(inputs))
    for line, (image, width) in enumerate(zip(inputs["image"], inputs["width"], strict=True)):
        expected = clip_image(image, width, weights, network.get_config())
        np.testing.assert_allclose(memory[line, : len(expected)], expected, atol=1e-4)
        np.testing.assert_array_equal(real[line], np.arange(17) < len(expected))
    tokens = np.array([[6, 0, 4, 1, 5, 7]], np.int32)
    expected = clip_text(tokens[0], weights, network.get_config())
    np.testing.assert_allclose(np.asarray(network.text_encoder(tokens))[0], expected, atol=1e-4)


def test_in_training_the_text_is_the_label_and_both_losses_are_added():
    network, labels = make(dropout=0), CODEC.encode(["abc", "d", ""])
    inputs = {**lines(), **CODEC.inputs(labels, np.random.default_rng(3))}
    outputs = network(inputs, training=True)
    assert outputs.shape == (3, 2, 6, 4, CODEC.classes)
    counts = network.count_frames(inputs["width"])
    losses = np.asarray(CODEC.loss(labels, outputs, counts))
    branches = [np.asarray(CODEC.loss(labels, outputs[:, i], counts)) for i in range(2)]
    np.testing.assert_allclose(losses, sum(branches), rtol=1e-6)
    # A network that reads the label sees it as its own text: the memory is that of the written characters up to the end.
    memory, real = network.image_encoder(lines())
    both, shown = network.with_text(memory, real, np.array([[0, 1, 2, 5], [3, 5, 0, 0], [5, 1, 1, 1]], np.int32))
    again = network.cross(both, shown, inputs["label"], inputs["ranks"])
    np.testing.assert_allclose(np.asarray(outputs)[:, 1], np.asarray(again), atol=1e-5)
    classes = np.array([3, 0, 5], np.int32)
    np.testing.assert_allclose(np.asarray(network.sample(inputs, classes)), np.asarray(outputs)[..., classes], atol=1e-5)


def test_the_cross_modal_branch_does_not_train_the_image_encoder_nor_what_is_frozen():
    import tensorflow as tf

    network, labels = make(dropout=0, frozen=1), CODEC.encode(["abc", "d", ""])
    inputs = {**lines(), **CODEC.inputs(labels)}
    with tf.GradientTape(persistent=True) as tape:
        outputs = network(inputs, training=True)
        visual, cross = (tf.reduce_sum(outputs[:, i] ** 2) for i in range(2))
    image = [v.value for v in network.image_encoder.trainable_variables]
    assert not any(np.any(gradient) for gradient in tape.gradient(cross, image))
    assert all(np.any(gradient) for gradient in tape.gradient(visual, image))
    text = [v.path for v in network.text_encoder.trainable_variables]
    assert not [path for path in text if path.startswith(("text_tokens", "text_block1"))]
    assert [path for path in text if "text_block2" in path] and {"text_norm/gamma", "text_projection/kernel"} <= set(text)


def test_labels_beyond_the_positions_are_not_learnt_and_do_no_harm():
    network, labels = make(), CODEC.encode(["abcdabcd", "ab", "c"])
    outputs = network({**lines(), **CODEC.inputs(labels)})
    assert outputs.shape == (3, 2, 1, 5, CODEC.classes)
    losses = np.asarray(CODEC.loss(labels, outputs, network.count_frames(np.array([64, 37, 8]))))
    assert losses[0] == 0 and (losses[1:] > 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 80, "patch": (16, 8)}, "a multiple of 32 px wide at most. Received: width=80"),
        ({"frozen": 3}, "frozen is a whole number from 0 to 2"),
        ({"activation": "relu"}, "activation is one of gelu, quick_gelu"),
        ({"context": 3}, "context is a whole number from 6"),
        ({"pieces": [[1]], "vocabulary": 9}, "for each of 5 characters. Received: 1"),
        ({"pieces": [[1]] * 4 + [[7]], "vocabulary": 9}, "a token of pieces is a whole number from 0 to 6. Received: 7"),
        ({"pieces": [[1]] * 5}, "vocabulary is a whole number"),
    ],
)
def test_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)
