"""`read --ray` with a real Ray: two actors on one cluster of this machine, which is started once."""

import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
import readers
from inputs import ALL, errors, files, picture
from PIL import Image
from readers import ToneReader, broken_reader

from ocr_crnn.commands.read.batch import Options
from ocr_crnn.commands.read.cluster import ray_cluster
from ocr_crnn.commands.read.cluster.ray_cluster import actors_of, import_ray, start_local
from ocr_crnn.commands.read.cluster.worker import UnseenError
from ocr_crnn.commands.read.files import read_files
from ocr_crnn.commands.read.targets import UsageError


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="module")
def two_cores():
    """A cluster that this process has joined: every run takes it. Actors find the readers of tests by their PYTHONPATH."""
    before, here, ends = os.environ.get("PYTHONPATH"), Path(readers.__file__).parent, signal.getsignal(signal.SIGTERM)
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (here, here.parent.parent, *([before] if before else []))))
    ray = import_ray()
    with ExitStack() as stack:
        start_local(ray, 2, stack)
        stack.callback(ray.shutdown)
        assert signal.getsignal(signal.SIGTERM) == ends and os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
        yield ray
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


class Deadly(ToneReader):
    """A tone of 66 ends the process; that of 77 once."""

    def read_page(self, pixels):
        tone = int(pixels[0, 0, 0])
        marks = Path(os.environ["MARKS"])
        with open(marks / f"{tone}", "a") as mark:
            mark.write(f"{os.getpid()}\n")
        if tone == 66 or (tone == 77 and len((marks / "77").read_text().splitlines()) == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read_page(pixels)


def tones(path, values):
    frames = [Image.new("RGB", (30, 20), (value,) * 3) for value in values]
    frames[0].save(path, save_all=True, append_images=frames[1:])


@pytest.mark.slow
def test_it_writes_what_workers_write_and_nothing_twice(two_cores, tmp_path, monkeypatch, capsys):
    for tone, name in enumerate(["계약", os.fsdecode("나".encode("cp949")), "다" * 83, "d"], 10):
        picture(tmp_path / "in" / "sub" / f"{name}.png", tone)
    (tmp_path / "in" / "empty.png").write_bytes(b"")
    tones(tmp_path / "in" / "long.tif", range(20, 52))
    monkeypatch.chdir(tmp_path)  # actors have folders of their own
    options = {"formats": ALL, "overlay": True, "recursive": True}
    assert read_files(["in"], "plain", ToneReader, **options) == 1
    capsys.readouterr()
    assert read_files(["in"], "ray", ToneReader, ray="local", workers=2, **options) == 1
    assert "pages/s · 2 actors" in capsys.readouterr().err
    names = [name for name in files(tmp_path / "ray") if not name.startswith(".ocr-crnn/")]
    assert names == files(tmp_path / "plain") and not any(name.startswith(".ocr-crnn/parts") for name in files(tmp_path / "ray"))
    for name in names:
        if name != "errors.csv":
            assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes(), name
    assert sorted(map(str, errors(tmp_path / "ray"))) == sorted(map(str, errors(tmp_path / "plain")))
    (tmp_path / "in" / "empty.png").unlink(), (tmp_path / "in" / "sub" / "다다.png").unlink(missing_ok=True)
    picture(tmp_path / "in" / "sub" / f"{'다' * 83}.png", 99)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "ray").rglob("*.txt")}
    assert read_files(["in"], "ray", ToneReader, ray="local", **options) == 1  # 13 is more than it can bear
    again = [path.name[0] for path, stamp in stamps.items() if path.stat().st_mtime_ns != stamp]
    assert again == ["다"] and "4 files were finished before" not in capsys.readouterr().err


@pytest.mark.slow
def test_what_ends_an_actor_is_read_by_another_or_told(two_cores, tmp_path, capsys):
    marks = tmp_path / "marks"
    marks.mkdir()
    picture(tmp_path / "in" / "a.png", 77), picture(tmp_path / "in" / "c.png", 5)
    tones(tmp_path / "in" / "long.tif", [*range(20, 50), 66])
    make_reader = Marking(marks)
    assert read_files([tmp_path / "in"], tmp_path / "out", make_reader, "txt,json", ray="local", workers=2) == 1
    pids = (marks / "77").read_text().splitlines()
    assert len(pids) == 2 and len(set(pids)) == 2 and len((marks / "66").read_text().splitlines()) == 1 + 3  # with its part, and alone
    found = errors(tmp_path / "out")
    assert [(Path(row["path"]).name, row["page"]) for row in found] == [("long.tif", "31")]
    assert "which ended 3 actors" in found[0]["message"]
    text = (tmp_path / "out" / "long.txt").read_text(encoding="utf-8")
    assert text == "\f".join(f"쪽 {tone}\n" for tone in range(20, 50)) and (tmp_path / "out" / "a.txt").exists()
    assert len(list((tmp_path / "out").glob("long.p*.json"))) == 30
    assert not [path for path in (tmp_path / "out").rglob("*") if ".unfinished." in path.name or path.suffix == ".part"]


class Marking:
    """Makes Deadly readers, wherever it is called."""

    def __init__(self, marks):
        self.marks = marks

    def __call__(self):
        os.environ["MARKS"] = str(self.marks)
        return Deadly()


@pytest.mark.slow
def test_what_ends_a_run_is_said(two_cores, tmp_path, monkeypatch, capsys):
    picture(tmp_path / "in" / "a.png", 5)
    with pytest.raises(ValueError, match="A preset is there"):
        read_files([tmp_path / "in"], tmp_path / "out", broken_reader, ray="local", workers=1)
    with pytest.raises(UnseenError, match="one that all machines see. Received: .*nowhere"), actors_of(
        "local", 1, (ToneReader, Options(), tmp_path, ""), tmp_path / "nowhere" / "claim"
    ):
        pass
    monkeypatch.setattr(ray_cluster, "tool", lambda: "ocr_crnn 99")
    with pytest.raises(UsageError, match="one version. Received: ocr_crnn 99 here"):
        read_files([tmp_path / "in"], tmp_path / "out", ToneReader, ray="local", workers=1)


def test_a_cluster_that_is_not_there_says_so(tmp_path, monkeypatch):
    picture(tmp_path / "a.png", 5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    with pytest.raises(UsageError, match=rf"answers within 5 seconds. Received: 127\.0\.0\.1:{port}: .*ray start --head"):
        read_files([tmp_path / "a.png"], tmp_path / "out", ToneReader, ray=f"127.0.0.1:{port}")
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"ray is not installed. Install it: pip install 'ocr-crnn\[ray\]'"):
        read_files([tmp_path / "a.png"], tmp_path / "out", ToneReader, ray="local")
