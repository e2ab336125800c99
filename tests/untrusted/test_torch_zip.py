import os
import zipfile

import numpy as np
import pytest

from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.torch_zip import read_torch_zip
from tests.helpers.torch_files import Call, pickled, tensor, write_checkpoint, write_zip

EIGHT = np.arange(8, dtype=np.float32).reshape(2, 4)


def test_tensors_of_every_kind_are_read(tmp_path):
    wanted = {"a": EIGHT, "b": np.float64([1.5]), "c": np.ones((0, 3), np.float16), "d": np.array(7), "e": np.uint8([1, 2])}
    found = read_torch_zip(write_checkpoint(tmp_path / "x", wanted))
    assert found.keys() == wanted.keys()
    for name, x in wanted.items():
        np.testing.assert_array_equal(found[name], x)
        assert found[name].dtype == x.dtype and found[name].shape == x.shape
    half = np.array([0x3F80, 0xC020], np.uint16)  # 1 and −2.5
    found = read_torch_zip(write_checkpoint(tmp_path / "x", {"half": half}, lambda state: {"state_dict": state, "epoch": 3}))
    np.testing.assert_array_equal(found["half"], np.float32([1, -2.5]))
    with pytest.raises(ValueError, match="read-only"):
        found["half"][0] = 1


def test_views_of_a_storage_and_parameters_and_settings_beside_them(tmp_path):
    settings = {"hparams": Call("argparse.Namespace"), "text": "가", "list": [1, (2, 3.5)], "none": None}
    state = {
        "turned": tensor("0", EIGHT.T, (1, 4)), "part": tensor("0", EIGHT[0, :2], (1,), 5, 8),
        "whole": Call("torch._utils._rebuild_parameter", tensor("0", EIGHT), True, Call("collections.OrderedDict")),
    }  # fmt: skip
    found = read_torch_zip(write_zip(tmp_path / "x", pickled({"state_dict": state, **settings}), {"0": EIGHT.tobytes()}))
    np.testing.assert_array_equal(found["turned"], EIGHT.T)
    np.testing.assert_array_equal(found["part"], [5, 6])
    np.testing.assert_array_equal(found["whole"], EIGHT)


def test_modules_of_a_torchscript_archive_are_names_of_tensors(tmp_path):
    def module(**parts):  # name, (), new object, state, build
        inside = b"".join(b"X" + len(k).to_bytes(4, "little") + k.encode() + v + b"s" for k, v in parts.items())
        return b"c__torch__.clip\nModel\n)\x81}" + inside + b"b"

    weight = pickled(tensor("0", EIGHT))[2:-1]
    contents = b"\x80\x02" + module(training=b"\x88", visual=module(proj=weight)) + b"."
    found = read_torch_zip(write_zip(tmp_path / "x", contents, {"0": EIGHT.tobytes()}, more=("constants.pkl", "code/x.py")))
    np.testing.assert_array_equal(found["visual.proj"], EIGHT)
    assert len(found) == 1


@pytest.mark.parametrize("name", ["posix.system", "builtins.eval", "os.system", "numpy.load", "torch.load", "torch._utils.x"])
def test_executable_pickles_are_refused_by_name(tmp_path, name):
    path = write_zip(tmp_path / "x", pickled({"a": tensor("0", EIGHT), "b": Call(name, f"touch {tmp_path}/made")}), {"0": EIGHT.tobytes()})
    with pytest.raises(DamagedFileError, match=f"the name '{name}'.* Nothing of it was executed"):
        read_torch_zip(path)
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (tensor("0", EIGHT, (1 << 61, 1)), "strides"), (tensor("0", EIGHT, offset=1), "a storage of 8 numbers"),
        (tensor("0", EIGHT, (-4, 1)), "without a storage"), (tensor("0", EIGHT, (4,)), "without a storage"),
        (tensor("0", EIGHT, count=1 << 40), "which has 32"), (tensor("9", EIGHT), "which has none"),
        (tensor("0", np.broadcast_to(np.float32(0), (1 << 20, 1 << 20)), (0, 0), 0, 8), "in a storage of 8"),
        (Call("torch._utils._rebuild_parameter", 3), "no tensor"), (Call("torch._utils._rebuild_tensor_v2", 3), "missing"),
        (3, "no tensors"),
    ],
)  # fmt: skip
def test_tensors_that_do_not_lie_in_their_storage_are_refused(tmp_path, described, message):
    path = write_zip(tmp_path / "x", pickled({"a": described}), {"0": EIGHT.tobytes()})
    with pytest.raises(DamagedFileError, match=f"tensors and plain settings. Received: .*{message}.* Download it again"):
        read_torch_zip(path)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "exhausted"), (b"\x80\x02}", "exhausted"), (b"}r\xff\xff\xff\xff.", "no tensors"), (b"B\xff\xff\xff\x7f.", "2147483647"),
        (b"}" + b")" + b"\x85" * 99999 + b"Ns.", "under keys"), (b"(i__main__\nx\n.", "opcode INST"), (b"}2.", "opcode DUP"),
        (b"t.", "not in list"),
        (b"}q\x00X\x01\x00\x00\x00ah\x00s.", "no tensors"), (b"\x82\x01.", "opcode EXT1"), (b"R.", "pop"), (b"h\x05.", "5"),
    ],
)  # fmt: skip
def test_pickles_that_are_cut_or_ask_for_memory_are_refused(tmp_path, contents, message):
    with pytest.raises(DamagedFileError, match=f"Received: .*{message}"):
        read_torch_zip(write_zip(tmp_path / "x", contents, {}))


def test_zips_that_are_none_of_pytorch_are_refused(tmp_path):
    whole = write_checkpoint(tmp_path / "x", {"a": EIGHT})
    for size in (0, 1, 100, whole.stat().st_size - 30):
        (tmp_path / "cut").write_bytes(whole.read_bytes()[:size])
        with pytest.raises(DamagedFileError, match="Received"):
            read_torch_zip(tmp_path / "cut")
    damaged = bytearray(whole.read_bytes())
    damaged[damaged.index(EIGHT.tobytes()) + 5] ^= 1
    (tmp_path / "cut").write_bytes(damaged)
    with pytest.raises(DamagedFileError, match="CRC"):
        read_torch_zip(tmp_path / "cut")
    contents, storages = pickled({"a": tensor("0", EIGHT)}), {"0": EIGHT.tobytes()}
    with pytest.raises(DamagedFileError, match="packed or encrypted"):
        read_torch_zip(write_zip(tmp_path / "x", contents, {"0": bytes(1 << 20)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(DamagedFileError, match="another byte order"):
        read_torch_zip(write_zip(tmp_path / "x", contents, storages, order=b"big"))
    with pytest.raises(DamagedFileError, match="4,194,304"):
        read_torch_zip(write_zip(tmp_path / "x", contents + bytes(1 << 22), storages))
    (tmp_path / "x").write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    with pytest.raises(DamagedFileError, match="PyTorch before 1.6"):
        read_torch_zip(tmp_path / "x")
