"""errors.csv: nothing is forgotten before it is read again, whoever has edited the file or writes to it at the same time."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from inputs import errors, files, picture
from PIL import Image
from readers import ToneReader

from ocr_crnn.commands.read import batch
from ocr_crnn.commands.read.errors import add_errors, format_errors, open_errors, parse_errors, settle_errors
from ocr_crnn.commands.read.files import read_files
from ocr_crnn.processes import Stopped

KNOWN = [("/자료/a.tif", 2, "why"), ("/자료/b.png", None, "a, b")]
OURS = format_errors(KNOWN)


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


class Healed(ToneReader):
    def read_page(self, pixels):
        return super().read_page(pixels * 0 + 20)


class Killed(Exception):
    pass


def three_pages(folder):
    """A document whose second page cannot be read."""
    folder.mkdir(exist_ok=True)
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in (7, 13, 8)]
    frames[0].save(folder / "a.tif", save_all=True, append_images=frames[1:])
    return folder / "a.tif"


@pytest.mark.parametrize("resume", [False, True])
def test_a_page_that_failed_is_known_until_it_is_read_again(tmp_path, monkeypatch, resume):
    source, out = three_pages(tmp_path / "in"), tmp_path / "out"
    assert read_files([source], out, ToneReader) == 1

    def kill(self, images):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ToneReader, "read_pages", kill)
        assert read_files([source], out, ToneReader, resume=resume) == 130
    assert [row["page"] for row in errors(out)] == ["2"]
    assert read_files([source], out, Healed, resume=True) == 0
    assert (out / "a.txt").read_text() == "쪽 20\n\f쪽 20\n\f쪽 20\n" and files(out) == ["a.txt"]


def test_errors_stand_before_the_outputs_do(tmp_path, monkeypatch):
    source, out = three_pages(tmp_path / "in"), tmp_path / "out"

    def kill(documents, result):
        raise Killed

    monkeypatch.setattr(batch, "_move_documents", kill)
    with pytest.raises(Killed):
        read_files([source], out, ToneReader)
    assert files(out) == ["errors.csv"] and [row["page"] for row in errors(out)] == ["2"]


def test_a_page_that_is_not_asked_for_stays_known(tmp_path):
    source, out = three_pages(tmp_path / "in"), tmp_path / "out"
    assert read_files([source], out, ToneReader, "json") == 1
    assert read_files([source], out, Healed, "json", pages="1,3", resume=True) == 0
    assert [row["page"] for row in errors(out)] == ["2"]


def test_a_failed_page_is_found_from_any_folder(tmp_path, monkeypatch):
    three_pages(tmp_path / "in")
    monkeypatch.chdir(tmp_path / "in")
    assert read_files(["a.tif"], "../out", ToneReader) == 1
    monkeypatch.chdir(tmp_path)
    assert read_files(["in"], "out", Healed, resume=True) == 0
    assert "쪽 20" in (tmp_path / "out" / "a.txt").read_text() and files(tmp_path / "out") == ["a.txt"]


def test_two_runs_keep_the_errors_of_both(tmp_path):
    def note(number):
        path = str(tmp_path / f"{number}.png")
        add_errors(tmp_path, path, [(1, "bad")])
        settle_errors(tmp_path, path, {1, None}, [(1, "bad")] if number % 2 else [])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(note, range(40)))
    assert sorted(Path(row["path"]).stem for row in errors(tmp_path)) == sorted(str(number) for number in range(1, 40, 2))


def test_errors_of_other_folders_stay_and_those_of_files_that_are_gone_go(tmp_path):
    out = tmp_path / "out"
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.png").touch()
        picture(tmp_path / name / f"good_{name}.png")
        assert read_files([tmp_path / name], out, ToneReader) == 1
    assert [Path(row["path"]).name for row in errors(out)] == ["x.png", "y.png"]
    (tmp_path / "x" / "x.png").unlink()
    assert read_files([tmp_path / "x"], out, ToneReader) == 0
    assert [Path(row["path"]).name for row in errors(out)] == ["y.png"]


@pytest.mark.parametrize(
    "contents",
    [
        OURS.encode(),
        OURS.removeprefix("\ufeff").encode("cp949"),
        OURS.removeprefix("\ufeff").encode("utf-16"),
        OURS.replace('"a, b"', "a: b").replace(",", ";").replace("a: b", "a, b").encode(),
        b"sep=;\r\nPath;Page;Message;\r\n/\xc0\xda\xb7\xe1/a.tif;2.0;why;\r\n/\xc0\xda\xb7\xe1/b.png;;a, b;\r\n;;;\r\n",
        '"message"\tpage\tnotes\tpath\nwhy\t2,0\tx\t/자료/a.tif\na, b\t\t\t/자료/b.png\n'.encode(),
    ],
)  # fmt: skip
def test_what_spreadsheets_make_of_it_is_understood(contents):
    assert parse_errors(contents) == (KNOWN, True)


def test_names_that_a_spreadsheet_would_run_or_cannot_hold_come_back():
    known = [("/x/" + os.fsdecode(b"\xb0\xa1.png"), 3, "=1+1"), ("/'=a.png", None, "-")]
    assert parse_errors(format_errors(known).encode()) == (known, True) and ",'=1+1" in format_errors(known)


@pytest.mark.parametrize(
    ("contents", "found"),
    [
        (b"", []),
        (b"\0" * 5000, []),
        (b"\xff\xfe\0", []),
        (b"\x81", []),
        (b"file,page\n/a.png,1\n", []),
        (b"path\n/a.png\n", [("/a.png", None, "")]),
        (b"path,page,message\n/a\0.png,1,x\n/b.png,1e999,x\n,3,x\n", [("/b.png", None, "x")]),
        (b'path,page,message\n/b.png,2,x\n/c.png,1,"' + b"x" * 200_000, [("/b.png", 2, "x")]),
    ],
)
def test_what_is_not_understood_is_kept_under_another_name(tmp_path, contents, found, capsys):
    picture(tmp_path / "in" / "a.png")
    out = tmp_path / "out"
    out.mkdir()
    (out / "errors.csv").write_bytes(contents)
    assert read_files([tmp_path / "in"], out, ToneReader, resume=True) == 0
    assert (out / "errors.csv").exists() == bool(found) and open_errors(out) == (found, None)
    if not contents.startswith(b"path\n"):
        assert (out / "errors.as-found-1.csv").read_bytes() == contents and "kept as" in capsys.readouterr().err


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_put_aside(tmp_path, make):
    make(tmp_path / "errors.csv")
    add_errors(tmp_path, "/a.png", [(None, "bad")])
    assert open_errors(tmp_path) == ([("/a.png", None, "bad")], None) and (tmp_path / "errors.as-found-1.csv").exists()


def test_what_is_too_large_is_put_aside_unread(tmp_path):
    with open(tmp_path / "errors.csv", "wb") as stream:
        stream.truncate(10**12)
    assert open_errors(tmp_path) == ([], tmp_path / "errors.as-found-1.csv")


def test_a_signal_within_the_reading_keeps_what_is_finished(tmp_path, monkeypatch):
    picture(tmp_path / "in" / "a.png", 1), picture(tmp_path / "in" / "b.png", 2)

    class Terminated(ToneReader):
        def read_page(self, pixels):
            if int(pixels[0, 0, 0]) == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().read_page(pixels)

    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_DFL)
    try:
        assert read_files([tmp_path / "in"], tmp_path / "out", Terminated) == 128 + signal.SIGTERM
    except Stopped:
        pytest.fail("it was not caught")
    assert os.listdir(tmp_path / "out") == ["a.txt"]
