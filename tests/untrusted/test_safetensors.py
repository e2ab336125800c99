import json
import struct

import numpy as np
import pytest

from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.safetensors import read_safetensors


def write(path, header, contents=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + contents)
    return path


def said(dtype="F32", shape=(2,), place=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(place)}


def test_tensors_of_every_kind_are_read(tmp_path):
    wanted = {
        "F64": np.array([[1.5, -2]]), "F32": np.float32(3), "F16": np.zeros((0, 4), np.float16), "I64": np.array([1 << 40]),
        "U8": np.arange(3, dtype=np.uint8), "BOOL": np.array([True, False]),
    }  # fmt: skip
    header, contents = {"__metadata__": {"format": "pt"}}, b""
    for kind, array in wanted.items():
        header[kind] = said(kind, np.shape(array), (len(contents), len(contents) + array.nbytes))
        contents += array.tobytes()
    header["half"] = said("BF16", (2,), (len(contents), len(contents) + 4))
    found = read_safetensors(write(tmp_path / "x", header, contents + b"\x80\x3f\x20\xc0"))  # 1 and −2.5
    for kind, array in wanted.items():
        np.testing.assert_array_equal(found[kind], array)
        assert found[kind].dtype == array.dtype and found[kind].shape == np.shape(array)
    np.testing.assert_array_equal(found["half"], np.float32([1, -2.5]))
    assert found.keys() == {*wanted, "half"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"a": said(place=(0, 16))}, "in bytes 0 to 16 of 8"),
        ({"a": said(shape=(1 << 62, 1 << 62))}, "of the shape"),
        ({"a": said(shape=(-2,))}, r"of the shape \[-2\]"),
        ({"a": said(shape=(True, 2))}, r"of the shape \[True, 2\]"),
        ({"a": said(place=(-8, 0))}, r"at \[-8, 0\]"),
        ({"a": said(place=(0,))}, "unpack"),
        ({"a": said(dtype="O")}, "of the type O"),
        ({"a": said(dtype=[])}, r"of the type \[\]"),
        ({"a": said(), "b": said("U8", (1,), (7, 8))}, "'b' lies over another tensor"),
        ({"a": []}, "indices"),
        ({"a": {"dtype": "F32"}}, "shape"),
        (b"[]", "a list in place of an object"),
        (b"{" * 99, "Expecting property name"),
    ],
)
def test_a_header_that_is_not_true_is_refused(tmp_path, header, message):
    with pytest.raises(DamagedFileError, match=f"and the tensors it names. Received: .*{message}.* Download it again"):
        read_safetensors(write(tmp_path / "x", header, bytes(8)))


@pytest.mark.parametrize("contents", [b"", b"\x05", struct.pack("<Q", 1 << 60) + b"{}", struct.pack("<Q", 9) + b"{}"])
def test_a_file_that_is_cut_or_says_a_huge_header_is_refused(tmp_path, contents):
    (tmp_path / "x").write_bytes(contents)
    with pytest.raises(DamagedFileError, match="a header of [0-9,]+ bytes in a file of"):
        read_safetensors(tmp_path / "x")
