import os
import socket

import pytest

from ocr_crnn.images import UnreadableError, page_count, read_images


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
