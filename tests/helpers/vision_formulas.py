"""The vision transformer, ViTSTR, PARSeq, CLIP's encoders and CLIP4STR in NumPy, float64, line by line as the papers' formulas have them.

weights: `{path of a variable: array}`. Reading is told in the papers' words: which mask, which context; nothing is kept from step to step.
"""

import math

import numpy as np

erf = np.vectorize(math.erf)


def weights_of(network, seed=0, scale=0.3):
    """Random weights for every variable, put into the network too."""
    rng, weights = np.random.default_rng(seed), {}
    for variable in network.variables:
        if variable.path.endswith("seed_generator_state"):
            continue
        values = rng.normal(scale=scale, size=variable.shape) + variable.path.endswith("gamma")
        variable.assign(values.astype(np.float32))
        weights[variable.path] = values.astype(np.float32).astype(np.float64)
    return weights


def dense(x, weights, name):
    return x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]


def norm(x, weights, name, epsilon):
    x = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    return x * weights[f"{name}/gamma"] + weights[f"{name}/beta"]


def gelu(x):
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention(query, key, value, heads, allowed=None):
    """`(n, units)`, `(m, units)` twice → `(n, units)` and weights `(heads, n, m)`."""
    mixed, looks = [], []
    for q, k, v in zip(*(np.split(x, heads, axis=-1) for x in (query, key, value)), strict=True):
        scores = q @ k.T / math.sqrt(q.shape[-1])
        looks.append(softmax(scores if allowed is None else np.where(allowed, scores, -np.inf)))
        mixed.append(looks[-1] @ v)
    return np.concatenate(mixed, axis=-1), np.array(looks)


def blocks(x, weights, heads):
    count = sum(path.endswith("/attention/output_projection/bias") for path in weights)
    for i in range(1, count + 1):
        y = np.split(dense(norm(x, weights, f"block{i}/norm_0", 1e-6), weights, f"block{i}/attention/query_key_value"), 3, axis=-1)
        x = x + dense(attention(*y, heads)[0], weights, f"block{i}/attention/output_projection")
        y = gelu(dense(norm(x, weights, f"block{i}/norm_1", 1e-6), weights, f"block{i}/expand"))
        x = x + dense(y, weights, f"block{i}/reduce")
    return norm(x, weights, "norm", 1e-6)


def pixels_of(image, width, filled):
    """An image `(columns, height, 1)`, `width` of them real → `(filled, height)`, −1 … 1, paper beyond."""
    x = np.ones((filled, image.shape[1]))
    x[:width] = image[:width, :, 0] / 127.5 - 1
    return x


def patches(x, weights, name, size):
    """`(columns, height)` → `(columns / size, height / size, units)`."""
    kernel, bias = weights[f"{name}/projection/kernel"].reshape(*size, -1), weights[f"{name}/projection/bias"]
    columns, rows = x.shape[0] // size[0], x.shape[1] // size[1]
    cut = x.reshape(columns, size[0], rows, size[1])
    return np.einsum("cirj,iju->cru", cut, kernel) + bias


def vitstr(image, width, weights, config):
    x = pixels_of(image, width, config["width"])
    if config["stem"] == "columns":
        x = patches(x, weights, "columns", (4, config["height"]))[:, 0]
    else:
        x = x[..., None]
        for i in (1, 2):
            kernel, padded = weights[f"conv{i}/kernel"], np.pad(x, [(1, 1), (1, 1), (0, 0)])
            parts = [padded[a : a + x.shape[0], b : b + x.shape[1]] @ kernel[a, b] for a in range(3) for b in range(3)]
            x = np.maximum(sum(parts) + weights[f"conv{i}/bias"], 0)
            x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).mean(axis=(1, 3))
        x = dense(x.reshape(len(x), -1), weights, "columns/projection")
    x = blocks(x + weights["positions/table"][:, 0], weights, config["num_heads"])
    return x[: config["positions"] + 1] @ weights["head/kernel"].T + weights["head/class_bias"]


