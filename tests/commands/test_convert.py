"""`ocr-crnn convert` as it is typed: whole or not at all, what is left out is counted, corrected pre-labels come back."""

import errno
import json
import os

import pytest
from aihub_fixture import printed_set
from annotated import read, rectangle, task, two_words, write_image, write_json
from typer.testing import CliRunner

from ocr_crnn.cli import app
from ocr_crnn.data.annotations import writing
from ocr_crnn.data.validation import KINDS, NOTHING_LEFT_OUT
from ocr_crnn.formats.page_json import write_page_json


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    for name in "ab":
        write_page_json(two_words(write_image(folder / f"{name}.png")), folder / f"{name}.json")
    return folder


def convert(*arguments):
    done = CliRunner().invoke(app, ["convert", *map(str, arguments)])
    return done.exit_code, done.output


def test_every_format_to_every_other(pages, tmp_path):
    """In a ring: what is written is read for the next one."""
    source = pages
    for number, format in enumerate(format for format in writing.TARGETS if format not in writing.OF_LINES):
        target = tmp_path / f"{number}"
        code, output = convert(source, target, "--to-format", format)
        assert code == 0 and "2 images; 4 texts" in output, output
        source = target
    for format in writing.OF_LINES:
        code, output = convert(source, tmp_path / format, "--to-format", format)
        assert code == 0 and "4 images, 4 cut; 4 texts" in output and len(read(tmp_path / format)[0]) == 4


def test_aihub_and_what_is_left_out(tmp_path):
    folder = printed_set(tmp_path / "set", ["가", "나"])
    (folder / "sentence" / "00000001.png").unlink()
    code, output = convert(tmp_path / "set", tmp_path / "out", "--to-format", "pairs", "--csv", tmp_path / "findings.csv")
    assert code == 1 and "1 images; 1 texts" in output and "image_missing" in output and (tmp_path / "findings.csv").exists()
    assert "not held by pairs: attributes" in output


def test_the_target_is_new_and_something_is_written(pages, tmp_path):
    code, output = convert(pages, pages)
    assert code == 1 and "goes to a new folder" in output
    (tmp_path / "empty").mkdir()
    assert convert(pages, tmp_path / "empty")[0] == 0
    write_json(tmp_path / "none.json", [task("absent.png", rectangle("가"))])
    code, output = convert(tmp_path / "none.json", tmp_path / "out")
    assert code == 1 and "Something has to be left" in output and not (tmp_path / "out").exists()
    code, output = convert(pages, tmp_path / "out", "--to-format", "yolo")
    assert code == 1 and "Annotations are written as one of" in output and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_leaves_nothing(pages, tmp_path, monkeypatch, number):
    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(writing.Writer, "_copy", full)
    code, output = convert(pages, tmp_path / "out", "--to-format", "labelme")
    assert code == 1 and os.strerror(number) in output and "Traceback" not in output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pages"]


def test_what_killed_calls_have_left_goes(pages, tmp_path):
    (tmp_path / ".out.unfinished.abcdefgh").mkdir()
    assert convert(pages, tmp_path / "out")[0] == 0 and not list(tmp_path.glob(".*"))


def test_findings_that_leave_nothing_out():
    assert set(KINDS) >= NOTHING_LEFT_OUT and not any("left out" in KINDS[kind] for kind in NOTHING_LEFT_OUT)


def test_images_of_another_folder_and_the_next_step(pages, tmp_path):
    out = tmp_path / "read" / "out"
    out.mkdir(parents=True)
    for path in pages.glob("*.json"):
        record = json.loads(path.read_text("utf-8"))
        write_json(out / path.name, record | {"image": f"../../pages/{record['image']}"})
    code, output = convert(out, tmp_path / "a", "--csv", tmp_path / "found.csv")
    assert code == 1 and "ocr-crnn convert --images FOLDER" in output
    assert f"--images {pages}" in (tmp_path / "found.csv").read_text("utf-8-sig")
    code, output = convert(out, tmp_path / "a", "--images", pages)
    assert code == 0 and "2 images; 4 texts" in output, output
    code, output = convert(pages, pages / "inside")
    assert code == 1 and "stands apart" in output and not (pages / "inside").exists()
    (pages / "b.png").unlink()
    code, output = convert(pages, tmp_path / "c")
    assert code == 1 and "found with --images FOLDER" in output and "--csv FILE lists every finding" in output


def test_links_and_several_formats(pages, tmp_path):
    code, _ = convert(pages, tmp_path / "out", "--link")
    assert code == 0 and (tmp_path / "out" / "a.png").samefile(pages / "a.png")
    (pages / "a.txt").write_text("가", encoding="utf-8")
    code, output = convert(pages, tmp_path / "two")
    assert code == 1 and "one format at a time" in output
    code, output = convert(pages, tmp_path / "two", "--from", "pairs", "--to-format", "csv")
    assert code == 1 and "1 images; 1 texts" in output and "1  not_annotated" in output, "b.png has no text"


def test_tasks_name_the_folder_that_they_become(pages, tmp_path):
    convert(pages, tmp_path / "계약", "--to-format", "labelstudio")
    tasks = json.loads((tmp_path / "계약" / "labelstudio-tasks.json").read_text(encoding="utf-8"))
    assert tasks[0]["data"]["ocr"] == "/data/local-files/?d=%EA%B3%84%EC%95%BD/images/a.png"
    convert(pages, tmp_path / "p", "--to-format", "paddleocr")
    assert (tmp_path / "p" / "Label.txt").read_text(encoding="utf-8").startswith("p/a.png\t[{")
