import os
import socket

import pytest

from ocr_crnn.untrusted.plain import DamagedFileError, open_plain, own_file, read_plain


def test_a_plain_file_is_read(tmp_path):
    (tmp_path / "가.txt").write_bytes(b"abc")
    assert read_plain(tmp_path / "가.txt", 3) == b"abc"
    with pytest.raises(DamagedFileError, match=r"at most 2 bytes. Received: .*3 bytes"):
        read_plain(tmp_path / "가.txt", 2)


def test_nothing_else_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for a writer
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path, kind in (
            (tmp_path / "pipe", "a named pipe"),
            (tmp_path / "socket", "a socket"),
            ("/dev/zero", "a device"),
            (tmp_path, "a fol"),
        ):
            with pytest.raises(DamagedFileError, match=f"a plain file. Received: .*, {kind}"):
                open_plain(path)
    with pytest.raises(DamagedFileError, match="no NUL"):
        open_plain("a\0b")
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "absent")


@pytest.mark.parametrize("name", ["", ".", "..", "/etc/passwd", "../x", "a/b", "a\\b", "C:x", "a\0", "a\n", 5, None, ["a"]])
def test_a_folder_has_no_files_elsewhere(tmp_path, name):
    with pytest.raises(DamagedFileError, match="its own files"):
        own_file(tmp_path, name)


def test_links_may_not_lead_out(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "folder" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "folder" / "circle").symlink_to(tmp_path / "folder" / "circle")
    (tmp_path / "folder" / "own").write_text("y")
    (tmp_path / "folder" / "in").symlink_to("own")
    for name in ("out", "circle"):
        with pytest.raises(DamagedFileError, match="a link that leads out"):
            own_file(tmp_path / "folder", name)
    assert own_file(tmp_path / "folder", "in").read_text() == "y"
    assert own_file(tmp_path / "folder", "absent.npz").name == "absent.npz"
