import contextlib
import io
import os
import threading
import unicodedata
import zipfile

import numpy as np
import pytest
from aihub_fixture import RawNamed, png, write_zip
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr_crnn.data import samples
from ocr_crnn.data.samples import (
    UnreadableImageError,
    base_name,
    decode_bytes,
    find_files,
    is_image,
    measure_image,
    measure_picture,
    open_archive,
    read_image,
    read_image_bytes,
    resolve_path,
)

KOREAN = "한국어 글자체"


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_names_match_in_either_normal_form(tmp_path, stored, asked):
    folder = tmp_path / unicodedata.normalize(stored, KOREAN)
    folder.mkdir()
    (folder / unicodedata.normalize(stored, "사진.png")).write_bytes(b"bytes")
    assert read_image_bytes(tmp_path / unicodedata.normalize(asked, KOREAN) / unicodedata.normalize(asked, "사진.png")) == b"bytes"


def test_absent_path_names_the_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="Received: .*nichts.*Check the spelling"):
        resolve_path(tmp_path / "nichts" / "a.png")


@pytest.mark.parametrize("name", ["인쇄체/문장/가각.png", "ascii/a.png", "뷁/펲.png"])
def test_cp949_member_names(tmp_path, name):
    path = write_zip(tmp_path / "a.zip", {name: b"inside"})
    assert list(find_files(path)) == [f"{path}::{name}"]
    assert read_image_bytes(f"{path}::{name}") == b"inside"
    assert read_image_bytes(f"{path}::{unicodedata.normalize('NFD', name)}") == b"inside"


