"""SeqCLR: an encoder learns from lines without labels that two views of a place of a line are alike, and all other places are not.

Aberdam et al., "Sequence-to-Sequence Contrastive Learning for Text Recognition", 2021. Two views of each line go through the encoder and a
projection of each frame; frames become instances; NT-Xent tells the instances of a batch from each other (training/contrast.py).
Deviations: windows are cut out of the real frames of a line, whatever its padding; frame-to-instance of views of different widths takes as
many instances as the shorter one has frames.
"""

import keras
from keras import ops

from ocr_crnn.training.contrast import normalise, nt_xent, pool_instances
from ocr_crnn.untrusted.settings import check_choice, check_number

MAPPINGS = ("window", "frame", "all")
PROJECTIONS = ("mlp", "linear", "none")
VIEWS = ("", "other_")  # of the names of the inputs


class SeqCLR(keras.Model):
    """The encoder of a RecognitionNetwork under contrastive training, without labels; what reads its frames is not touched.

    Inputs: `image`, `width` of one view of each line, as the network takes them, and `other_image`, `other_width` of the other one, in the
    same order. Outputs of batches count the lines and hold nothing. At least two lines a batch, or nothing is told apart from another line.

    mapping: "window", so many `windows` a line; "frame", each frame; "all", one instance a line. temperature: τ, above 0. projection: of
    each frame, left behind after the training: "mlp" of `hidden` and `units`, "linear" of `units`, "none".
    Logs `matched`, the share of the instances that are nearest to themselves in the other view, and `spread`, the standard deviation of the
    projections times √units: 1 where they point everywhere, 0 where all have become one. Raises ValueError for other arguments.
    """

    def __init__(
        self, network, mapping="window", windows=5, temperature=0.1, projection="mlp", hidden=256, units=128, **kwargs
    ):  # fmt: skip
        super().__init__(**{"dtype": "float32", **kwargs})
        self.network = network
        self.mapping = check_choice("mapping", mapping, MAPPINGS)
        self.windows = check_number("windows", windows, 1, 256, whole=True)
        if not temperature > 0:
            raise ValueError(f"A temperature divides similarities, so it is above 0. Received: {temperature}. Take 0.1.")
        self.temperature = check_number("temperature", temperature, 1e-3, 1e3)
        layers = {"mlp": [(hidden, "relu"), (units, None)], "linear": [(units, None)], "none": []}
        layers = layers[check_choice("projection", projection, PROJECTIONS)]
        self.projection = [
            keras.layers.Dense(size, activation, name=f"projection{number}", dtype="float32")
            for number, (size, activation) in enumerate(layers, 1)
        ]
        encoder = {id(variable) for variable in network.encoder_variables}
        for variable in network.variables:  # no gradient reaches the others, and no decay is to
            if id(variable) not in encoder and variable.trainable:
                variable.trainable = False
        self.matched, self.spread = (keras.metrics.Mean(name=name) for name in ("matched", "spread"))

    def call(self, inputs, training=None):
        """Instances `(2, lines, instances, units)` float32 and which are real `(lines, instances)`."""
        views = [self.network.frames({part: inputs[f"{view}{part}"] for part in ("image", "width")}, training) for view in VIEWS]
        counts = [ops.cast(ops.sum(ops.cast(real, "float32"), axis=1), "int32") for _, real in views]
        shortest = ops.minimum(*counts)
        instances = {"all": ops.ones_like(shortest), "window": ops.ones_like(shortest) * self.windows, "frame": shortest}[self.mapping]
        most = {"all": 1, "window": self.windows, "frame": ops.shape(views[0][0])[1]}[self.mapping]
        instances = ops.where(instances <= shortest, instances, 0)  # too short in one view: in neither
        pooled = [pool_instances(self._project(frames), n, instances, most) for (frames, _), n in zip(views, counts, strict=True)]
        return ops.stack([means for means, _ in pooled]), pooled[0][1]

    def _project(self, frames):
        frames = ops.cast(frames, "float32")
        for layer in self.projection:
            frames = layer(frames)
        return frames

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        instances, real = y_pred
        if sample_weight is not None:  # lines that fill up a batch
            real = real * ops.cast(sample_weight > 0, "float32")[:, None]
        units = instances.shape[-1]
        first, second = (ops.reshape(view, (-1, units)) for view in (instances[0], instances[1]))
        real = ops.reshape(real, (-1,))
        loss, matched = nt_xent(first, second, real, self.temperature)
        self.matched.update_state(matched)
        self.spread.update_state(spread(first, real))
        return loss

    def few_shapes(self, inputs, outputs):
        """NumPy arrays of a batch → `(inputs, outputs, sample_weight)` of one of few shapes with the same loss, for `KerasSteps`."""
        from ocr_crnn.ops.lines import fill_lines

        filled = {}
        for view in VIEWS:
            filled[f"{view}image"], filled[f"{view}width"] = fill_lines(inputs[f"{view}image"], inputs[f"{view}width"])
        rows = len(filled["width"])
        return filled, outputs[:1].repeat(rows, axis=0), (ops.convert_to_numpy(ops.arange(rows)) < len(outputs)).astype("float32")


def spread(vectors, real):
    """The standard deviation of the directions of vectors `(n, units)` times √units, over those that are real `(n,)`."""
    vectors, weight = normalise(vectors), ops.cast(real, "float32")[:, None]
    total = ops.maximum(ops.sum(weight), 1.0)
    mean = ops.sum(vectors * weight, axis=0) / total
    variance = ops.sum(ops.square(vectors - mean) * weight, axis=0) / total
    return ops.sqrt(ops.sum(variance))
