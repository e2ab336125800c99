import pickle

import numpy as np
import pytest

from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.torch_legacy import BEGIN, read_torch_legacy
from tests.helpers.torch_files import Call, pickled, write_legacy

TENSORS = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array(7, np.int64), "c": np.ones((0, 4), np.float32)}


def test_tensors_come_back(tmp_path):
    for wrap in (lambda state: state, lambda state: {"state_dict": state, "epoch": 3}):
        found = read_torch_legacy(write_legacy(tmp_path / "a.pth", TENSORS, wrap))
        assert list(found) == list(TENSORS)
        for name, tensor in TENSORS.items():
            np.testing.assert_array_equal(found[name], tensor)
            assert found[name].dtype == tensor.dtype
    assert (tmp_path / "a.pth").read_bytes().startswith(BEGIN)


def test_what_is_damaged_is_refused_wherever_it_ends(tmp_path):
    whole = write_legacy(tmp_path / "a.pth", TENSORS).read_bytes()
    for end in [*range(0, len(whole), 7), len(whole) - 1]:
        (tmp_path / "cut").write_bytes(whole[:end])
        with pytest.raises(DamagedFileError, match="Received"):
            read_torch_legacy(tmp_path / "cut")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"little": False}, "another byte order"),
        ({"version": 1000}, "version 1000"),
        ({"keys": ["0", "1", "9"]}, "the storage '9', which no tensor is in"),
        ({"keys": ["0", "0", "1"]}, "given twice"),
        ({"keys": ["0", "1"]}, "'2'"),
        ({"keys": ["1", "0", "2"]}, "6 numbers in a storage of 1"),
        ({"wrap": lambda state: Call("os.system", "true")}, "the name 'os.system', which weights do not need"),
        ({"wrap": lambda state: {"epoch": 3}}, "no tensors"),
    ],
)
def test_what_is_refused(tmp_path, how, message):
    with pytest.raises(DamagedFileError, match=message):
        read_torch_legacy(write_legacy(tmp_path / "a.pth", TENSORS, **how))


def test_a_storage_larger_than_the_file_is_not_allocated(tmp_path):
    whole = write_legacy(tmp_path / "a.pth", {"a": np.zeros(5, np.float32)}).read_bytes()
    for many in (1 << 30, 1 << 31):
        claimed = whole.replace(pickle.dumps(5, 2)[2:-1] + b"N", pickled(many)[2:-1] + b"N")
        assert claimed != whole
        (tmp_path / "b.pth").write_bytes(claimed)
        with pytest.raises(DamagedFileError, match="Received"):
            read_torch_legacy(tmp_path / "b.pth")
