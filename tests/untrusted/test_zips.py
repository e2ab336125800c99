import zipfile

import pytest

from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.zips import open_zip, read_member


def archive_of(path, contents=b"abc" * 50, way=zipfile.ZIP_DEFLATED, **changes):
    """A zip with one member "a"; changes: {place in its entry of the directory: bytes}."""
    with zipfile.ZipFile(path, "w", way) as archive:
        archive.writestr("a", contents)
    written = bytearray(path.read_bytes())
    for place, new in changes.items():
        for start in (written.rindex(b"PK\1\2") + int(place[1:]), int(place[1:]) - 2 if int(place[1:]) < 24 else None):
            if start is not None:
                written[start : start + len(new)] = new
    path.write_bytes(written)
    return path


def read(path, most_bytes=1000):
    with open_zip(path) as archive:
        return read_member(archive, "a", most_bytes, f"{path}::a")


@pytest.mark.parametrize("way", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_is_read_in_any_packing(tmp_path, way):
    assert read(archive_of(tmp_path / "x.zip", way=way)) == b"abc" * 50


def test_a_member_has_a_bound(tmp_path):
    with pytest.raises(DamagedFileError, match="Received: .*::a: 150 bytes unpacked, more than 100"):
        read(archive_of(tmp_path / "x.zip"), 100)
    # A directory that says less than there is: no more than it says comes out, and the checksum tells.
    with pytest.raises(DamagedFileError, match="CRC"):
        read(archive_of(tmp_path / "x.zip", contents=bytes(10_000_000), _24=(50).to_bytes(4, "little")))


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"_8": b"\1"}, "encrypted"), ({"_10": b"\x63\0"}, "compression"), ({"_16": bytes(4)}, "CRC"), ({"_42": b"\xff\xff\0\0"}, "Received")],
)
def test_what_else_is_wrong_with_it(tmp_path, changes, told):
    with pytest.raises(DamagedFileError, match=f"(?i){told}"):
        read(archive_of(tmp_path / "x.zip", **changes))


@pytest.mark.parametrize("way", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_flipped_byte(tmp_path, way):
    path = archive_of(tmp_path / "x.zip", contents=bytes(range(256)) * 4, way=way)
    contents = bytearray(path.read_bytes())
    for place in range(31, len(contents) - 80, 40):
        contents[place] ^= 0x55
        path.write_bytes(contents)
        with pytest.raises(DamagedFileError, match="Received"):
            read(path)
        contents[place] ^= 0x55


def test_no_zip_and_no_file(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\3\4")
    with pytest.raises(DamagedFileError, match=r"a whole zip. Received: .*\(4 bytes\).*ls -v NAME"):
        open_zip(tmp_path / "x.zip")
    with pytest.raises(DamagedFileError, match="Received: .*::b: .*no item"), open_zip(archive_of(tmp_path / "y.zip")) as archive:
        read_member(archive, "b", 10, "y.zip::b")
    with pytest.raises(FileNotFoundError):
        open_zip(tmp_path / "z.zip")
