from types import SimpleNamespace

import numpy as np
import pytest

from ocr_crnn.presets import PresetError, find_preset, load_variables, read_preset, save_variables, write_preset


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


def test_weights_of_another_network_are_refused(tmp_path):
    save_variables([Variable("a", np.zeros(3, np.float32))], tmp_path / "w.npz")
    with pytest.raises(PresetError, match="differs in"):
        load_variables([Variable("a", np.zeros(4, np.float32))], tmp_path / "w.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(PresetError, match=r"\.npz"):
        load_variables([], tmp_path / "w.npz")
