import pytest

from ocr_crnn.images import UnreadableError, find_files, read_images


@pytest.mark.parametrize("contents", [b"", b"not an image at all", b"%PDF-1.7 broken", b"\x89PNG\r\n\x1a\n broken", b"\xff\xd8\xff\xe0"])
def test_what_is_no_image_is_refused_with_its_name(contents, tmp_path):
    (tmp_path / "가.png").write_bytes(contents)
    with pytest.raises(UnreadableError, match="가.png"):
        list(read_images(tmp_path / "가.png"))
    with pytest.raises(UnreadableError, match="Received: bytes"):
        list(read_images(contents))


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
