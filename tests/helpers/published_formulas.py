"""CLIP, PARSeq, ViTSTR and CLIP4STR in NumPy, float64, over tensors by their published names and in PyTorch's layouts.

Nothing here knows a variable of ours: what a converter puts in another place shows. tensors: `{published name: array}`. Ids are of the
files: 0 ends a text, 1 … n are the characters, n + 1 begins. Images are whole grey lines `(width, height)`, 0–255, seen in three colours.
"""

import numpy as np
from vision_formulas import attention, gelu, norm

MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711])


def linear(x, tensors, name):
    return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def normed(x, tensors, name, epsilon):
    return norm(x, {"n/gamma": tensors[f"{name}.weight"], "n/beta": tensors[f"{name}.bias"]}, "n", epsilon)


def under(tensors, prefix):
    return {name.removeprefix(prefix): x.astype(np.float64) for name, x in tensors.items() if name.startswith(prefix)}


def count_blocks(tensors, start):
    return len({name.split(".")[start.count(".")] for name in tensors if name.startswith(start)})


def convolve(colours, kernel):
    """`(height, width, 3)` by a kernel `(units, 3, down, across)` whose strides are its sides → `(patches, units)`, row by row."""
    units, _, down, across = kernel.shape
    rows, columns = colours.shape[0] // down, colours.shape[1] // across
    cut = colours.reshape(rows, down, columns, across, 3)
    return np.einsum("rycxk,ukyx->rcu", cut, kernel).reshape(rows * columns, units)


def in_colour(image):
    return np.repeat(image.T[..., None], 3, axis=-1) / 255


def multi_head(query, others, tensors, name, heads, allowed=None):
    """PyTorch's MultiheadAttention."""
    weights = np.split(tensors[f"{name}.in_proj_weight"], 3)
    biases = np.split(tensors[f"{name}.in_proj_bias"], 3)
    q, k, v = (x @ w.T + b for x, w, b in zip((query, others, others), weights, biases, strict=True))
    return linear(attention(q, k, v, heads, allowed)[0], tensors, f"{name}.out_proj")


# CLIP (openai/CLIP)


def resblocks(x, tensors, start, heads, activation, allowed=None):
    act = gelu if activation == "gelu" else lambda x: x / (1 + np.exp(-1.702 * x))
    for i in range(count_blocks(tensors, start)):
        block = f"{start}{i}."
        y = normed(x, tensors, f"{block}ln_1", 1e-5)
        x = x + multi_head(y, y, tensors, f"{block}attn", heads, allowed)
        x = x + linear(act(linear(normed(x, tensors, f"{block}ln_2", 1e-5), tensors, f"{block}mlp.c_fc")), tensors, f"{block}mlp.c_proj")
    return x


def clip_image(image, tensors, heads, activation="quick_gelu"):
    x = convolve((in_colour(image) - MEAN) / DEVIATION, tensors["visual.conv1.weight"])
    x = np.concatenate([tensors["visual.class_embedding"][None], x]) + tensors["visual.positional_embedding"]
    x = normed(x, tensors, "visual.ln_pre", 1e-5)
    x = resblocks(x, tensors, "visual.transformer.resblocks.", heads, activation)
    return normed(x, tensors, "visual.ln_post", 1e-5) @ tensors["visual.proj"]


def clip_text(tokens, tensors, heads, activation="quick_gelu"):
    x = tensors["token_embedding.weight"][tokens] + tensors["positional_embedding"][: len(tokens)]
    x = resblocks(x, tensors, "transformer.resblocks.", heads, activation, np.tril(np.ones((len(x), len(x)), bool)))
    return normed(x, tensors, "ln_final", 1e-5) @ tensors["text_projection"]


# PARSeq, and ViTSTR as it stands there (baudm/parseq)


