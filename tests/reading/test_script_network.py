import json
import pickle
import shutil

import numpy as np
import pytest

from ocr_crnn.presets import PresetError, find_preset, read_config, write_preset
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.reading.script_network import (
    CLASSES,
    HEIGHT,
    PRESET,
    STRIDE,
    TASK,
    WIDTH_STEP,
    ScriptEngine,
    has_ink,
    level_line,
    load_script_network,
    pad_line,
    script_shares,
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
    assert not has_ink(image) and script_shares(image).shape == (0, len(CLASSES))


def test_light_on_dark_and_weak_contrast_look_the_same():
    line = np.full((HEIGHT, 64), 255, np.uint8)
    line[8:24, 10:30] = 0
    np.testing.assert_array_equal(level_line(line), line)
    np.testing.assert_array_equal(level_line(255 - line), line)
    np.testing.assert_array_equal(level_line(100 + line // 5), line)
    assert level_line(np.full((HEIGHT, 5), 90, np.uint8)).shape == (HEIGHT, 5)  # flat: no division by 0


def test_a_line_is_padded_with_its_last_column():
    line = noise(HEIGHT, 5)
    padded = pad_line(line, 8)
    assert padded.shape == (1, 8, HEIGHT, 1)
    np.testing.assert_array_equal(padded[0, :5, :, 0], line.T)
    assert (padded[0, 5:, :, 0] == line[:, -1]).all()
    np.testing.assert_array_equal(pad_line(line, 5)[0, :, :, 0], line.T)


class Engine:
    """A LiteRTEngine that takes each pixel column's mean for what the first class has."""

    def __init__(self, frames=None):
        self.frames, self.widths = frames, []

    def check_signature(self, name, inputs, outputs):
        assert (name, inputs, outputs) == ("scripts", {"image": 4}, {"shares": 3})

    def hold(self):
        return self

    def __enter__(self):
        return {"scripts": self.run}

    def __exit__(self, *error):
        pass

    def run(self, image):
        self.widths.append(image.shape[1])
        frames = self.frames or image.shape[1] // STRIDE
        return {"shares": np.tile(np.arange(frames, dtype=np.float32)[None, :, None], (1, 1, len(CLASSES)))}


def test_the_engine_sees_widths_in_steps_and_frames_of_padding_are_cut():
    engine = Engine()
    network = ScriptEngine(engine)
    assert [len(network(noise(HEIGHT, width))) for width in (1, 4, 5, 32, 33)] == [1, 1, 2, 8, 9]
    assert engine.widths == [WIDTH_STEP] * 4 + [2 * WIDTH_STEP]
    assert network(noise(HEIGHT, 12))[:, 0].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="shares of"):
        ScriptEngine(Engine(3))(noise(HEIGHT, 5))


def test_it_is_small_and_what_its_card_says():
    folder = find_preset(PRESET)
    config = read_config(folder)
    assert config["classes"] == list(CLASSES) and config["parameters"] <= 300_000
    assert f"{config['parameters']:,} parameters" in (folder / "README.md").read_text(encoding="utf-8")
    assert (config["engine"]["stride"], config["engine"]["multiple"]) == (STRIDE, WIDTH_STEP)


def test_it_tells_the_same_from_any_process():
    network, line = load_script_network(), level_line(noise(30, 200))
    again = ScriptEngine(pickle.loads(pickle.dumps(network.engine)))
    np.testing.assert_array_equal(again(line), network(line))


def test_what_does_not_fit_is_refused(tmp_path):
    with pytest.raises(PresetError, match="A preset of scripts"):
        load_script_network("clusters_ko")
    with pytest.raises(PresetError, match="A network of scripts tells hangul, .* Train it anew"):
        load_script_network(write_preset(tmp_path / "other", {"task": TASK, "classes": ["greek"]}, {"a": _write}, ""))
    with pytest.raises(LiteRTError, match="a preset with LiteRT files"):
        load_script_network(write_preset(tmp_path / "bare", {"task": TASK, "classes": list(CLASSES)}, {"a": _write}, ""))
    detection = find_preset("pan_light_ko")
    copy = shutil.copytree(detection, tmp_path / "maps")
    config = read_config(copy) | {"task": TASK, "classes": list(CLASSES)}
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ValueError, match="LiteRT files"):
        load_script_network(copy)


def _write(path):
    path.write_bytes(b"1")
