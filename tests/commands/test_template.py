"""`ocr-crnn template` as it is typed, with a reader that knows the drawn pages."""

import csv
import json
from functools import partial

import cv2
import numpy as np
import pytest
from filled_form import DPI, VALUES, leave_template, page_of
from personal import KINDS, SECRETS, leaks
from typer.testing import CliRunner

from ocr_crnn import cli
from ocr_crnn.commands import template
from ocr_crnn.reading import loading
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.reading.stages import find_stage
from ocr_crnn.synthesis.page.blank_forms import leave_request, resume
from ocr_crnn.synthesis.page.blanks import Blank, Place, describe_blank


class KnowingReader:
    """Reads pictures that it has drawn."""

    def __init__(self, drawn, stages):
        self.drawn, self.stages = drawn, list(map(find_stage, stages))

    def read_pages(self, images):
        return list(map(self.read_page, images))

    def read_page(self, pixels):
        known = [page for page, image in self.drawn if np.array_equal(image, pixels)]
        if not known:
            raise RuntimeError(f"no page of {SECRETS[0]}")
        page = known[0]
        for stage in self.stages:
            page = stage(page, pixels)
        return page


def load_knowing(drawn, detector, recognizer, language_model=None, engine=None, with_hanja=True, stages=()):
    return KnowingReader(drawn, stages)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    drawn = {"blank": page_of(leave_request()), "filled": page_of(leave_request(), VALUES), "other": page_of(resume())}
    for name, (_, image) in drawn.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), image[..., ::-1])
    (tmp_path / "fields.json").write_text(json.dumps(describe_blank(leave_request(), DPI)), encoding="utf-8")
    monkeypatch.setattr(loading, "load_document_reader", partial(load_knowing, drawn.values()))
    return tmp_path


def payment():
    """A form that asks for numbers of a person."""
    blank = Blank("지급신청서", 1, (420, 595), 10)
    blank.text(60, 24, "지 급 신 청 서", 18, 475, "center")
    for number, (label, name, type_) in enumerate((
        ("성명", "name", "person"), ("주민등록번호", "resident", "rrn"), ("입금은행", "account", "account"), ("결제수단", "card", "card"),
        ("휴대전화", "phone", "phone"), ("지급금액", "amount", "amount"), ("지급사유", "reason", "text"),
    )):  # fmt: skip
        blank.row(60, 70 + 30 * number, 30, [(100, label), (375, Place(name, type_))])
    return blank


PAID = {
    "name": "홍길동", "resident": "900101-1237649", "account": "283746-59-182736", "card": "4716-2938-5640-1823", "phone": "010-7283-9465",
    "amount": "48,400,000", "reason": "주민등록번호 851231-5948273",
}  # fmt: skip


@pytest.fixture
def paid(folder, monkeypatch):
    drawn = {"blank": page_of(payment())} | {f"홍길동 900101-12376{end}": page_of(payment(), PAID) for end in (49, 50)}
    torn = page_of(payment(), {"name": "찢긴"})
    for name, (_, image) in {**drawn, "torn": torn}.items():
        cv2.imencode(".png", image[..., ::-1])[1].tofile(folder / f"{name}.png")
    (folder / "paid.json").write_text(json.dumps(describe_blank(payment(), DPI)), encoding="utf-8")
    monkeypatch.setattr(loading, "load_document_reader", partial(load_knowing, drawn.values()))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    done = invoke("register", folder / "blank.png", "--fields", folder / "paid.json", "--to", folder / "forms" / "paid")
    assert done.exit_code == 0, done.output
    return folder


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


