"""Training a spotter: the detector's loss and that of reading together, and how much of what it learns from is misread."""

import keras
from keras import ops

from ocr_crnn.detection.network import MeanLoss
from ocr_crnn.detection.spotting_targets import LEFT_OUT
from ocr_crnn.training.recognition import sum_over_replicas


class SpottingTraining(keras.Model):
    """A network that finds and reads under training, with its codec.

    Inputs: images `(batch, height, width, 3)`. Outputs: the dict of `detection/spotting_targets.py`. Regions are those of the truth, never
    of what the network finds.

    The loss is that of the maps + `weight` · that of the reading per character, over all regions of the batch, ramped in over `ramp` steps.
    (The paper takes the mean over the regions; per character long texts count by what they hold, as in RecognitionTraining.)
    Under a `tf.distribute` strategy it is that of the whole batch. Images of sample weight 0 count for nothing.
    Logs `detection` and `reading`, the two losses, `misread`, the share of regions that are not read exactly, and how many texts an image
    are left out, by reason. A decoder that is told what stands before each step reads exactly what it then reads untold, or neither.
    """

    def __init__(self, network, codec, weight=1.0, ramp=0, **kwargs):
        super().__init__(**kwargs)
        self.network, self.codec, self.weight, self.ramp = network, codec, weight, ramp
        names = ("detection", "reading", "misread", *LEFT_OUT)
        self.told = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, images, training=None):
        return self.network.features(images, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        weights = None if sample_weight is None else keras.tree.flatten(sample_weight)[0]  # (batch,)
        losses = self.network.map_loss(y["maps"], y_pred["maps"])  # (batch,)
        detection = MeanLoss(name="map_loss")(losses, losses, weights)
        present = ops.ones_like(losses) if weights is None else ops.cast(weights > 0, losses.dtype)
        reading = self._read(y, y_pred, present, training)
        self.told["detection"].update_state(detection)
        self.told["reading"].update_state(reading)
        return detection + self.weight * self._share() * reading

    def _share(self):
        if not self.ramp or self.optimizer is None:
            return 1.0
        return ops.minimum(ops.cast(self.optimizer.iterations, "float32") / self.ramp, 1.0)

    def _read(self, y, features, present, training):
        """The loss per character, a scalar. present: 1 for the images that count, 0 for those that fill up, `(batch,)`."""
        batch, regions = ops.shape(y["widths"])[0], y["widths"].shape[1]
        own, widths = (ops.reshape(y[name], (-1,)) for name in ("own", "widths"))  # (batch · regions,)
        labels = ops.reshape(y["labels"], (-1, y["labels"].shape[-1]))
        images = ops.repeat(ops.arange(batch, dtype="int32"), regions)
        quads = ops.reshape(y["quads"], (-1, 4, 2))
        columns = 2 * self.network.frame * labels.shape[1]
        region = self.network.regions(features, y["maps"][..., 0], images, own, quads, widths, columns)
        told = self.codec.tensor_inputs(labels)  # what is written before each step, of a decoder that learns by it
        logits = self.network.reader({"region": region, "width": widths, **told}, training=training)
        counts = self.network.count_frames(widths)
        there = ops.cast(widths > 0, present.dtype) * ops.repeat(present, regions)
        losses = ops.where(there > 0, self.codec.loss(labels, logits, counts), 0.0)
        read, _, _ = self.codec.pseudo_labels(logits, counts)
        one_more = [[0, 0], [0, 1]]  # where what is read goes on behind a label that fills its row
        read = ops.pad(read, one_more, constant_values=-1)[:, : labels.shape[1] + 1]
        wrong = ops.any(read != ops.pad(labels, one_more, constant_values=-1), axis=1)
        left_out = ops.sum(ops.cast(y["left_out"], present.dtype) * present[:, None], axis=0)  # (reasons,)
        characters = ops.sum(ops.cast(labels >= 0, present.dtype), axis=1)
        sums = [ops.sum(value * there) for value in (characters, ops.cast(wrong, present.dtype), 1.0)]
        characters, wrong, read, rows, *left_out = ops.unstack(
            sum_over_replicas(ops.concatenate([ops.stack([*sums, ops.sum(present)]), left_out])), 4 + len(LEFT_OUT)
        )
        self.told["misread"].update_state(wrong / ops.maximum(read, 1.0), sample_weight=read)
        for name, count in zip(LEFT_OUT, left_out, strict=True):
            self.told[name].update_state(count / rows)
        return ops.sum(losses) / ops.maximum(characters, 1.0)
