"""Weights from elsewhere: the `.h5` files of Keras 2, as the ssd_detectors lineage wrote them."""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import ops

from ocr_crnn.untrusted.h5 import open_h5


@keras.saving.register_keras_serializable(package="ocr_crnn")
def legacy_hard_sigmoid(x):
    """clip(0.2 x + 0.5, 0, 1): the gates of recurrent layers by default before Keras 2.3, so those of weights from 2018.

    The `hard_sigmoid` of Keras 3 is another function, relu6(x + 3) / 6. Use: `CRNN(…, recurrent_activation=legacy_hard_sigmoid)`.
    """
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


@dataclass
class LoadReport:
    """What happened to every layer with weights, of the file and of the model.

    loaded: pairs (name in the file, name in the model). skipped: pairs (name in the file, why). missing: names of layers of the
    model that keep the weights they had. notes: what to look at.
    """

    matched: str
    loaded: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def __str__(self):
        rows = [f"Loaded {len(self.loaded)} layers {self.matched}: " + ", ".join(a if a == b else f"{a} → {b}" for a, b in self.loaded)]
        rows += [f"Skipped {name}: {why}" for name, why in self.skipped]
        rows += [f"Left as it was: {name}" for name in self.missing]
        return "\n".join(rows + [f"Note: {note}" for note in self.notes])


def load_legacy_weights(model, path, rename=None, skip_mismatch=False):
    """Load a weights file or a whole-model file of Keras 2 (`.h5`) into a built model, print a `LoadReport` and return it.

    Layers are matched by name. Where no name of the file is in the model, as with the automatic names of early files, and the
    layers with weights are as many and of the same shapes, they are matched in order. Automatic names that are counted from
    another number, as conv1d, conv1d_1, … of TensorFlow's Keras for conv1d_1, conv1d_2, …, are matched in the order of the numbers.
    rename: `{name in the file: name in the model}` or such pairs. skip_mismatch: leave out layers whose shapes differ, as the
    head under a new alphabet, and say so; else they are an error.
    Raises FileNotFoundError, or ValueError for a file that is not of this kind, unknown names in `rename`, other shapes, or
    where nothing fits. The model is changed after all checks and only as a whole.
    """
    stored, config, version = _read(Path(path))
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    rename = _check_rename(dict(rename or {}), stored, layers)
    rename = _renumbered(stored, layers, rename) | rename
    pairs = [(name, rename.get(name, name)) for name in stored if rename.get(name, name) in layers]
    matched = "by name"
    if not pairs:
        matched, pairs = "in order", _match_in_order(stored, layers, skip_mismatch)
    report, values, mismatched = LoadReport(matched), [], []
    for name, target in pairs:
        difference = _difference(stored[name], layers[target])
        if difference:
            mismatched.append((name, difference))
        else:
            values += zip(layers[target].weights, stored[name], strict=True)
            report.loaded.append((name, target))
    if not report.loaded:
        raise ValueError(
            f"Weights fit the network they were made for. Received: {path} with layers {_listed(stored)}, a model with layers "
            f"{_listed(layers)}, and none in common{_reasons(mismatched)}. Build the network of the file, or give rename={{…}}."
        )
    if mismatched and not skip_mismatch:
        raise ValueError(
            f"Layers have the shapes of their weights. Received: {path}{_reasons(mismatched)}. A new alphabet changes the head: "
            "pass skip_mismatch=True to load all layers but these."
        )
    report.skipped = mismatched + [(n, "no such layer in the model") for n in stored if n not in dict(pairs)]
    report.missing = [name for name in layers if name not in {target for _, target in report.loaded}]
    report.notes = _gate_notes(config, version, [layers[target] for _, target in report.loaded])
    for variable, value in values:
        variable.assign(value)
    print(report)
    return report


def _read(path):
    """Arrays of every layer with weights, `{name: [array, …]}` in the order of the file; its model configuration; its Keras version."""
    if not path.is_file():
        raise FileNotFoundError(f"Weights are read from an .h5 file. Received: {path}, which is not there. Give its path.")
    try:
        with open_h5(path) as file:
            group = file.get("model_weights", file)
            if "layer_names" not in group.attrs and "layer_names0" not in group.attrs:
                raise ValueError(
                    f"Legacy weights name their layers in the attribute layer_names. Received: {path} without it. "
                    "A file of Keras 3 is loaded by model.load_weights(path)."
                )
            layers = {name: _read_arrays(group[name]) for name in _read_names(group, "layer_names")}
            config = _text(file.attrs["model_config"]) if "model_config" in file.attrs else None
            version = _text(group.attrs.get("keras_version", file.attrs.get("keras_version", "")))
    except OSError as error:
        raise ValueError(f"Legacy weights are a whole HDF5 file. Received: {path}: {error.strerror}. Copy or download it again.") from error
    return {name: arrays for name, arrays in layers.items() if arrays}, config, version


