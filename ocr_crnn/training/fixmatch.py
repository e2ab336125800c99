"""SeqFixMatch: lines without labels teach what their average teacher is sure of. FixMatch for sequences.

Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence", 2020; the name for lines is Kakao's, who
published no formulas. Of a line without a label the teacher reads the weak view. Where it is sure enough, what it has read is the label
of the strong view, on which the student learns:

    ŷ = read(teacher(weak)),   accepted = ŷ not empty and confidence(ŷ) ≥ τ and ŷ fits into the frames of the strong view
    loss = Σ labelled −log p(y) / characters + λ · Σ accepted −log p(ŷ | strong) / accepted characters
    teacher ← m · teacher + (1 − m) · student, before each step

Deviations: the confidence is of a sequence (recognition/pseudo_labels.py), not of a class; the second loss is a mean over the accepted
characters, not over all lines, for in the beginning few lines are accepted and would weigh next to nothing; the views are other changes.
"""

import keras
import numpy as np
from keras import ops

from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.recognition.pseudo_labels import sequence_confidence
from ocr_crnn.training.line_batches import encode_batch
from ocr_crnn.training.recognition import RecognitionTraining
from ocr_crnn.untrusted.settings import check_number

VIEWS = ("weak", "strong")


class Teacher(keras.layers.Layer):
    """The moving average of a network's trained weights, kept in variables of the model that trains it, so that a run goes on with it.

    An optimiser can average too, but on JAX a step does not see what an optimiser holds.
    """

    def __init__(self, network, momentum, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.momentum = momentum
        self.averages = []
        for number, variable in enumerate(network.trainable_variables):
            average = self.add_weight(
                name=f"average{number}", shape=variable.shape, trainable=False, dtype=variable.dtype, aggregation="only_first_replica"
            )
            average.assign(np.array(ops.convert_to_numpy(variable)))  # a copy: JAX gives memory away, and never twice
            self.averages.append(average)
        self.built = True

    def follow(self, network):
        for average, variable in zip(self.averages, network.trainable_variables, strict=True):
            average.assign(self.momentum * average + (1 - self.momentum) * variable)

    def outputs(self, network, inputs):
        """What the network gives with the averaged weights."""
        kept = [variable.value for variable in network.non_trainable_variables]
        outputs, _ = network.stateless_call([average.value for average in self.averages], kept, inputs, training=False)
        return outputs


class SeqFixMatch(RecognitionTraining):
    """A RecognitionTraining that learns from lines without labels too.

    Inputs besides its own: `weak_image`, `weak_width` and `strong_image`, `strong_width`, two views of the same lines in the same order;
    and `unlabelled_…` of each of the codec's `whole_inputs`. Without them, in validation for instance, it is a RecognitionTraining.

    threshold: τ, 0…1: 0 takes every line in which something was read. confidence: of `CONFIDENCES`. weight: λ, at least 0. momentum: m,
    0…1. calibration: of the confidence, see `sequence_confidence`.
    Logs `accepted`, the share of the lines; `loss_labelled` and `loss_unlabelled`, per character; the latter is 0 where none is accepted.
    All classes take part: a sample of them would hold the labels, which are not known before.
    """

    def __init__(self, network, codec, threshold=0.92, confidence="mean", weight=1.0, momentum=0.99, calibration=(1.0, 0.0), **kwargs):
        super().__init__(network, codec, **kwargs)
        self.threshold = check_number("threshold", threshold, 0, 1)
        self.weight = check_number("weight", weight, 0, 1e6)
        self.confidence, self.calibration = confidence, tuple(calibration)
        self.whole_inputs = (*self.whole_inputs, *(f"unlabelled_{name}" for name in codec.whole_inputs))
        self.teacher = Teacher(network, check_number("momentum", momentum, 0, 1), name="teacher")
        self.means = {name: keras.metrics.Mean(name=name) for name in ("accepted", "loss_labelled", "loss_unlabelled")}

    def call(self, inputs, training=None):
        inputs = dict(inputs)
        views = [{part: inputs.pop(f"{view}_{part}", None) for part in ("image", "width")} for view in VIEWS]
        whole = {name: inputs.pop(f"unlabelled_{name}", None) for name in self.codec.whole_inputs}
        outputs = super().call(inputs, training=training)
        if training:
            self.teacher.follow(self.network)
        weak, strong = views
        if not training or weak["image"] is None:
            return outputs
        labels, sure = self.pseudo_label(weak)
        fits = self.codec.feasible(labels, self.network.count_frames(ops.cast(strong["width"], "int32")))
        accepted = ops.logical_and(ops.logical_and(sure > 0, sure >= self.threshold), fits)
        labels = ops.stop_gradient(ops.where(accepted[:, None], labels, -1))
        if keras.backend.backend() == "tensorflow" and not whole:  # the loss takes time for padding; other backends slice by plain numbers
            labels = labels[:, : ops.maximum(ops.max(ops.sum(ops.cast(labels >= 0, "int32"), axis=1)), 1)]
        student = self.network({**strong, **self.codec.tensor_inputs(labels), **whole}, training=True)
        return {"labelled": outputs, "strong": student, "labels": labels, "accepted": accepted}

    def pseudo_label(self, weak):
        """`image`, `width` of a batch → what the teacher reads, labels int32 `(lines, length)`, and how sure it is, float32 `(lines,)`."""
        outputs = self.teacher.outputs(self.network, weak)
        counts = self.network.count_frames(ops.cast(weak["width"], "int32"))
        labels, scores, lengths = self.codec.pseudo_labels(outputs, counts)
        return labels, ops.stop_gradient(sequence_confidence(scores, lengths, self.confidence, self.calibration))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        views = isinstance(y_pred, dict)
        labelled = super().compute_loss(x, y, y_pred["labelled"] if views else y_pred, sample_weight, training)
        self.means["loss_labelled"].update_state(labelled)
        if not views:
            return labelled
        labels, accepted = y_pred["labels"], ops.cast(y_pred["accepted"], "float32")
        counts = self.network.count_frames(ops.cast(x["strong_width"], "int32"))
        characters = ops.sum(ops.cast(labels >= 0, "float32"))
        unlabelled = ops.sum(self.codec.loss(labels, y_pred["strong"], counts) * accepted) / ops.maximum(characters, 1.0)
        self.means["accepted"].update_state(ops.mean(accepted))
        self.means["loss_unlabelled"].update_state(unlabelled)
        return labelled + self.weight * unlabelled


class PseudoLabelQuality(keras.callbacks.Callback):
    """How right the pseudo-labels are, at the end of each epoch, on lines whose text is known.

    training: the SeqFixMatch. sets: `{name: [(image, text)]}`. Logs of each `accepted_<name>`, the share of its lines; `precision_<name>`,
    1 − CER of those accepted; `exact_<name>`, the share of them without an error. The last two are NaN where no line is accepted.
    """

    def __init__(self, training, sets, columns=6000):
        super().__init__()
        self._training, self._sets, self._columns = training, sets, columns

    def on_epoch_end(self, epoch, logs=None):
        for name, lines in self._sets.items():
            logs.update({f"{what}_{name}": value for what, value in self.measure(lines).items()})

    def measure(self, lines):
        pairs = [pair for pair, sure in self.read(lines) if 0 < sure >= self._training.threshold]
        right = float(np.mean([text == read for text, read in pairs])) if pairs else float("nan")
        return {"accepted": len(pairs) / max(len(lines), 1), "precision": 1 - measure_cer(pairs) if pairs else right, "exact": right}

    def read(self, lines):
        """`[((text, what the teacher reads), confidence)]` of lines `[(image, text)]`, in the order of their widths."""
        codec, found, batch = self._training.codec, [], []
        lines = sorted(lines, key=lambda line: line[0].shape[1])
        for number, line in enumerate(lines):
            batch.append(line)
            if number + 1 < len(lines) and lines[number + 1][0].shape[1] * (len(batch) + 1) <= self._columns:
                continue
            inputs, _ = encode_batch(codec, [(image, "") for image, _ in batch])
            labels, sure = self._training.pseudo_label({name: inputs[name] for name in ("image", "width")})
            for (_, text), label, one in zip(batch, np.asarray(labels), np.asarray(sure), strict=True):
                found.append(((text, codec.text(label)), float(one)))
            batch = []
        return found
