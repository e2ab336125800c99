"""CTC loss, forward and backward in one `tf.function`: ours against TensorFlow's kernels, and whether they agree.

python benchmarks/ctc_loss.py [--classes 87 2500 11500] [--batch 32] [--repeats 5] [--without-dense]

The dense kernel needs more than 16 GB for 32 lines and 11,500 classes: leave it out, or take a smaller batch.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table
from timing import compare

from ocr_crnn.losses.ctc import ctc_loss

TIME, LENGTH = 160, 40


def kernels(labels, frame_counts, classes):
    """Every implementation: name → (logits → losses, jit_compile)."""
    lengths = (labels >= 0).sum(axis=1).astype(np.int32)
    places = np.argwhere(labels >= 0)
    sparse = tf.SparseTensor(places, labels[labels >= 0], labels.shape)

    def dense(logits):
        return tf.nn.ctc_loss(np.maximum(labels, 0), logits, lengths, frame_counts, logits_time_major=False, blank_index=classes - 1)

    return {
        "ocr_crnn ctc_loss": (lambda x: ctc_loss(labels, x, frame_counts), False),
        "ocr_crnn ctc_loss, XLA": (lambda x: ctc_loss(labels, x, frame_counts), True),
        "V1 sparse kernel": (lambda x: tf.compat.v1.nn.ctc_loss(sparse, x, frame_counts, time_major=False), False),
        "tf.nn.ctc_loss, dense labels": (dense, False),
        "tf.nn.ctc_loss, dense labels, XLA": (dense, True),
    }


def make_step(loss, jit_compile, logits):
    """A function of nothing that gives the losses and the gradient, computed to the end."""

    @tf.function(jit_compile=jit_compile)
    def step(logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            losses = loss(logits)
            total = tf.reduce_mean(losses)
        return losses, tape.gradient(total, logits)

    def run():
        losses, gradient = step(logits)
        gradient[0, 0, 0].numpy()  # waits for it; all of it would be a copy that no training makes
        return losses.numpy(), gradient

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classes", type=int, nargs="+", default=[87, 2500, 11500])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--without-dense", action="store_true")
    args = parser.parse_args()
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
    table = Table(title=f"CTC, batch {args.batch}, {TIME} frames, {LENGTH} characters; {machine}")
    for column in ("classes", "kernel", "median ms", "least ms", "least CPU ms", "CPU / ours", "loss differs by", "gradient differs by"):
        table.add_column(column, justify="left" if column == "kernel" else "right")
    for classes in args.classes:
        rng = np.random.default_rng(0)
        logits = tf.constant(rng.normal(size=(args.batch, TIME, classes)), tf.float32)
        labels = rng.integers(0, classes - 1, (args.batch, LENGTH)).astype(np.int32)
        labels[np.arange(LENGTH) >= rng.integers(LENGTH // 2, LENGTH + 1, args.batch)[:, None]] = -1
        frame_counts = rng.integers(TIME * 3 // 4, TIME + 1, args.batch).astype(np.int32)
        every = kernels(labels, frame_counts, classes)
        steps = {name: make_step(*kernel, logits) for name, kernel in every.items() if not (args.without_dense and "dense" in name)}
        ours = None
        for name, times in compare(steps, args.repeats).items():
            losses, gradient = steps[name]()
            gradient, processor = gradient.numpy(), times.least().processor
            ours = ours or (processor, losses, gradient)
            differences = [f"{np.abs(a - b).max():.1e}" for a, b in zip((losses, gradient), ours[1:], strict=True)]
            figures = [f"{1e3 * seconds:,.0f}" for seconds in (times.median().wall, times.least().wall, processor)]
            table.add_row(f"{classes:,}", name, *figures, f"{processor / ours[0]:.2f}", *differences)
        table.add_section()
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
