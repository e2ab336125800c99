"""Pixel aggregation: compiled, behind tf.py_function and in graph, against the published algorithm: `python benchmarks/aggregation.py`.

The maps are drawn: ragged regions, broken kernels, false blobs, noisy vectors. The peer is the published algorithm in
NumPy and Python with its loop over `cv2.minAreaRect`, to which the tests hold ours. Memory is the growth of the peak of a fresh
process in one call.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from aggregation_maps import draw_grid, draw_page
from published_aggregation import aggregate_pixels as aggregate_as_published
from published_aggregation import measure_instances
from timing import compare

from ocr_crnn.ops import _native

# height, width, lines, words a line, height of a line in map pixels
PAGES = {
    "368×368, 150 lines": (368, 368, 150, 1, 4.2),
    "880×624, 600 words": (880, 624, 50, 12, 9.0),
    "880×624, 1500 words": (880, 624, 75, 20, 7.0),
}


def measure_memory(maps):
    """Instances, and MiB by which one compiled call raises the peak of a fresh process that holds the maps and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/maps.npy", maps)
        command = [sys.executable, __file__, "--memory-of", f"{folder}/maps.npy"]
        instances, grown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(instances), float(grown)


def print_memory(path):
    maps = np.load(path)
    before = read_peak_kib()
    result = _native.aggregate_pixels(maps)
    print(len(result[1]), (read_peak_kib() - before) / 1024)


def read_peak_kib():
    """The largest resident size of this process; unlike `ru_maxrss` it does not start from that of the parent."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def box_agreement(quads, others):
    """Share of the larger number of boxes that have one of IoU > 0.9 in the other set."""
    from ocr_crnn.geometry import quad_ious

    return (quad_ious(quads, others).max(axis=1) > 0.9).sum() / max(len(quads), len(others))


def measure_page(name, page, repeats):
    import tensorflow as tf

    from ocr_crnn.ops.pixel_aggregation import aggregate_pixels, aggregate_pixels_compiled

    maps = draw_page(np.random.default_rng(1), *page)
    planar, tensor = np.ascontiguousarray(maps.transpose(2, 0, 1)), tf.constant(maps[None])
    specification = [tf.TensorSpec([None, None, None, 6])]
    # As within a larger graph: packing ragged results for Python after the call is not part of it.
    wrapped = tf.function(lambda maps: tf.nest.flatten(aggregate_pixels_compiled(maps), True), input_signature=specification)
    graph = tf.function(aggregate_pixels, input_signature=specification)
    gated = tf.function(lambda maps: aggregate_pixels(maps, max_distance=3.0), input_signature=specification)
    ours = {
        "compiled": lambda: _native.aggregate_pixels(maps),
        "compiled, planar maps": lambda: _native.aggregate_pixels(planar, channels_first=True),
        "compiled, vectors tested": lambda: _native.aggregate_pixels(maps, max_distance=3.0),
        "compiled in tf.py_function": lambda: wrapped(tensor),
        "in graph": lambda: graph(tensor),
        "in graph, vectors tested": lambda: gated(tensor),
    }
    published = {
        "published algorithm, labels": lambda: aggregate_as_published(maps),
        "published loop over boxes": lambda: measure_instances(labels, maps[..., 0], labels),
    }
    labels, _, _, quads, *_ = _native.aggregate_pixels(maps)
    for kind, times in {**compare(ours, repeats), **compare(published, 1, warm_ups=0)}.items():
        least, median = times.least(), times.median()
        figures = (least.wall, median.wall, least.processor, median.processor)
        print(f"| {name} | {len(quads)} | {kind} | {' | '.join(f'{1e3 * seconds:.2f}' for seconds in figures)} |", flush=True)
    instances = graph(tensor)
    equal, equal_in_graph = np.mean(aggregate_as_published(maps) == labels), np.mean(instances.labels[0] == labels)
    return (
        f"{name}: pixels equal to the published algorithm {equal:.2%}; of the graph to the compiled {equal_in_graph:.2%}, "
        f"boxes with IoU > 0.9 {box_agreement(quads, instances.quads[0]):.2%}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=40, help="calls of each of ours; the published algorithm runs once")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} from all work, OpenCV {cv2.__version__} with one thread\n")
    columns = ["map", "instances", "what", "wall min ms", "wall median ms", "processor min ms", "processor median ms"]
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
    notes = [measure_page(name, page, args.repeats) for name, page in PAGES.items()]
    print("\n" + "\n".join(f"- {note}" for note in notes) + "\n")
    print("| map | instances | peak memory of a compiled call MiB |\n|---|---|---|")
    blank = np.full((880, 624, 6), -1, np.float32)
    pages = {name: draw_page(np.random.default_rng(1), *page) for name, page in PAGES.items()}
    for name, maps in {"880×624, blank": blank, **pages, "880×624, grid of tiny kernels": draw_grid(294, 156)[:880]}.items():
        print("| {} | {} | {:.1f} |".format(name, *measure_memory(np.ascontiguousarray(maps))))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory-of"]:
        print_memory(sys.argv[2])
    else:
        main()
