import os
import socket
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.images import UnreadableError, page_count, read_images, sources


@pytest.mark.parametrize("contents", [b"", b"not an image at all", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\n broken", b"\xff\xd8\xff\xe0"])
def test_what_is_no_image_is_refused_with_its_name(contents, tmp_path):
    (tmp_path / "가.png").write_bytes(contents)
    with pytest.raises(UnreadableError, match="가.png"):
        list(read_images(tmp_path / "가.png"))
    with pytest.raises(UnreadableError, match="Received: bytes"):
        list(read_images(contents))


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


@pytest.mark.parametrize(("make", "kind"), [(make_pipe, "a pipe"), (make_socket, "a socket"), (os.mkdir, "a folder")])
def test_what_is_no_file_is_not_opened(tmp_path, make, kind, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    make("a.png")
    monkeypatch.setattr("builtins.open", lambda *a, **k: pytest.fail("it was opened"))
    for look in (page_count, lambda path: list(read_images(path))):
        with pytest.raises(UnreadableError, match=f"Received: a.png, {kind}.*read from -"):
            look("a.png")


def test_of_a_file_that_is_no_picture_the_beginning_is_read(tmp_path):
    """64 MB of nothing, as a sparse file of 8 GB is: it was read into memory as a whole."""
    with open(tmp_path / "x.png", "wb") as stream:
        stream.truncate(2**26)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableError, match="x.png, which is neither"):
            list(read_images(tmp_path / "x.png"))
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_a_picture_of_too_many_bytes_is_refused_and_a_tiff_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_PICTURE_BYTES", 60)
    for kind in ("PNG", "TIFF"):
        Image.new("L", (60, 40), 200).save(tmp_path / f"a.{kind}")
    with pytest.raises(UnreadableError, match="at most 60 bytes. Received: .*a.PNG of .* bytes. Save it smaller"):
        page_count(tmp_path / "a.PNG")
    assert next(read_images(tmp_path / "a.TIFF")).pixels.shape == (40, 60, 3)


def test_arrays_and_pictures_in_memory_have_the_same_bounds():
    for source in (np.broadcast_to(np.uint8(9), (2, 40_000)), Image.new("L", (40_000, 2))):
        with pytest.raises(UnreadableError, match="sides of at most 32,766 pixels.*40000 × 2"):
            list(read_images(source))