def test_a_form_is_registered_from_several_scans(folder):
    spec = json.loads((folder / "fields.json").read_text(encoding="utf-8"))
    (folder / "some.json").write_text(json.dumps(spec | {"blank": False}), encoding="utf-8")
    scans = [folder / "filled.png", folder / "blank.png"]
    done = invoke("register", *scans, "--fields", folder / "some.json", "--to", folder / "forms" / "leave")
    assert done.exit_code == 0 and "what stands on all 2 scans was kept" in done.stdout, done.output
    written = (folder / "forms" / "leave" / "template.json").read_text(encoding="utf-8")
    assert "경조" in written and "나누리" not in written and not (folder / "forms" / "leave" / "blank.png").exists()
    for more, words in (("other.png", "Received: number 2, on which"), ("absent.png", "absent.png")):
        done = invoke("register", scans[0], folder / more, "--fields", folder / "some.json", "--to", folder / "x")
        assert done.exit_code == 1 and words in done.stderr and not (folder / "x").exists(), done.output


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


def test_what_is_masked_stands_in_no_table(paid):
    out = paid / "out"
    files = [paid / f"홍길동 900101-123{end}.png" for end in (7649, 7650)]
    done = invoke("read", *files, "--templates", paid / "forms", "-o", out, "--format", "csv,wide,json")
    assert done.exit_code == 0 and leaks((out / "fields.json").read_text(encoding="utf-8")), done.output  # as it was before
    arguments = ["read", *files, paid / "torn.png", "--templates", paid / "forms", "-o", out, "--mask", ",".join(KINDS)]
    done = invoke(*arguments, "--format", "csv,wide")
    assert done.exit_code == 1 and "torn.png, page 1: " in done.stderr, done.output
    assert "1 results from before, maybe with nothing hidden: fields.json" in done.stderr
    done = invoke(*arguments, "--format", "csv,wide,json")
    assert "nothing hidden" not in done.stderr and "2 pages: 2 forms" in done.stderr
    for path in out.iterdir():
        assert not leaks(path.read_text(encoding="utf-8-sig")), path
    assert not leaks(done.output)
    with open(out / "지급신청서-1.csv", encoding="utf-8-sig") as stream:
        first, second = csv.DictReader(stream)
    assert first["file"].endswith("홍길동 900101-XXXXXXX.png") and second["file"].endswith("홍길동 900101-XXXXXXX.png (2)")
    assert (first["name"], first["amount"]) == ("홍길동", "48400000") and not {*first["account"]} - {"*"}
    with open(out / "masks.csv", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    found = {row["kind"] for row in rows if row["document"] == first["file"]}
    assert found == {"page", "document", "rrn", "foreigner", "account", "card", "phone"}
    ends = [(row["decision"], row["place"]) for row in rows if row["kind"] == "document"]
    assert ends[-3:] == [("finished", "fields.csv+지급신청서-1.csv+fields.json")] * 2 + [("failed", ends[-1][1])]


def test_masked_to_standard_output_and_as_a_stage_of_read(paid):
    file = paid / "홍길동 900101-1237649.png"
    for kind in ("csv", "json"):
        done = invoke("read", file, "--templates", paid / "forms", "--format", kind, "--mask", "all")
        assert done.exit_code == 0 and "홍길동" in done.stdout and not leaks(done.output), done.output
    done = invoke("read", file, "--templates", paid / "forms", "--mask-whole")
    assert done.exit_code == 1 and "Add --mask default" in done.stderr
    arguments = ["read", file, "--templates", paid / "forms", "-o", paid / "read", "--mask", "all", "--format", "json,html,md,csv,txt"]
    done = CliRunner().invoke(cli.app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    written = [path.read_text(encoding="utf-8-sig") for path in (paid / "read").iterdir() if path.suffix != ".html"]
    assert len(written) == 5 and not any(map(leaks, written))
    (page,) = (json.loads(path.read_text(encoding="utf-8")) for path in (paid / "read").glob("*.json"))
    fields = {row["field"]: row for row in page["records"]["fields"]}
    assert fields["amount"]["value"] == 48400000 and not any(secret in str(fields) for secret in SECRETS)


def test_tables_of_long_and_of_alike_names_are_distinct():
    templates = [leave_template()._replace(name=name) for name in ("휴가/신청", "휴가_신청", "가" * 200)]
    names = list(template._file_names(templates)["wide"].values())
    assert names == ["휴가_신청-1.csv", "휴가_신청-1_2.csv", "가" * 70 + "-1.csv"] and len(names[2].encode()) < 255
