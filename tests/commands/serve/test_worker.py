"""A document that is read in this process; `test_service.py` asks the process."""

import json

import pytest
from PIL import Image
from readers import ToneReader

from ocr_crnn.commands.serve.asked import Asked
from ocr_crnn.commands.serve.worker import UPLOAD, DroppedError, load_readers, read_document
from ocr_crnn.reading.stages import STAGES_BY_NAME


def read(folder, tell=lambda answer: None, **asked):
    task = Asked(**asked).task() | {"folder": str(folder), "pages_allowed": 3}
    return read_document(lambda stages: ToneReader(), json.loads(json.dumps(task)), tell)


def write_pages(folder, *tones):
    images = [Image.new("RGB", (60, 40), (tone,) * 3) for tone in tones]
    images[0].save(folder / UPLOAD, "TIFF", save_all=True, append_images=images[1:])


def test_pages_are_told_as_they_come_and_errors_kept(tmp_path):
    write_pages(tmp_path, 20, 13, 22)
    told = []
    answer = read(tmp_path, told.append)
    assert told == [{"pages": 3}, {"page": 1}, {"page": 2}, {"page": 3}]
    assert answer["file"] == "document.json" and answer["read"] == 2 and [page for page, _ in answer["errors"]] == [2]
    written = json.loads((tmp_path / "document.json").read_text())
    assert [page["page"] for page in written["pages"]] == [1, 3] and written["errors"][0]["page"] == 2
    assert {page["image"] for page in written["pages"]} == {None}


def test_pages_of_one_text_and_pages_asked_for(tmp_path):
    write_pages(tmp_path, 20, 21, 22)
    answer = read(tmp_path, kind="txt", pages=[(2, None)])
    assert (tmp_path / answer["file"]).read_text() == "쪽 21\n\f쪽 22\n" and answer["read"] == 2


def test_more_pages_than_allowed_and_what_is_no_document(tmp_path):
    write_pages(tmp_path, 1, 2, 3, 4)
    assert read(tmp_path)["problem"][:2] == [422, "too-many-pages"] and read(tmp_path, pages=[(2, 3)])["read"] == 2
    (tmp_path / UPLOAD).write_bytes(b"PK\x03\x04")
    status, code, detail = read(tmp_path)["problem"]
    assert (status, code) == (422, "unreadable") and "the document" in detail and str(tmp_path) not in detail


def test_nothing_is_read_for_nobody(tmp_path):
    folder = tmp_path / "one"
    with pytest.raises(DroppedError):
        read(folder)
    folder.mkdir()
    write_pages(folder, 20, 21)
    told = []

    def tell(answer):
        told.append(answer)
        if "page" in answer:
            folder.rename(tmp_path / "gone")

    with pytest.raises(DroppedError):
        read(folder, tell)
    assert told == [{"pages": 2}, {"page": 1}]


def test_readers_share_their_networks(monkeypatch):
    from ocr_crnn.reading import loading
    from ocr_crnn.reading.reader import DocumentReader

    loaded = DocumentReader(len, len)
    monkeypatch.setattr(loaded, "read_page", lambda pixels: None, raising=False)
    monkeypatch.setattr(loading, "load_document_reader", lambda **presets: loaded)
    make = load_readers(engine="litert")
    first, second = make(()), make(tuple(STAGES_BY_NAME))
    assert make(()) is first and first.detector is second.detector and len(second.stages) == len(first.stages) + len(STAGES_BY_NAME)


def test_templates_that_are_none_end_the_start(tmp_path):
    with pytest.raises((OSError, ValueError), match="Received: .*without any"):
        load_readers(str(tmp_path))
