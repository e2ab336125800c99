"""Texts and characters from CRAFT's maps: compiled, in graph, and as the published code takes the texts: `python benchmarks/characters.py`.

The map is one of 1280×906 cells, as of an A4 page of 300 dpi at a stride of 2, with 800 words of five characters, drawn by the
training's targets with some noise. The published extraction is written anew, to which the tests hold the boxes.
"""

import argparse
import os
import platform

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from published_craft import published_boxes
from timing import compare, timed

from ocr_crnn.detection.characters import CharacterDecoder
from ocr_crnn.detection.gaussian import draw_gaussians, link_quads
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops import _native
from ocr_crnn.ops.linked_texts import find_linked_texts

SIZE, ROWS, WORDS, CHARACTERS = (1280, 906), 50, 16, 5
WIDE, HIGH = 10, 14  # of a character, cells


def draw_words(rng):
    """Maps float32 `(height, width, 2)`."""
    top, left = np.meshgrid(np.linspace(10, SIZE[0] - 30, ROWS), np.linspace(6, SIZE[1] - 56, WORDS), indexing="ij")
    lefts = left.reshape(-1, 1) + np.arange(CHARACTERS) * WIDE
    boxes = np.stack(np.broadcast_arrays(lefts, top.reshape(-1, 1), WIDE - 1, HIGH), axis=-1)  # (words, characters, 4)
    quads = boxes_to_quads(boxes.reshape(-1, 4)).reshape(-1, CHARACTERS, 4, 2).astype(float)
    links = link_quads(quads[:, :-1].reshape(-1, 4, 2), quads[:, 1:].reshape(-1, 4, 2))
    maps = np.stack([draw_gaussians(quads.reshape(-1, 4, 2), SIZE), draw_gaussians(links, SIZE)], axis=-1)
    return maps + rng.normal(0, 0.01, maps.shape).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=40)
    args = parser.parse_args()
    maps = draw_words(np.random.default_rng(1))
    settings = CharacterDecoder()
    graph = tf.function(find_linked_texts, input_signature=[tf.TensorSpec((None, None, 2))] + [tf.TensorSpec((), tf.float32)] * 3 +
                        [tf.TensorSpec((), tf.int32)])  # fmt: skip
    tensor = tf.constant(maps)
    ours = {
        "texts, compiled": lambda: _native.find_characters(maps, characters=False),
        "texts and characters, compiled": lambda: _native.find_characters(maps),
        "texts and characters, decoder": lambda: settings(maps, 2, 1.0),
        "texts, in graph": lambda: graph(tensor, 0.4, 0.4, 0.7, 10),
    }
    found = _native.find_characters(maps)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {len(found[0])} texts, {len(found[3])} characters\n")
    print("| what | wall min ms | wall median ms | processor min ms | processor median ms |\n|---|---|---|---|---|")
    times = compare(ours, args.repeats, 3)
    for name, one in times.items():
        print(f"| {name} | " + " | ".join(f"{1e3 * x:.2f}" for x in (one.least().wall, one.median().wall, *_processor(one))) + " |")
    boxes, seconds = timed(lambda: published_boxes(maps[..., 0], maps[..., 1]))
    print(f"| texts, published extraction, once | {1e3 * seconds.wall:.0f} | | {1e3 * seconds.processor:.0f} | |")
    least = times["texts, compiled"].least().processor
    print(f"\n{len(boxes)} boxes of the published extraction, {seconds.processor / least:,.0f} times as much processor time.")


def _processor(times):
    return times.least().processor, times.median().processor


if __name__ == "__main__":
    main()
