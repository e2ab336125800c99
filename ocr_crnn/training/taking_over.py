"""A network that begins with what another has learnt: layers of the same names and shapes, normalisation set so that nothing changes."""

import keras
import numpy as np

from ocr_crnn.training.transfer import LoadReport


def take_over(network, source, images=None):
    """Give a network the weights of every layer that `source` has by the same name and shape, print a LoadReport and return the network.

    A shipped network has its batch normalisation melted into its convolutions. A new one trains better with it, so each normalisation is
    set to what its convolution gives on `images (batch, height, width, 3)`: it then changes nothing, neither with these statistics nor
    with those of a batch like them. A network that is folded itself has no normalisation to set, and needs no images.
    Raises ValueError where the two have no layer in common.
    """
    known = {layer.name: layer for layer in source.layers if layer.weights}
    ours = {layer.name: layer for layer in network.layers if layer.weights}
    report, melted = LoadReport("by name", skipped=[(name, "no such layer in the model") for name in known if name not in ours]), []
    for name, layer in ours.items():
        norm = name.removesuffix("_conv") + "_bn"
        if name not in known:
            continue
        stored, values = known[name], known[name].get_weights()
        if norm in ours and norm not in known and len(values) == 2:  # a convolution with the bias of what is melted into it
            values = values[:1]
        if [value.shape for value in values] != [weight.shape for weight in layer.weights]:
            report.skipped.append((name, "of another shape"))
            continue
        layer.set_weights(values)
        report.loaded.append((name, name))
        if len(values) < len(stored.weights):
            melted.append((stored, ours[norm]))
            report.loaded.append((name, norm))
    if not report.loaded:
        raise ValueError(
            f"A network begins with another that shares layers with it. Received: {type(source).__name__}, with none of those of "
            f"{type(network).__name__}. Name a preset with the same backbone."
        )
    _set_norms(source, melted, images)
    report.missing = [name for name in ours if name not in {target for _, target in report.loaded}]
    print(report)
    return network


def _set_norms(source, melted, images):
    """Normalisations that give what their convolutions of `source`, bias included, give on these images."""
    if not melted:
        return
    outputs = keras.Model(source.input, [layer.output for layer, _ in melted])(images, training=False)
    for (layer, norm), output in zip(melted, outputs, strict=True):
        values = np.asarray(keras.ops.convert_to_numpy(output), np.float32).reshape(-1, output.shape[-1])
        mean, variance = values.mean(axis=0), values.var(axis=0)
        norm.set_weights([np.sqrt(variance + norm.epsilon), mean, mean - layer.get_weights()[1], variance])
