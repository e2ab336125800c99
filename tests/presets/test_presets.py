import json
import os
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hostile import bomb, npy, write_npz

from ocr_crnn.presets import PresetError, find_preset, load_variables, preset_file, read_preset, read_shapes, save_variables, write_preset


def write_one(folder, task="recognition"):
    return write_preset(folder, {"task": task, "arguments": {"a": 1}}, {"words.txt": lambda path: path.write_text("가")}, "# Card\n")


def test_what_was_written_is_read(tmp_path):
    folder, config = read_preset(write_one(tmp_path / "p"), "recognition")
    assert config["arguments"] == {"a": 1}
    assert config["schema"] == "ocr_crnn/preset/1"
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "config.json", "words.txt"]


def test_another_task_is_refused(tmp_path):
    with pytest.raises(PresetError, match="task 'detection'"):
        read_preset(write_one(tmp_path / "p", task="detection"), "recognition")


def test_a_run_is_told_how_to_become_a_preset(tmp_path):
    (tmp_path / "config.json").write_text('{"recipe": "vitstr", "arguments": {}}', encoding="utf-8")
    with pytest.raises(PresetError, match=r"a run of the recipe 'vitstr'\. Make a preset of it: python -m ocr_crnn.training.shipping"):
        read_preset(tmp_path, "recognition")


def test_a_changed_file_is_refused(tmp_path):
    folder = write_one(tmp_path / "p")
    (folder / "words.txt").write_text("각")
    with pytest.raises(PresetError, match="as they were written"):
        read_preset(folder, "recognition")


def test_a_missing_file_is_refused(tmp_path):
    folder = write_one(tmp_path / "p")
    (folder / "words.txt").unlink()
    with pytest.raises(PresetError, match=r"words\.txt: No such file"):
        read_preset(folder, "recognition")


def test_a_config_that_is_no_json_is_refused(tmp_path):
    folder = write_one(tmp_path / "p")
    (folder / "config.json").write_text('{"schema"')
    with pytest.raises(PresetError, match=r"config\.json"):
        read_preset(folder, "recognition")


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    folder = write_one(tmp_path / "p")

    def fail(path):
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_preset(folder, {"task": "recognition"}, {"words.txt": fail}, "")
    assert (folder / "words.txt").read_text() == "가"
    assert read_preset(folder, "recognition")[1]["arguments"] == {"a": 1}
    assert len(list(folder.iterdir())) == 3


def test_nothing_is_replaced_before_all_is_whole_and_what_a_kill_left_goes(tmp_path):
    folder = write_one(tmp_path / "p")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    left = folder / ".weights.npz.unfinished.abcdefgh.npz"
    left.touch()

    def fail(path):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_preset(folder, {"task": "recognition"}, {"words.txt": lambda path: path.write_text("new"), "weights.npz": fail}, "card")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before and not left.exists()


def test_an_unknown_name_is_told_so():
    with pytest.raises(PresetError, match="Received: 'nobody'"):
        find_preset("nobody")
    with pytest.raises(PresetError, match="Known names: .*pan_light_ko, pan_spotter_ko.$"):
        find_preset("nobody", ("spotting", "detection"))


class Variable(SimpleNamespace):
    """Enough of a Keras variable: a path, a shape, a dtype, a value."""

    def __init__(self, path, value):
        value = np.asarray(value)
        super().__init__(path=path, value=value, shape=value.shape, dtype=str(value.dtype))

    def __array__(self, dtype=None, copy=None):
        return self.value

    def assign(self, value):
        self.value = value


def test_variables_come_back_in_float16_precision(tmp_path):
    values = np.float32([[1.0, -0.3333], [2.5, 1e-3]])
    save_variables([Variable("a/kernel", values), Variable("steps", np.int64(7))], tmp_path / "w.npz")
    kernel, steps = Variable("a/kernel", np.zeros((2, 2), np.float32)), Variable("steps", np.int64(0))
    load_variables([kernel, steps], tmp_path / "w.npz")
    np.testing.assert_allclose(kernel.value, values, rtol=1e-3)
    assert kernel.value.dtype == np.float32
    assert int(steps.value) == 7


@pytest.mark.parametrize("value", [1e6, np.nan, np.inf])
def test_values_beyond_float16_are_refused(tmp_path, value):
    with pytest.raises(OverflowError, match="a/kernel"):
        save_variables([Variable("a/kernel", np.float32([value]))], tmp_path / "w.npz")