def _read_arrays(group):
    """The arrays of a layer, each of which is numbers and is named once."""
    names = _read_names(group, "weight_names")
    numbers = all(isinstance(group[name], h5py.Dataset) and group[name].dtype.kind in "biuf" for name in names)
    if len(set(names)) < len(names) or not numbers:
        raise ValueError(f"the weights {', '.join(names)[:200]} of {group.name[:80]!r} are not arrays of numbers, each named once")
    return [np.asarray(group[name]) for name in names]


def _read_names(group, attribute):
    """Names in an attribute, which Keras splits into attribute0, attribute1, … where it is longer than 64 kB."""
    parts = [attribute] if attribute in group.attrs else []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(f"{attribute}{len(parts)}")
    return [_text(name) for part in parts for name in group.attrs[part]]


def _text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _check_rename(rename, stored, layers):
    for name, known, place in [(n, stored, "file") for n in rename] + [(n, layers, "model") for n in rename.values()]:
        if name not in known:
            near = get_close_matches(name, known) or list(known)[:10]
            raise ValueError(
                f"rename maps layers of the file to layers of the model. Received: {name!r}, not in the {place}. Near: {near}."
            )
    targets = [rename.get(name, name) for name in stored]
    twice = sorted({target for target in targets if targets.count(target) > 1})
    if twice:
        raise ValueError(f"A layer of the model takes the weights of one layer. Received: two layers of the file for {twice}.")
    return rename


def _renumbered(stored, layers, rename):
    """`{name in the file: name in the model}` of automatic names (kind of layer, number) that go from one number up on both sides,
    as many, but from different numbers. By name alone each would go into its neighbour."""
    theirs = _by_kind(name for name in stored if name not in rename)
    ours = _by_kind(name for name, layer in layers.items() if name not in rename.values() and _kind(layer) == _split(name)[0])
    pairs = {}
    for kind, numbers in ours.items():
        received = theirs.get(kind, {})
        in_a_row = all(sorted(n) == list(range(min(n), min(n) + len(n))) for n in (numbers, received) if n)
        if len(received) == len(numbers) and in_a_row and min(received) != min(numbers):
            pairs |= {received[a]: numbers[b] for a, b in zip(sorted(received), sorted(numbers), strict=True)}
    return pairs


def _by_kind(names):
    """`{kind: {number: name}}`."""
    kinds = {}
    for name in names:
        kind, number = _split(name)
        kinds.setdefault(kind, {})[number] = name
    return kinds


def _split(name):
    """The kind and the number: "conv1d_3" → ("conv1d", 3), "conv1d" → ("conv1d", 0)."""
    kind, number = re.fullmatch(r"(.*?)(?:_(\d+))?", name).groups()
    return kind, int(number or 0)


def _kind(layer):
    """The automatic name of a layer without its number: BatchNormalization → "batch_normalization"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", type(layer).__name__).lower()


def _match_in_order(stored, layers, skip_mismatch):
    """Pairs (name in the file, name in the model) in order, where the layers of the file have the shapes of the model's; else none."""
    pairs = list(zip(stored, layers, strict=False))
    same = [not _difference(stored[name], layers[target]) for name, target in pairs]
    # Of another alphabet only the last layer differs.
    fits = len(stored) == len(layers) and all(same[:-1]) and (same[-1:] == [True] or skip_mismatch)
    return pairs if fits else []


def _difference(arrays, layer):
    """Why the arrays cannot be the weights of the layer, or an empty string."""
    stored, wanted = [tuple(array.shape) for array in arrays], [tuple(weight.shape) for weight in layer.weights]
    return "" if stored == wanted else f"shapes {stored} in the file, {wanted} in {layer.name!r} of the model"


def _gate_notes(config, version, layers):
    """A note where the recurrent layers of the model have, or may have, other gate activations than those of the file."""
    rnns = [layer for layer in layers if getattr(getattr(layer, "forward_layer", layer), "recurrent_activation", None)]
    gates = {getattr(layer, "forward_layer", layer).recurrent_activation for layer in rnns}
    if not gates or gates == {legacy_hard_sigmoid}:
        return []
    build = "build the network with recurrent_activation=legacy_hard_sigmoid"
    if config is not None and '"hard_sigmoid"' in config:
        return [f"the file's recurrent layers have hard_sigmoid gates; {build}."]
    numbers = re.match(r"(\d{1,9})\.(\d{1,9})", version)
    if config is None and numbers and tuple(map(int, numbers.groups())) < (2, 3):
        return [f"the file is from Keras {version}, where gates were hard_sigmoid by default; if these were, {build}."]
    return []


def _listed(names):
    names = list(names)
    return ", ".join(names[:8]) + (f", … ({len(names)})" if len(names) > 8 else "")


def _reasons(mismatched):
    return "".join(f"; {name}: {why}" for name, why in mismatched[:5])
