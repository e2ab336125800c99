"""The weights of the preset scripts_ko: two layers over the frames of the shipped recogniser, which tell scripts apart frame by frame.

    python benchmarks/scripts_training.py --fonts FOLDER … --corpus FOLDER --out FOLDER [--lines 6000] [--epochs 8] [--seed 0]

Lines are rendered: of one script, of several, in letters of scripts that are none of ours, and paper without text. Each frame learns the
script of the character that stands there; of a wide character each frame counts for less. NumPy alone: Adam (Kingma and Ba, 2015) on the
cross-entropy, the rate falling to nothing.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from script_lines import TEST_FONTS, draw_script_line, load_sources

from ocr_crnn.presets import read_preset, write_preset
from ocr_crnn.reading.engine import load_recognition_engine
from ocr_crnn.reading.script_network import (
    CLASSES,
    FEATURES,
    FILE,
    HEIGHT,
    SHAPES,
    STRIDE,
    TASK,
    UNKNOWN,
    WINDOW,
    frames_checksum,
    frames_of_line,
)  # fmt: skip
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET

BATCH, RATE, DROPPED, SAID_EVERY = 512, 1e-3, 0.1, 500
CARD = """# scripts_ko

Tells in which script a line is written and where another begins: Hangul, Latin, digits and symbols, Hanja, Kana, or none of them.
{parameters:,} parameters over the frames of `{recognizer}` (`ocr_crnn/reading/script_network.py`); with other weights of that
recogniser they have to be trained anew, and until then the script of a word is told by its text alone. No text or image is in it.

```
{command}
```

{epochs} times over the {frames:,} frames of {lines:,} lines that the package renders, seed {seed}; in the last epoch {right:.4f} of them
were right.
Text: that of `attention_ctc_ko` (its card has sources and licences), Japanese words and any Kana; fonts: those of its stage 6 without
{held_out}, which are kept for measuring, but which the recogniser has seen.
Rendered lines alone: no document of anybody. Licence: Apache-2.0, as the package.
Figures: `python benchmarks/documents_scripts.py --fonts … --corpus …`.
"""


def frame_truth(line, frames):
    """The class and the weight of each frame of the line at HEIGHT: those of a character weigh as much as the root of their number."""
    classes, weights = np.full(frames, CLASSES.index(UNKNOWN)), np.full(frames, 0.5, np.float32)
    for kind, (left, right) in zip(line.classes, line.edges * HEIGHT / line.image.shape[0] / STRIDE, strict=True):
        first, last = max(round(left), 0), min(max(round(right), round(left) + 1), frames)
        classes[first:last] = kind
        weights[first:last] = 1.6 * max(last - first, 1) ** -0.5 if kind != CLASSES.index(UNKNOWN) else 0.5
    return classes, weights


def draw_frames(args, engine):
    """float16 `(n, FEATURES)` of all lines, WINDOW // 2 rows of zeros after each; the rows that are frames; their classes and weights."""
    sources, room = load_sources(args.fonts, args.corpus), np.zeros((WINDOW // 2, FEATURES), np.float16)
    parts, rows, classes, weights, count = [room], [], [], [], len(room)
    for number in range(args.lines):
        line = draw_script_line(args.seed, number, sources)
        frames = frames_of_line(line.image, engine).astype(np.float16)
        kinds, weight = frame_truth(line, len(frames))
        parts += [frames, room]
        rows.append(np.arange(count, count + len(frames)))
        classes.append(kinds)
        weights.append(weight)
        count += len(frames) + len(room)
        if number % SAID_EVERY == SAID_EVERY - 1:
            print(f"{number + 1:,} lines", flush=True)
    return np.concatenate(parts), np.concatenate(rows), np.concatenate(classes), np.concatenate(weights)


def train(args, frames, rows, classes, weights):
    """The weights, and how many of the frames were right in the last epoch."""
    rng = np.random.default_rng([args.seed, 2])
    network = [
        rng.normal(0, np.sqrt(2 / shape[0]), shape).astype(np.float32) if len(shape) == 2 else np.zeros(shape, np.float32)
        for shape in SHAPES.values()
    ]
    moments = [(np.zeros_like(array), np.zeros_like(array)) for array in network]
    steps, step, around = args.epochs * (len(rows) // BATCH), 0, np.arange(WINDOW) - WINDOW // 2
    for epoch in range(args.epochs):
        order, right, loss = rng.permutation(len(rows)), 0.0, 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            seen = frames[rows[batch, None] + around].reshape(BATCH, -1).astype(np.float32)  # (batch, WINDOW · FEATURES)
            slopes, shares = gradients(rng, network, seen, classes[batch], weights[batch])
            right += (shares.argmax(axis=1) == classes[batch]).mean()
            loss -= np.log(shares[np.arange(BATCH), classes[batch]] + 1e-9).mean()
            step += 1
            rate = RATE * (1 - step / (steps + 1)) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for array, (first, second), slope in zip(network, moments, slopes, strict=True):
                first += 0.1 * (slope - first)
                second += 0.001 * (slope * slope - second)
                array -= rate * first / (np.sqrt(second) + 1e-8)
        batches = len(order) // BATCH
        print(f"epoch {epoch + 1}: loss {loss / batches:.4f}, {right / batches:.4f} of the frames right", flush=True)
    return network, right / batches


def gradients(rng, network, seen, classes, weights):
    """Gradients of the weighted mean cross-entropy, a share DROPPED of the hidden units left out; and the shares."""
    kernel_0, bias_0, kernel_1, bias_1 = network
    hidden = np.maximum(seen @ kernel_0 + bias_0, 0)
    kept = (rng.random(hidden.shape, np.float32) >= DROPPED) / np.float32(1 - DROPPED)
    hidden *= kept
    logits = hidden @ kernel_1 + bias_1
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    slope = shares.copy()
    slope[np.arange(len(classes)), classes] -= 1
    slope *= (weights / weights.sum())[:, None]
    below = (slope @ kernel_1.T) * kept * (hidden > 0)
    return [seen.T @ below, below.sum(axis=0), hidden.T @ slope, slope.sum(axis=0)], shares


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="*", default=[str(Path(__file__).parents[1] / "fonts")])
    parser.add_argument("--corpus")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=6000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    recognizer = read_preset(DEFAULT_PRESET, "recognition")
    started = time.perf_counter()
    frames, rows, classes, weights = draw_frames(args, load_recognition_engine(*recognizer, interpreters=1))
    print(f"{len(rows):,} frames in {time.perf_counter() - started:.0f} s", flush=True)
    network, right = train(args, frames, rows, classes, weights)
    arrays = {name: array.astype(np.float16) for name, array in zip(SHAPES, network, strict=True)}
    parameters = sum(array.size for array in network)
    config = {"task": TASK, "recognizer": DEFAULT_PRESET, "frames": frames_checksum(recognizer[1]), "parameters": parameters}
    chosen = f"--lines {args.lines} --epochs {args.epochs} --seed {args.seed}"
    card = CARD.format(
        command=f"python benchmarks/scripts_training.py --fonts … --corpus … --out FOLDER {chosen}", recognizer=DEFAULT_PRESET, right=right,
        parameters=parameters, epochs=args.epochs, frames=len(rows), lines=args.lines, seed=args.seed, held_out=", ".join(TEST_FONTS),
    )  # fmt: skip
    write_preset(args.out, config, {FILE: lambda path: save(path, arrays)}, card)


def save(path, arrays):
    with open(path, "wb") as stream:
        np.savez_compressed(stream, **arrays)


if __name__ == "__main__":
    main()
