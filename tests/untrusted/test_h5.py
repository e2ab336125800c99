import h5py
import numpy as np
import pytest

from ocr_crnn.untrusted.h5 import count_numbers, open_h5
from ocr_crnn.untrusted.plain import DamagedFileError


def write(path, make):
    with h5py.File(path, "w") as file:
        file.create_group("layer").attrs["weight_names"] = np.array(["kernel"], "S")
        file["layer/kernel"] = np.arange(6, dtype=np.float32).reshape(2, 3)
        make(file)
    return path


def test_what_holds_its_data_itself_is_read(tmp_path):
    def more(file):
        file.create_dataset("packed", data=np.zeros((300, 300)), chunks=(30, 30), compression="gzip", shuffle=True)
        file["again"] = file["layer"]  # a second name of the same group
        file["layer/inside"] = file  # a circle
        file["empty"], file["text"] = np.zeros((0, 3)), np.bytes_(b"tensorflow")
        file.attrs["config"], file.attrs["names"] = "한" * 70_000, ["가", "나"]

    with open_h5(write(tmp_path / "x.h5", more)) as file:
        assert file["again/kernel"][1, 2] == 5 and count_numbers(file) == 6 + 90_000 + 1


def declare(file, shape, **how):
    """A dataset of which nothing is written."""
    space, plan = h5py.h5s.create_simple(shape), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    for name, values in how.items():
        getattr(plan, name)(*values)
    h5py.h5d.create(file.id, b"declared", h5py.h5t.NATIVE_FLOAT, space, plan)


def link(file, kind):
    file["elsewhere"] = kind


HOSTILE = {
    "any file of the system": (lambda file: declare(file, (300,), set_external=(b"/etc/passwd", 0, 1200)), "in another file"),
    "a link to another file": (lambda file: link(file, h5py.ExternalLink("other.h5", "/a")), "leads elsewhere"),
    "a link by name": (lambda file: link(file, h5py.SoftLink("/layer/kernel")), "leads elsewhere"),
    "5 GB of which nothing is there": (lambda file: declare(file, (1_300_000_000,)), "declares the shape"),
    "36 TiB in pieces": (lambda file: declare(file, (1 << 43,), set_chunk=((1 << 20,),)), "declares the shape"),
    "texts of any length": (lambda file: file.create_dataset("t", data=["가"], dtype=h5py.string_dtype()), "is of object"),
    "references": (lambda file: file.create_dataset("r", data=np.array([file["layer"].ref], h5py.ref_dtype)), "is of"),
    "a type": (lambda file: link(file, np.dtype("f4")), "neither data"),
    "records": (lambda file: file.create_dataset("s", data=np.zeros(2, [("a", "f4")])), "is of"),
    "one long text, named often": (
        lambda file: (file.attrs.create("a", "b" * 300_000, dtype=h5py.string_dtype()), file.attrs.create("many", ["c"] * 1000)),
        "'many' has 1,000 values, up to",
    ),
    "names without end": (lambda file: file.attrs.create("many", np.zeros(30_000, "S1")), "has 30,000 values"),
}


def virtual(file):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", (3,))
    file.create_virtual_dataset("v", layout)


HOSTILE["data of another HDF5 file"] = (virtual, "in another file")


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_else_is(tmp_path, case):
    make, told = HOSTILE[case]
    path = write(tmp_path / "x.h5", make)
    with pytest.raises(DamagedFileError, match=f"holds its data itself. Received: .*{told}"), open_h5(path):
        pass


def test_a_bomb_of_zeros(tmp_path):
    def piece_by_piece(file):
        data = file.create_dataset("z", (1 << 27,), np.uint8, chunks=(1 << 20,), compression="gzip")
        data[: 1 << 20] = 1  # the rest is never written, and is zeros

    with pytest.raises(DamagedFileError, match="data of more than"), open_h5(write(tmp_path / "x.h5", piece_by_piece)):
        pass


def test_no_hdf5_and_what_goes_wrong_inside(tmp_path):
    (tmp_path / "x.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(DamagedFileError, match="108 bytes"), open_h5(tmp_path / "x.h5"):
        pass
    with pytest.raises(DamagedFileError, match="not there|exist|absent"), open_h5(write(tmp_path / "y.h5", lambda file: None)) as file:
        file["absent"]
    with pytest.raises(DamagedFileError, match="a device"), open_h5("/dev/zero"):
        pass


@pytest.mark.parametrize("taken", [0, 8, 4096, 2**63])
def test_a_heap_that_leads_round_in_a_circle_is_not_entered(tmp_path, taken):
    """Free room without a length keeps HDF5 busy for ever."""
    path = write(tmp_path / "x.h5", lambda file: file.attrs.create("config", "한", dtype=h5py.string_dtype()))
    contents = bytearray(path.read_bytes())
    free = contents.index(b"GCOL") + 16 + 16 + 8  # behind its head and its only text
    assert contents[free : free + 2] == b"\0\0"
    contents[free + 8 : free + 16] = taken.to_bytes(8, "little")
    contents[contents.index(b"GCOL") + 5] = 7 * (taken == 8)  # HDF5 does not look at this byte
    path.write_bytes(contents)
    with pytest.raises(DamagedFileError, match=f"a heap of 4,096 bytes with a part of {taken:,}. Copy"), open_h5(path):
        pass


def test_letters_of_a_heap_among_weights_are_none(tmp_path):
    path = write(tmp_path / "x.h5", lambda file: link(file, np.frombuffer(b"GCOL" + bytes([2]) * 60, "u1")))
    with open_h5(path) as file:
        assert file["elsewhere"].shape == (64,)


def test_a_piece_without_bytes_is_not_unpacked(tmp_path):
    """HDF5 takes the checksum off first, and crashes."""
    where = {}

    def packed(file):
        data = file.create_dataset("packed", data=np.arange(300.0), chunks=(100,), compression="gzip", fletcher32=True)
        file.flush()
        where.update(size=data.id.get_chunk_info(1).size)

    path = write(tmp_path / "x.h5", packed)
    contents, told = path.read_bytes(), where["size"].to_bytes(4, "little") + bytes(4)
    assert contents.count(told) >= 1
    path.write_bytes(contents.replace(told, bytes(8)))
    with pytest.raises(DamagedFileError, match="pieces without bytes"), open_h5(path):
        pass
