"""CLIP's published weights (.safetensors, .pt, in OpenAI's and open_clip's or in Hugging Face's naming) for the encoders of a CLIP4STR."""

import re

import numpy as np

from ocr_crnn.training.published import read_tensors
from ocr_crnn.training.transfer import LoadReport

MEAN = np.array([0.48145466, 0.4578275, 0.40821073])  # of red, green, blue, 0–1, that CLIP's images are brought to 0 by
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711])
# Hugging Face's name → OpenAI's, as patterns, tried one after the other on the whole name.
RENAMED = [
    (r"(vision|text)_model\.encoder\.layers\.(\d+)\.", lambda m: f"{'visual.' if m[1] == 'vision' else ''}transformer.resblocks.{m[2]}."),
    (r"\.layer_norm(\d)\.", r".ln_\1."), (r"\.self_attn\.", ".attn."), (r"\.mlp\.fc1\.", ".mlp.c_fc."), (r"\.mlp\.fc2\.", ".mlp.c_proj."),
    (r"vision_model\.embeddings\.class_embedding$", "visual.class_embedding"),
    (r"vision_model\.embeddings\.patch_embedding\.weight$", "visual.conv1.weight"),
    (r"vision_model\.embeddings\.position_embedding\.weight$", "visual.positional_embedding"),
    (r"vision_model\.pre_layrnorm\.", "visual.ln_pre."), (r"vision_model\.post_layernorm\.", "visual.ln_post."),
    (r"text_model\.embeddings\.token_embedding\.", "token_embedding."),
    (r"text_model\.embeddings\.position_embedding\.weight$", "positional_embedding"), (r"text_model\.final_layer_norm\.", "ln_final."),
]  # fmt: skip
PARTS = {
    "ln_1.weight": "norm_0/gamma", "ln_1.bias": "norm_0/beta", "ln_2.weight": "norm_1/gamma", "ln_2.bias": "norm_1/beta",
    "attn.in_proj_weight": "attention/query_key_value/kernel", "attn.in_proj_bias": "attention/query_key_value/bias",
    "attn.out_proj.weight": "attention/output_projection/kernel", "attn.out_proj.bias": "attention/output_projection/bias",
    "mlp.c_fc.weight": "expand/kernel", "mlp.c_fc.bias": "expand/bias", "mlp.c_proj.weight": "reduce/kernel",
    "mlp.c_proj.bias": "reduce/bias",
}  # fmt: skip
WHOLE = {
    "visual.conv1.weight": "image_patches/projection/kernel", "visual.class_embedding": "image_tokens/class_token",
    "visual.positional_embedding": "image_tokens/places", "visual.ln_pre.weight": "image_norm_before/gamma",
    "visual.ln_pre.bias": "image_norm_before/beta", "visual.ln_post.weight": "image_norm/gamma", "visual.ln_post.bias": "image_norm/beta",
    "visual.proj": "image_projection/kernel", "token_embedding.weight": "text_tokens/embedding",
    "positional_embedding": "text_tokens/places", "ln_final.weight": "text_norm/gamma", "ln_final.bias": "text_norm/beta",
    "text_projection": "text_projection/kernel",
}  # fmt: skip


def load_clip_weights(network, path, text=True):
    """Load CLIP's weights into both encoders of a CLIP4STR and return a LoadReport; the decoders keep theirs.

    text: False for the image encoder alone, as where the text encoder is over characters.

    Lines are grey and −1 … 1, CLIP's images in colour and brought to mean 0 and deviation 1: the kernels of the three colours are scaled
    and added, and what is left of the mean goes into the places of the patches. A grey image comes out the same. The activation is not in
    a file: make the network with that of the weights, "quick_gelu" for OpenAI's. Raises DamagedFileError, and ValueError for weights of
    another network; the network is changed after all checks and only as a whole.
    """
    report = LoadReport("by CLIP's names")
    values, names = place_clip(network, read_tensors(path), path, text, report)
    assign_all(network, values, names, report, path)
    return report


