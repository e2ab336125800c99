"""The preset scripts_ko: a small network over the pixels of a line, which tells scripts apart frame by frame.

    python benchmarks/scripts_training.py --fonts FOLDER … --corpus FOLDER --out FOLDER [--lines 24000] [--epochs 10] [--seed 0]

Lines are rendered: of one script, of several, in letters of scripts that are none of ours, and paper without text. Each frame learns the
script of the character that stands there; of a wide character each frame counts for less. Each epoch stretches, slants, thins and thickens
the lines anew, which stands for fonts that are not there. Adam (Kingma and Ba, 2015) on the cross-entropy, the rate falling to nothing by
half a cosine (Loshchilov and Hutter, 2017). The weights are written as a LiteRT file in 8 bits.
"""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import numpy as np
from keras import layers
from script_lines import TEST_FONTS, draw_script_line, load_sources

from ocr_crnn.presets import write_preset
from ocr_crnn.presets.engine_files import write_engine_files
from ocr_crnn.reading.script_network import CLASSES, HEIGHT, STRIDE, TASK, UNKNOWN, WIDTH_STEP, has_ink, level_line, pad_line
from ocr_crnn.training.litert import convert_functions, freeze_layer

CHANNELS, UNITS = (32, 56, 96), 160  # of the convolutions over pixels; of each frame
WINDOW, DILATIONS = 5, (1, 2, 4, 8)  # frames that a layer looks at, and how far apart: 30 frames to each side in all
BATCH, RATE, DROPPED, WARM_UP, WIDEST, SAID_EVERY = 48, 2e-3, 0.1, 200, 1024, 2000
MORE_SIGNS = 6  # every so many lines are of digits and signs, for of these there are many, each of them rare
STRETCH, SLANT, SHIFT, NOISE = (0.75, 1.33), 0.2, 2.0, 12.0
CARD = """# scripts_ko

Tells in which script a line is written and where another begins: Hangul, Latin, digits and symbols, Hanja, Kana, or none of them.
{parameters:,} parameters over the pixels of a line {height} px high, in 8 bits (`ocr_crnn/reading/script_network.py` runs them,
`benchmarks/scripts_training.py` has the layers). No text or image is in it.

```
{command}
```

{epochs} times over the {frames:,} frames of {lines:,} lines that the package renders, {steps:,} steps of {batch} lines, seed {seed};
in the last epoch {right:.4f} of them were right.
Text: that of `attention_ctc_ko` (its card has sources and licences), Japanese words and any Kana; fonts: those of its stage 6 without
{held_out}, which are kept for measuring.
Rendered lines alone: no document of anybody. Licence: Apache-2.0, as the package.
Figures: `python benchmarks/documents_scripts.py --fonts … --corpus …`.
"""
LITERT_CARD = """## LiteRT files

Written by the same command: `scripts.tflite`. Weights in 8 bits, a scale a channel; activations in 8 bits by the range of each line.
"""


def build_network():
    """Levels `(lines, width, HEIGHT, 1)`, 0–255 → logits `(lines, width / STRIDE, classes)`, for widths that STRIDE divides."""
    x = image = keras.Input((None, HEIGHT, 1))
    x = layers.Rescaling(1 / 127.5, -1)(x)
    for channels, strides in zip(CHANNELS, (2, 2, (1, 2)), strict=True):
        x = _normal(layers.Conv2D(channels, 3, strides, padding="same", use_bias=False)(x))
    x = _normal(layers.Conv2D(UNITS, (1, x.shape[2]), use_bias=False)(x))  # (lines, frames, 1, UNITS)
    for dilation in DILATIONS:
        y = layers.DepthwiseConv2D((WINDOW, 1), padding="same", dilation_rate=(dilation, 1), use_bias=False)(x)
        y = layers.BatchNormalization()(y)
        x = layers.Add()([x, _normal(layers.Conv2D(UNITS, 1, use_bias=False)(y))])
    x = layers.Dropout(DROPPED)(x)
    return keras.Model(image, layers.Reshape((-1, len(CLASSES)))(layers.Conv2D(len(CLASSES), 1)(x)))


