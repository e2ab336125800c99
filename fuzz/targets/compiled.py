"""The compiled code: arrays of any type, shape and content, and arguments of any value."""

import json

import numpy as np

from fuzz.frame import target
from fuzz.structure import mutate_json


def seed_calls():
    call = {"shape": [8, 12, 6], "type": "float32", "fill": 1.0, "odd": [[3, "nan"], [9, -1.0]], "noise": 1, "order": "C", "options": {}}
    options = {
        "region_threshold": 0.0, "kernel_threshold": 0.5, "min_kernel_area_px": 2, "min_area_px": 3, "min_score": 0.5, "max_distance": 3.0,
        "channels_first": False,
    }  # fmt: skip
    yield json.dumps(call).encode()
    yield json.dumps(call | {"options": options, "odd": []}).encode()
    yield json.dumps(call | {"options": options | {"channels_first": True}, "shape": [6, 8, 12]}).encode()
    yield json.dumps(call | {"shape": [0, 0, 6]}).encode()
    yield json.dumps(call | {"shape": [300, 300, 6], "noise": 5}).encode()
    yield json.dumps(call | {"order": "F"}).encode()
    characters = {
        "region_threshold": 0.4, "link_threshold": 0.4, "min_peak": 0.7, "min_area_px": 3, "grow": True, "characters": True,
        "min_character": 0.5, "valley": 0.8,
    }  # fmt: skip
    yield json.dumps(call | {"shape": [20, 30, 2], "options": characters, "odd": []}).encode()
    yield json.dumps(call | {"shape": [200, 300, 2], "noise": 3, "options": characters | {"grow": False}, "odd": []}).encode()
    for kind in TYPES:
        yield json.dumps(call | {"type": kind}).encode()


TYPES = ("float32", "float64", "int32", "uint8", "bool", "float16", "object", ">f4")


def _array(call):
    """The array that a text describes; None where it describes none, or one that is too large to make here."""
    try:
        shape = tuple(max(int(side), 0) for side in call["shape"])[:5]
        kind = np.dtype(call["type"] if call["type"] in TYPES else "f4")
        noise, fill = int(call["noise"]) % 2**32, float(call["fill"])
        if np.prod([float(side) for side in shape]) > 10**6:
            return None
        array = np.full(shape, fill, np.float32)
        if noise:
            array = np.random.default_rng(noise).normal(0, 1, shape).astype(np.float32)
        flat = array.reshape(-1)
        for place, value in call["odd"]:
            if flat.size:
                flat[int(place) % flat.size] = float(value)
        return np.asarray(array.astype(kind), order="F" if call["order"] == "F" else "C")
    except Exception:
        return None


@target(seed_calls, errors=(ValueError, TypeError), mutate=mutate_json)
def compiled(contents):
    """Arguments of another type are TypeErrors of pybind11, which lists the types that it takes; all else is a ValueError of ours."""
    from ocr_crnn.ops import _native

    try:
        call = json.loads(contents)
        options = dict(call["options"])
    except Exception:
        return
    array = _array(call)
    if array is None:
        return
    if array.ndim == 3 and array.shape[2] == 2:
        _find_characters(_native, array, options)
    names = ("region_threshold", "kernel_threshold", "min_kernel_area_px", "min_area_px", "min_score", "max_distance", "channels_first")
    options = {name: options[name] for name in names if name in options}
    try:
        labels, scores, areas, quads, points, splits = _native.aggregate_pixels(array, **options)
    except TypeError as error:
        if "incompatible function arguments" not in str(error):
            raise
        return
    _check(array, options, labels, scores, areas, quads, points, splits)


def _find_characters(native, array, options):
    names = ("region_threshold", "link_threshold", "min_peak", "min_area_px", "grow", "characters", "min_character", "valley")
    try:
        scores, areas, quads, peaks, characters, splits = native.find_characters(array, **{n: options[n] for n in names if n in options})
    except ValueError:
        return  # the other function has maps of two channels to look at, too
    except TypeError as error:
        if "incompatible function arguments" not in str(error):
            raise
        return
    if not len(scores) == len(areas) == len(quads) == len(splits) - 1 or not len(peaks) == len(characters) == splits[-1]:
        raise RuntimeError("The columns have a row for each text, and for each character.")
    if not (np.isfinite(quads).all() and np.isfinite(characters).all() and (np.diff(splits) >= 0).all()):
        raise RuntimeError("Boxes are finite.")


def _check(array, options, labels, scores, areas, quads, points, splits):
    count, first = len(scores), bool(options.get("channels_first", False))
    sizes = array.shape[1:] if first else array.shape[:2]
    if labels.shape != sizes or labels.max(initial=0) > count or labels.min(initial=0) < 0:
        raise RuntimeError(f"Labels are 0..{count}. Received: {labels.shape}.")
    if len(areas) != count or quads.shape != (count, 4, 2) or len(splits) != count + 1 or splits[-1] != len(points):
        raise RuntimeError("The columns have a row for each instance.")
    if not (np.isfinite(quads).all() and np.isfinite(points).all() and np.isfinite(scores).all()):
        raise RuntimeError("Boxes and scores are finite.")