def blocks(x, tensors, heads):
    """timm's, and the last norm."""
    for i in range(count_blocks(tensors, "blocks.")):
        q, k, v = np.split(linear(normed(x, tensors, f"blocks.{i}.norm1", 1e-6), tensors, f"blocks.{i}.attn.qkv"), 3, axis=-1)
        x = x + linear(attention(q, k, v, heads)[0], tensors, f"blocks.{i}.attn.proj")
        y = gelu(linear(normed(x, tensors, f"blocks.{i}.norm2", 1e-6), tensors, f"blocks.{i}.mlp.fc1"))
        x = x + linear(y, tensors, f"blocks.{i}.mlp.fc2")
    return normed(x, tensors, "norm", 1e-6)


def encode(image, tensors, heads):
    x = convolve((in_colour(image) - 0.5) / 0.5, tensors["patch_embed.proj.weight"]) + tensors["patch_embed.proj.bias"]
    return blocks(x + tensors["pos_embed"][0], tensors, heads)


def decode(memory, tensors, heads, context, allowed):
    """Logits `(queries, end and characters)` of a decoder: layers.0, norm, head, text_embed, pos_queries, by these names."""
    places = tensors["pos_queries"][0]
    content = np.sqrt(memory.shape[-1]) * tensors["text_embed.embedding.weight"][context]
    content[1:] += places[: len(context) - 1]
    layer, query = under(tensors, "layers.0."), places[: len(allowed)]
    asked, told = normed(query, layer, "norm_q", 1e-5), normed(content, layer, "norm_c", 1e-5)
    x = query + multi_head(asked, told, layer, "self_attn", heads, allowed)
    x = x + multi_head(normed(x, layer, "norm1", 1e-5), memory, layer, "cross_attn", heads)
    x = x + linear(gelu(linear(normed(x, layer, "norm2", 1e-5), layer, "linear1")), layer, "linear2")
    return linear(normed(x, tensors, "norm", 1e-5), tensors, "head")


def write(memory, tensors, heads, steps):
    """From left to right → (the context, begin first; logits)."""
    context = [len(tensors["head.weight"])]
    for i in range(steps):
        logits = decode(memory, tensors, heads, context, np.tril(np.ones((i + 1, i + 1), bool)))
        context.append(int(logits[i].argmax()))
    return context, logits


def at_once(memory, tensors, heads, steps):
    context = [len(tensors["head.weight"])]
    logits = decode(memory, tensors, heads, context, np.ones((steps, 1), bool))
    return [*context, *logits.argmax(axis=1)], logits


def refine(memory, tensors, heads, context):
    """Every step sees all of the text before its end but its own character."""
    context = np.array(context[:-1])
    ended = np.cumsum(context == 0) > 0
    return decode(memory, tensors, heads, context, ~np.eye(len(context), k=1, dtype=bool) & ~ended)


def parseq_decoder(tensors):
    """The tensors of PARSeq's decoder by the names that `decode` knows: layers and norm stand under decoder., the others by themselves."""
    return under(tensors, "decoder.") | under({name: x for name, x in tensors.items() if name.startswith(("head", "text_", "pos_"))}, "")


# CLIP4STR (VamosC/CLIP4STR)


def clip4str(image, tensors, heads, text_heads, decoder_heads, steps, tokens_of):
    """Logits of both branches after one refinement. tokens_of: ids of a text up to its end → tokens."""
    clip, visual, cross = (under(tensors, f"{part}.") for part in ("clip_model", "visual_decoder", "cross_decoder"))
    memory = clip_image(image, clip, heads)

    def with_text(written):
        return np.concatenate([memory, clip_text(tokens_of(until_end(written)), clip, text_heads)])

    first, _ = write(memory, visual, decoder_heads, steps)
    second, _ = write(with_text(first[1:]), cross, decoder_heads, steps)
    seen = refine(memory, visual, decoder_heads, first)
    logits = refine(with_text([*seen.argmax(axis=1)]), cross, decoder_heads, second)
    return seen, logits


def until_end(written):
    return [*written, 0][: [*written, 0].index(0)]
