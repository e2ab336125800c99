"""Freezing layers: what stays as it is while the rest is trained."""

from dataclasses import dataclass
from difflib import get_close_matches

import keras


@dataclass
class Trainability:
    """Layers with weights, `{name: parameters}` each: those that are trained and those that are not."""

    trained: dict
    frozen: dict

    def __str__(self):
        def row(title, layers):
            return f"{title} {len(layers)} layers, {sum(layers.values()):,} parameters: {', '.join(layers) or 'none'}"

        return f"{row('Trained', self.trained)}\n{row('Frozen', self.frozen)}"


def freeze(model, names):
    """Exclude layers from training, print what is trained now and return it as a `Trainability`.

    names: names of layers, or beginnings of names ("conv" is every layer whose name begins so); layers within models within the
    model count too. A frozen BatchNormalization normalises by its moving averages in training too, and these stay as they are.
    Call it before `compile`. Raises ValueError for a name that no layer has, before anything is frozen.
    """
    layers = list(_layers(model))
    chosen = [layer for name in ([names] if isinstance(names, str) else names) for layer in _select(layers, name)]
    for layer in chosen:
        layer.trainable = False
    report = _trainability(model, layers)
    print(report)
    if model.compiled:
        print("The model is compiled already: compile it again, so that training takes note.")
    return report


def _layers(model):
    """All layers, those of models within the model too."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)


def _select(layers, name):
    """The layer of this name, or else all whose name begins so: "conv1" is "conv1", and is "conv1_1" where there is no "conv1"."""
    selected = [layer for layer in layers if layer.name == name] or [layer for layer in layers if layer.name.startswith(name)]
    if not selected:
        known = [layer.name for layer in layers]
        near = get_close_matches(name, known) or known[:10]
        raise ValueError(f"Layers are frozen by name or the beginning of a name. Received: {name!r}, which no layer has. Near: {near}.")
    return selected


def _trainability(model, layers):
    trained = {id(weight) for weight in model.trainable_weights}  # what an optimiser is given
    report = Trainability({}, {})
    for layer in layers:
        if layer.weights and not isinstance(layer, keras.Model):
            place = report.trained if any(id(weight) in trained for weight in layer.weights) else report.frozen
            place[layer.name] = layer.count_params()
    return report
