import json
import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from ocr_crnn.cli import app
from ocr_crnn.synthesis.fonts import load_faces
from ocr_crnn.synthesis.line import dataset as line_dataset
from ocr_crnn.synthesis.line.dataset import INFO_NAME, TYPES, render_line_dataset, text_kind

FONTS = Path(__file__).parents[3] / "fonts"
SAMPLE = Path(__file__).parents[3] / "data" / "sample_lines"


@pytest.fixture(scope="module")
def faces():
    return load_faces([FONTS / "NanumMyeongjo.ttf"])


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(line_dataset, "CHUNK_LINES", 10)


def read_set(folder):
    info = json.loads((folder / INFO_NAME).read_text(encoding="utf-8"))
    pictures = {path.stem: path.read_bytes() for path in sorted(folder.rglob("*.png"))}
    return info, pictures


def texts(info):
    return {annotation["id"]: annotation["text"] for annotation in info["annotations"]}


def check_shape(folder, count):
    """What a reader of AI Hub's printed part relies on."""
    info, pictures = read_set(folder)
    assert list(info) == ["info", "images", "annotations", "licenses"]
    assert len(info["images"]) == len(info["annotations"]) == len(pictures) == count
    for image, annotation in zip(info["images"], info["annotations"], strict=True):
        assert image["id"] == annotation["id"] == annotation["image_id"] and len(image["id"]) == 8
        kind = text_kind(annotation["text"])
        assert annotation["attributes"]["type"] == TYPES[kind]
        assert annotation["attributes"]["is_aug"] == (annotation["attributes"]["degradation"] != "clean")
        path = folder / kind / image["file_name"]
        assert path.stem == image["id"]
        decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        assert decoded.shape[:2] == (image["height"], image["width"])
    return info


def test_the_shape_is_that_of_ai_hub(tmp_path, faces):
    done = []
    render_line_dataset(tmp_path / "set", 25, faces, progress=done.append)
    check_shape(tmp_path / "set", 25)
    assert done == [10, 10, 5]
    assert sorted(os.listdir(tmp_path)) == ["set"]
    assert {path.name for path in (tmp_path / "set").iterdir()} <= {INFO_NAME, *TYPES}


def test_shipped_sample_has_that_shape():
    info = check_shape(SAMPLE, 450)
    kinds = Counter(annotation["attributes"]["type"] for annotation in info["annotations"])
    assert set(kinds) == set(TYPES.values())
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*.*")) < 2.5e6


@pytest.mark.parametrize("kind", TYPES)
def test_kinds(tmp_path, faces, kind):
    render_line_dataset(tmp_path / "set", 12, faces, kind=kind, withheld="가")
    info = check_shape(tmp_path / "set", 12)
    assert {text_kind(text) for text in texts(info).values()} == {kind}


def test_workers_do_not_change_the_lines(tmp_path, faces):
    render_line_dataset(tmp_path / "one", 24, faces, seed=3)
    render_line_dataset(tmp_path / "two", 24, faces, seed=3, workers=2)
    (info, pictures), (same_info, same_pictures) = read_set(tmp_path / "one"), read_set(tmp_path / "two")
    assert texts(info) == texts(same_info) and pictures == same_pictures


