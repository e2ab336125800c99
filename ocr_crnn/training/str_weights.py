"""Published checkpoints of PARSeq, ViTSTR (baudm/parseq) and CLIP4STR (VamosC/CLIP4STR), in their names, for our networks."""

import re

import numpy as np

from ocr_crnn.training.clip_weights import assign_all, place_clip
from ocr_crnn.training.published import read_tensors
from ocr_crnn.training.transfer import LoadReport

# The 94 characters of the published weights, in their order: in the file the end comes before them, begin and padding behind.
CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
BLOCK = {
    "norm1": "norm_0", "norm2": "norm_1", "attn.qkv": "attention/query_key_value", "attn.proj": "attention/output_projection",
    "mlp.fc1": "expand", "mlp.fc2": "reduce",
}  # fmt: skip
DECODER = {
    "norm_q": "norm_query", "norm_c": "norm_content", "norm1": "norm_memory", "norm2": "norm_feed", "linear1": "expand",
    "linear2": "reduce", "self_attn.out_proj": "read/output_projection", "cross_attn.out_proj": "look/output_projection",
}  # fmt: skip
DECODERS = {"decoder.": "decoder", "visual_decoder.": "visual", "cross_decoder.": "cross"}


def load_str_weights(network, alphabet, path, characters=CHARACTERS, text=True):
    """Load a published checkpoint (.pt, .ckpt, .safetensors) into a PARSeq, a ViTSTR or a CLIP4STR, and return a LoadReport.

    alphabet: of the network. What the file knows of its characters goes to them; other characters keep the weights they had, and are
    counted in the notes. characters: those of the file, in its order. text: False leaves the text encoder of a CLIP4STR as it is.

    The kernels of the three colours are added: a grey image comes out the same. Of a ViTSTR the blocks, the last norm and the head are
    taken, for its tokens are made of other patches. Raises DamagedFileError, and ValueError for weights of another network or of other
    sizes; the network is changed after all checks and only as a whole.
    """
    report, values, names = LoadReport("by the published names"), {}, {}
    variables = {v.path: np.asarray(v) for v in network.variables}
    tensors = {re.sub(r"^((model|module)\.)+", "", name): np.asarray(x, np.float32) for name, x in read_tensors(path).items()}
    clip = {name.removeprefix("clip_model."): x for name, x in tensors.items() if name.startswith("clip_model.")}
    if clip and "image_tokens/places" in variables:
        values, names = place_clip(network, clip, path, text, report)
        report.skipped = [(f"clip_model.{name}", why) for name, why in report.skipped]
        names = {target: f"clip_model.{name}" for target, name in names.items()}
        tensors = {name: x for name, x in tensors.items() if not name.startswith("clip_model.")}
    for name, tensor in tensors.items():
        places = _places_of(name, tensor) if tensor.ndim else []
        found = [(target, value) for target, value in places if target in variables]
        if not found:
            report.skipped.append((name, "the network has no such part"))
        for target, value in found:
            values[target], names[target] = value, name
    wanted = [path for path in variables if not path.startswith(("conv", "columns/", "text_")) and not path.endswith("generator_state")]
    if "columns/projection/kernel" in variables or "conv1/kernel" in variables:  # ViTSTR's own tokens
        wanted = [path for path in wanted if path != "positions/table"]
        for target in [t for t in values if t.startswith(("patches/", "positions/", "columns/"))]:
            report.skipped.append((names[target], "tokens are made of other patches"))
            del values[target]
    absent = [path for path in wanted if path not in values]
    if absent:
        raise ValueError(_other(path, f"nothing for {absent[0]} and {len(absent) - 1} others of {type(network).__name__}"))
    if "positions/table" in values:
        columns, rows, units = variables["positions/table"].shape
        if values["positions/table"].shape != (rows * columns, units):
            received = values["positions/table"].shape
            raise ValueError(_other(path, f"places {received} for {columns} × {rows} patches; lines of 128 × 32 px have 16 × 8"))
        values["positions/table"] = values["positions/table"].reshape(rows, columns, units).transpose(1, 0, 2)
    for target in values:
        if target.endswith("/places") and not target.startswith(("image_", "text_")):
            values[target] = _first(values[target], variables[target], report, target)
        if target.endswith(("head/kernel", "head/class_bias", "/embedding")) and not target.startswith("text_"):
            values[target] = _of_alphabet(values[target], variables[target], alphabet.characters, characters, names[target], path)
    assign_all(network, values, names, report, path)
    known = [c for c in alphabet.characters if c in characters]
    report.notes.append(f"{len(known)} of {len(alphabet.characters)} characters are of the file, the others begin anew.")
    lost = [c for c in characters if c not in set(known)]
    report.notes += [f"{len(lost)} characters of the file are not in the alphabet: {''.join(lost)}"] if lost else []
    return report


