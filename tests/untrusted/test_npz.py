import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hostile import bomb, npy, write_npz

from ocr_crnn.untrusted.npz import open_npz
from ocr_crnn.untrusted.plain import DamagedFileError


def read_all(path):
    with open_npz(path) as arrays:
        return {name: arrays.read(name) for name in arrays.declared}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(tmp_path, save):
    rng = np.random.default_rng(0)
    wanted = {
        "a/b": rng.normal(size=(3, 4)), "empty": np.zeros((0, 5), np.int8), "one": np.array(7), "text": np.array("가나"),
        "across": np.asfortranarray(rng.normal(size=(3, 2))), "true": np.array([True, False]), "big": rng.normal(size=4).astype(">f4"),
    }  # fmt: skip
    save(tmp_path / "x.npz", **wanted)
    found = read_all(tmp_path / "x.npz")
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype and found[name].shape == array.shape


def test_a_bomb_is_not_unpacked(tmp_path):
    path = bomb(tmp_path / "x.npz")
    tracemalloc.start()
    with pytest.raises(DamagedFileError, match=r"arrays of more than [\d,]+ bytes in a file of [\d,]+"):
        open_npz(path)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


@pytest.mark.parametrize(
    "member",
    [
        npy(shape=(1 << 45,)),
        npy(shape=(1 << 63, 1 << 63)),
        npy(shape=(-3,)),
        npy(shape=(2,)),
        npy(shape=(4,)),
        npy(shape=(1,) * 30),
        npy(descr="|O"),
        npy(descr=[("a", "<f2")]),
        npy(descr="<M8[s]"),
        npy(descr="|V2"),
        npy()[:20],
        b"",
        b"\x93NUMPY\x03\x00" + b"\xff" * 20,
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 1900) + b"(" * 1900,
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 30) + b"{" * 100,
        b"\x80\x04K\x05.",
    ],
)
def test_a_header_that_its_member_does_not_bear_out(tmp_path, member):
    write_npz(tmp_path / "x.npz", good=np.arange(3), bad=member)
    with pytest.raises(DamagedFileError, match=r"whole \.npz .* Received: .*x\.npz"):
        open_npz(tmp_path / "x.npz")


def test_no_pickle_is_loaded(tmp_path):
    class Executed:
        def __reduce__(self):
            return (tmp_path / "executed").mkdir, ()

    np.savez(tmp_path / "x.npz", a=np.array([Executed()], object))
    with pytest.raises(DamagedFileError):
        open_npz(tmp_path / "x.npz")
    assert not (tmp_path / "executed").exists()


def test_damaged_bytes_and_members(tmp_path):
    path = write_npz(tmp_path / "x.npz", a=np.random.default_rng(0).integers(0, 255, 500, np.uint8))
    contents = bytearray(path.read_bytes())
    contents[300] ^= 1
    path.write_bytes(contents)
    with pytest.raises(DamagedFileError, match="Received"):
        read_all(path)
    for change, told in (((6, b"\1"), "encrypted"), ((8, b"\x63"), "not write|version")):
        path = write_npz(tmp_path / "x.npz", a=np.arange(3))
        contents = path.read_bytes()
        place = contents.rindex(b"PK\1\2") + 2 + change[0]
        path.write_bytes(contents[:place] + change[1] + contents[place + 1 :])
        with pytest.raises(DamagedFileError, match=told):
            open_npz(path)
    with zipfile.ZipFile(tmp_path / "y.npz", "w") as archive:
        archive.writestr("notes.txt", "x")
    for path in (tmp_path / "y.npz", tmp_path / "z.npz"):
        (tmp_path / "z.npz").write_bytes(b"PK\3\4 but no more")
        with pytest.raises(DamagedFileError, match="Received"):
            open_npz(path)
