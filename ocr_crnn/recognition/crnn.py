"""The CRNN of the ssd_detectors lineage: VGG-like convolutions, two bidirectional recurrent layers or six blocks of
convolutions over time, softmax, CTC.

B. Shi, X. Bai and C. Yao, "An End-to-End Trainable Neural Network for Image-based Sequence Recognition", 2015, with the
lineage's deviations: batch normalisation comes after ReLU, and the last convolution has 512 channels on a 2 × 2 kernel. Layer
names, shapes and numerics are the lineage's, so that weights made by it load (`ocr_crnn.training.transfer`); hence the network
takes grey values 0–255 as they are and has no rescaling layer.
"""

import keras
from keras import layers, ops

from ocr_crnn.losses.ctc import ctc_loss
from ocr_crnn.recognition.lineage_network import LineageNetwork


def CRNN(input_shape, num_classes, prediction_only=False, gru=False, cnn=False, recurrent_activation="sigmoid"):
    """The network for training and the network for prediction, `(model_train, model_pred)`; they share their layers.

    input_shape: `(width, 32, channels)`, or `(None, 32, channels)` for any width from 9 px. num_classes: the characters and the
    blank, **which is the last**. prediction_only: return model_pred alone. gru: GRU in place of LSTM. cnn: convolutions in
    their place, as in the weights of 2020. recurrent_activation: of the gates; weights of 2018 need `legacy_hard_sigmoid` of
    `ocr_crnn.training.transfer`.

    model_pred: `image_input` `(batch, width, 32, channels)`, 0–255 → probabilities `(batch, time, num_classes)`, where
    time = ⌈width / 4⌉ − 2. model_train: also `label_input` `(batch, time)` padded with −1, `input_length` and `label_length`
    `(batch, 1)`, in frames and characters → `{"ctc": (batch, 1)}`, the loss itself. Compile it with `loss=prediction_is_loss` and
    give zeros as the target, as an array or under "ctc". A label that does not fit into its frames has loss 0.
    """
    width, height, _ = input_shape
    if height != 32 or (width is not None and width < 9):
        raise ValueError(
            f"Lines are (width, 32, channels) with a width from 9, axis 0 being time. Received: input_shape={tuple(input_shape)}. "
            "Resize lines to a height of 32 px (resize_and_pad) and put the width first (to_time_major)."
        )
    if cnn and (gru or recurrent_activation != "sigmoid"):
        raise ValueError(
            "cnn=True has no recurrent layers, so neither a GRU nor gates. Received: "
            f"gru={gru}, cnn=True, recurrent_activation={recurrent_activation!r}. "
            "Give cnn, or gru and recurrent_activation."
        )
    image = layers.Input(input_shape, name="image_input")
    frames = _convolutions(image)
    frames = _dilated_convolutions(frames) if cnn else _recurrence(frames, gru, recurrent_activation)
    scores = layers.Dense(num_classes, name="dense1")(frames)
    # float32 whatever the rest computes in: probabilities near 0 decide the loss.
    probabilities = layers.Activation("softmax", name="softmax", dtype="float32")(scores)
    model_pred = LineageNetwork(image, probabilities, name="crnn")
    if prediction_only:
        return model_pred
    label = layers.Input((probabilities.shape[1],), name="label_input", dtype="float32")
    input_length = layers.Input((1,), name="input_length", dtype="int64")
    label_length = layers.Input((1,), name="label_length", dtype="int64")
    ctc = layers.Lambda(ctc_of_probabilities, output_shape=(1,), name="ctc", dtype="float32")
    loss = ctc([label, probabilities, input_length, label_length])
    return LineageNetwork([image, label, input_length, label_length], {"ctc": loss}, name="crnn_train"), model_pred


def _convolutions(image):
    """`(batch, width, 32, channels)` → `(batch, time, 512)`."""

    def convolve(values, filters, name, **arguments):
        arguments = {"kernel_size": 3, "padding": "same", **arguments}
        return layers.Conv2D(filters, activation="relu", name=name, **arguments)(values)

    def pool(values, strides, name, padding="same"):
        return layers.MaxPooling2D(2, strides=strides, padding=padding, name=name)(values)

    values = pool(convolve(image, 64, "conv1_1"), 2, "pool1")  # (batch, width/2, 16, 64)
    values = pool(convolve(values, 128, "conv2_1"), 2, "pool2")  # (batch, width/4, 8, 128)
    values = convolve(convolve(values, 256, "conv3_1"), 256, "conv3_2")
    values = pool(values, (1, 2), "pool3")  # (batch, width/4, 4, 256)
    values = layers.BatchNormalization(name="batchnorm1")(convolve(values, 512, "conv4_1"))
    values = layers.BatchNormalization(name="batchnorm2")(convolve(values, 512, "conv5_1"))
    values = pool(values, (1, 2), "pool5", padding="valid")  # (batch, width/4 − 1, 2, 512)
    values = convolve(values, 512, "conv6_1", kernel_size=2, padding="valid")  # (batch, width/4 − 2, 1, 512)
    return layers.Reshape((-1, 512), name="reshape_1")(values)


def _recurrence(frames, gru, recurrent_activation):
    """`(batch, time, 512)` → `(batch, time, 512)`, 256 from each direction."""
    for number in (1, 2):
        # Named, for a preset knows weights by their paths, and Keras counts layers without a name from process to process.
        arguments = {"return_sequences": True, "recurrent_activation": recurrent_activation, "name": f"recurrence_{number}"}
        # reset_after=False: the GRU of Keras 2.1, whose files have one bias for input and recurrence.
        layer = layers.GRU(256, reset_after=False, **arguments) if gru else layers.LSTM(256, **arguments)
        frames = layers.Bidirectional(layer, name=f"bidirectional_{number}")(frames)
    return frames


def _dilated_convolutions(frames):
    """`(batch, time, 512)` → `(batch, time, 256)`: six blocks, each a normalisation and two convolutions side by side,
    with dilation 1 and 2, ReLU inside, whose 128 channels each are joined in this order. A frame sees 24 others to
    either side.

    The lineage left these layers to Keras to name; the names are those that Keras 2 gives to the first network of a
    process.
    """
    for block in range(1, 7):
        frames = layers.BatchNormalization(name=f"batch_normalization_{block}")(frames)
        branches = [
            layers.Conv1D(128, 5, padding="same", dilation_rate=rate, activation="relu", name=f"conv1d_{2 * block - 2 + rate}")(frames)
            for rate in (1, 2)
        ]
        frames = layers.Concatenate(name=f"concatenate_{block}")(branches)
    return frames


@keras.saving.register_keras_serializable(package="ocr_crnn")
def ctc_of_probabilities(inputs):
    """CTC loss `(batch, 1)` of [labels `(batch, length)`, probabilities `(batch, time, classes)`, frame counts, label lengths
    `(batch, 1)` each]. The small constant is that of the lineage: a probability of 0 costs 16 nats."""
    labels, probabilities, input_length, label_length = inputs
    places = ops.arange(ops.shape(labels)[1], dtype="int64")[None, :]
    labels = ops.where(places < ops.cast(label_length, "int64"), labels, -1)
    return ctc_loss(labels, ops.log(probabilities + 1e-7), input_length)[:, None]


@keras.saving.register_keras_serializable(package="ocr_crnn")
def prediction_is_loss(target, prediction):
    """The loss of a network whose output is its loss; the target is ignored."""
    return prediction
