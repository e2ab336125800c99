"""Keras callbacks: logs as CSV, weights as files, progress as a bar or as lines. They work in `model.fit` too."""

import csv
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.files import replacing
from ocr_crnn.ops.forward import make_forward
from ocr_crnn.recognition.lineage_network import is_legacy_name


class Logger(keras.callbacks.Callback):
    """`log.csv`, a row a batch, and `history.csv`, a row an epoch, in a folder; both go on where they stand.

    log.csv: the metrics, then iteration, epoch, batch, time (seconds since 1970); iteration = epoch · steps + batch.
    history.csv: the epoch first, then its metrics, then time (seconds the epoch took).
    A row leaves the process as soon as it is written, so a killed process has logged every batch it finished.
    """

    def __init__(self, logdir):
        super().__init__()
        self.logdir = Path(logdir)
        self._stream = None

    def on_train_begin(self, logs=None):
        self._stream = open(self.logdir / "log.csv", "a+", newline="", encoding="utf-8")  # noqa: SIM115, open as long as the training
        self._stream.seek(0)
        self._columns = next(csv.reader(self._stream), None)
        self._seen = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._began_at = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        steps = self.params.get("steps")
        iteration = self._epoch * steps + batch if steps else self._seen
        self._seen += 1
        row = {**(logs or {}), "iteration": iteration, "epoch": self._epoch, "batch": batch, "time": f"{time.time():.3f}"}
        writer = csv.writer(self._stream)
        if self._columns is None:
            self._columns = list(row)
            writer.writerow(self._columns)
        writer.writerow([row.get(column, "") for column in self._columns])
        self._stream.flush()

    def on_epoch_end(self, epoch, logs=None):
        path = self.logdir / "history.csv"
        row = pd.DataFrame([{**(logs or {}), "time": round(time.monotonic() - self._began_at, 3)}], index=pd.Index([epoch], name="epoch"))
        if path.exists():
            row = pd.concat([pd.read_csv(path, index_col=0), row])
        with replacing(path) as temporary:
            row.to_csv(temporary)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Close log.csv; a training that ends with an error does not reach `on_train_end`."""
        if self._stream:
            self._stream.close()


def drop_rows_from(logdir, iteration, epoch):
    """Cut `log.csv` before an iteration and `history.csv` before an epoch: what a resumed run is about to write again."""
    for name, column, first in (("log.csv", "iteration", iteration), ("history.csv", "epoch", epoch)):
        path = Path(logdir) / name
        if not path.exists():
            continue
        with open(path, newline="", encoding="utf-8", errors="replace") as stream:
            rows = list(csv.reader(line.replace("\0", "") for line in stream))
        if not rows:
            continue
        if column not in rows[0]:
            raise ValueError(
                f"{name} begins with its columns, {column} among them. Received: {path}, which begins with {','.join(rows[0])[:100]}. "
                "Move it away: the run goes on without the rows of before."
            )
        place = rows[0].index(column)
        # A killed process may leave half a row at the end of log.csv.
        kept = [row for row in rows[1:] if len(row) == len(rows[0]) and row[place].isdecimal() and int(row[place]) < first]
        with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([rows[0], *kept])


class ModelSnapshot(keras.callbacks.Callback):
    """`weights.<iteration>.weights.h5` in a folder every `interval` iterations."""

    def __init__(self, logdir, interval=10000):
        super().__init__()
        self.logdir = Path(logdir)
        self.interval = interval
        self.iteration = 0

    def on_train_batch_end(self, batch, logs=None):
        self.iteration += 1
        if self.iteration % self.interval == 0:
            save_weights(self.model, self.logdir / f"weights.{self.iteration:06d}.weights.h5")


class ModelCheckpoint(keras.callbacks.ModelCheckpoint):
    """`keras.callbacks.ModelCheckpoint` that takes the lineage's file names for weights too: `weights.{epoch:03d}.h5`.

    Keras 3 wants `weights.{epoch:03d}.weights.h5` with save_weights_only=True. The file of another `.h5` name has the format of
    Keras 2, which the networks of CRNN() write and `load_legacy_weights` and `model.load_weights` read.
    """

    def __init__(self, filepath, *args, save_weights_only=False, **kwargs):
        legacy = save_weights_only and is_legacy_name(filepath)
        # Keras looks at the name here and nowhere else.
        super().__init__("x.weights.h5" if legacy else filepath, *args, save_weights_only=save_weights_only, **kwargs)
        self.filepath = str(filepath)

    def set_model(self, model):
        if self.save_weights_only and is_legacy_name(self.filepath) and not getattr(model, "writes_keras_2", False):
            raise ValueError(
                f"Only the networks of CRNN() write .h5 weights of Keras 2. Received: {self.filepath} and a {type(model).__name__}. "
                f"Name the file {self.filepath.rsplit('.', 1)[0]}.weights.h5."
            )
        super().set_model(model)


def save_weights(model, path):
    """`model.save_weights`, whole or not at all."""
    with replacing(path) as temporary:
        # HDF5 crashes the process when the disk fills up under it; plain writing raises. So ask for the room first.
        size = sum(int(np.prod(v.shape)) * 4 + 4096 for v in model.weights)
        temporary.write_bytes(bytes(size))
        model.save_weights(temporary)


class EpochWeights(keras.callbacks.Callback):
    """`epoch_<n>.weights.h5` of the last epochs and `best.weights.h5` by the smallest value of a metric.

    network: the model whose weights are written; the one that is trained by default. The best stays the best over
    a resumed run: its value is part of the run's state.
    """

    def __init__(self, logdir, keep_last=3, monitor="val_loss", network=None):
        super().__init__()
        self.logdir = Path(logdir)
        self.keep_last = keep_last
        self.monitor = monitor
        self.network = network
        self.best = None
        self.best_epoch = None

    def on_epoch_end(self, epoch, logs=None):
        network = self.network or self.model
        save_weights(network, self.logdir / f"epoch_{epoch + 1:04d}.weights.h5")
        value = (logs or {}).get(self.monitor, (logs or {}).get("loss"))
        if value is not None and (self.best is None or value < self.best):
            self.best, self.best_epoch = float(value), epoch
            save_weights(network, self.logdir / "best.weights.h5")
        for old in sorted(self.logdir.glob("epoch_*.weights.h5"))[: -self.keep_last]:
            old.unlink()


class LineageReadingError(keras.callbacks.Callback):
    """Reads lines at the end of each epoch and logs their character error rate as `cer`, for the networks of the lineage.

    network: image_input → probabilities, blank last. batches: finite dataset of `(inputs, outputs)` with image_input,
    label_input and input_length. alphabet: of the labels.
    """

    def __init__(self, network, batches, alphabet):
        super().__init__()
        self._forward = make_forward(network)
        self._batches = batches
        self._alphabet = alphabet

    def on_epoch_end(self, epoch, logs=None):
        logs["cer"] = self.measure()

    def measure(self):
        """The character error rate of all lines."""
        pairs = []
        for inputs, _ in self._batches.as_numpy_iterator():
            probabilities = self._forward(inputs["image_input"])
            read = decode_greedy(np.log(probabilities + 1e-20), inputs["input_length"][:, 0])
            texts = map(self._alphabet.decode, inputs["label_input"])
            pairs += zip(texts, (self._alphabet.decode(line.ids) for line in read), strict=True)
        return measure_cer(pairs)


class Progress(keras.callbacks.Callback):
    """One line an epoch, and in between a bar on a terminal or a line every `interval_s` seconds in a log.

    The bar goes to standard error, the lines to standard output.
    """

    def __init__(self, interval_s=60.0):
        super().__init__()
        self.interval_s = interval_s
        self._bar = None

    def on_epoch_begin(self, epoch, logs=None):
        self._label = f"epoch {epoch + 1}/{self.params['epochs']}"
        self._began_at = self._said_at = time.monotonic()
        self._first = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._label, total=self.params["steps"])

    def on_train_batch_begin(self, batch, logs=None):
        self._first = batch if self._first is None else self._first

    def on_train_batch_end(self, batch, logs=None):
        if self._bar:
            self._bar.update(self._task, completed=batch + 1, description=f"{self._label} {_listed(logs)}")
        elif time.monotonic() - self._said_at >= self.interval_s:
            self._said_at = time.monotonic()
            rate = (batch + 1 - self._first) / (self._said_at - self._began_at)
            print(f"{self._label}  batch {batch + 1}/{self.params['steps']}  {_listed(logs)}  {rate:.2f} batches/s", flush=True)

    def on_epoch_end(self, epoch, logs=None):
        self.close()
        print(f"{self._label}  {_listed(logs)}  {time.monotonic() - self._began_at:.0f} s", flush=True)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Take the bar off the terminal."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def _listed(logs):
    return "  ".join(f"{name} {value:.4g}" for name, value in (logs or {}).items())
