"""Optimisers and learning-rate schedules, by the names that the command line offers."""

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "inverse_time", "cosine")


def make_schedule(name, learning_rate, steps, warmup_steps=0):
    """constant · inverse_time: lr / (1 + 1e-6 · step), the lineage's `decay` · cosine: to 0 after `steps`.

    The learning rate rises linearly over warmup_steps before that (constant and cosine).
    """
    import keras  # here, so that the names above are known without it

    if name not in SCHEDULES:
        raise ValueError(f"A schedule is one of {', '.join(SCHEDULES)}. Received: {name!r}.")
    if name == "inverse_time":
        return keras.optimizers.schedules.InverseTimeDecay(learning_rate, decay_steps=1, decay_rate=1e-6)
    if name == "constant" and not warmup_steps:
        return learning_rate
    # alpha is the part of the rate that is left in the end: all of it makes the cosine a constant.
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_steps else learning_rate,
        decay_steps=max(steps - warmup_steps, 1),
        alpha=1.0 if name == "constant" else 0.0,
        warmup_target=learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )


def SGD(learning_rate=None, momentum=0.0, nesterov=False, *, lr=None, decay=0.0, **arguments):
    """`keras.optimizers.SGD` with the names of Keras 2: `SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True, clipnorm=5)`.

    decay: the update with number t, from 0, has the learning rate lr / (1 + decay · t). Keras 3 does not know `lr`, and it ignores
    `decay` with a warning, so that the rate never falls.
    """
    import keras

    return keras.optimizers.SGD(_legacy_rate(learning_rate, lr, decay, 0.01), momentum=momentum, nesterov=nesterov, **arguments)


def Adam(learning_rate=None, *, lr=None, decay=0.0, **arguments):
    """`keras.optimizers.Adam` with the names of Keras 2, as `SGD`."""
    import keras

    return keras.optimizers.Adam(_legacy_rate(learning_rate, lr, decay, 0.001), **arguments)


def _legacy_rate(learning_rate, lr, decay, default):
    """The rate or schedule for Keras 3."""
    if learning_rate is not None and lr is not None:
        raise ValueError(f"lr is the old name of learning_rate. Received: learning_rate={learning_rate!r} and lr={lr!r}. Give one of them.")
    rate = next(value for value in (learning_rate, lr, default) if value is not None)
    if not decay:
        return rate
    if decay < 0 or not isinstance(rate, (int, float)):
        raise ValueError(
            f"decay is a number from 0 and lowers a learning rate that is a number. Received: decay={decay!r}, learning rate {rate!r}. "
            "Leave decay out where a schedule is given."
        )
    import keras

    return keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)


def make_optimizer(name, learning_rate, clipnorm=5.0, weight_decay=0.01, ema_momentum=None):
    """sgd: Nesterov momentum 0.9, as the lineage · adam · adamw: weight decay spares biases and normalisation.

    learning_rate: a number or a schedule. clipnorm: the largest norm of one variable's gradient. ema_momentum: keep a
    moving average of the weights (0.999, say); validation, saved weights and the end of training use it.
    """
    import keras

    shared = {"clipnorm": clipnorm}
    if ema_momentum:
        shared.update(use_ema=True, ema_momentum=ema_momentum)
    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=0.9, nesterov=True, **shared)
    if name == "adam":
        return keras.optimizers.Adam(learning_rate, **shared)
    if name == "adamw":
        optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay, **shared)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    raise ValueError(f"An optimiser is one of {', '.join(OPTIMIZERS)}. Received: {name!r}.")
