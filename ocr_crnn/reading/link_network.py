"""The network that says which lines belong together: two hidden layers over the features of an edge, in NumPy.

Weights are of the preset `clusters_ko`; `python benchmarks/documents_clusters.py --train FOLDER` makes them.
"""

from functools import lru_cache

import numpy as np

from ocr_crnn.presets import preset_file, read_preset
from ocr_crnn.reading.line_graph import FEATURES
from ocr_crnn.untrusted.npz import open_npz

PRESET, TASK, FILE = "clusters_ko", "clusters", "weights.npz"
UNITS = (FEATURES, 32, 16, 3)
NAMES = [f"{kind}_{layer}" for layer in range(3) for kind in ("kernel", "bias")]


def link_by_network(features, weights=None):
    """Features of edges `(m, FEATURES)` → the shares `(m, 3)` of none, same block, and label with value; they add up to 1.

    weights: [kernel, bias, …] of three layers, those of the shipped preset if left out.
    """
    values = np.asarray(features, np.float32)
    weights = load_weights() if weights is None else weights
    for layer in range(3):
        values = values @ weights[2 * layer] + weights[2 * layer + 1]
        if layer < 2:
            values = np.maximum(values, 0)
    values = np.exp(values - values.max(axis=1, keepdims=True, initial=-np.inf)) if len(values) else values
    return values / values.sum(axis=1, keepdims=True)


@lru_cache(4)
def load_weights(preset=PRESET):
    """The weights of a preset of the task "clusters". Raises ValueError where they have other shapes than UNITS tell."""
    with open_npz(preset_file(*read_preset(preset, TASK), FILE)) as arrays:
        weights = [arrays.read(name).astype(np.float32) for name in NAMES if name in arrays.declared]
    shapes = [shape for before, after in zip(UNITS, UNITS[1:], strict=False) for shape in ((before, after), (after,))]
    if [array.shape for array in weights] != shapes:
        raise ValueError(f"The network of lines has weights of {shapes}. Received: {[array.shape for array in weights]} in {preset}.")
    return weights
