import os
import random
import sys
import tempfile
import time
from importlib import import_module

from benchmarks.kills import Child, measure  # finds its neighbours by itself


def test_a_call_is_killed_before_the_operation_that_was_named(tmp_path):
    def call():
        for number in range(3):
            (tmp_path / str(number)).mkdir(exist_ok=True)

    child = Child(call, tmp_path / "log", kill_at=1)
    assert child.wait()[0] and not child.outlived() and sorted(os.listdir(tmp_path)) == ["0", "log"]
    child = Child(call, tmp_path / "log")
    assert child.wait()[:2] == (False, 0) and child.operations == 3


def test_a_process_that_is_left_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["kill_child"], "ALIVE_S", 0.05)
    child = Child(lambda: None if os.fork() else time.sleep(2), tmp_path / "log")
    child.wait()
    assert child.outlived()


class Careless(import_module("kill_cases").Case):
    """Writes half a file under its name, and forgets what it has begun."""

    def call(self, folder):
        (folder / ".a.unfinished.abcdefgh").mkdir(exist_ok=True)
        (folder / "a").write_text("half")
        (folder / "b").mkdir(exist_ok=True)
        (folder / "a").write_text("whole")
        (folder / ".a.unfinished.abcdefgh").rmdir()

    def go_on(self, folder):
        return 0


def test_what_is_lost_half_written_and_left_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    row = measure(Careless("careless", by_operation=1.0), 12, tmp_path / "root", random.Random(0))
    assert row["kills"] == 12 and row["alive"] == 0
    assert row["half-written"] and row["lost"] >= row["half-written"] and row["left behind"]
