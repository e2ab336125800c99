"""Stores by fsspec: names, sizes, what is whole or not there, and what is said of a store that does not let us in."""

import errno
import time
from pathlib import Path

import fsspec
import pytest

from ocr_crnn.commands.read import remote
from ocr_crnn.commands.read.remote import Bucket, StoreError, is_url, plain_path, within
from ocr_crnn.images import UnreadableError

MEMORY = fsspec.filesystem("memory")


@pytest.fixture
def bucket(tmp_path):
    yield Bucket(f"memory://{tmp_path.name}/가/")
    MEMORY.store.clear()


def test_what_is_a_url():
    assert [is_url(text) for text in ("s3://b/a", "GS://b", Path("a/b"), "C:/a", "-", None, "file:///a")] == [True] * 2 + [False] * 5
    assert plain_path("file:///a/b.png") == "/a/b.png" and plain_path("s3://b") == "s3://b" and plain_path(Path("a")) == Path("a")


def test_objects_of_a_folder(bucket, tmp_path):
    assert bucket.list() == {} and bucket.read("a", 9) is None
    (tmp_path / "x").write_bytes(b"12345")
    bucket.put(tmp_path / "x", "sub/a.png"), bucket.write("b.png", b"1")
    assert sorted(bucket.list()) == ["b.png", "sub/a.png"] and list(bucket.list(recursive=False)) == ["b.png"]
    assert bucket.list()["sub/a.png"][0] == bucket.seen("sub/a.png")[0] == 5 and list(bucket.glob("*.png")) == ["b.png"]
    assert list(Bucket(bucket.place("b.png")).list()) == [""]
    bucket.fetch("sub/a.png", tmp_path / "y")
    assert (tmp_path / "y").read_bytes() == b"12345" and bucket.read("sub/a.png", 4) is None and bucket.read("sub/a.png", 5) == b"12345"
    bucket.remove(["b.png", "b.png"])
    assert bucket.names() == ["sub/a.png"] and bucket.names("sub") == ["sub/a.png"]
    with pytest.raises(UnreadableError, match="gone"):
        bucket.fetch("b.png", tmp_path / "y")
    function, arguments = bucket.__reduce__()
    assert function(*arguments).url == bucket.url


def test_sizes_are_bounded_before_anything_is_fetched(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "MAX_PICTURE_BYTES", 3)
    for name in ("a.png", "a.pdf"):
        bucket.write(name, b"1234")
    with pytest.raises(UnreadableError, match=r"at most 3 bytes. Received: memory://.*a\.png of 4 bytes"):
        bucket.fetch("a.png", tmp_path / "a")
    assert not (tmp_path / "a").exists()
    bucket.fetch("a.pdf", tmp_path / "a")


def test_what_is_not_atomic_is_sent_under_another_name(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "ATOMIC", set())
    (tmp_path / "x").write_bytes(b"1")
    put, seen = bucket.store.put_file, []
    monkeypatch.setattr(bucket.store, "put_file", lambda path, key: seen.append(key) or put(path, key))
    bucket.put(tmp_path / "x", "sub/a.txt")
    assert bucket.names() == ["sub/a.txt"] and ".unfinished." in seen[0]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError("Access Denied"), r"could not write: PermissionError: Access Denied\. Check .* credentials"),
        (FileNotFoundError("no bucket"), "no such bucket or folder to write"),
        (RuntimeError("Unable to locate credentials"), "RuntimeError: Unable to locate credentials"),
        (TimeoutError("no answer within 20 seconds"), "no answer within 20 seconds"),
    ],
)
def test_a_store_that_does_not_let_us_in(bucket, monkeypatch, error, message):
    def refuse(*arguments):
        raise error

    monkeypatch.setattr(bucket.store, "pipe_file", refuse)
    with pytest.raises(StoreError, match=f"A store answers, and lets us in. Received: {bucket.url}/a: .*{message}"):
        bucket.write("a", b"")


def test_a_full_disk_here_is_no_fault_of_the_store(bucket, tmp_path, monkeypatch):
    def full(key, path):
        raise OSError(errno.ENOSPC, "No space left on device", path)

    bucket.write("a", b"1")
    monkeypatch.setattr(bucket.store, "get_file", full)
    with pytest.raises(OSError, match="No space left") as caught:
        bucket.fetch("a", tmp_path / "a")
    assert not isinstance(caught.value, StoreError)


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(remote, "find_spec", lambda name: None)
    for url, package in (("s3://b/a", "s3fs"), ("gs://b", "gcsfs")):
        with pytest.raises(StoreError, match=rf"Received: {package} is not installed.*pip install 'ocr-crnn\[remote\]'"):
            Bucket(url)


def test_an_answer_is_waited_for_so_long():
    assert within(5.0, divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        within(5.0, divmod, 7, 0)
    with pytest.raises(TimeoutError, match="no answer within 0 seconds"):
        within(0.0, time.sleep, 5)
