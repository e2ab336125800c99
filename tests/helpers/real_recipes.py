"""Several calls of the real train command in one process, for tests of several devices: `python real_recipes.py DEVICES CALLS`.

DEVICES is the number of logical CPU devices, CALLS a JSON list of lists of arguments. `tiny` of stand_in.py is a recipe too. A strategy
of several workers can be made but once, so all calls share one. `attention_ctc` is small and reads six lines to measure.
"""

import json
import sys
from functools import cache, partial

import keras
import stand_in
import tensorflow as tf

from ocr_crnn import recipes
from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition import attention_ctc
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training import distribution, rendered
from ocr_crnn.training.command import main

RECIPES = {**recipes.RECIPES, **stand_in.RECIPES}
SMALL = {"stages": ((8, 2, 4), (16, 2, 4)), "units": 16, "num_blocks": 1, "num_heads": 2, "rank": 4}
SmallAttentionCTC = partial(attention_ctc.AttentionCTC, **SMALL)


def make_attention_ctc_small(lines, setattr=setattr):
    """The recipe `attention_ctc` makes a network of a few thousand weights and measures it on so many lines."""
    setattr(attention_ctc, "AttentionCTC", SmallAttentionCTC)
    setattr(rendered, "draw_validation_lines", partial(rendered.draw_validation_lines, count=lines))


def save_small_preset(folder):
    """A preset of that network, which has learnt nothing but reads many a character, so that the error rate tells its weights."""
    keras.utils.set_random_seed(0)
    codec = CTCCodec(Alphabet.korean())
    network = SmallAttentionCTC(codec.classes, codec.syllables, name="attention_ctc")
    for variable in network.head.trainable_variables:
        variable.assign(3.0 * variable.numpy())
    TextRecognizer(network, codec).save_to_preset(folder)


if __name__ == "__main__":
    devices, calls = int(sys.argv[1]), json.loads(sys.argv[2])
    if devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    make_attention_ctc_small(lines=6)
    distribution.make_strategy = cache(distribution.make_strategy)
    sys.exit(any(main(RECIPES, arguments) for arguments in calls))
