import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from ocr_crnn.files import locked, move, replace_file, replacing, sweep, unfinished_folder


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "글.txt"
    path.write_text("앞")
    with replacing(path) as temporary:
        temporary.write_text("뒤")
        assert path.read_text() == "앞" and temporary.parent.parent == tmp_path and temporary.name == "글.txt"
    assert path.read_text() == "뒤" and os.listdir(tmp_path) == ["글.txt"]


def test_in_a_folder_that_is_unfinished_itself_nothing_is_beside_it(tmp_path):
    with unfinished_folder(tmp_path, "a") as folder:
        with replacing(folder / "b") as temporary:
            assert temporary == folder / "b"
        with pytest.raises(RuntimeError), replacing(folder / "c"):
            raise RuntimeError
        assert os.listdir(folder) == ["b"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_the_file_as_it_was(tmp_path, error):
    replace_file(tmp_path / "a.bin", b"before")
    with pytest.raises(error), replacing(tmp_path / "a.bin") as temporary:
        temporary.write_bytes(b"half")
        raise error
    assert (tmp_path / "a.bin").read_bytes() == b"before" and os.listdir(tmp_path) == ["a.bin"]


def test_names_as_long_as_they_may_be(tmp_path):
    path = tmp_path / ("가" * 80 + ".weights.h5")
    with replacing(path) as temporary:
        assert temporary.name.endswith(".weights.h5")
    assert path.exists()


def test_others_may_read_the_file(tmp_path):
    replace_file(tmp_path / "a", "글")
    (tmp_path / "b").write_text("글")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_a_folder_has_to_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match="Create .*absent first"):
        replace_file(tmp_path / "absent" / "a.txt", "")


WRITER = """
import os, sys, time
from pathlib import Path
from ocr_crnn.files import replacing, unfinished_folder

with replacing(Path(sys.argv[1], "글.json")) as path, unfinished_folder(sys.argv[1], "b.pdf") as folder:
    path.write_text("half")
    (folder / "part").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_leaves_is_swept_and_that_of_a_living_one_is_not(tmp_path):
    (tmp_path / "own.unfinished.txt").touch(), (tmp_path / ".unfinished").touch()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        sweep(tmp_path)
        assert len(os.listdir(tmp_path)) == 4
        process.send_signal(signal.SIGKILL)
    assert len(os.listdir(tmp_path)) == 4
    sweep(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".unfinished", "own.unfinished.txt"]


def test_a_sweep_follows_no_link_and_waits_for_no_pipe(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a").touch()
    (tmp_path / ".x.unfinished.abcdefgh").symlink_to(tmp_path / "kept")
    os.mkfifo(tmp_path / ".y.unfinished.abcdefgh")
    sweep(tmp_path), sweep(tmp_path / "absent")
    assert (tmp_path / "kept" / "a").exists()


def test_a_folder_that_is_moved_away_is_kept(tmp_path):
    with unfinished_folder(tmp_path, "1") as folder:
        (folder / "a").touch()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700  # nobody else looks at pages of documents
        move(folder, tmp_path / "1")
    (tmp_path / "3").mkdir()
    assert stat.S_IMODE((tmp_path / "1").stat().st_mode) == stat.S_IMODE((tmp_path / "3").stat().st_mode)
    (tmp_path / "3").rmdir()
    with unfinished_folder(tmp_path, "2") as folder:
        (folder / "a").touch()
    assert os.listdir(tmp_path) == ["1"] and os.listdir(tmp_path / "1") == ["a"]


def test_one_at_a_time_is_in_a_locked_folder(tmp_path):
    inside, entered = threading.Event(), []

    def enter():
        inside.set()
        with locked(tmp_path):
            entered.append("second")

    with locked(tmp_path):
        other = threading.Thread(target=enter)
        other.start()
        inside.wait(60)
        other.join(0.1)
        entered.append("first")
    other.join(60)
    assert entered == ["first", "second"]


def test_a_file_and_its_name_are_on_the_disk_before_the_next_step(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(stat.S_ISDIR(os.fstat(handle).st_mode)))
    replace_file(tmp_path / "a", "글")
    assert synced == [False, True]
