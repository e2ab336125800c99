"""Experiment: what a recipe makes, and what every recipe needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ocr_crnn.alphabet import Alphabet

# Korean families that no training line or page is set in: reading them shows what a network makes of a font it has never seen.
HELD_OUT_FONTS = (
    "Baekmuk Gulim",
    "Gothic A1",
    "Gowun Batang",
    "IBM Plex Sans KR",
    "Lexi Gulim",
    "Lexi Saebom",
    "NanumSquareRound",
    "Spoqa Han Sans",
    "UnShinmun",
    "UnGraphic",
    "UnGungseo",
    "UnTaza",
)


@dataclass(frozen=True)
class Experiment:
    """What a recipe makes.

    model: the Keras model to train, not compiled. network: the model to save and read with; the same by default. Both
        share their variables.
    batches: function `(first_step) -> tf.data.Dataset` of endless `(inputs, outputs)` batches. The batch of a step,
        counted from the beginning of the run, is the same whenever it is asked for: that is how a resumed run goes on
        with the data it would have had.
    steps_per_epoch: batches an epoch. validation: a finite tf.data.Dataset, or None. compile: arguments of `model.compile`.
    callbacks: Keras callbacks besides those of every run (EarlyStopping, logs, weights, TensorBoard), and before them, so
        what they add to an epoch's logs is logged. monitor: the log whose smallest value makes an epoch the best.
    reports: ValidationReports of the data by name; each that holds a finding is written to the run folder as report_<name>.csv.
    before, after: called without arguments before the training, and in its end with the best weights in the model.
    """

    model: Any
    batches: Callable
    steps_per_epoch: int
    compile: dict
    alphabet: Alphabet | None = None
    validation: Any = None
    network: Any = None
    callbacks: tuple = ()
    monitor: str = "val_loss"
    reports: dict = field(default_factory=dict)
    before: Callable | None = None
    after: Callable | None = None


def make_optimizer_from(args, steps_per_epoch):
    """The optimiser that the options of every run ask for.

    Keras adds up the replicas' gradients after it has clipped them, so each gets its share of the bound. What is clipped there is
    the mean of all replicas (`training.distribution.as_one_process`).
    """
    import tensorflow as tf

    from ocr_crnn.training.optimizers import make_optimizer, make_schedule

    rate = make_schedule(args.schedule, args.learning_rate, args.epochs * steps_per_epoch, args.warmup_steps)
    clipnorm = args.clipnorm / tf.distribute.get_strategy().num_replicas_in_sync
    return make_optimizer(args.optimizer, rate, clipnorm, args.weight_decay, args.ema)
