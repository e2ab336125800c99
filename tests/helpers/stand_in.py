"""A run of the real train command on a small stand-in network and made-up data: `python stand_in.py tiny …`.

`run` is the command for a process that forked.py starts. Step n's batch is a function of n alone; dropout and an average of the weights are
there because their state has to survive.
"""

import resource
import sys
import time

import numpy as np

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import Experiment, make_optimizer_from
from ocr_crnn.training.command import main

FEATURES = 6


def tiny_options(parser):
    parser.set_defaults(batch_size=8, epochs=3, steps_per_epoch=5, learning_rate=0.05, optimizer="adam", ema=0.9)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds before each batch, so that there is time to kill")
    parser.add_argument("--plain", action="store_true", help="no layer that looks at a batch as a whole or draws numbers")
    parser.add_argument("--dump", help="where to write the weights in the end")
    parser.add_argument("--nan-at", type=int, default=-1)


def tiny(args):
    """A dense network that learns a line."""
    import keras
    import tensorflow as tf

    def batch(step):
        time.sleep(args.pause)
        rng = np.random.default_rng((args.seed, int(step)))
        inputs = rng.normal(size=(args.batch_size, FEATURES)).astype("float32")
        outputs = inputs.sum(axis=1, keepdims=True) * (np.nan if step == args.nan_at else 1.0)
        return inputs, outputs.astype("float32")

    def batches(first_step):
        steps = tf.data.Dataset.range(first_step, tf.int64.max)
        made = steps.map(lambda step: tf.numpy_function(batch, [step], [tf.float32, tf.float32]))
        return made.map(lambda x, y: (tf.ensure_shape(x, (args.batch_size, FEATURES)), tf.ensure_shape(y, (args.batch_size, 1))))

    layers = [keras.layers.BatchNormalization(), keras.layers.Dropout(0.2)]
    layers = [keras.layers.Dense(8, "tanh"), *([] if args.plain else layers), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((FEATURES,)), *layers])
    def dump():
        print("after the training")
        if args.dump:
            np.savez(args.dump, *model.get_weights())

    return Experiment(
        model=model,
        batches=batches,
        steps_per_epoch=args.steps_per_epoch,
        alphabet=Alphabet("가나"),
        compile={"optimizer": make_optimizer_from(args, args.steps_per_epoch), "loss": "mse", "metrics": ["mae"]},
        validation=batches(10**6).take(2),
        after=dump,
    )


RECIPES = {"tiny": (tiny_options, tiny)}


def run(*arguments):
    return main(RECIPES, list(map(str, arguments)))


def run_on_a_full_disk(*arguments):
    """As if it were: no file may grow beyond 10 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    return run(*arguments)


if __name__ == "__main__":
    sys.exit(main(RECIPES))