def parseq_memory(image, width, weights, config):
    (across, _), columns = config["patch"], -(-width // config["patch"][0])
    x = patches(pixels_of(image, width, columns * across), weights, "patches", config["patch"])
    x = x + weights["positions/table"][:columns]
    return blocks(x.reshape(-1, x.shape[-1]), weights, config["num_heads"])


def parseq_decode(memory, weights, config, context, allowed, decoder="decoder"):
    """One pass of the decoder: context, symbols with begin first `(m,)`; allowed bool `(n, m)` → logits `(n, classes)`, weights."""
    w = {path.removeprefix(f"{decoder}/"): value for path, value in weights.items() if path.startswith(f"{decoder}/")}
    units, heads, places = memory.shape[-1], config["decoder_heads"], w["places"]
    content = math.sqrt(units) * w["embedding"][context]
    content[1:] += places[: len(context) - 1]

    def attend(name, x, others, allowed=None):
        key, value = np.split(dense(others, w, f"{name}/key_value"), 2, axis=-1)
        y, looks = attention(dense(x, w, f"{name}/query"), key, value, heads, allowed)
        return dense(y, w, f"{name}/output_projection"), looks

    query = places[: len(allowed)]
    x = query + attend("read", norm(query, w, "norm_query", 1e-5), norm(content, w, "norm_content", 1e-5), allowed)[0]
    y, looks = attend("look", norm(x, w, "norm_memory", 1e-5), memory)
    x = x + y
    x = x + dense(gelu(dense(norm(x, w, "norm_feed", 1e-5), w, "expand")), w, "reduce")
    return norm(x, w, "norm", 1e-5) @ w["head/kernel"].T + w["head/class_bias"], looks.mean(axis=0)


def parseq(image, width, weights, config):
    """Logits `(steps, classes)` and the weights of the last pass `(steps, tokens)`, read as the configuration says."""
    memory = parseq_memory(image, width, weights, config)
    steps, end, begin = config["positions"] + 1, config["num_classes"] - 1, config["num_classes"]
    context = [begin]
    if config["autoregressive"]:
        for i in range(steps):
            allowed = np.tril(np.ones((i + 1, i + 1), bool))
            logits, looks = parseq_decode(memory, weights, config, context, allowed)
            context.append(int(logits[i].argmax()))
    else:
        logits, looks = parseq_decode(memory, weights, config, context, np.ones((steps, 1), bool))
    for _ in range(config["refinements"]):
        context = [begin, *logits.argmax(axis=1)[:-1]]
        ended = np.cumsum(np.array(context) == end) > 0
        own = np.eye(steps, k=1, dtype=bool)
        logits, looks = parseq_decode(memory, weights, config, context, ~own & ~ended[None])
    return logits, looks


def left_to_right(memory, weights, config, decoder):
    """The symbols that a decoder writes, begin first, and the logits of its last step, which are those of all steps."""
    context, steps = [config["num_classes"]], config["positions"] + 1
    for i in range(steps):
        logits, _ = parseq_decode(memory, weights, config, context, np.tril(np.ones((i + 1, i + 1), bool)), decoder)
        context.append(int(logits[i].argmax()))
    return context, logits


def cloze(memory, weights, config, context, decoder):
    """Logits of all steps, each seeing all characters before the first end but its own."""
    context = context[: config["positions"] + 1]
    ended = np.cumsum(np.array(context) == config["num_classes"] - 1) > 0
    return parseq_decode(memory, weights, config, context, ~np.eye(len(context), k=1, dtype=bool) & ~ended[None], decoder)[0]


def part_of(weights, prefix):
    return {path.removeprefix(prefix): value for path, value in weights.items() if path.startswith(prefix)}


def clip_blocks(x, weights, heads, activation, allowed=None):
    act = gelu if activation == "gelu" else lambda x: x / (1 + np.exp(-1.702 * x))
    for i in range(1, 1 + sum(path.endswith("/expand/bias") and path.startswith("block") for path in weights)):
        y = np.split(dense(norm(x, weights, f"block{i}/norm_0", 1e-5), weights, f"block{i}/attention/query_key_value"), 3, axis=-1)
        x = x + dense(attention(*y, heads, allowed)[0], weights, f"block{i}/attention/output_projection")
        y = act(dense(norm(x, weights, f"block{i}/norm_1", 1e-5), weights, f"block{i}/expand"))
        x = x + dense(y, weights, f"block{i}/reduce")
    return norm(x, weights, "norm", 1e-5) @ weights["projection/kernel"]


def clip_image(image, width, weights, config):
    w = part_of(weights, "image_")
    (across, down), columns = config["patch"], -(-width // config["patch"][0])
    cut = pixels_of(image, width, columns * across).reshape(columns, across, -1, down)
    x = np.einsum("cirj,iju->cru", cut, w["patches/projection/kernel"].reshape(across, down, -1)).reshape(-1, config["units"])
    x = np.concatenate([w["tokens/class_token"][None], x])
    x = norm(x + w["tokens/places"][: len(x)], w, "norm_before", 1e-5)
    return clip_blocks(x, w, config["num_heads"], config["activation"])


def clip_text(tokens, weights, config):
    w = part_of(weights, "text_")
    x = w["tokens/embedding"][tokens] + w["tokens/places"][: len(tokens)]
    return clip_blocks(x, w, config["text_heads"], config["activation"], np.tril(np.ones((len(x), len(x)), bool)))


def clip4str(image, width, weights, config):
    """Logits `(steps, classes)` of the visual and the cross-modal branch, with the characters as tokens of the text."""
    end, length = config["num_classes"] - 1, config["positions"] + 2
    begin, padding = end + 1, end + 2
    memory = clip_image(image, width, weights, config)

    def with_text(written):
        written = [*written, end]
        written = written[: written.index(end)]
        tokens = [begin, *written[: length - 2], end]
        return np.concatenate([memory, clip_text(tokens + [padding] * (length - len(tokens)), weights, config)])

    first, visual = left_to_right(memory, weights, config, "visual")
    both = with_text(first[1:])
    second, cross = left_to_right(both, weights, config, "cross")
    for _ in range(config["refinements"]):
        visual = cloze(memory, weights, config, first, "visual")
        first = [begin, *visual.argmax(axis=1)]
        cross = cloze(with_text(first[1:]), weights, config, second, "cross")
        second = [begin, *cross.argmax(axis=1)]
    return visual, cross
