"""The lineage's CRNN: its table of layers, its parameters, both its networks, and its loss against TensorFlow's."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.presets import by_path
from ocr_crnn.recognition.crnn import CRNN, prediction_is_loss
from ocr_crnn.recognition.recognizer import TextRecognizer

# Name and output of every layer for 256 × 32 px and 87 classes.
LAYERS = [
    ("image_input", (256, 32, 1)),
    ("conv1_1", (256, 32, 64)),
    ("pool1", (128, 16, 64)),
    ("conv2_1", (128, 16, 128)),
    ("pool2", (64, 8, 128)),
    ("conv3_1", (64, 8, 256)),
    ("conv3_2", (64, 8, 256)),
    ("pool3", (64, 4, 256)),
    ("conv4_1", (64, 4, 512)),
    ("batchnorm1", (64, 4, 512)),
    ("conv5_1", (64, 4, 512)),
    ("batchnorm2", (64, 4, 512)),
    ("pool5", (63, 2, 512)),
    ("conv6_1", (62, 1, 512)),
    ("reshape_1", (62, 512)),
    ("bidirectional_1", (62, 512)),
    ("bidirectional_2", (62, 512)),
    ("dense1", (62, 87)),
    ("softmax", (62, 87)),
]


def batch_of(rng, count, width, time, length, classes):
    labels = np.full((count, time), -1, np.float32)
    labels[:, :length] = rng.integers(0, classes - 1, (count, length))
    return {
        "image_input": rng.uniform(0, 255, (count, width, 32, 1)).astype(np.float32),
        "label_input": labels,
        "input_length": np.full((count, 1), time, np.int64),
        "label_length": np.full((count, 1), length, np.int64),
    }


@pytest.mark.parametrize(("gru", "parameters"), [(False, 8_747_351), (True, 7_959_895)])
def test_layers_and_parameters(gru, parameters):
    model_train, model_pred = CRNN((256, 32, 1), 87, gru=gru)
    assert [(layer.name, tuple(layer.output.shape[1:])) for layer in model_pred.layers] == LAYERS
    assert model_pred.count_params() == model_train.count_params() == parameters
    assert model_pred.output_shape == (None, 62, 87)
    inputs = {i.name: tuple(i.shape[1:]) for i in model_train.inputs}
    assert inputs == {"image_input": (256, 32, 1), "label_input": (62,), "input_length": (1,), "label_length": (1,)}
    assert isinstance(model_train.get_layer("ctc"), keras.layers.Lambda) and model_train.output_shape == (None, 1)
    assert model_train.output_names == ["ctc"]
    assert model_train.get_layer("conv5_1") is model_pred.get_layer("conv5_1")


def test_activations_are_the_lineages():
    _, model = CRNN((64, 32, 1), 9, gru=True)
    assert model.get_layer("conv6_1").activation is keras.activations.relu
    forward = model.get_layer("bidirectional_1").forward_layer
    assert forward.reset_after is False and forward.recurrent_activation is keras.activations.sigmoid


# The layers that cnn=True has between reshape_1 and dense1, with their inputs, as (name, channels, inputs).
BLOCKS = [
    row
    for i, before in enumerate(["reshape_1"] + [f"concatenate_{block}" for block in range(1, 6)], start=1)
    for row in [
        (f"batch_normalization_{i}", 512 if i == 1 else 256, [before]),
        (f"conv1d_{2 * i - 1}", 128, [f"batch_normalization_{i}"]),
        (f"conv1d_{2 * i}", 128, [f"batch_normalization_{i}"]),
        (f"concatenate_{i}", 256, [f"conv1d_{2 * i - 1}", f"conv1d_{2 * i}"]),
    ]
]


def inputs_of(layer):
    return [tensor._keras_history.operation.name for tensor in keras.tree.flatten(layer.input)]


def test_layers_and_parameters_with_convolutions():
    model_train, model_pred = CRNN((256, 32, 1), 87, cnn=True)
    between = [(layer.name, layer.output.shape[-1], inputs_of(layer)) for layer in model_pred.layers[15:-2]]
    assert between == BLOCKS and [layer.name for layer in model_pred.layers[:15]] == [name for name, _ in LAYERS[:15]]
    assert [layer.name for layer in model_pred.layers[-2:]] == ["dense1", "softmax"]
    # 5,552,896 to conv6_1 + (4 · 512 + 2 · (5 · 512 · 128 + 128)) + 5 · (4 · 256 + 2 · (5 · 256 · 128 + 128)) + 257 · 87
    assert model_pred.count_params() == model_train.count_params() == 7_877_719
    assert model_pred.output_shape == (None, 62, 87)
    for i in range(1, 13):
        layer = model_pred.get_layer(f"conv1d_{i}")
        assert (layer.kernel_size, layer.padding, layer.dilation_rate) == ((5,), "same", (2 - i % 2,))
        assert layer.activation is keras.activations.relu and layer.use_bias


@pytest.mark.parametrize("recurrent", [{"gru": True}, {"recurrent_activation": "hard_sigmoid"}])
def test_convolutions_have_no_gates(recurrent):
    with pytest.raises(ValueError, match="no recurrent layers.*Received: gru=.*Give cnn, or"):
        CRNN((256, 32, 1), 87, cnn=True, **recurrent)


def test_prediction_only():
    model = CRNN((256, 32, 1), 20, prediction_only=True)
    assert isinstance(model, keras.Model) and model.name == "crnn"


@pytest.mark.parametrize("width", [9, 64, 255, 640])
def test_any_width(width):
    model = CRNN((None, 32, 1), 11, prediction_only=True)
    probabilities = keras.ops.convert_to_numpy(model(np.zeros((2, width, 32, 1), np.float32)))
    assert probabilities.shape == (2, -(-width // 4) - 2, 11)
    np.testing.assert_allclose(probabilities.sum(axis=2), 1, rtol=1e-5)


def test_any_width_gives_what_a_fixed_width_gives():
    fixed, free = CRNN((64, 32, 1), 11, prediction_only=True), CRNN((None, 32, 1), 11, prediction_only=True)
    free.set_weights(fixed.get_weights())
    image = np.random.default_rng(0).uniform(0, 255, (1, 64, 32, 1))
    np.testing.assert_allclose(free(image), fixed(image), atol=1e-6)


@pytest.mark.parametrize("shape", [(256, 48, 1), (32, 256, 1), (8, 32, 1)])
def test_wrong_input_shape(shape):
    with pytest.raises(ValueError, match="axis 0 being time. Received: input_shape"):
        CRNN(shape, 87)


def test_loss_is_that_of_the_predictions():
    model_train, model_pred = CRNN((96, 32, 1), 9)
    inputs = batch_of(np.random.default_rng(0), 3, 96, 22, 5, 9)
    inputs["input_length"] = np.array([[22], [15], [11]])
    inputs["label_length"] = np.array([[5], [3], [0]])  # shorter than what stands in the rows
    expected = tf.nn.ctc_loss(
        np.maximum(inputs["label_input"], 0).astype(np.int32),
        tf.math.log(model_pred(inputs["image_input"])),
        inputs["label_length"][:, 0],
        inputs["input_length"][:, 0],
        logits_time_major=False,
        blank_index=8,
    )
    np.testing.assert_allclose(model_train(inputs)["ctc"][:, 0], expected, rtol=1e-4)


def test_a_label_too_long_for_its_frames_costs_nothing():
    model_train, _ = CRNN((64, 32, 1), 9)
    inputs = batch_of(np.random.default_rng(0), 2, 64, 14, 14, 9)
    inputs["input_length"] = np.array([[10], [10]])
    np.testing.assert_array_equal(model_train(inputs)["ctc"], 0)


@pytest.mark.parametrize(
    ("loss", "widths", "eagerly"),
    # A graph is traced anew for another width.
    [(prediction_is_loss, (64, 64, 64, 64), False), ({"ctc": lambda target, prediction: prediction}, (64, 96, 64, 64, 64), True)],
)
def test_trains_as_the_lineage_does(loss, widths, eagerly):
    keras.utils.set_random_seed(0)
    model_train, model_pred = CRNN((None, 32, 1), 7)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True, clipnorm=5.0)
    model_train.compile(optimizer, loss=loss, jit_compile=False, run_eagerly=eagerly)
    before = model_pred.get_layer("conv1_1").get_weights()[0].copy()
    losses = [
        model_train.train_on_batch(batch_of(np.random.default_rng(0), 2, width, width // 4 - 2, 3, 7), {"ctc": np.zeros(2)})
        for width in widths
    ]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]
    assert (model_pred.get_layer("conv1_1").get_weights()[0] != before).any()


def test_the_training_network_is_saved_and_loaded(tmp_path):
    model_train, _ = CRNN((64, 32, 1), 9)
    model_train.compile("sgd", loss=prediction_is_loss, run_eagerly=True)
    inputs = batch_of(np.random.default_rng(0), 2, 64, 14, 4, 9)
    model_train.save(tmp_path / "crnn.keras")
    loaded = keras.models.load_model(tmp_path / "crnn.keras")
    np.testing.assert_allclose(loaded(inputs)["ctc"], model_train(inputs)["ctc"], rtol=1e-5)
    assert np.isfinite(loaded.train_on_batch(inputs, np.zeros(2)))


@pytest.mark.parametrize("gru", [False, True])
def test_a_preset_comes_back_whatever_keras_has_made_and_counted_before(gru, tmp_path):
    network = CRNN((None, 32, 1), 7, prediction_only=True, gru=gru)
    TextRecognizer(network, Alphabet("012345")).save_to_preset(tmp_path)
    again = TextRecognizer.from_preset(tmp_path).network  # the second of its kind in this process
    expected, found = by_path(network.variables), by_path(again.variables)
    assert list(found) == list(expected) and len(found) == len(network.weights)
    for path, variable in found.items():
        np.testing.assert_allclose(variable, np.asarray(expected[path]).astype(np.float16), atol=1e-7)
