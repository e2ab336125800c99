"""The Keras model that CRNN() returns: a keras.Model with the few calls of Keras 2 that the lineage's notebook makes."""

from pathlib import Path

import h5py
import keras
import numpy as np

from ocr_crnn.files import replacing
from ocr_crnn.ops.frames import lineage_frames
from ocr_crnn.recognition.network import RecognitionNetwork, real_frames


@keras.saving.register_keras_serializable(package="ocr_crnn")
class LineageNetwork(RecognitionNetwork, keras.Model):
    """A functional model that also saves weights as Keras 2 did, and takes a set smaller than a batch for one batch."""

    stride = 4
    writes_keras_2 = True

    @property
    def height(self):
        return self.input_shape[2]

    def count_frames(self, widths):
        return lineage_frames(widths)

    def as_trained(self):
        return LineageLogits(self)

    @property
    def encoder_variables(self):
        return self._encoder().variables

    def frames(self, inputs, training=None):
        frames = self._encoder()(keras.ops.cast(inputs["image"], "float32"), training=training)
        return frames, real_frames(frames, self.count_frames(keras.ops.cast(inputs["width"], "int32")))

    def _encoder(self):
        """Up to the characters. Made when it is asked for: kept, it would join the layers that a file of weights lists."""
        return keras.Model(self.inputs[0], self.get_layer("dense1").input)

    def as_engine(self, preprocess=None):
        """Reads with the network for prediction. preprocess: as of the InputGenerator that it was trained with."""
        from ocr_crnn.recognition.keras_engine import LineageEngine

        return LineageEngine(self, preprocess)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Save the weights. The name chooses the format.

        `x.weights.h5`, `x.weights.json`: that of Keras 3, with the optimizer. Any other `x.h5` or `x.hdf5`: that of
        Keras 2, the weights alone, which `load_legacy_weights(model, "x.h5")`, `model.load_weights("x.h5")` and Keras 2
        read.
        """
        if not is_legacy_name(filepath):
            return super().save_weights(filepath, overwrite=overwrite, max_shard_size=max_shard_size)
        if max_shard_size is not None:
            raise ValueError(
                f"A file of Keras 2 is one file. Received: max_shard_size={max_shard_size} for {filepath}. "
                "Name the file x.weights.json."
            )
        if not overwrite and Path(filepath).exists():
            raise FileExistsError(
                f"overwrite=False keeps a file. Received: {filepath}, which is there. "
                "Choose another name, or overwrite=True."
            )
        write_legacy_weights(self, filepath)

    def fit(self, *args, **kwargs):
        """`keras.Model.fit`. steps_per_epoch or validation_steps of 0, which is `num_objects // batch_size` of a set
        smaller than a batch, is 1 and is printed; Keras takes 0 for no limit and never ends on a generator."""
        return super().fit(*args, **_at_least_one(kwargs, "steps_per_epoch", "validation_steps"))

    def make_train_function(self, force=False):
        """As in Keras, but the optimizer has its variables before: a step that makes them is traced twice, for seconds."""
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def evaluate(self, *args, **kwargs):
        """`keras.Model.evaluate`; steps of 0 is 1, as in `fit`."""
        return super().evaluate(*args, **_at_least_one(kwargs, "steps"))

    def predict(self, *args, **kwargs):
        """`keras.Model.predict`; steps of 0 is 1, as in `fit`."""
        return super().predict(*args, **_at_least_one(kwargs, "steps"))

    def fit_generator(self, generator, **kwargs):
        """`fit` under the name that it had for generators in Keras 2."""
        return self.fit(generator, **kwargs)


class LineageLogits(RecognitionNetwork, keras.Model):
    """A CRNN of any width with the inputs and outputs of the other recognisers. It shares the CRNN's variables."""

    stride = LineageNetwork.stride

    def __init__(self, network):
        super().__init__(name="lineage_logits")
        _, width, self.height, channels = network.input_shape
        if width is not None or channels != 1:
            raise ValueError(
                f"With other recognisers' batches a CRNN for grey lines of any width is trained. Received: one of width {width} "
                f"and {channels} channels. Train one without --width."
            )
        self.network, self.count_frames = network, network.count_frames
        self.built = True

    def call(self, inputs, training=None):
        return keras.ops.log(self.network(keras.ops.cast(inputs["image"], "float32"), training=training) + 1e-7)


def _at_least_one(arguments, *names):
    for name in names:
        # `not`, for the count may be a float, as that of the lineage.
        if arguments.get(name) is not None and not arguments[name]:
            print(f"{name}: 1 for 0, since the set is smaller than a batch")
            arguments[name] = 1
    return arguments


def is_legacy_name(path):
    """Whether Keras takes a weights file of this name for one of Keras 2."""
    return str(path).endswith((".h5", ".hdf5")) and not str(path).endswith(".weights.h5")


def write_legacy_weights(model, path):
    """Write the weights of a built model in the layout of Keras 2, whole or not at all: a group a layer, named in the
    attribute layer_names, and in each group its arrays, in the order of its attribute weight_names."""
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        # Bytes of a fixed length: Keras 2 decodes what it reads, and h5py gives other strings back decoded.
        file.attrs["layer_names"] = np.array([layer.name for layer in model.layers], "S")
        file.attrs["backend"] = np.bytes_(keras.backend.backend())
        file.attrs["keras_version"] = np.bytes_(keras.__version__)
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{weight.path}:0" for weight in layer.weights]
            group.attrs["weight_names"] = np.array(names, "S")
            for name, weight in zip(names, layer.weights, strict=True):
                group[name] = keras.ops.convert_to_numpy(weight)


# A whole model in an .h5 file names the class without its package.
keras.saving.get_custom_objects()["LineageNetwork"] = LineageNetwork
