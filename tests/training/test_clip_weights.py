import json
import struct

import keras
import numpy as np
import pytest
from published_formulas import clip_image, clip_text, under

from ocr_crnn.recognition.clip4str import CLIP4STR
from ocr_crnn.training.clip_weights import DEVIATION, MEAN, load_clip_weights

SIZES = {
    "width": 32, "height": 16, "patch": (8, 4), "units": 8, "num_blocks": 1, "num_heads": 2, "text_units": 6, "text_blocks": 2,
    "text_heads": 2, "memory_units": 5, "decoder_heads": 1, "positions": 3, "context": 9, "text_length": 5, "vocabulary": 20,
}  # fmt: skip


def make(**changes):
    return CLIP4STR(3, **{**SIZES, "pieces": [[1, 2], [3]], **changes})


def published(rng):
    """Random tensors by OpenAI's names."""
    shapes = {
        "visual.conv1.weight": (8, 3, 4, 8), "visual.class_embedding": (8,), "visual.positional_embedding": (17, 8),
        "visual.proj": (8, 5), "token_embedding.weight": (20, 6), "positional_embedding": (9, 6), "text_projection": (6, 5),
        "logit_scale": (),
    }  # fmt: skip
    for norm, d in (("visual.ln_pre", 8), ("visual.ln_post", 8), ("ln_final", 6)):
        shapes |= {f"{norm}.weight": (d,), f"{norm}.bias": (d,)}
    for start, blocks, d in (("visual.", 1, 8), ("", 2, 6)):
        for i in range(blocks):
            b = f"{start}transformer.resblocks.{i}"
            sizes = {"attn.out_proj": (d, d), "mlp.c_fc": (4 * d, d), "mlp.c_proj": (d, 4 * d), "ln_1": (d,), "ln_2": (d,)}
            for part, shape in sizes.items():
                shapes |= {f"{b}.{part}.weight": shape, f"{b}.{part}.bias": shape[:1]}
            shapes |= {f"{b}.attn.in_proj_weight": (3 * d, d), f"{b}.attn.in_proj_bias": (3 * d,)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def hugging_face(tensors):
    found = {}
    for name, x in tensors.items():
        kind = "vision" if name.startswith("visual.") else "text"
        if name in ("visual.proj", "text_projection"):
            found["visual_projection.weight" if kind == "vision" else "text_projection.weight"] = x.T
            continue
        if ".resblocks." in name:
            i, part = name.split("resblocks.")[1].split(".", 1)
            head = f"{kind}_model.encoder.layers.{i}."
            if "in_proj" in part:
                for which, y in zip("qkv", np.split(x, 3), strict=True):
                    found[f"{head}self_attn.{which}_proj.{part.rpartition('_')[2]}"] = y
                continue
            for a, b in (("ln_", "layer_norm"), ("attn.", "self_attn."), ("c_fc", "fc1"), ("c_proj", "fc2")):
                part = part.replace(a, b)
            found[head + part] = x
            continue
        for a, b in (
            ("visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight"),
            ("visual.class_embedding", "vision_model.embeddings.class_embedding"),
            ("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
            ("visual.ln_pre", "vision_model.pre_layrnorm"), ("visual.ln_post", "vision_model.post_layernorm"),
            ("token_embedding.weight", "text_model.embeddings.token_embedding.weight"), ("ln_final", "text_model.final_layer_norm"),
        ):  # fmt: skip
            name = name.replace(a, b)
        found["text_model.embeddings.position_embedding.weight" if name == "positional_embedding" else name] = x
    return found


def write(path, tensors):
    header, contents = {}, b""
    for name, x in tensors.items():
        end = len(contents) + x.nbytes
        header[name] = {"dtype": "F32", "shape": list(x.shape), "data_offsets": [len(contents), end]}
        contents += np.ascontiguousarray(x).tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + contents)
    return path


@pytest.mark.parametrize("naming", [dict, hugging_face, lambda tensors: {f"module.{name}": x for name, x in tensors.items()}])
def test_all_of_clip_is_loaded_and_a_grey_image_comes_out_the_same(tmp_path, naming):
    network, rng = make(), np.random.default_rng(0)
    tensors = published(rng)
    report = load_clip_weights(network, write(tmp_path / "x.safetensors", naming(tensors)))
    assert report.skipped == [("logit_scale", "CLIP4STR has no such part")] and len(report.loaded) == len(tensors) - 1
    assert {path.split("/")[0] for path in report.missing} == {"visual", "cross"}
    values = {v.path: np.asarray(v) for v in network.variables}
    for i, start in ((1, ""), (2, "")):
        block = f"{start}transformer.resblocks.{i - 1}"
        np.testing.assert_array_equal(values[f"text_block{i}/attention/query_key_value/kernel"], tensors[f"{block}.attn.in_proj_weight"].T)
        np.testing.assert_array_equal(values[f"text_block{i}/reduce/kernel"], tensors[f"{block}.mlp.c_proj.weight"].T)
    np.testing.assert_array_equal(values["image_projection/kernel"], tensors["visual.proj"])

    image = rng.uniform(0, 255, (1, 32, 16, 1)).astype(np.float32)
    inner = network.image_encoder
    tokens = keras.Model(inner.inputs, inner.get_layer("image_tokens").output)([image, np.array([32], np.int32)])
    colours = (image[0, :, :, 0].T[..., None] / 255 - MEAN) / DEVIATION  # (height, width, 3)
    kernel, places = tensors["visual.conv1.weight"], tensors["visual.positional_embedding"]
    for row in range(4):
        for column in range(4):
            patch = colours[4 * row : 4 * row + 4, 8 * column : 8 * column + 8]
            wanted = np.einsum("yxc,ucyx->u", patch, kernel) + places[1 + 4 * row + column]
            np.testing.assert_allclose(np.asarray(tokens)[0, 1 + 4 * column + row], wanted, atol=1e-4)


def test_weights_of_another_network_are_refused_and_change_nothing(tmp_path):
    tensors, network = published(np.random.default_rng(0)), make(vocabulary=None, pieces=None)
    path, before = write(tmp_path / "x", tensors), network.get_weights()
    with pytest.raises(ValueError, match=r"token_embedding.weight for text_tokens/embedding of the shape \(5, 6\), it has \(20, 6\)"):
        load_clip_weights(network, path)
    with pytest.raises(ValueError, match="nothing for image_block2/"):
        load_clip_weights(make(num_blocks=2), path)
    with pytest.raises(ValueError, match=r"for 8 × 4 patches of 4 × 8"):
        load_clip_weights(make(width=64), path)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    report = load_clip_weights(network, path, text=False)
    assert ("ln_final.weight", "the text encoder keeps its own") in report.skipped
    assert all(target.startswith("image_") for _, target in report.loaded)


@pytest.mark.parametrize(("naming", "activation"), [(dict, "quick_gelu"), (hugging_face, "gelu")])
def test_both_encoders_answer_as_clip_itself(tmp_path, naming, activation):
    network, rng = make(activation=activation), np.random.default_rng(2)
    tensors = {name: (x * 0.4).astype(np.float32) for name, x in published(rng).items()}
    load_clip_weights(network, write(tmp_path / "x.safetensors", naming(tensors)))
    image, tokens = rng.uniform(0, 255, (32, 16)).astype(np.float32), np.array([18, 3, 1, 2, 19])
    theirs = under(tensors, "")
    wanted = clip_image(image, theirs, SIZES["num_heads"], activation)
    memory, _ = network.image_encoder({"image": image[None, ..., None], "width": np.array([32], np.int32)})
    by_columns = [0, *(1 + 4 * row + column for column in range(4) for row in range(4))]  # their patches go row by row
    np.testing.assert_allclose(np.asarray(memory)[0], wanted[by_columns], atol=1e-4)
    read = np.asarray(network.text_encoder(tokens[None].astype(np.int32)))[0]
    np.testing.assert_allclose(read, clip_text(tokens, theirs, SIZES["text_heads"], activation), atol=1e-4)
