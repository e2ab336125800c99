"""TimeLimit: the end of a training after so many minutes, over all the calls that go on with it."""

import time

import keras


class TimeLimit(keras.callbacks.Callback):
    """Ends the epoch and the training at the first batch after `minutes` of training, measuring at the end of epochs included; None: never.

    What earlier calls of a resumed run have taken is part of its state, up to what was saved last.
    """

    def __init__(self, minutes):
        super().__init__()
        self.minutes = minutes
        self.spent_s = 0.0

    def on_train_begin(self, logs=None):
        self._since = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        self.spent_s, self._since = self.spent_s + now - self._since, now
        if self.minutes is not None and self.spent_s >= 60 * self.minutes:
            print(f"--minutes {self.minutes:g} are over: the training ends here.", flush=True)
            self.model.stop_training = True
