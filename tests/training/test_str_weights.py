import numpy as np
import pytest
from published_formulas import at_once, blocks, clip4str, encode, parseq_decoder, refine, under, write
from vision_formulas import patches, pixels_of, weights_of

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.lines import begin_with
from ocr_crnn.recognition.clip4str import CLIP4STR
from ocr_crnn.recognition.parseq import PARSeq
from ocr_crnn.recognition.vitstr import ViTSTR
from ocr_crnn.training.str_weights import CHARACTERS, load_str_weights
from tests.helpers.torch_files import write_checkpoint
from tests.training.test_clip_weights import SIZES
from tests.training.test_clip_weights import published as clip

ALPHABET = Alphabet("b가a")
SMALL = {"width": 32, "height": 8, "patch": (8, 4), "positions": 4, "units": 8, "num_blocks": 2, "num_heads": 2}


def layer(name, out, into):
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def decoder(start, d, head="", count=3, steps=5):
    shapes = {f"{head}pos_queries": (1, steps, d), f"{head}text_embed.embedding.weight": (count + 3, d)}
    shapes |= layer(f"{head}head", count + 1, d)
    for part in ("self_attn", "cross_attn"):
        shapes |= {f"{start}layers.0.{part}.in_proj_weight": (3 * d, d), f"{start}layers.0.{part}.in_proj_bias": (3 * d,)}
        shapes |= layer(f"{start}layers.0.{part}.out_proj", d, d)
    shapes |= layer(f"{start}layers.0.linear1", 4 * d, d) | layer(f"{start}layers.0.linear2", d, 4 * d)
    for part in ("layers.0.norm1", "layers.0.norm2", "layers.0.norm_q", "layers.0.norm_c", "norm"):
        shapes |= {f"{start}{part}.weight": (d,), f"{start}{part}.bias": (d,)}
    return shapes


def encoder(start, d=8):
    shapes = {f"{start}patch_embed.proj.weight": (d, 3, 4, 8), f"{start}patch_embed.proj.bias": (d,), f"{start}pos_embed": (1, 8, d)}
    for i in range(2):
        b = f"{start}blocks.{i}."
        shapes |= layer(f"{b}attn.qkv", 3 * d, d) | layer(f"{b}attn.proj", d, d) | layer(f"{b}mlp.fc1", 4 * d, d)
        shapes |= layer(f"{b}mlp.fc2", d, 4 * d)
        for part in ("norm1", "norm2"):
            shapes |= {f"{b}{part}.weight": (d,), f"{b}{part}.bias": (d,)}
    return shapes | {f"{start}norm.weight": (d,), f"{start}norm.bias": (d,)}


