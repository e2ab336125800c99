import os

import pytest

from ocr_crnn.files import replacing
from ocr_crnn.images import find_files


def test_files_folders_and_patterns(tmp_path):
    for name in ("b.png", "a.pdf", "notes.txt", "sub/c.JPG"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    names = lambda paths, **options: [path.relative_to(tmp_path).as_posix() for path in find_files(paths, **options)]  # noqa: E731
    assert names([tmp_path]) == ["a.pdf", "b.png"]
    assert names([tmp_path], recursive=True) == ["a.pdf", "b.png", "sub/c.JPG"]
    assert names([tmp_path / "*.p*", tmp_path / "b.png"]) == ["a.pdf", "b.png"]
    assert names([tmp_path / "notes.txt"]) == ["notes.txt"]  # named itself
    skipped = []
    find_files([tmp_path], skipped=skipped)
    assert [path.name for path in skipped] == ["notes.txt"]
    with pytest.raises(FileNotFoundError, match="absent.png"):
        find_files([tmp_path / "absent.png"])


def test_what_is_no_file_is_listed_and_not_looked_into(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.png").touch()
    os.mkfifo(tmp_path / "pipe.png"), os.mkfifo(tmp_path / "sub" / "pipe")
    (tmp_path / "broken.png").symlink_to("absent"), (tmp_path / "loop").symlink_to("loop"), (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / ".hidden").touch()
    skipped = []
    assert find_files([tmp_path], skipped=skipped) == [tmp_path / "b.png"]
    assert [path.name for path in skipped] == ["broken.png", "folder.png", "loop", "pipe.png"]
    skipped = []
    assert find_files([tmp_path], True, skipped) == [tmp_path / "b.png"]
    assert [path.name for path in skipped] == ["broken.png", "loop", "pipe.png", "pipe"]


def test_what_another_run_is_writing_is_not_read(tmp_path):
    with replacing(tmp_path / "a.overlay.jpg") as half:
        assert half.suffix == ".jpg" and find_files([tmp_path], recursive=True) == []
