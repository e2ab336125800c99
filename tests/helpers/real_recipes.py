"""Several calls of the real train command in one process, for tests of several devices: `python real_recipes.py DEVICES CALLS`.

DEVICES is the number of logical CPU devices, CALLS a JSON list of lists of arguments. `tiny` of stand_in.py is a recipe too. A strategy
of several workers can be made but once, so all calls share one. Six lines are enough to measure the reading of `attention_ctc`.
"""

import json
import sys
from functools import cache, partial

import stand_in
import tensorflow as tf

from ocr_crnn import recipes
from ocr_crnn.training import distribution, rendered
from ocr_crnn.training.command import main

RECIPES = {**recipes.RECIPES, **stand_in.RECIPES}
few_validation_lines = partial(rendered.draw_validation_lines, count=6)

if __name__ == "__main__":
    devices, calls = int(sys.argv[1]), json.loads(sys.argv[2])
    if devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    rendered.draw_validation_lines = few_validation_lines
    distribution.make_strategy = cache(distribution.make_strategy)
    sys.exit(any([main(RECIPES, arguments) for arguments in calls]))