def place_clip(network, tensors, path, text, report):
    """`{variable: array}` and `{variable: name in the file}` of both encoders; what is left over goes into the report."""
    variables = {v.path: v for v in network.variables}
    values, names = {}, {}
    for name, tensor in _in_names_of_openai(tensors).items():
        target = _target(name)
        if target not in variables:
            report.skipped.append((name, "CLIP4STR has no such part"))
        elif not text and target.startswith("text_"):
            report.skipped.append((name, "the text encoder keeps its own"))
        else:
            turn = name.endswith("_weight") or re.search(r"\.(out_proj|c_fc|c_proj)\.weight$", name)
            values[target] = np.asarray(tensor, np.float32).T if turn else np.asarray(tensor, np.float32)
            names[target] = name
    wanted = [path for path in variables if path.startswith("image_") or (text and path.startswith("text_"))]
    absent = [path for path in wanted if path not in values]
    if absent:
        raise ValueError(_other(path, f"nothing for {absent[0]} and {len(absent) - 1} others"))
    _make_grey(values, network.get_config(), path)
    return values, names


def assign_all(network, values, names, report, path):
    """Give a network all values, or, where one is of another shape, none: ValueError."""
    variables = {v.path: v for v in network.variables}
    for target, value in values.items():
        if value.shape != tuple(variables[target].shape):
            shape = tuple(variables[target].shape)
            raise ValueError(_other(path, f"{names[target]} for {target} of the shape {shape}, it has {value.shape}"))
    for target, value in values.items():
        variables[target].assign(value.astype(np.float32))
        report.loaded.append((names[target], target))
    report.missing = [path for path in variables if path not in values and not path.endswith("seed_generator_state")]


def _make_grey(values, config, path):
    kernel, places = values["image_patches/projection/kernel"], values["image_tokens/places"]
    (across, down), units = config["patch"], config["units"]
    columns, rows = config["width"] // across, config["height"] // down
    if kernel.shape != (units, 3, down, across) or places.shape != (1 + rows * columns, units):
        wanted = f"{columns} × {rows} patches of {down} × {across}"
        raise ValueError(_other(path, f"patches {kernel.shape} and places {places.shape} for {wanted}"))
    grey = np.einsum("ucyx,c->xyu", kernel, 1 / (2 * DEVIATION))  # x / 255 = (grey + 1) / 2
    left = np.einsum("ucyx,c->u", kernel, (0.5 - MEAN) / DEVIATION)
    grid = places[1:].reshape(rows, columns, units).transpose(1, 0, 2).reshape(-1, units)  # ours go down the columns
    values["image_patches/projection/kernel"] = grey.reshape(-1, units)
    values["image_tokens/places"] = np.concatenate([places[:1], grid + left])


def _target(name):
    block = re.fullmatch(r"(visual\.)?transformer\.resblocks\.(\d{1,4})\.(.+)", name)
    if block and block[3] in PARTS:
        return f"{'image' if block[1] else 'text'}_block{int(block[2]) + 1}/{PARTS[block[3]]}"
    return WHOLE.get(name)


def _in_names_of_openai(tensors):
    named = {}
    for name, tensor in tensors.items():
        name = name.removeprefix("module.")
        if name in ("visual_projection.weight", "text_projection.weight"):
            name, tensor = {"v": "visual.proj", "t": "text_projection"}[name[0]], tensor.T
        for pattern, ours in RENAMED:
            name = re.sub(pattern, ours, name)
        named[name] = tensor
    for name in [name for name in named if re.search(r"\.attn\.q_proj\.(weight|bias)$", name)]:
        head, kind = name[: name.index("q_proj")], name.rpartition(".")[2]
        parts = [f"{head}{which}_proj.{kind}" for which in "qkv"]
        if all(part in named for part in parts):
            arrays = [named.pop(part) for part in parts]
            if len({array.shape for array in arrays}) == 1 and arrays[0].ndim:
                named[f"{head}in_proj_{kind}"] = np.concatenate(arrays)
    return named


def _other(path, received):
    return f"Published weights are of the network's sizes. Received: {path}: {received}. Make the network of their sizes, or text=False."