def _places_of(name, tensor):
    """Pairs of a variable's path and its value, of a tensor of the file."""
    for start, ours in DECODERS.items():
        if name.startswith(start):
            return _in_decoder(name.removeprefix(start), tensor, ours)
    if name in ("head.weight", "head.bias", "text_embed.embedding.weight", "pos_queries"):
        found = _in_decoder(name, tensor, "decoder")
        return found + ([(found[0][0].removeprefix("decoder/"), tensor)] if name.startswith("head") else [])
    name = name.removeprefix("encoder.")
    if name == "patch_embed.proj.weight" and tensor.ndim == 4:
        return [("patches/projection/kernel", tensor.sum(axis=1).transpose(2, 1, 0).reshape(-1, len(tensor)))]
    if name in ("patch_embed.proj.bias", "pos_embed"):
        return [("patches/projection/bias", tensor)] if name[-1] == "s" else [("positions/table", tensor.reshape(-1, tensor.shape[-1]))]
    block = re.fullmatch(r"blocks\.(\d{1,3})\.(.+)\.(weight|bias)", name)
    if block and block[2] in BLOCK:
        return [_layer(f"block{int(block[1]) + 1}/{BLOCK[block[2]]}", block[3], tensor)]
    return [_layer("norm", name.rpartition(".")[2], tensor)] if name in ("norm.weight", "norm.bias") else []


def _in_decoder(name, tensor, ours):
    whole = {"head.weight": "head/kernel", "head.bias": "head/class_bias", "text_embed.embedding.weight": "embedding"}
    if name in whole:
        return [(f"{ours}/{whole[name]}", tensor)]
    if name == "pos_queries":
        return [(f"{ours}/places", tensor.reshape(-1, tensor.shape[-1]))]
    if name in ("norm.weight", "norm.bias"):
        return [_layer(f"{ours}/norm", name[5:], tensor)]
    attention = re.fullmatch(r"layers\.0\.(self|cross)_attn\.in_proj_(weight|bias)", name)
    if attention:
        layer, units = f"{ours}/{'read' if attention[1] == 'self' else 'look'}", len(tensor) // 3
        return [_layer(f"{layer}/query", attention[2], tensor[:units]), _layer(f"{layer}/key_value", attention[2], tensor[units:])]
    part, _, kind = name.removeprefix("layers.0.").rpartition(".")
    return [_layer(f"{ours}/{DECODER[part]}", kind, tensor)] if part in DECODER else []


def _layer(path, kind, tensor):
    if "norm" in path.rpartition("/")[2]:
        return f"{path}/{'gamma' if kind == 'weight' else 'beta'}", tensor
    return f"{path}/{'kernel' if kind == 'weight' else 'bias'}", tensor.T


def _first(rows, own, report, target):
    """The network's places, those of the file first. A text that is longer or shorter has as many as it needs."""
    count = min(len(rows), len(own))
    if len(rows) != len(own):
        report.notes.append(f"{target}: {count} of {len(own)} places are of the file, which has {len(rows)}.")
    return np.concatenate([rows[:count], own[count:]]) if rows.shape[1:] == own.shape[1:] else rows


def _of_alphabet(rows, own, ours, theirs, name, path):
    """Rows of the file, end, characters, begin, padding, in the order of the network: characters, end, begin, padding."""
    more = len(own) - len(ours)  # 1: the end; 3: begin and padding too
    if len(rows) != len(theirs) + more:
        raise ValueError(_other(path, f"{name} of {len(rows)} rows for {len(theirs)} characters and {more} more; give characters=…"))
    if rows.shape[1:] != own.shape[1:]:
        raise ValueError(_other(path, f"{name} of the shape {rows.shape} for one of {own.shape}"))
    place = {c: i + 1 for i, c in enumerate(theirs)}
    sources = [place.get(c) for c in ours] + [0, len(theirs) + 1, len(theirs) + 2][:more]
    return np.stack([own[i] if source is None else rows[source] for i, source in enumerate(sources)])


def _other(path, received):
    return f"A checkpoint is of the network that it is loaded into. Received: {path}: {received}. Make the network of its sizes."
