"""A CTC network frozen for reading: its weights are constants, and its output layer looks only where a character may stand."""

import numpy as np
import tensorflow as tf

from ocr_crnn.ops.best_path import decode_frames


def freeze_ctc(features, head, height, count_frames, is_blank=None, off=()):
    """A function of line images uint8 `(lines, width, height, 1)` and int32 widths `(lines,)` → Characters, with its present weights.

    features: the Keras model `{"image", "width"}` → `(lines, time, units)`. head: the Keras layer from there to logits, blank last.
    count_frames: widths → real frames of each line. is_blank: bool `(n,)` of frames `(n, units)`, those that need no logits.
    off: classes that are never read.

    With constant weights TensorFlow computes once what depends on weights alone (standardised kernels, the joined tables of the head),
    and it fuses bias and ReLU into the convolutions. The logits of thousands of classes never leave the graph.
    """
    taken = [[variable.numpy() for variable in variables] for layer in (features, head) for variables in _variables(layer)]

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, None, height, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)])
    def read(images, widths):
        # Made inside the graph: a constant from outside would become an input, and nothing could be computed from it beforehand.
        weights = [[tf.constant(value) for value in values] for values in taken]
        frames, _ = features.stateless_call(*weights[:2], {"image": images, "width": widths}, training=False)
        lines, time, units = tf.unstack(tf.shape(frames))
        wanted = tf.range(time) < count_frames(widths)[:, None]
        if is_blank is not None:
            wanted &= ~tf.reshape(is_blank(tf.reshape(frames, (-1, units))), (lines, time))
        places = tf.cast(tf.where(wanted), tf.int32)
        logits, _ = head.stateless_call(*weights[2:], tf.gather_nd(frames, places))
        if len(off):
            logits += tf.scatter_nd(tf.constant(off, tf.int32)[:, None], tf.fill([len(off)], -np.inf), [logits.shape[-1]])
        return decode_frames(logits, places, lines, time)

    return read


def _variables(layer):
    return layer.trainable_variables, layer.non_trainable_variables