def test_utf8_member_names_with_and_without_flag(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(RawNamed("문장/나.png", "utf-8"), b"none")
        archive.writestr("문장/가.png", b"flag")
    assert [path.rpartition("::")[2] for path in find_files(tmp_path)] == ["문장/나.png", "문장/가.png"]
    assert read_image_bytes(f"{tmp_path / 'a.zip'}::문장/나.png") == b"none"


def test_threads_share_an_archive(tmp_path):
    members = {f"{i}.png": bytes([i]) * 50_000 for i in range(20)}
    path = write_zip(tmp_path / "a.zip", members)
    wrong = []

    def read():
        for name, contents in members.items():
            if read_image_bytes(f"{path}::{name}") != contents:
                wrong.append(name)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_replaced_archive_is_opened_again(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a.png": b"old"})
    assert read_image_bytes(f"{path}::a.png") == b"old"
    write_zip(path, {"a.png": b"new bytes"})
    assert read_image_bytes(f"{path}::a.png") == b"new bytes"


def test_a_member_without_a_name_is_none(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"": b"1", "b.png": b"2"})
    assert list(open_archive(path).members) == ["b.png"]


def test_damaged_archives(tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4 but no more")
    (tmp_path / "good.png").write_bytes(png())
    with pytest.raises(UnreadableImageError, match="whole zip.*Received.*bad.zip"):
        list(find_files(tmp_path))
    damaged = []
    assert list(find_files(tmp_path, lambda path, error: damaged.append(path.name))) == [str(tmp_path / "good.png")]
    assert damaged == ["bad.zip"]
    path = write_zip(tmp_path / "a.zip", {"a.png": b"contents"})
    path.write_bytes(path.read_bytes().replace(b"contents", b"c0ntents"))
    with pytest.raises(UnreadableImageError, match="zip member has to be whole"):
        read_image_bytes(f"{path}::a.png")
    with pytest.raises(FileNotFoundError, match="absent from"):
        read_image_bytes(f"{path}::b.png")


def encoded(image, form="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def test_decoding_of_every_mode():
    gray = Image.fromarray(np.full((3, 5), 100, np.uint8))
    assert decode_bytes(encoded(gray)).tolist() == np.full((3, 5, 3), 100).tolist()
    assert decode_bytes(encoded(gray), gray=True).shape == (3, 5, 1)
    transparent = Image.new("RGBA", (5, 3), (0, 0, 0, 0))
    assert decode_bytes(encoded(transparent)).min() == 255, "transparent is paper"
    sixteen_bit = Image.fromarray(np.full((3, 5), 0x80FF, np.uint16))
    assert set(decode_bytes(encoded(sixteen_bit), gray=True).flat) == {0x80}
    assert decode_bytes(encoded(gray.convert("1"))).max() <= 255
    assert decode_bytes(encoded(Image.new("P", (5, 3)))).shape == (3, 5, 3)


def test_exif_rotation_only_on_request():
    image = Image.new("RGB", (4, 2))
    exif = image.getexif()
    exif[0x0112] = 6
    contents = encoded(image, "JPEG", exif=exif)
    assert decode_bytes(contents).shape == (2, 4, 3)
    assert decode_bytes(contents, exif_transpose=True).shape == (4, 2, 3)


@pytest.mark.parametrize(
    "contents",
    [b"", b"text", png(200, 100)[:-30], png(200, 100)[:40], encoded(Image.effect_noise((99, 99), 60), "JPEG")[:1500]],
    ids=["zero bytes", "no image", "truncated", "header only", "truncated jpeg"],
)
def test_unreadable_images(contents):
    with pytest.raises(UnreadableImageError, match=r"whole PNG.*Received: a\.png \(\d+ bytes\)"):
        decode_bytes(contents, "a.png")


@given(st.integers(0, 120), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_give_an_image_or_our_error(position, noise):
    contents = png(30, 20)
    contents = contents[:position] + noise + contents[position + len(noise) :]
    with contextlib.suppress(UnreadableImageError):
        assert decode_bytes(contents).ndim == 3


def test_oversized_image_is_refused_before_decoding(monkeypatch):
    monkeypatch.setattr("ocr_crnn.images.pictures.MAX_PIXELS", 100)
    with pytest.raises(UnreadableImageError, match="at most 100 pixels.*200 × 100"):
        decode_bytes(png(200, 100), "big.png")


def test_measure_and_read(tmp_path):
    (tmp_path / "가.png").write_bytes(png(7, 4, value=9))
    assert measure_image(tmp_path / "가.png") == (4, 7)
    assert read_image(tmp_path / "가.png", gray=True).tolist() == np.full((4, 7, 1), 9).tolist()
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(UnreadableImageError, match="readable header"):
        measure_image(tmp_path / "empty.png")


def test_names():
    assert base_name("a.zip::b/가.PNG") == "가.PNG" and base_name("c\\d.png") == "d.png"
    assert is_image("a.zip::b/가.PNG") and not is_image("b/._a.png") and not is_image("a.json")


def test_what_is_no_file_is_told_and_not_opened(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.png").touch()
    os.mkfifo(tmp_path / "a_data_info.json"), (tmp_path / "b.png").symlink_to("b.png")
    others = []
    assert list(find_files(tmp_path, on_other=others.append)) == [str(tmp_path / "sub" / "a.png")]
    assert [path.name for path in others] == ["a_data_info.json", "b.png"]


def test_image_files_have_a_bound(tmp_path, monkeypatch):
    """A zip may say that 5 GB come out of a megabyte, and a file may be as sparse."""
    monkeypatch.setattr(samples, "MOST_BYTES", 1000)
    (tmp_path / "a.png").write_bytes(bytes(1001))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(1001))
    for path in (tmp_path / "a.png", f"{tmp_path / 'a.zip'}::a.png"):
        with pytest.raises(UnreadableImageError, match="Received: .*1,001 bytes"):
            read_image_bytes(path)


def test_the_header_of_an_image_without_its_pixels(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 8
    Image.new("L", (30, 10)).save(tmp_path / "a.png", exif=exif, dpi=(200, 100))
    sizes, orientation = measure_picture(tmp_path / "a.png")
    assert sizes == [(10, 30), (30, 10), (30, 20)] and orientation == 8
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: whole.index(b"IDAT") + 4])
    assert measure_picture(tmp_path / "a.png")[1] == 8
    for contents in (b"", b"\x89PNG", b"text"):
        (tmp_path / "a.png").write_bytes(contents)
        with pytest.raises(UnreadableImageError, match="readable header"):
            measure_picture(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError):
        measure_picture(tmp_path / "b.png")
