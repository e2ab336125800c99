"""Networks as LiteRT (TensorFlow Lite) files in 8 bits; `reading/engine.py` runs them without TensorFlow.

A file runs fast where LiteRT knows all sizes before the first convolution and hands the whole graph to XNNPACK. Therefore one image or
line goes through at a time, images are padded and maps cropped outside, and maps are enlarged by an operation without sizes.
"""

import math
import tempfile

import keras
import numpy as np
from keras import ops

from ocr_crnn.files import sweep, unfinished_folder
from ocr_crnn.images import pad_image
from ocr_crnn.layers.padding import CropToImage, PadToMultiple
from ocr_crnn.presets.engine_files import LiteRTError


def convert_detection(network, quantise="dynamic", pages=()):
    """A detection network over `(1, height, width, 3)`, 0–255 → (bytes, `{"stride", "multiple"}`).

    Signature `maps`: image uint8 `(1, height, width, 3)` → maps float32 `(1, height / stride, width / stride, channels)`, for heights and
    widths of the multiple.
    quantise: "full" (weights and activations in 8 bits; their ranges are those on `pages`), "dynamic" (weights in 8 bits, activations
    in 8 bits by the range of each call) or "float". pages: uint8 `(height, width, 3)`, as the network sees pages.
    """
    import tensorflow as tf

    plain, multiple = _without_sizes(network)
    read = freeze_layer(plain, training=False)
    dtype = tf.float32 if quantise == "full" else tf.uint8  # the converter makes it uint8 without a cast

    def maps(image):
        return {"maps": read(tf.cast(image, tf.float32))}

    def examples():
        for page in pages:
            page = pad_image(page[None], multiple).astype(np.float32)
            page[0, -1, -1], page[0, 0, 0] = 0, 255  # the range of the input is that of a byte
            yield "maps", {"image": page}

    if quantise == "full" and not len(pages):
        raise ValueError("Full quantisation measures ranges on pages. Received: none. Give some, or quantise='dynamic'.")
    contents = convert_functions({"maps": (maps, [tf.TensorSpec((1, None, None, 3), dtype, name="image")])}, quantise, examples)
    return contents, {"stride": multiple // plain.compute_output_shape((1, multiple, multiple, 3))[1], "multiple": multiple}


def convert_features(features, height, quantise="dynamic"):
    """The Keras model `{"image", "width"}` → frames of a CTC network → bytes.

    Signature `frames`: image uint8 `(1, width, height, 1)` and width int32 `(1,)` → frames float32 `(1, time, units)`.
    quantise: "dynamic" or "float".
    """
    import tensorflow as tf

    read = freeze_layer(features, training=False)

    def frames(image, width):
        return {"frames": read({"image": image, "width": width})}

    specs = [tf.TensorSpec((1, None, height, 1), tf.uint8, name="image"), tf.TensorSpec((1,), tf.int32, name="width")]
    return convert_functions({"frames": (frames, specs)}, quantise)


def convert_head(head, units, is_blank=None):
    """The Keras layer from frames of `units` values to logits, blank last → bytes, weights in float16.

    Signature `logits`: frames float32 `(n, units)` → logits float32 `(n, classes)`. Signature `blank`, only with is_blank, a function
    of frames as `recognition/blank_bound.py`: frames → blank float32 `(n,)`, 1 for those that need no logits and 0.
    """
    import tensorflow as tf

    spec = [tf.TensorSpec((None, units), tf.float32, name="frames")]
    read = freeze_layer(head)
    functions = {"logits": (lambda frames: {"logits": read(frames)}, spec)}
    if is_blank is not None:
        functions["blank"] = (lambda frames: {"blank": tf.cast(is_blank(frames), tf.float32)}, spec)
    return convert_functions(functions, "float16")


def convert_functions(functions, quantise, examples=None):
    """`{signature: (function, its TensorSpecs)}` → bytes. Raises LiteRTError where LiteRT lacks an operation.

    quantise: "full" with examples `() → (signature, inputs) …`, "dynamic", "float16" (weights only) or "float".
    """
    import tensorflow as tf

    if not hasattr(tf, "lite"):
        raise LiteRTError(f"TensorFlow's converter makes LiteRT models. Received: TensorFlow {tf.__version__} without tf.lite. Use 2.21.")
    module = tf.Module()
    module.functions = {name: tf.function(f, autograph=False, input_signature=specs) for name, (f, specs) in functions.items()}
    try:
        sweep(tempfile.gettempdir())
        with unfinished_folder(tempfile.gettempdir(), "litert") as folder:
            tf.saved_model.save(module, str(folder), signatures={name: f.get_concrete_function() for name, f in module.functions.items()})
            converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=list(functions))
            if quantise != "float":
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if quantise == "float16":
                converter.target_spec.supported_types = [tf.float16]
            if quantise == "full":
                converter.representative_dataset = examples
                converter.inference_input_type = tf.uint8
            return converter.convert()
    except Exception as error:  # the converter has errors of its own, without a common base
        raise LiteRTError(f"The network has to consist of operations that LiteRT has. Received: {str(error)[:500]}") from error


def freeze_layer(layer, **arguments):
    """A Keras layer as a function with its weights of now as constants: the converter takes nothing else."""
    weights = [[ops.convert_to_numpy(v) for v in variables] for variables in (layer.trainable_variables, layer.non_trainable_variables)]

    def call(inputs):
        outputs, _ = layer.stateless_call(*([ops.convert_to_tensor(w) for w in part] for part in weights), inputs, **arguments)
        return outputs

    return call


def _without_sizes(network):
    """A copy of a network of images of any size that computes with no size, and the multiple that it padded to."""
    multiples = [1]

    def stand_in(layer):
        if isinstance(layer, PadToMultiple):
            multiples.append(layer.multiple)
        if isinstance(layer, PadToMultiple | CropToImage):
            return First(name=layer.name)
        if isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation == "nearest" and len(set(layer.size)) == 1:
            return Enlarge(layer.size[0], name=layer.name)
        return type(layer).from_config(layer.get_config())

    copy = keras.models.clone_model(keras.Model(network.inputs[0], network.outputs[0]), clone_function=stand_in)
    copy.set_weights(network.get_weights())
    return copy, math.lcm(*multiples)


class First(keras.layers.Layer):
    """The first of its inputs as it is."""

    def call(self, x, *others):
        return x

    def compute_output_shape(self, x_shape, *others):
        return x_shape


class Enlarge(keras.layers.Layer):
    """`(batch, height, width, channels)` → height and width times `factor`, nearest neighbour, by copies that become neighbours."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        import tensorflow as tf

        return tf.nn.depth_to_space(tf.concat([x] * self.factor**2, axis=-1), self.factor)

    def compute_output_shape(self, x_shape):
        batch, height, width, channels = x_shape
        return (batch, *(None if side is None else side * self.factor for side in (height, width)), channels)
