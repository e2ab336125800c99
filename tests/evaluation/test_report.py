"""Lines and pages evaluated, and the reports of them read back."""

import csv
import io
import json
import os

import numpy as np
import pytest
from lxml import html
from PIL import Image
from rich.console import Console

from ocr_crnn.evaluation.lines import evaluate_lines
from ocr_crnn.evaluation.pages import COLORS, draw_page, evaluate_pages
from ocr_crnn.evaluation.report import Report, print_report, to_csv, to_html, write_report
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

TEXTS = ["본 계약은", "갑과 을은", "1,000원", "<제1조> & [목적]", "서명"]
READ = {"본 계약은": "본계약은", "1,000원": "l,00원", "<제1조> & [목적]": "<제1조>"}


def samples():
    """Lines whose image holds the number of the line, with a font for a slice and a number that is no slice."""
    for number, text in enumerate(TEXTS):
        yield (
            np.full((8, 40 + number, 1), number, np.uint8),
            text,
            {"font": "바탕" if number % 2 else "[<i>굴림]", "bold": False, "box": [1, 2]},
        )


def predict(images):
    texts = [TEXTS[image[0, 0, 0]] for image in images]
    return [READ.get(text, text) for text in texts]


@pytest.fixture
def report():
    return evaluate_lines(predict, samples(), title="계약서 <시험>", batch_size=2)


def test_lines(report):
    assert report.measures["lines"] == 5
    assert report.measures["mean_distance"] == pytest.approx((1 + 0 + 2 + 7 + 0) / 5)
    assert {name: list(slices) for name, slices in report.slices.items()} == {
        "length": ["01–04", "05–09", "10–19"],
        "font": ["[<i>굴림]", "바탕"],
    }
    assert report.slices["font"]["바탕"]["mean_distance"] == pytest.approx(7 / 2)
    assert report.confusions["1", "l"] == 1
    assert [example.caption.split("\n")[:2] for example in report.examples] == [
        ["GT <제1조> & [목적]", "RT <제1조>"],
        ["GT 1,000원", "RT l,00원"],
        ["GT 본 계약은", "RT 본계약은"],
    ]
    assert report.examples[0].image.shape == (8, 43, 1)
    assert report.rows[2] == {"truth": "1,000원", "read": "l,00원", "distance": 2, "font": "[<i>굴림]", "bold": False, "box": [1, 2]}
    assert report.notes == []


def test_only_the_worst_are_kept(report):
    few = evaluate_lines(predict, samples(), worst=2)
    assert [example.caption for example in few.examples] == [example.caption for example in report.examples[:2]]
    assert evaluate_lines(predict, samples(), max_slices=1).slices.keys() == {"length"}


def test_samples_without_truth_or_image_are_left_out_and_counted():
    image = np.zeros((8, 8, 1), np.uint8)
    report = evaluate_lines(predict, [(image, None, None), (None, "가", None), (None, None, None), (image, TEXTS[0], None)], batch_size=3)
    assert report.measures["lines"] == 1
    assert report.notes == ["2 samples without a readable truth were left out.", "1 samples without a readable image were left out."]


def test_no_samples():
    assert evaluate_lines(predict, []).measures["lines"] == 0
    assert evaluate_pages(lambda images: [], []).measures["pages"] == 0


def test_a_reader_that_loses_a_line_is_found_out():
    with pytest.raises(ValueError, match="Received: 4 readings of 5 images"):
        evaluate_lines(lambda images: predict(images)[1:], samples())


def test_printed(report):
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=200))
    printed = stream.getvalue()
    assert "계약서 <시험>" in printed
    assert "[<i>굴림]" in printed
    for name, value in report.measures.items():
        assert name in printed
        assert (f"{value:.4f}" if isinstance(value, float) else str(value)) in printed
    assert report.definitions["cer"] in printed