def _normal(x):
    return layers.ReLU()(layers.BatchNormalization()(x))


def draw_lines(args):
    """[(levels uint8 `(HEIGHT, width)`, classes `(characters,)`, edges `(characters, 2)` in their pixels)] of lines with ink."""
    drawn, parts = [], [range(first, min(first + SAID_EVERY, args.lines)) for first in range(0, args.lines, SAID_EVERY)]
    with ProcessPoolExecutor(args.workers, get_context("spawn")) as pool:
        for part, lines in zip(parts, pool.map(partial(draw_part, tuple(args.fonts), args.corpus, args.seed), parts), strict=True):
            drawn += lines
            print(f"{part[-1] + 1:,} lines", flush=True)
    return drawn


def draw_part(fonts, corpus, seed, numbers):
    """As draw_lines, those of some numbers."""
    lines = [draw_script_line(seed, number, known_sources(fonts, corpus), None if number % MORE_SIGNS else "digit") for number in numbers]
    lines = [line for line in lines if has_ink(line.image)]
    return [(level_line(line.image)[:, :WIDEST], line.classes, line.edges * HEIGHT / line.image.shape[0]) for line in lines]


@lru_cache(1)
def known_sources(fonts, corpus):
    return load_sources(fonts, corpus)


def change_line(rng, levels, edges):
    """A line stretched, slanted, moved up or down, thinned or thickened, with noise, each by chance; and where its characters are then."""
    stretch, slant, shift = np.exp(rng.uniform(*np.log(STRETCH))), rng.normal(0, SLANT / 2), rng.uniform(-SHIFT, SHIFT)
    scale, middle = rng.uniform(0.88, 1.12), HEIGHT / 2
    matrix = np.array([[stretch, slant, -slant * middle], [0, scale, middle * (1 - scale) + shift]], np.float32)
    width = max(round(levels.shape[1] * stretch), STRIDE)
    levels = cv2.warpAffine(levels, matrix, (width, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    kind = rng.random()
    if kind < 0.3:
        kernel = np.ones((2, 1) if kind < 0.05 else (1, 2) if kind < 0.1 else (2, 2), np.uint8)
        changed = (cv2.erode if rng.random() < 0.5 else cv2.dilate)(levels, kernel)
        levels = cv2.addWeighted(levels, 1 - (part := rng.uniform(0.3, 1)), changed, part, 0)
    if rng.random() < 0.2:
        levels = np.clip(levels + rng.normal(0, rng.uniform(0, NOISE), levels.shape), 0, 255).astype(np.uint8)
    return levels, edges * stretch


def frame_truth(classes, edges, frames):
    """The class and the weight of each frame of a line at HEIGHT: those of a character weigh as much as the root of their number."""
    unknown = CLASSES.index(UNKNOWN)
    kinds, weights = np.full(frames, unknown), np.full(frames, 0.5, np.float32)
    for kind, (left, right) in zip(classes, edges / STRIDE, strict=True):
        first, last = max(round(left), 0), min(max(round(right), round(left) + 1), frames)
        kinds[first:last] = kind
        weights[first:last] = 1.6 * max(last - first, 1) ** -0.5 if kind != unknown else 0.5
    return kinds, weights * (64 / frames) ** 0.5  # of a short line each frame counts for more


class Batches(keras.utils.PyDataset):
    """Batches of lines of like width, changed anew in each epoch: levels, classes of the frames, and their weights, 0 beyond a line."""

    def __init__(self, lines, seed):
        super().__init__()
        self.lines, self.seed, self.epoch = lines, seed, 0
        self.on_epoch_end()

    def __len__(self):
        return len(self.rows)

    def on_epoch_end(self):
        rng = np.random.default_rng([self.seed, 3, self.epoch])
        self.epoch += 1
        widths = np.array([line[0].shape[1] for line in self.lines]) * np.exp(rng.normal(0, 0.05, len(self.lines)))
        rows = widths.argsort()[: len(widths) // BATCH * BATCH].reshape(-1, BATCH)
        # The narrowest and the widest come first: Keras takes what the first two have in common for the shape of all.
        self.rows = rows[[0, -1, *(1 + rng.permutation(len(rows) - 2))]]

    def __getitem__(self, number):
        rng = np.random.default_rng([self.seed, 4, self.epoch, number])
        changed = [(*change_line(rng, levels, edges), kinds) for levels, kinds, edges in (self.lines[row] for row in self.rows[number])]
        width = -(-max(levels.shape[1] for levels, _, _ in changed) // 64) * 64  # few widths, for each is compiled anew
        images = np.empty((BATCH, width, HEIGHT, 1), np.uint8)
        classes, weights = np.zeros((BATCH, width // STRIDE), int), np.zeros((BATCH, width // STRIDE), np.float32)
        for place, (levels, edges, kinds) in enumerate(changed):
            images[place] = pad_line(levels, width)
            frames = -(-levels.shape[1] // STRIDE)
            classes[place, :frames], weights[place, :frames] = frame_truth(kinds, edges, frames)
        return images, classes, weights / weights.mean()


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """Up to RATE within WARM_UP steps, then down to nothing by half a cosine."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        falling = 0.5 * RATE * (1 + keras.ops.cos(np.pi * keras.ops.minimum(step / self.steps, 1.0)))
        return falling * keras.ops.minimum((step + 1) / WARM_UP, 1.0)


def train(args, lines):
    """The network, and its steps and the share of the frames, each with its weight, that were right in the last epoch."""
    keras.utils.set_random_seed(args.seed)
    batches, network = Batches(lines, args.seed), build_network()
    steps = args.epochs * len(batches)
    network.compile(
        keras.optimizers.Adam(Rate(steps), clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="right")],
        jit_compile=False,  # XLA takes four times as long for these on a CPU
    )
    past = network.fit(batches, epochs=args.epochs, verbose=2, shuffle=False)
    return network, steps, past.history["right"][-1]


def convert(network):
    """The bytes of a LiteRT file with the signature `scripts`: image uint8 `(1, width, HEIGHT, 1)` → shares `(1, frames, classes)`."""
    import tensorflow as tf

    read = freeze_layer(network, training=False)

    def scripts(image):
        return {"shares": tf.nn.softmax(read(tf.cast(image, tf.float32)))}

    spec = tf.TensorSpec((1, None, HEIGHT, 1), tf.uint8, name="image")
    return convert_functions({"scripts": (scripts, [spec])}, "dynamic")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="*", default=[str(Path(__file__).parents[1] / "fonts")])
    parser.add_argument("--corpus")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=24000)
    parser.add_argument("--workers", type=int, default=2, help="processes that draw lines")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    started = time.perf_counter()
    lines = draw_lines(args)
    frames = sum(-(-levels.shape[1] // STRIDE) for levels, _, _ in lines)
    print(f"{frames:,} frames in {time.perf_counter() - started:.0f} s", flush=True)
    network, steps, right = train(args, lines)
    parameters = sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)
    chosen = f"--lines {args.lines} --epochs {args.epochs} --seed {args.seed}"
    card = CARD.format(
        command=f"python benchmarks/scripts_training.py --fonts … --corpus … --out FOLDER {chosen}", right=right, parameters=parameters,
        epochs=args.epochs, frames=frames, lines=args.lines, seed=args.seed, steps=steps, batch=BATCH, height=HEIGHT,
        held_out=", ".join(TEST_FONTS),
    )  # fmt: skip
    record = {"stride": STRIDE, "multiple": WIDTH_STEP, "quantise": "dynamic"}
    write_preset(args.out, {"task": TASK, "classes": list(CLASSES), "parameters": parameters}, {}, card)
    write_engine_files(args.out, {TASK: convert(network)}, record, LITERT_CARD)
    print(f"{parameters:,} parameters, {steps:,} steps in {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
