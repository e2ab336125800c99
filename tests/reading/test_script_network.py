import numpy as np
import pytest

from ocr_crnn.presets import PresetError, find_preset, read_config, write_preset
from ocr_crnn.reading.script_network import (
    CLASSES,
    FEATURES,
    FILE,
    PRESET,
    SHAPES,
    TASK,
    UNITS,
    WINDOW,
    frames_checksum,
    load_script_network,
    script_shares,
    shares_of_frames,
)  # fmt: skip


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)


SIZES = {(32, 400): 100, (32, 401): 101, (64, 400): 50, (9, 1): 1, (40, 3): 1, (2, 4000): 2048}
BLANK = [np.zeros((0, 5), np.uint8), np.zeros((5, 0, 3), np.uint8), np.full((1, 1), 7, np.uint8), np.full((9, 99), 255, np.uint8)]


@pytest.mark.parametrize(("size", "frames"), SIZES.items())
def test_every_frame_has_shares_that_add_up(size, frames):
    shares = script_shares(noise(*size))
    assert shares.shape == (frames, len(CLASSES)) and shares.dtype == np.float32
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(script_shares(np.repeat(noise(*size)[..., None], 3, 2)), shares)


@pytest.mark.parametrize("image", BLANK)
def test_without_ink_there_are_no_frames(image):
    assert script_shares(image).shape == (0, len(CLASSES))


def test_the_forward_pass_is_the_one_by_hand():
    weights = [np.zeros(shape, np.float32) for shape in SHAPES.values()]
    weights[0][FEATURES * 2 + 7, 3] = 2.0  # of the frame itself
    weights[0][7, 4] = 1.0  # of the one two before it
    weights[1][5], weights[2][3, 1], weights[2][4, 0], weights[2][5, 2] = -1.0, 1.0, 1.0, 9.0  # the last unit is never above 0
    frames = np.zeros((4, FEATURES), np.float32)
    frames[1, 7], frames[2, 7] = 1.0, -1.0
    logits = np.zeros((4, len(CLASSES)))
    logits[1, 1], logits[3, 0] = 2.0, 1.0
    np.testing.assert_allclose(shares_of_frames(frames, weights), np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-6)
    assert shares_of_frames(frames[:0], weights).shape == (0, len(CLASSES))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40])
def test_frames_are_seen_with_their_neighbours_however_many_there_are(count):
    rng = np.random.default_rng(count)
    weights = [rng.normal(0, 0.1, shape).astype(np.float32) for shape in SHAPES.values()]
    frames = rng.normal(0, 1, (count, FEATURES)).astype(np.float32)
    padded = np.pad(frames, ((WINDOW // 2, WINDOW // 2), (0, 0)))
    seen = np.stack([padded[first : first + WINDOW].ravel() for first in range(count)])
    logits = np.maximum(seen @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares_of_frames(frames, weights), expected, rtol=1e-3, atol=1e-5)


def write_weights(folder, shapes, config):
    def write(path):
        with open(path, "wb") as stream:
            np.savez(stream, **{name: np.zeros(shape, np.float16) for name, shape in shapes.items()})

    return write_preset(folder, {"task": TASK, **config}, {FILE: write}, "")


def test_it_is_small_and_its_recogniser_is_the_one_that_ships():
    config = read_config(find_preset(PRESET))
    assert config["parameters"] == WINDOW * FEATURES * UNITS + UNITS + UNITS * len(CLASSES) + len(CLASSES) <= 300_000
    assert config["frames"] == frames_checksum(read_config(find_preset(config["recognizer"])))
    assert [array.shape for array in load_script_network().weights] == list(SHAPES.values())


def test_what_does_not_fit_is_refused(tmp_path):
    with pytest.raises(PresetError, match="A preset of scripts"):
        load_script_network("clusters_ko")
    with pytest.raises(ValueError, match="The network of scripts has weights of"):
        load_script_network(write_weights(tmp_path / "small", dict.fromkeys(SHAPES, (2,)), {}))
    other = write_weights(tmp_path / "other", SHAPES, {"recognizer": "attention_ctc_ko", "frames": "of before"})
    with pytest.raises(PresetError, match="frames that it was trained with. Received: .* Train it anew"):
        load_script_network(other)
    assert frames_checksum({"sha256": {"weights.npz": "1"}}) is None
