"""The training loop: `model.fit` that begins in the middle of an epoch, stops on request, and runs on several workers.

Keras' own `fit` counts from the beginning of an epoch and, as of Keras 3.15, fails under MultiWorkerMirroredStrategy,
so the loop is here; steps (steps.py), losses, metrics, optimisers and callbacks are Keras'.
"""

import itertools
import math

import keras

from ocr_crnn.training.state import Position
from ocr_crnn.training.steps import make_steps


class TrainingDivergedError(ArithmeticError):
    """The loss is not a number any more."""


class TrainingStopped(Exception):
    """Somebody asked for the end (SIGTERM, Ctrl-C); the state has been saved."""


def fit(model, batches, *, steps_per_epoch, epochs, callbacks=(), validation=None, checkpoint=None, stop_requested=lambda: False):
    """Train a compiled model; returns the epoch logs as a list of dicts.

    batches: function `(first_step) -> tf.data.Dataset` of endless `(inputs, outputs)` batches, beginning with the batch
        of that step, counted from the beginning of the run. The same step has to give the same batch, whenever asked.
    validation: a finite dataset, or None. callbacks: Keras callbacks; batch logs are the values of that one batch,
        epoch logs the means over the epoch's batches.
    checkpoint: `state.Checkpoint`; the run goes on from what it holds. stop_requested: asked after each batch and each epoch; where one
        of several workers is asked to stop, or ends by a callback, all of them do after the same batch.
    With `use_ema=True` in the optimiser, validation and the callbacks' `on_epoch_end` see the averaged weights.
    Raises TrainingDivergedError, TrainingStopped.
    """
    steps = make_steps(model)
    position = checkpoint.position() if checkpoint else Position()
    dataset = steps.local(batches(position.step))
    train = steps.training(dataset)
    if validation is not None:
        validation = steps.local(validation)
        test = steps.testing(validation)
    iterator = iter(dataset)
    if position.step < epochs * steps_per_epoch:
        first = next(iterator)
        steps.build(first)
        iterator = itertools.chain([first], iterator)
    listed = keras.callbacks.CallbackList(list(callbacks), model=model, epochs=epochs, steps=steps_per_epoch, verbose=0)
    model.stop_training = False
    listed.on_train_begin()
    if checkpoint:
        checkpoint.restore(model, callbacks)
    history = []
    for epoch in range(position.step // steps_per_epoch, epochs):
        listed.on_epoch_begin(epoch)
        for batch in range(position.step % steps_per_epoch, steps_per_epoch):
            listed.on_train_batch_begin(batch)
            logs = train(next(iterator))
            _check_finite(logs, epoch, batch)
            position.step += 1
            position.sums = {name: position.sums.get(name, 0.0) + value for name, value in logs.items()}
            listed.on_train_batch_end(batch, logs)
            last = batch == steps_per_epoch - 1
            stopping, model.stop_training = steps.agree(stop_requested(), model.stop_training)
            if checkpoint and not last and (stopping or checkpoint.due):
                checkpoint.save(model, position, callbacks)
            if stopping and not last:
                raise TrainingStopped(f"Stopped in epoch {epoch + 1} after {batch + 1} of {steps_per_epoch} batches.")
            if model.stop_training:
                break
        logs = {name: total / (batch + 1) for name, total in position.sums.items()}
        with averaged_weights(model):
            if validation is not None:
                logs.update(_evaluate(test, validation, listed))
            logs["learning_rate"] = float(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(model.optimizer.learning_rate)))
            listed.on_epoch_end(epoch, logs)
        history.append(logs)
        position = Position((epoch + 1) * steps_per_epoch)
        if checkpoint:
            checkpoint.save(model, position, callbacks)
        stopping, model.stop_training = steps.agree(stop_requested(), model.stop_training)
        if model.stop_training:
            break
        if stopping and epoch + 1 < epochs:
            raise TrainingStopped(f"Stopped after epoch {epoch + 1} of {epochs}.")
    if history:
        model.optimizer.finalize_variable_values(model.trainable_variables)  # EMA: the averages stay
    listed.on_train_end(history[-1] if history else {})
    return history


def _evaluate(test, validation, callbacks):
    """Mean logs over the validation batches, named `val_…`. Every batch counts by its number of samples."""
    callbacks.on_test_begin()
    sums, samples = {}, 0
    for batch, data in enumerate(validation):
        callbacks.on_test_batch_begin(batch)
        logs, size = test(data)
        samples += size
        sums = {name: sums.get(name, 0.0) + size * value for name, value in logs.items()}
        callbacks.on_test_batch_end(batch, logs)
    if not samples:
        raise ValueError("Validation needs at least one batch. Received: an empty dataset. Enlarge it, or pass None.")
    logs = {f"val_{name}": total / samples for name, total in sums.items()}
    callbacks.on_test_end(logs)
    return logs


def _check_finite(logs, epoch, batch):
    if not math.isfinite(logs.get("loss", 0.0)):
        raise TrainingDivergedError(
            f"The loss has to stay a finite number. Received: {logs['loss']} in epoch {epoch + 1}, batch {batch + 1}. "
            "Lower --learning-rate, clip gradients, or look for samples with labels longer than their frames; "
            "the weights of the epochs before are in the run folder."
        )


class averaged_weights:
    """Swap the optimiser's moving averages into the model for a while; nothing happens without `use_ema`."""

    def __init__(self, model):
        self.swap = None
        optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
        if getattr(optimizer, "use_ema", False):
            self.swap = keras.callbacks.SwapEMAWeights()
            self.swap.set_model(model)

    def __enter__(self):
        if self.swap:
            self.swap.on_test_begin()

    def __exit__(self, *error):
        if self.swap:
            self.swap.on_test_end()
