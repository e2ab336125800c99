"""Several calls of the real train command in one process, for tests of several devices and of JAX: `python real_recipes.py CALLS`.

CALLS is a JSON list of lists of arguments. `tiny` of stand_in.py is a recipe too. A strategy
of several workers can be made but once, so all calls share one. Recipes render little: `attention_ctc` is a network of a few thousand
weights, `crnn` has two convolutions and one thin recurrence, `pan` and `pan_spotter` have a convolution for each level and one enhancement
of the pyramid, `pan_spotter` a thin branch that reads, lines to measure are six, pages one at a time.
"""

import json
import sys
from functools import cache, partial

import keras
import stand_in
from collector import leave_what_is_imported
from keras import layers

from ocr_crnn import recipes
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.detection import pan, spotting
from ocr_crnn.layers.convolution import conv_bn
from ocr_crnn.recognition import attention_ctc, crnn
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.synthesis.text import corpus
from ocr_crnn.training import distribution, line_batches, pages, rendered, workers
from ocr_crnn.training.command import main

RECIPES = {**recipes.RECIPES, **stand_in.RECIPES}
SMALL = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4}
SmallAttentionCTC = partial(attention_ctc.AttentionCTC, **SMALL)
SmallPAN = partial(pan.PAN, channels=8, num_fpem=1)
SmallPANSpotter = partial(spotting.PANSpotter, units=16, num_blocks=1, num_heads=2, rank=4)


def thin_backbone(x, folded=False, stem=False):
    """The maps of backbones.light without its pairs of convolutions: a process traces each of its layers."""
    maps = []
    for level in range(5):
        x = conv_bn(x, 8, strides=2, name=f"stage{level}_down" if level else "stem", folded=folded)
        maps.append(x)
    return maps if stem else maps[1:]


def few_convolutions(image):
    """The frames of CRNN from one convolution, a normalisation, and another: its seven have 5.6 million weights, written at each save."""
    values = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv1_1")(image)
    values = layers.BatchNormalization(name="batchnorm1")(layers.MaxPooling2D(4, padding="same", name="pool1")(values))
    values = layers.Conv2D(16, (3, 8), activation="relu", name="conv2_1")(values)
    return layers.Reshape((-1, 16), name="reshape_1")(values)


def thin_recurrence(frames, gru, recurrent_activation):
    return layers.Bidirectional(layers.LSTM(8, return_sequences=True, name="recurrence_1"), name="bidirectional_1")(frames)


def make_crnn_small(setattr=setattr):
    setattr(crnn, "_convolutions", few_convolutions)
    setattr(crnn, "_recurrence", thin_recurrence)


def make_recipes_small(setattr=setattr):
    make_crnn_small(setattr)
    setattr(pan, "light", thin_backbone)
    setattr(spotting, "pan_body", partial(pan.pan_body, num_fpem=1))
    setattr(attention_ctc, "AttentionCTC", SmallAttentionCTC)
    setattr(pan, "PAN", SmallPAN)
    setattr(spotting, "PANSpotter", SmallPANSpotter)
    setattr(rendered, "draw_validation_lines", partial(rendered.draw_validation_lines, count=6))
    setattr(pages, "GROUP_PAGES", 1)
    fixed = pages.fixed_dataset
    setattr(pages, "fixed_dataset", lambda source, count, batch_size: fixed(source, 1, batch_size))
    setattr(corpus, "read_english", tuple)  # which parses the library of Python
    # A process that renders takes seconds to import what it needs.
    setattr(line_batches, "produce", in_this_process)
    setattr(pages, "produce", in_this_process)


def in_this_process(batches, first, group, processes):
    return batches(first=first)


def share_one_strategy():
    """A second strategy of a process would take the numbers of the first one's messages for its own."""
    distribution.make_strategy = cache(distribution.make_strategy)


def save_small_preset(folder):
    """A preset of that network, which has learnt nothing but reads many a character, so that the error rate tells its weights."""
    keras.utils.set_random_seed(0)
    codec = CTCCodec(Alphabet.korean())
    network = SmallAttentionCTC(codec.classes, codec.syllables, name="attention_ctc")
    for variable in network.head.trainable_variables:
        variable.assign(3.0 * variable.numpy())
    TextRecognizer(network, codec).save_to_preset(folder)


def run_calls(recipes, args, course):
    """All of `args.calls` in the place of one training: `launching.train_in_processes(run_calls, …)`."""
    leave_what_is_imported()
    make_recipes_small()
    line_batches.produce = partial(workers.produce, ahead=1)  # processes that train can start some that render
    share_one_strategy()
    codes = [main(RECIPES, call) for call in args.calls]
    course.how = "failed" if any(codes) else "finished"
    return max(codes)


def run_on_devices(count, calls):
    """All of `calls` in this process, in which TensorFlow has not begun, on so many logical devices; returns the exit code."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    make_recipes_small()
    share_one_strategy()
    return max(main(RECIPES, call) for call in calls)


if __name__ == "__main__":
    from one_step import draw_no_weights

    calls = json.loads(sys.argv[1])
    leave_what_is_imported()
    make_recipes_small()
    if keras.backend.backend() == "jax":  # where runs are gone on with
        draw_no_weights()
    sys.exit(any(main(RECIPES, arguments) for arguments in calls))