def test_json_csv_and_html(report, tmp_path):
    path = write_report(report, tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["report.html", "report.json", "rows.csv"]
    contents = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert contents["measures"] == report.measures
    assert contents["definitions"].keys() == report.measures.keys()
    assert contents["slices"]["font"][0] == {"value": "[<i>굴림]", "measures": report.slices["font"]["[<i>굴림]"]}
    assert {"truth": "1", "read": "l", "count": 1} in contents["confusions"]

    rows = list(csv.DictReader((tmp_path / "out" / "rows.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["truth"] for row in rows] == TEXTS
    assert rows[3]["font"] == "바탕"

    tree = html.fromstring(path.read_bytes())
    assert tree.xpath("//h1/text()") == ["계약서 <시험>"]
    cells = [[cell.text_content() for cell in row] for row in tree.xpath("//table[1]/tbody/tr")]
    assert cells[2] == ["cer", f"{report.measures['cer']:.4f}", report.definitions["cer"]]
    assert "GT <제1조> & [목적]" in tree.xpath("//figcaption")[0].text
    assert tree.xpath("//@src | //@href") == [source for source in tree.xpath("//img/@src") if source.startswith("data:image/png;base64,")]
    assert len(tree.xpath("//img")) == 3
    assert "[<i>굴림]" in [cell.text_content() for cell in tree.xpath("//td")]


def test_nothing_half_written_is_left(report, tmp_path, monkeypatch):
    write_report(report, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_report(Report("other", {}, {}), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_spreadsheet_runs_no_text_of_a_page():
    assert to_csv([{"text": "=HYPERLINK(A1)", "score": -1}, {"text": "가", "score": 2}]).splitlines()[1:] == ["'=HYPERLINK(A1),-1", "가,2"]


def test_rows_of_different_columns():
    assert list(csv.DictReader(io.StringIO(to_csv([{"a": 1}, {"b": "가,나"}]).removeprefix("\ufeff")))) == [
        {"a": "1", "b": ""},
        {"a": "", "b": "가,나"},
    ]


BOXES = [[0, 0, 40, 10], [50, 0, 20, 10]]
TRUTH = Page("page.png", (30, 80), boxes_to_quads(BOXES), ["가나다라", "마바"])
SHEET = np.full((30, 80, 3), 255, np.uint8)


def test_pages_found():
    found = [TRUTH, Page(None, (30, 80), boxes_to_quads(BOXES[:1]), [None])]
    detected = [Page(None, page.size, page.quads, [None] * len(page)) for page in found]
    report = evaluate_pages(
        lambda images: [detected.pop(0) for _ in images], [(SHEET, TRUTH, {"kind": "form"}), (SHEET, TRUTH, {"kind": "fax"})]
    )
    assert report.measures["recall@0.5"] == 3 / 4
    assert "page_cer" not in report.measures
    assert [measures["hmean@0.5"] for measures in report.slices["kind"].values()] == pytest.approx([2 / 3, 1])
    assert len(report.examples) == 1
    assert report.rows[1]["kind"] == "fax"
    assert "IoU ≥ 0.7" in to_html(report)


def test_pages_read():
    report = evaluate_pages(lambda images: [TRUTH for _ in images], [(SHEET, TRUTH, None)] * 3, batch_size=2)
    assert (report.measures["pages"], report.measures["page_cer"], report.measures["e2e_hmean@0.5"]) == (3, 0, 1)
    assert report.examples == []
    assert "page_cer" in to_html(report)


def test_drawn_quads():
    prediction = Page(None, (30, 80), boxes_to_quads([BOXES[0], [0, 20, 30, 8]]), [None, None])
    picture = draw_page(SHEET, TRUTH, prediction, scale=0.5)
    assert tuple(picture[0, 10]) == COLORS["found"]
    assert tuple(picture[0, 30]) == COLORS["missed"]
    assert tuple(picture[10, 10]) == COLORS["false"]
    large = evaluate_pages(lambda images: [prediction for _ in images], [(np.zeros((300, 2400, 3), np.uint8), TRUTH, None)])
    assert large.examples[0].image.shape == (150, 1200, 3)
    assert Image.fromarray(large.examples[0].image).mode == "RGB"
