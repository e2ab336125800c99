"""A detector labels the pages without characters that it learns from, again every so many steps.

Of the pages in a folder those are labelled that the coming batches draw, so that the work is the same for ten pages and for ten thousand.
Labels are made one interval ahead, since crops are drawn ahead of the training by other processes, and are files in the run folder: a run
that goes on has the labels that it had.
"""

import time
from collections import Counter
from pathlib import Path

import keras

from ocr_crnn.data.samples import read_image
from ocr_crnn.training.fit import averaged_weights
from ocr_crnn.training.pages import GROUP_PAGES
from ocr_crnn.training.pseudo_labels import CUT, KNOWN, SEEN, label_characters
from ocr_crnn.training.workers import AHEAD

PREFETCHED = 4  # batches that the dataset holds besides those of the processes
LOGGED = ("labels_seen", "labels_sliced", "labels_left_out")


def interval_steps(steps, batch_size, crops_per_page):
    """The steps between two labellings, rounded up to whole groups of crops, which are drawn together."""
    per_group = GROUP_PAGES * crops_per_page // batch_size
    return -(-steps // per_group) * per_group


def interval_pages(steps, batch_size, crops_per_page):
    """The page numbers that the batches of an interval draw; steps: of `interval_steps`."""
    return steps // (GROUP_PAGES * crops_per_page // batch_size) * GROUP_PAGES


def least_interval(batch_size, crops_per_page, processes):
    """So many batches at least are between two labellings: no process draws further ahead of the training."""
    per_group = GROUP_PAGES * crops_per_page // batch_size
    return max(processes, 1) * (AHEAD + 2 * per_group) + PREFETCHED


class Labelling(keras.callbacks.Callback):
    """Labels the pages that the batches of each interval draw, one interval before.

    detector: a TextDetector that shares the trained network's variables. The averaged weights label where the optimiser has some.
    source: a mixture whose first source is a WeakPages with labels. steps: of an interval, as of `interval_steps`.
    Logs `labels_seen`, `labels_sliced` and `labels_left_out` of the last labelling at the end of each epoch, and says them.
    """

    def __init__(self, detector, source, steps):
        super().__init__()
        self._detector, self._source = detector, source
        self._steps = steps
        self.labels_seen = self.labels_sliced = self.labels_left_out = 0  # public, so that they are part of a run's state

    def begin(self, step):
        """Make the labels of the first two intervals, with the weights that the training begins with; a run that goes on has them."""
        if step == 0:
            for interval in (0, 1):
                self.label(interval)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        now = epoch * self.params["steps"] // self._steps
        for path in Path(self._source.first.labels.folder).glob("labels_*.npz"):  # the state of the run is at this step, or later
            if path.stem[7:].isdecimal() and int(path.stem[7:]) < now:
                path.unlink()

    def on_train_batch_end(self, batch, logs=None):
        step = self._epoch * self.params["steps"] + batch + 1
        if step % self._steps == 0:
            with averaged_weights(self.model):
                self.label(step // self._steps + 1)

    def on_epoch_end(self, epoch, logs=None):
        for name in LOGGED:
            logs[name] = float(getattr(self, name))

    def label(self, interval):
        """Label the pages of an interval with the weights that the network has."""
        began, weak, files = time.monotonic(), self._source.first, self._source.first.labels
        numbers = range(interval * files.pages_per_interval, (interval + 1) * files.pages_per_interval)
        drawn = sorted({weak.chosen(number) for number in numbers if self._source.takes_first(number)})
        labels, outcomes = {}, Counter()
        for index in drawn:
            page = weak.pages[index]
            page, counts = label_characters(self._detector, read_image(page.image_path), page)
            labels[index] = page.characters
            outcomes += counts
        files.write(interval, labels)
        self.labels_seen, self.labels_sliced = outcomes[SEEN], outcomes[CUT]
        self.labels_left_out = outcomes.total() - outcomes[SEEN] - outcomes[CUT] - outcomes[KNOWN]
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
        print(f"labels {interval}: {len(drawn)} pages, {told or 'no texts'}; {time.monotonic() - began:.0f} s", flush=True)
