"""`ocr-crnn template` as it is typed, with a reader that knows the drawn pages."""

import csv
import json

import cv2
import numpy as np
import pytest
from filled_form import DPI, VALUES, page_of
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.reading import loading
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.synthesis.page.blank_forms import leave_request, resume
from ocr_crnn.synthesis.page.blanks import describe_blank


class KnowingReader:
    """Reads pictures that it has drawn."""

    def __init__(self, drawn, stages):
        self.drawn, self.stages = drawn, stages

    def read_page(self, pixels):
        page = next(page for page, image in self.drawn if np.array_equal(image, pixels))
        for stage in self.stages:
            page = stage(page, pixels)
        return page


@pytest.fixture
def folder(tmp_path, monkeypatch):
    drawn = {"blank": page_of(leave_request()), "filled": page_of(leave_request(), VALUES), "other": page_of(resume())}
    for name, (_, image) in drawn.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), image[..., ::-1])
    (tmp_path / "fields.json").write_text(json.dumps(describe_blank(leave_request(), DPI)), encoding="utf-8")
    monkeypatch.setattr(loading, "load_document_reader", lambda detector, recognizer, stages=(): KnowingReader(drawn.values(), stages))
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(cli.app, ["template", *map(str, arguments)])


def register(folder, to="forms/leave"):
    return invoke("register", folder / "blank.png", "--fields", folder / "fields.json", "--to", folder / to)


def test_a_form_is_registered_and_read(folder):
    done = register(folder)
    assert done.exit_code == 0 and "휴가신청서, version 1:" in done.stdout, done.output
    done = invoke(
        "read",
        folder / "filled.png",
        folder / "other.png",
        "--templates",
        folder / "forms",
        "-o",
        folder / "out",
        "--format",
        "csv,wide,json",
    )
    assert done.exit_code == 0 and "2 pages: 1 forms; 1 pages without a registered form; 0 that could not be read." in done.stderr, (
        done.output
    )
    with open(folder / "out" / "휴가신청서-1.csv", encoding="utf-8-sig") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["name"], row["start"], row["annual"], row["rank"]) == ("나누리", "2026-03-05", "True", "")
    assert len(json.loads((folder / "out" / "fields.json").read_text(encoding="utf-8"))) == 2
    done = invoke("read", folder / "other.png", "--templates", folder / "forms")
    assert "No registered form. 휴가신청서 1:" in done.stdout


def test_what_is_wrong_is_told(folder):
    register(folder)
    (folder / "bad.json").write_text("{", encoding="utf-8")
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for arguments, words in (
        (
            ["register", folder / "blank.png", "--fields", folder / "bad.json", "--to", folder / "x"],
            "A description of a form is a JSON object",
        ),
        (
            ["register", folder / "blank.png", "--fields", folder / "fields.json", "--to", folder / "forms" / "leave"],
            "written to a new folder",
        ),
        (["read", folder / "filled.png", "--templates", folder], "Received"),
        (["read", folder / "filled.png", "--templates", folder / "forms", "--format", "xml"], "--format is a list of csv, wide, json"),
        (["read", folder / "filled.png", "--templates", folder / "forms", "--format", "wide"], "Standard output takes csv or json"),
    ):
        done = invoke(*arguments)
        assert done.exit_code == 1 and words in done.stderr, (arguments, done.output)
    done = invoke("read", folder / "torn.png", folder / "filled.png", "--templates", folder / "forms")
    assert done.exit_code == 1 and "1 pages: 1 forms" in done.stderr and "1 that could not be read" in done.stderr, done.output


def test_read_takes_templates_as_a_stage(folder, monkeypatch):
    register(folder)
    seen = []
    monkeypatch.setattr(loading, "load_document_reader", lambda *given: seen.append(given[-1]) or DocumentReader(None, None, given[-1]))
    CliRunner().invoke(cli.app, ["read", str(folder / "filled.png"), "--templates", str(folder / "forms")])
    assert [stage.keywords["templates"][0].name for stage in seen[0]] == ["휴가신청서"]
    done = CliRunner().invoke(cli.app, ["read", str(folder / "filled.png"), "--templates", str(folder), "--lines"])
    assert done.exit_code == 1 and "Received" in done.stderr