def drawn(shapes):
    rng = np.random.default_rng(0)
    return {name: rng.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def network():
    return PARSeq(4, decoder_heads=2, **SMALL)


def values(network):
    return {v.path: np.asarray(v, np.float64) for v in network.variables}


def test_all_of_parseq_is_loaded(tmp_path, network):
    weights_of(network, seed=5)
    fresh, tensors = values(network)["decoder/head/kernel"][1], drawn(encoder("encoder.") | decoder("decoder.", 8))
    path = write_checkpoint(tmp_path / "x.ckpt", {f"model.{n}": x for n, x in tensors.items()}, lambda s: {"state_dict": s, "epoch": 1})
    report = load_str_weights(network, ALPHABET, path, characters="abc")
    assert report.skipped == report.missing == [] and {name for name, _ in report.loaded} == tensors.keys()
    assert report.notes[0] == "2 of 3 characters are of the file, the others begin anew."
    assert report.notes[1:] == ["1 characters of the file are not in the alphabet: c"]
    found = values(network)
    head, embedding = tensors["head.weight"], tensors["text_embed.embedding.weight"]  # of end, a, b, c; begin, padding
    np.testing.assert_array_equal(found["decoder/head/kernel"], [head[2], fresh, head[1], head[0]])
    np.testing.assert_array_equal(found["decoder/embedding"][[0, 2, 3, 4, 5]], embedding[[2, 1, 0, 4, 5]])
    np.testing.assert_array_equal(found["decoder/look/key_value/kernel"], tensors["decoder.layers.0.cross_attn.in_proj_weight"][8:].T)
    np.testing.assert_array_equal(found["block2/reduce/kernel"], tensors["encoder.blocks.1.mlp.fc2.weight"].T)
    np.testing.assert_array_equal(found["positions/table"][3, 1], tensors["encoder.pos_embed"][0, 4 + 3])
    kernel = tensors["encoder.patch_embed.proj.weight"].sum(axis=1)  # (units, 4, 8)
    np.testing.assert_allclose(found["patches/projection/kernel"].reshape(8, 4, 8)[6, 1], kernel[:, 1, 6], atol=1e-6)


def test_checkpoints_of_another_network_are_refused_and_change_nothing(tmp_path, network):
    tensors, before = drawn(encoder("encoder.") | decoder("decoder.", 8)), network.get_weights()
    cases = [
        ({n: x for n, x in tensors.items() if "cross_attn" not in n}, "nothing for decoder/look/"), (drawn(clip_shapes()), "nothing for"),
        ({**tensors, "head.weight": tensors["head.weight"][:2]}, "head.weight of 2 rows for 3 characters and 1 more"),
        ({**tensors, "encoder.pos_embed": np.zeros((1, 9, 8), np.float32)}, "for 4 × 2 patches"),
        ({**tensors, "pos_queries": np.float32(3)}, "nothing for decoder/places"),
        ({**tensors, "encoder.blocks.1.mlp.fc2.bias": np.zeros(9, np.float32)}, "block2/reduce/bias"),
    ]  # fmt: skip
    for changed, message in cases:
        with pytest.raises(ValueError, match=message):
            load_str_weights(network, ALPHABET, write_checkpoint(tmp_path / "x.pt", changed), characters="abc")
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def clip_shapes():
    return {name: x.shape for name, x in clip(np.random.default_rng(0)).items()}


def test_all_of_clip4str_is_loaded(tmp_path):
    network = CLIP4STR(4, **{**SIZES, "pieces": [[1], [2], [3]]})
    shapes = {f"clip_model.{name}": shape for name, shape in clip_shapes().items()}
    for start in ("visual_decoder.", "cross_decoder."):
        shapes |= decoder(start, 5, start, steps=4)
    tensors = drawn(shapes)
    report = load_str_weights(network, ALPHABET, write_checkpoint(tmp_path / "x.ckpt", tensors), characters="abc")
    assert report.skipped == [("clip_model.logit_scale", "CLIP4STR has no such part")] and report.missing == []
    assert {name for name, _ in report.loaded} == tensors.keys() - {"clip_model.logit_scale"}
    found = values(network)
    for ours, theirs in (("visual", "visual_decoder"), ("cross", "cross_decoder")):
        np.testing.assert_array_equal(found[f"{ours}/places"], tensors[f"{theirs}.pos_queries"][0])
        np.testing.assert_array_equal(found[f"{ours}/norm_content/gamma"], tensors[f"{theirs}.layers.0.norm_c.weight"])


def test_of_vitstr_all_but_its_tokens_is_loaded(tmp_path):
    sizes = {key: SMALL[key] for key in ("width", "height", "positions", "units", "num_blocks", "num_heads")}
    network, tensors = ViTSTR(4, stem="columns", **sizes), drawn(encoder("") | layer("head", 4, 8) | {"cls_token": (1, 1, 8)})
    report = load_str_weights(network, ALPHABET, write_checkpoint(tmp_path / "x.pt", tensors), characters="abc")
    assert {name for name, _ in report.skipped} == {"cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"}
    assert {path.split("/")[0] for path in report.missing} == {"columns", "positions"}
    np.testing.assert_array_equal(values(network)["head/kernel"][2], tensors["head.weight"][1])


def test_a_recipe_begins_with_a_checkpoint_of_94_characters(tmp_path, network, capsys):
    tensors = drawn(encoder("encoder.") | decoder("decoder.", 8, count=94))
    begin_with(str(write_checkpoint(tmp_path / "x.pt", tensors)), network, ALPHABET)
    np.testing.assert_array_equal(values(network)["decoder/head/kernel"][2], tensors["head.weight"][1 + CHARACTERS.index("a")])
    assert "Note: 2 of 3 characters are of the file" in capsys.readouterr().out


def test_the_published_characters():
    assert len(CHARACTERS) == len(set(CHARACTERS)) == 94 and CHARACTERS.isascii()


FILE, OURS = "abc", Alphabet("cab")
IN_FILE = [3, 1, 2, 0]  # places in a head of the file, end first, of c, a, b and the end


def draw_line():
    return np.random.default_rng(1).uniform(0, 255, (32, 8)).astype(np.float32)


def assert_read_alike(read, wanted):
    """Logits `(steps, classes)` of ours and of the file; behind the first end nothing is told."""
    wanted = wanted[:, IN_FILE]
    length = np.append(np.flatnonzero(wanted.argmax(axis=1) == 3), len(wanted) - 1)[0] + 1
    np.testing.assert_allclose(np.asarray(read)[0, :length], wanted[:length], atol=1e-4)
    return length


def test_parseq_reads_as_its_own_code_does(tmp_path, network):
    tensors, image = drawn(encoder("encoder.") | decoder("decoder.", 8)), draw_line()
    tensors["head.bias"][0] = -2  # a text of some length
    load_str_weights(network, OURS, write_checkpoint(tmp_path / "x.pt", tensors), characters=FILE)
    memory, real = network.encoder({"image": image[None, ..., None], "width": np.array([32], np.int32)})
    theirs, own = encode(image, under(tensors, "encoder."), 2), parseq_decoder(tensors)
    np.testing.assert_allclose(np.asarray(memory)[0], theirs.reshape(2, 4, 8).transpose(1, 0, 2).reshape(8, 8), atol=1e-4)
    for autoregressive, begin in ((True, write), (False, at_once)):
        context, logits = begin(theirs, own, 2, 5)
        assert assert_read_alike(network.read(memory, real, autoregressive, 0)["logits"], logits) > 2
        again = refine(theirs, own, 2, context)
        assert_read_alike(network.read(memory, real, autoregressive, 1)["logits"], again)


def test_clip4str_reads_as_its_own_code_does(tmp_path):
    sizes = {**SIZES, "num_blocks": 1, "text_length": 6, "height": 8, "positions": 3, "decoder_heads": 1}
    shapes = clip_shapes() | {"visual.positional_embedding": (9, 8)}
    shapes = {f"clip_model.{name}": shape for name, shape in shapes.items()}
    for start in ("visual_decoder.", "cross_decoder."):
        shapes |= decoder(start, 5, start, steps=4)
    tensors, image, pieces = drawn(shapes), draw_line(), {1: [5, 6], 2: [7], 3: [4]}  # of a, b and c
    for start in ("visual_decoder.", "cross_decoder."):
        tensors[f"{start}head.bias"][0] = -1
    network = CLIP4STR(4, **sizes | {"pieces": [pieces[3], pieces[1], pieces[2]]})
    load_str_weights(network, OURS, write_checkpoint(tmp_path / "x.ckpt", tensors), characters=FILE)

    def tokens_of(written):
        tokens = [18, *(token for character in written for token in pieces[character])][:5]
        return [*tokens, 19, *[0] * (5 - len(tokens))]

    read = network({"image": image[None, ..., None], "width": np.array([32], np.int32)})
    seen, logits = clip4str(image, tensors, 2, 2, 1, 4, tokens_of)
    assert assert_read_alike(read["visual"], seen) > 1
    assert_read_alike(read["logits"], logits)


def test_vitstr_reads_its_own_tokens_as_the_published_blocks_do(tmp_path):
    sizes = {key: SMALL[key] for key in ("width", "height", "positions", "units", "num_blocks", "num_heads")}
    network, tensors = ViTSTR(4, stem="columns", **sizes), drawn(encoder("") | layer("head", 4, 8) | {"cls_token": (1, 1, 8)})
    image, weights = draw_line(), weights_of(network)
    load_str_weights(network, OURS, write_checkpoint(tmp_path / "x.pt", tensors), characters=FILE)
    tokens = patches(pixels_of(image[..., None], 32, 32), weights, "columns", (4, 8))[:, 0] + weights["positions/table"][:, 0]
    theirs = under(tensors, "")
    logits = blocks(tokens, theirs, 2)[:5] @ theirs["head.weight"].T + theirs["head.bias"]
    read = np.asarray(network({"image": image[None, ..., None], "width": np.array([32], np.int32)}))
    np.testing.assert_allclose(read[0], logits[:, IN_FILE], atol=1e-4)
