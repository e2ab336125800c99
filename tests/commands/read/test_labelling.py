"""`--format labelstudio`: pages out to be corrected, and back."""

import json
import os
import shutil

import numpy as np
import pytest
from inputs import files, pdf, picture
from oracle import PAGES, sample_page
from personal import FormReader, drawn_form, form_file
from PIL import Image
from readers import ToneReader, oracle_reader
from typer.testing import CliRunner

from ocr_crnn.cli import app
from ocr_crnn.commands.read.files import UsageError, read_files
from ocr_crnn.data.ground_truth import read_ground_truth


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def tasks_in(folder):
    return json.loads((folder / "labelstudio-tasks.json").read_text(encoding="utf-8"))


def exported(tasks, correct):
    """The tasks as Label Studio exports them when a person has looked through them. correct: what is made of each text."""
    for number, task in enumerate(tasks, 1):
        result = json.loads(json.dumps(task["predictions"][0]["result"]))
        for record in result:
            record["origin"] = "prediction"
            if record["type"] == "textarea":
                record["value"]["text"] = [correct(record["value"]["text"][0])]
                record.pop("score", None)
        annotation = {"id": number, "result": result, "was_cancelled": False}
        yield task | {"id": number, "annotations": [annotation], "predictions": [], "drafts": []}


def test_a_page_is_corrected_and_comes_back(tmp_path, capsys):
    out = tmp_path / "읽음"
    assert read_files([PAGES / "00000000.jpg"], out, oracle_reader, "labelstudio") == 0
    names = ["00000000.labelstudio.jpg", "00000000.labelstudio.jsonl", "labelstudio-config.xml", "labelstudio-tasks.json"]
    assert files(out) == names and f"1 pages to correct are in {out / names[3]}" in capsys.readouterr().err
    assert (out / names[0]).read_bytes() == (PAGES / "00000000.jpg").read_bytes()
    (task,) = tasks_in(out)
    texts = {record["value"]["text"][0] for record in task["predictions"][0]["result"] if record["type"] == "textarea"}
    _, truth, _ = sample_page("00000000")
    assert set(" ".join(texts).split()) == set(" ".join(truth.texts).split())
    assert task["predictions"][0]["model_version"].startswith("ocr_crnn") and 0 < task["predictions"][0]["score"] <= 1
    wrong = sorted(texts)[0]
    export = list(exported([task], lambda text: "고친 글" if text == wrong else text))
    (out / "export.json").write_text(json.dumps(export, ensure_ascii=False), encoding="utf-8")
    corrected = texts - {wrong} | {"고친 글"}
    for format, code in (("pages", 0), ("pairs", 1)):  # some lines of the sample are too small to be cut
        done = CliRunner().invoke(app, ["convert", str(out), str(tmp_path / format), "--to-format", format])
        assert done.exit_code == code and "labels_not_read" in done.output and ("too_small" in done.output) == code, done.output
        found = {text for page in read_ground_truth(tmp_path / format) for text in page.texts}
        assert "고친 글" in found and found <= corrected and (code or found == corrected)
    (page,) = read_ground_truth(tmp_path / "pages")
    assert page.unit == "line" and page.scores is None


def test_a_page_that_changed_since_is_told(tmp_path):
    read_files([PAGES / "00000000.jpg"], tmp_path, oracle_reader, "labelstudio", quiet=True)
    (tmp_path / "export.json").write_text(json.dumps(list(exported(tasks_in(tmp_path), str))), encoding="utf-8")
    image = tmp_path / "00000000.labelstudio.jpg"
    pixels = np.asarray(Image.open(image)).copy()
    pixels[:9, :9] = 0
    Image.fromarray(pixels).save(image, quality=90)
    truth = read_ground_truth(tmp_path)
    assert not len(truth) and truth.report.counts == {"image_changed": 1, "labels_not_read": 1}


def test_documents_of_several_pages_and_going_on(tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    pdf(source / "b.pdf", 2), picture(source / "a.png", 20)
    assert read_files([source], out, ToneReader, "labelstudio,txt", dpi=72, quiet=True) == 0
    images = [task["data"]["ocr"].rpartition("/")[2] for task in tasks_in(out)]
    assert images == ["a.labelstudio.jpg", "b.p0001.labelstudio.jpg", "b.p0002.labelstudio.jpg"]
    assert {name for name in files(out) if name.endswith(".jpg")} == set(images)
    before = (out / "labelstudio-tasks.json").read_bytes()
    (out / "labelstudio-tasks.json").unlink(), (out / "a.labelstudio.jsonl").unlink()
    assert read_files([source], out, ToneReader, "labelstudio,txt", dpi=72, quiet=True, resume=True) == 0
    assert (out / "labelstudio-tasks.json").read_bytes() == before
    assert len(read_ground_truth(out)) == 3


def test_what_is_hidden_is_in_neither_image_nor_task(tmp_path):
    """Also where a run before hid nothing."""
    (tmp_path / "form.png").write_bytes(form_file("PNG"))
    for mask in ((), ("rrn",)):
        assert read_files([tmp_path / "form.png"], tmp_path / "out", FormReader, "labelstudio", mask=mask, quiet=True) == 0
    contents = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*.json*"))
    assert "홍길동" in contents and "1237649" not in contents
    _, page = drawn_form()
    (left, top), _, (right, bottom), _ = page.quads[list(page.texts).index("900101-1237649")].astype(int)
    plain, masked = (np.asarray(Image.open(path)) for path in (tmp_path / "form.png", tmp_path / "out" / "form.labelstudio.jpg"))
    half = slice(top, bottom), slice((left + right) // 2 + 30, right)
    assert plain[half].std() > 30 > masked[half].std()

def test_it_needs_a_folder(tmp_path):
    picture(tmp_path / "a.png", 20)
    with pytest.raises(UsageError, match="need a folder.*Received: --format labelstudio"):
        read_files([tmp_path], None, ToneReader, "labelstudio")


def test_a_page_that_cannot_be_read_leaves_the_others(tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    picture(source / "a.png", 13), picture(source / "b.png", 20)
    shutil.copy(source / "b.png", source / "c.png")
    assert read_files([source], out, ToneReader, "labelstudio", quiet=True) == 1
    assert len(tasks_in(out)) == 2


def test_names_that_are_no_utf8(tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    picture(source / os.fsdecode("계약.png".encode("cp949")), 20)
    assert read_files([source], out, ToneReader, "labelstudio", quiet=True) == 0
    (page,) = read_ground_truth(out)
    assert list(page.texts) == ["쪽 20"] and os.fsencode(page.image_path).endswith("계약.labelstudio.jpg".encode("cp949"))
