"""`make sanitize` runs this file on an extension built with sanitizers: a bad read or write ends the process."""

import importlib.util
import random
import sys

import numpy as np

import ocr_crnn.ops
from benchmarks.aggregation_maps import draw_grid, draw_page, draw_random_maps
from fuzz.frame import attempt, load_targets

FUNCTIONS = {"aggregate_pixels", "find_characters"}  # what is run here and by the target `compiled`; a new one has to be added to both


def load_extension(path):
    spec = importlib.util.spec_from_file_location("_native", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def draw_all_maps(rng, count):
    """Random maps, some with NaN and infinities, extreme shapes, many instances and drawn pages."""
    for number in range(count):
        maps = draw_random_maps(rng)
        if number % 10 == 0:
            maps[rng.random(maps.shape) < 0.05] = rng.choice([np.nan, np.inf, -np.inf])
        yield maps
    for shape in [(0, 0, 6), (0, 3, 6), (3, 0, 6), (1, 1, 6), (1, 3000, 6), (3000, 1, 6), (257, 255, 6)]:
        for logit in (-1, 1):
            yield np.full(shape, logit, np.float32)
    yield draw_grid(100, 100)
    yield draw_page(rng, 368, 368, 60, 3, 5.0)
    yield rng.normal(0, 1, (300, 200, 6)).astype(np.float32)


def run_maps(native, count):
    """(maps, instances, calls refused) of random maps in both layouts."""
    rng = np.random.default_rng(0)
    refused = instances = 0
    for number, maps in enumerate(draw_all_maps(rng, count)):
        settings = {
            "min_kernel_area_px": int(rng.integers(0, 4)),
            "min_area_px": int(rng.integers(0, 6)),
            "min_score": float(rng.choice([0.0, 0.7])),
            "max_distance": [None, 3.0, 0.0][number % 3],
        }
        planar = np.ascontiguousarray(maps.transpose(2, 0, 1))
        for array, channels_first in ((maps, False), (planar, True)):
            try:
                instances += len(native.aggregate_pixels(array, channels_first=channels_first, **settings)[1])
            except ValueError:  # NaN
                refused += 1
        try:
            instances += len(native.find_characters(np.ascontiguousarray(maps[..., :2]), grow=number % 2 == 0, min_area_px=number % 5)[1])
        except ValueError:
            refused += 1
    return number + 1, instances, refused


def run_calls(native, count):
    """Calls with arrays and arguments of any kind, by the target of fuzz/targets/compiled.py. Raises RuntimeError for a fault."""
    ocr_crnn.ops._native = sys.modules["ocr_crnn.ops._native"] = native
    compiled, rng = load_targets()["compiled"], random.Random(0)
    for contents in [*compiled.starts(), *(compiled.draw(rng) for _ in range(count))]:
        fault, _ = attempt(compiled, contents)
        if fault:
            raise RuntimeError(f"{contents[:1000]!r}: {fault.told}")


def main(path, maps=10_000, calls=10_000):
    native = load_extension(path)
    if found := {name for name in vars(native) if not name.startswith("__")} ^ FUNCTIONS:
        sys.exit(f"Every function of the extension is run here. Received: {', '.join(sorted(found))}. Add it, or take it out of FUNCTIONS.")
    maps, instances, refused = run_maps(native, maps)
    run_calls(native, calls)
    print(f"{maps} maps in two layouts, {instances} instances, {refused} calls refused for NaN, {calls} mutated calls: no report")


if __name__ == "__main__":
    main(sys.argv[1])