def test_large_arrays_in_8_bits_come_back_within_a_step_of_their_column(tmp_path):
    values = np.random.default_rng(0).normal(size=(9, 512, 4)).astype(np.float32) * [1, 1e-3, 1e3, 0]
    small = np.float32([[1.5, -2.5]])
    written = [Variable("a/kernel", values), Variable("b", small), Variable("c", values[:, :, 0])]
    save_variables(written, tmp_path / "w.npz", in_8_bits=True)
    assert (tmp_path / "w.npz").stat().st_size < 1.1 * (values.size + values[:, :, 0].size)
    assert read_shapes(tmp_path / "w.npz") == {"a/kernel": (9, 512, 4), "b": (1, 2), "c": (9, 512)}
    found = [Variable("a/kernel", 0 * values), Variable("b", 0 * small), Variable("c", 0 * values[:, :, 0])]
    load_variables(found, tmp_path / "w.npz")
    steps = np.abs(values).max(axis=(0, 1)) / 127
    assert (np.abs(found[0].value - values) <= 0.7 * steps + 1e-7).all()
    np.testing.assert_array_equal(found[1].value, small)


def test_a_scale_of_another_size_is_an_array_of_another_network(tmp_path):
    np.savez(tmp_path / "w.npz", **{"a": np.ones((2, 3), np.int8), "a.scale": np.ones(2, np.float16)})
    with pytest.raises(PresetError, match="a.scale"):
        load_variables([Variable("a", np.zeros((2, 3), np.float32))], tmp_path / "w.npz")


def test_weights_of_another_network_are_refused(tmp_path):
    save_variables([Variable("a", np.zeros(3, np.float32))], tmp_path / "w.npz")
    with pytest.raises(PresetError, match="differs in"):
        load_variables([Variable("a", np.zeros(4, np.float32))], tmp_path / "w.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(PresetError, match=r"\.npz"):
        load_variables([], tmp_path / "w.npz")


def rewrite(folder, **changes):
    """config.json with other values; None removes a key."""
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    return folder


@pytest.mark.parametrize("sha256", [None, {}, [], "x", {"words.txt": None}, {"words.txt": {}}])
def test_a_preset_without_checksums_says_so(tmp_path, sha256):
    with pytest.raises(PresetError, match="lists the checksums of its files in sha256. Received"):
        read_preset(rewrite(write_one(tmp_path / "p"), sha256=sha256))


@pytest.mark.parametrize("name", ["/dev/zero", "/etc/passwd", "../secret", "..", "", "a\0b", "pipe", "link", "folder"])
def test_nothing_but_plain_files_of_the_folder_is_opened(tmp_path, name):
    folder = write_one(tmp_path / "p")
    (tmp_path / "secret").write_text("x")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    with pytest.raises(PresetError, match="its own files|a plain file|lie in it"):
        read_preset(rewrite(folder, sha256={name: "0"}))


def test_a_config_is_a_small_plain_object(tmp_path):
    folder = write_one(tmp_path / "p")
    for text in ("[]", "null", '{"a": ' + "[" * 100_000, '{"a": NaN}', '{"a": "' + "b" * (1 << 22) + '"}', "\0"):
        (folder / "config.json").write_text(text)
        with pytest.raises(PresetError, match="config.json is a JSON object. Received"):
            read_preset(folder)
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("/etc/passwd")
    with pytest.raises(PresetError, match="leads out"):
        read_preset(folder)


def test_files_without_a_checksum_are_not_read(tmp_path):
    folder, config = read_preset(write_one(tmp_path / "p"))
    assert preset_file(folder, config, "words.txt").name == "words.txt"
    for name in ("weights.npz", ["words.txt"], None):
        with pytest.raises(PresetError, match="whose sha256 lacks"):
            preset_file(folder, config, name)


def test_weights_are_assigned_as_a_whole(tmp_path):
    path = write_npz(tmp_path / "w.npz", a=np.ones(3, np.float16), b=np.array([1, np.nan], np.float16))
    first, second = Variable("a", np.zeros(3, np.float32)), Variable("b", np.zeros(2, np.float32))
    with pytest.raises(PresetError, match="finite numbers. Received: .* b of"):
        load_variables([first, second], path)
    assert not first.value.any()
    with pytest.raises(PresetError, match=r"\.npz file. Received"):
        load_variables([first], write_npz(tmp_path / "w.npz", a=npy(shape=(1 << 45,))))
    with pytest.raises(PresetError, match="finite numbers"):
        load_variables([first], write_npz(tmp_path / "w.npz", a=np.array(["x", "y", "z"])))


def test_no_bomb_among_weights_is_unpacked(tmp_path):
    tracemalloc.start()
    with pytest.raises(PresetError, match="arrays of more than"):
        load_variables([Variable("bomb", np.zeros(3, np.float32))], bomb(tmp_path / "w.npz"))
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()