def test_a_stopped_rendering_goes_on(tmp_path, faces, monkeypatch):
    render_line_dataset(tmp_path / "whole", 30, faces, seed=4)
    rendered = []

    def stop_in_the_second_chunk(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_line_dataset(tmp_path / "set", 30, faces, seed=4, progress=stop_in_the_second_chunk)
    assert not (tmp_path / "set").exists()
    with pytest.raises(FileExistsError, match="same arguments"):
        render_line_dataset(tmp_path / "set", 30, faces, seed=5)
    original = line_dataset.draw_numbered_line

    def note_and_draw(seed, index, *rest):
        rendered.append(index)
        return original(seed, index, *rest)

    monkeypatch.setattr(line_dataset, "draw_numbered_line", note_and_draw)
    render_line_dataset(tmp_path / "set", 30, faces, seed=4)
    assert rendered == list(range(10, 30))
    assert read_set(tmp_path / "set")[1] == read_set(tmp_path / "whole")[1]


@pytest.mark.parametrize("stopped", ["before the name", "before the arguments are removed", "while a chunk is written"])
def test_a_rendering_that_is_killed_at_its_end_is_finished_by_the_same_command(tmp_path, faces, monkeypatch, stopped):
    if stopped == "while a chunk is written":
        (tmp_path / ".set.partial" / ".chunk_00000000.unfinished.abcdefgh").mkdir(parents=True)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        owner, name, at = (os, "replace", ".set.partial") if stopped == "before the name" else (Path, "unlink", "arguments.json")
        original = getattr(owner, name)

        def kill(path, *arguments, **options):
            if Path(path).name == at:
                raise KeyboardInterrupt
            return original(path, *arguments, **options)

        patch.setattr(owner, name, kill)
        render_line_dataset(tmp_path / "set", 12, faces, seed=4)
    with pytest.raises(FileExistsError, match="Received"):
        render_line_dataset(tmp_path / "set", 12, faces, seed=5)
    done = []
    render_line_dataset(tmp_path / "set", 12, faces, seed=4, progress=done.append)
    assert sum(done) == 12 and os.listdir(tmp_path) == ["set"]
    assert {path.name for path in (tmp_path / "set").iterdir()} <= {*TYPES, INFO_NAME}
    check_shape(tmp_path / "set", 12)


def test_nothing_is_overwritten(tmp_path, faces):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="new or empty"):
        render_line_dataset(tmp_path / "set", 5, faces)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError, match="new or empty"):
        render_line_dataset(tmp_path / "file", 5, faces)
    assert (tmp_path / "set" / "mine.txt").read_text() == (tmp_path / "file").read_text() == "mine"


def test_command(tmp_path):
    (tmp_path / "text.txt").write_text("우리나라의 가을 하늘\n" * 3, encoding="utf-8")
    out = tmp_path / "lines"
    command = ["render", "lines", "--count", "12", "--fonts", str(FONTS), "--corpus", str(tmp_path / "text.txt"), "--out", str(out)]
    result = CliRunner().invoke(app, [*command, "--exclude-font", "나눔명조", "--colour", "--clean", "--workers", "1"])
    assert result.exit_code == 0, result.output
    info = check_shape(out, 12)
    assert {annotation["attributes"]["font"] for annotation in info["annotations"]} == {"NanumBarunGothic Regular"}
    assert {annotation["attributes"]["degradation"] for annotation in info["annotations"]} == {"clean"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "{tmp}/full"], "new or empty"),
        (["--out", "{tmp}/new", "--fonts", "{tmp}/absent"], "absent"),
        (["--out", "{tmp}/new", "--fonts", "{tmp}/full"], "No font with Korean"),
        (["--out", "{tmp}/new", "--corpus", "{tmp}/absent"], "absent"),
        (["--out", "{tmp}/new", "--type", "page"], "sentence, word, syllable"),
        (["--out", "{tmp}/full/file.txt/new"], "file.txt"),
    ],
)
def test_bad_arguments_say_what_is_wrong(tmp_path, arguments, message):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file.txt").write_text("한글")
    command = ["render", "lines", "--count", "2", "--workers", "1", *(argument.format(tmp=tmp_path) for argument in arguments)]
    if "--fonts" not in command:
        command += ["--fonts", str(FONTS)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1 and message in result.output, result.output
    assert not (tmp_path / "new").exists()


def test_characters_that_no_text_is_made_of_are_told_instead_of_drawn_for_ever(faces, tmp_path, monkeypatch):
    monkeypatch.setattr(line_dataset, "MAX_DRAWN", 20)
    with pytest.raises(ValueError, match="Received: '☃', and none of 20 texts is of them alone"):
        render_line_dataset(tmp_path / "lines", 2, faces, characters="☃")
