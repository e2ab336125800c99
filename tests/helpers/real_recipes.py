"""The real train command for tests of several devices: `python real_recipes.py DEVICES RECIPE …`.

DEVICES is the number of logical CPU devices. Six lines are enough to measure the reading of `attention_ctc`.
"""

import sys
from functools import partial

import tensorflow as tf

from ocr_crnn.recipes import RECIPES
from ocr_crnn.training import rendered
from ocr_crnn.training.command import main

if __name__ == "__main__":
    devices = int(sys.argv[1])
    if devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    rendered.draw_validation_lines = partial(rendered.draw_validation_lines, count=6)
    sys.exit(main(RECIPES, sys.argv[2:]))
