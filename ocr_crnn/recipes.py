"""Recipes: one function an experiment. It gets the parsed options and returns the network, the data and the compile arguments.

A recipe is two functions, its options and the experiment, and one line in RECIPES at the end. `train.py` does the rest:
it compiles, makes the run folder, fits, saves, resumes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ocr_crnn.alphabet import Alphabet


@dataclass(frozen=True)
class Experiment:
    """What a recipe makes.

    model: the Keras model to train, not compiled. network: the model to save and read with; the same by default. Both
        share their variables.
    batches: function `(first_step) -> tf.data.Dataset` of endless `(inputs, outputs)` batches. The batch of a step,
        counted from the beginning of the run, is the same whenever it is asked for: that is how a resumed run goes on
        with the data it would have had.
    steps_per_epoch: batches an epoch. validation: a finite tf.data.Dataset, or None. compile: arguments of `model.compile`.
    callbacks: Keras callbacks besides those of every run (EarlyStopping, logs, weights, TensorBoard).
    after: called without arguments at the end of the training, with the best weights in the model.
    """

    model: Any
    batches: Callable
    steps_per_epoch: int
    alphabet: Alphabet
    compile: dict
    validation: Any = None
    network: Any = None
    callbacks: tuple = ()
    after: Callable | None = None


def make_optimizer_from(args, steps_per_epoch):
    """The optimiser that the options of every run ask for."""
    from ocr_crnn.training.optimizers import make_optimizer, make_schedule

    rate = make_schedule(args.schedule, args.learning_rate, args.epochs * steps_per_epoch, args.warmup_steps)
    return make_optimizer(args.optimizer, rate, args.clipnorm, args.weight_decay, args.ema)


# name on the command line → (add_options(parser), experiment(args)); the docstring of the second is the help
RECIPES = {}
