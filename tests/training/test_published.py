import numpy as np
import pytest

from ocr_crnn.training.published import read_tensors
from ocr_crnn.untrusted.plain import DamagedFileError
from tests.helpers.torch_files import write_checkpoint
from tests.training.test_clip_weights import write


@pytest.mark.parametrize(("make", "name"), [(write, "a.safetensors"), (write_checkpoint, "a.pt"), (write_checkpoint, "unnamed")])
def test_each_kind_is_told_by_how_it_begins(tmp_path, make, name):
    found = read_tensors(make(tmp_path / name, {"a": np.float32([[1, 2]])}))
    np.testing.assert_array_equal(found["a"], [[1, 2]])


def test_what_is_neither_is_refused(tmp_path):
    for name, message in (("a.ckpt", "checkpoint of PyTorch"), ("a", "safetensors file is a header")):
        (tmp_path / name).write_bytes(bytes(9))
        with pytest.raises(DamagedFileError, match=message):
            read_tensors(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "absent")
