"""What a recognition network says of itself, so that nobody has to know which one it is."""

from keras import ops

from ocr_crnn.ops.frames import count_frames, count_steps

MOST_CLASSES = 0x110000  # the code points of Unicode


class RecognitionNetwork:
    """Base of recognition networks, before keras.Model: `class Mine(RecognitionNetwork, keras.Model)`, registered with Keras.

    A network takes `{"image": (batch, width, height, 1), "width": int (batch,)}`, 0–255, dark text on light, and in training what its
    codec adds (`codec.inputs`); it gives what its codec decodes. It has `height`, of lines in pixels, and `stride`, pixels of
    the width to a frame. Where its frames are counted otherwise, it overrides `count_frames`.

    codec: the name of its codec (recognition/codecs.py). widest: of the lines it takes, in pixels, a multiple of 32; None for any width.
    A network that may be trained on a sample of its classes has its two halves as `features` and `head`, and `head(frames, classes)`
    gives the logits of the sample; or it overrides `sample`.
    """

    task = "recognition"
    codec = "ctc"
    widest = None
    features = head = None

    @property
    def classes(self):
        return self.output_shape[-1]

    def count_frames(self, widths):
        """The frames, or output steps at most, of lines of these widths in pixels: an int, a NumPy array or tensor `(batch,)`."""
        return count_frames(widths, self.stride)

    def sample(self, inputs, classes, training=None):
        """The logits of a sample of the classes, an int vector, in this order."""
        return self.head(self.features(inputs, training=training), classes)

    def as_trained(self):
        """The network as RecognitionTraining calls it, of the same variables: itself, where it has the inputs and outputs told above."""
        return self

    @property
    def encoder_variables(self):
        """The variables of what makes frames of images, which know no character: what training without labels changes."""
        return (self.encoder if self.features is None else self.features).variables

    def frames(self, inputs, training=None):
        """What the encoder makes of lines, before any character: `(batch, frames, units)`, and which are real `(batch, frames)`, 1 or 0.

        A frame stands for a column of `stride` pixels, in the order of the line; the real ones come first.
        """
        frames = self.features(image_of(inputs), training=training)
        return frames, real_frames(frames, count_frames(ops.cast(inputs["width"], "int32"), self.stride))

    def as_engine(self):
        """The engine that reads with this network: see recognition/engine.py."""
        from ocr_crnn.recognition.keras_engine import KerasEngine

        return KerasEngine(self)

    def make_blank_bound(self):
        """A function of frames `(n, units)` → bool `(n,)`, those whose best class is surely the blank; None where there is none."""
        return None

    def freeze(self, off=()):
        """A function `(images, widths) → best paths` with the weights of now, quicker than the network; None where there is none.

        off: classes that are never read.
        """
        return None


def image_of(inputs):
    """What an encoder looks at of a network's inputs."""
    return {name: inputs[name] for name in ("image", "width")}


def real_frames(frames, counts):
    """Float32 `(batch, frames)`, 1 for the first `counts` `(batch,)` of frames `(batch, frames, …)`, else 0."""
    return ops.cast(ops.arange(ops.shape(frames)[1], dtype="int32")[None] < ops.cast(counts, "int32")[:, None], "float32")


def columns_of_tokens(tokens, real, rows):
    """Tokens `(batch, columns · rows, units)` that go down column by column, and where they are real → the same of columns, by the mean."""
    batch, units = ops.shape(tokens)[0], tokens.shape[-1]
    columns = ops.mean(ops.reshape(tokens, (batch, -1, rows, units)), axis=2)
    return columns, ops.reshape(real, (batch, -1, rows))[:, :, 0]


class FixedSteps(RecognitionNetwork):
    """Base of networks that write a character a step, in a fixed number of steps.

    They have `steps` and `widest`, and keep the arguments that make them as `_config`, `num_classes` among them.
    """

    @property
    def classes(self):
        return self._config["num_classes"]

    def count_frames(self, widths):
        return count_steps(widths, self.steps, self.widest)

    def get_config(self):
        return {**self._config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
