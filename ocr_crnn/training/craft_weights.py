"""The published weights of CRAFT (clovaai/CRAFT-pytorch, .pth), in their names, for our network on VGG16."""

import re

import numpy as np

from ocr_crnn.training.published import read_tensors
from ocr_crnn.training.transfer import LoadReport

KINDS = {"kernel": "weight", "bias": "bias"}
OF_NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


def load_craft_weights(network, path):
    """Load a published checkpoint into a CRAFT on VGG16 that is not folded, and return a LoadReport.

    All 134 tensors have to be there, in the shapes of the network; counters of batches are left out. Raises DamagedFileError for a file
    that is no checkpoint, or whose pickle names more than tensors, and ValueError for weights of another network, which changes nothing.
    """
    tensors = {name.removeprefix("module."): tensor for name, tensor in read_tensors(path).items()}
    report, values = LoadReport("by the published names"), []
    for variable in network.variables:
        layer, kind = variable.path.rsplit("/", 1)
        name = published_name(layer, kind)
        if name not in tensors:
            raise ValueError(_other(path, f"nothing for {variable.path}" + (f", which is {name} there" if name else "")))
        tensor = np.asarray(tensors[name], np.float32)
        value = tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor  # (out, in, height, width) there
        if value.shape != tuple(variable.shape):
            raise ValueError(_other(path, f"{name} of the shape {tensor.shape}, {tuple(variable.shape)} in the network"))
        values.append((variable, value))
        report.loaded.append((name, variable.path))
    for variable, value in values:
        variable.assign(value)
    taken = {name for name, _ in report.loaded}
    report.skipped = [(n, "no such layer in the network") for n in tensors if n not in taken and not n.endswith("num_batches_tracked")]
    return report


def published_name(layer, kind):
    """The name that a weight of a layer of ours has there: ("slice1_0_bn", "gamma") → "basenet.slice1.1.weight"; None where it has none."""
    found = re.fullmatch(r"(slice\d|upconv\d|conv_cls)_(\d+)(_conv|_bn)?", layer)
    if not found:
        return None
    part, number, is_norm = found[1], int(found[2]), found[3] == "_bn"
    start = {"s": f"basenet.{part}", "u": f"{part}.conv", "c": part}[part[0]]
    return f"{start}.{number + is_norm}.{(OF_NORM if is_norm else KINDS).get(kind)}"


def _other(path, received):
    return (
        f"The published weights of CRAFT are for CRAFT('vgg16'), not folded. Received: {path}: {received}. "
        "Take craft_mlt_25k.pth or one of its layout, or make that network."
    )
