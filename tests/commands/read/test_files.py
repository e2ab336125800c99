"""`ocr-crnn read` from files to files, with readers that need no weights."""

import io
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from inputs import ALL, errors, files, pdf, pdf_texts, picture
from lxml import etree
from oracle import PAGES, sample_page
from PIL import Image
from readers import ToneReader, broken_reader, line_reader, oracle_reader

from ocr_crnn.commands.read.batch import choose_pages, parse_pages
from ocr_crnn.commands.read.files import UsageError, read_files
from ocr_crnn.commands.read.messages import say
from ocr_crnn.commands.read.outputs import stages_of_formats
from ocr_crnn.commands.read.targets import plan_targets
from ocr_crnn.formats.page_json import read_page_json


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_every_format_of_a_rendered_page(tmp_path, capsys):
    _, truth, _ = sample_page("00000000")
    assert read_files([PAGES / "00000000.jpg"], tmp_path, oracle_reader, ALL, overlay=True) == 0
    assert files(tmp_path) == [f"00000000.{suffix}" for suffix in ("hocr", "html", "json", "overlay.jpg", "pdf", "tsv", "txt", "xml")]
    page = read_page_json(tmp_path / "00000000.json")
    assert Path(page.image_path).samefile(PAGES / "00000000.jpg") and sorted(page.texts) == sorted(truth.texts)
    record = json.loads((tmp_path / "00000000.json").read_text(encoding="utf-8"))
    assert set(record) == {"schema", "image", "page", "size", "dpi", "size_pt", "text", "lines"} and record["page"] == 1
    assert record["schema"] == "ocr_crnn/page/2" and record["size_pt"] == [round(72 * side / record["dpi"], 2) for side in record["size"]]
    assert set(record["lines"][0]) >= {"text", "score", "quad", "block", "words"}
    assert (tmp_path / "00000000.txt").read_text(encoding="utf-8") == page.text + "\n"
    words = [row.split("\t")[-1] for row in (tmp_path / "00000000.tsv").read_text(encoding="utf-8").splitlines() if row.startswith("5\t")]
    assert words == list(page.texts)
    for suffix, path in (("hocr", "//*[@class='ocrx_word']/text()"), ("xml", "//@CONTENT")):
        assert [str(text) for text in etree.parse(tmp_path / f"00000000.{suffix}").xpath(path)] == list(page.texts)
    assert sorted("".join(pdf_texts(tmp_path / "00000000.pdf")).split()) == sorted(page.texts)
    assert (PAGES / "00000000.jpg").read_bytes()[:5000] in (tmp_path / "00000000.pdf").read_bytes()  # the very picture
    html = (tmp_path / "00000000.html").read_text(encoding="utf-8")
    assert html.count('class="w') == len(page) and "http://" not in html
    assert Image.open(tmp_path / "00000000.overlay.jpg").size == page.size[::-1]
    assert f"1 pages · {len(page)} words · mean confidence 0.95 · 0 to check" in capsys.readouterr().err


def test_texts_left_out_are_counted(tmp_path, capsys):
    picture(tmp_path / "a.png", 10), picture(tmp_path / "b.png", 20)
    assert read_files([tmp_path], tmp_path / "out", ToneReader, "json") == 0
    assert "4 places that may be text were left out" in capsys.readouterr().err
    assert json.loads((tmp_path / "out" / "a.json").read_text(encoding="utf-8"))["left_out"] == 2


def test_text_to_standard_output(tmp_path, capsys):
    picture(tmp_path / "a.png", 10), picture(tmp_path / "b.png", 20)
    assert read_files([tmp_path], None, ToneReader) == 0
    out, err = capsys.readouterr()
    assert out == "쪽 10\n\f쪽 20\n" and "2 pages · 4 words · mean confidence 0.70 · 2 to check" in err
    assert read_files([tmp_path / "a.png"], None, ToneReader, "json", quiet=True) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["text"] == "쪽 10" and json.loads(out)["page"] == 1 and err == ""
    assert read_files([tmp_path / "a.png"], None, ToneReader, "tsv", quiet=True) == 0
    assert capsys.readouterr().out.startswith("level\tpage_num")


def test_pages_of_a_document_are_parted(tmp_path, capsys):
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in (1, 2, 3, 4)]
    frames[0].save(tmp_path / "네쪽.tif", save_all=True, append_images=frames[1:])
    assert read_files([tmp_path / "네쪽.tif"], None, ToneReader, pages="1,3-") == 0
    assert capsys.readouterr().out == "쪽 1\n\f쪽 3\n\f쪽 4\n"
    assert read_files([tmp_path / "네쪽.tif"], tmp_path / "out", ToneReader, "txt,json,pdf", pages="2-3") == 0
    assert files(tmp_path / "out") == ["네쪽.p0002.json", "네쪽.p0003.json", "네쪽.pdf", "네쪽.txt"]
    assert (tmp_path / "out" / "네쪽.txt").read_text(encoding="utf-8") == "쪽 2\n\f쪽 3\n"
    assert [text.split() for text in pdf_texts(tmp_path / "out" / "네쪽.pdf")] == [["쪽", "2"], ["쪽", "3"]]


def test_failures_are_listed_and_stop_nothing(tmp_path, capsys):
    data = tmp_path / "data"
    picture(data / "1.png", 1), picture(data / "9.png", 9)
    for name, contents in (("2.png", b""), ("3.jpg", b"no picture"), ("4.pdf", b"%PDF-1.7 broken")):
        (data / name).write_bytes(contents)
    pdf(data / "5.pdf", 1, encryption=pikepdf.Encryption(owner="a", user="b"))
    frames = [Image.new("RGB", (30, 20), (tone,) * 3) for tone in (7, 13, 8)]
    frames[0].save(data / "6.tif", save_all=True, append_images=frames[1:])
    assert read_files([data], tmp_path / "out", ToneReader) == 1
    assert files(tmp_path / "out") == ["1.txt", "6.txt", "9.txt", "errors.csv"]
    assert (tmp_path / "out" / "6.txt").read_text(encoding="utf-8") == "쪽 7\n\f쪽 8\n"
    listed = errors(tmp_path / "out")
    assert [Path(row["path"]).name + row["page"] for row in listed] == ["2.png", "3.jpg", "4.pdf", "5.pdf", "6.tif2"]
    assert "0 bytes" in listed[0]["message"] and "encrypted" in listed[3]["message"] and "unlucky page" in listed[4]["message"]
    err = capsys.readouterr().err
    assert "6.tif, page 2: Every page of a file that is whole is read. Received: RuntimeError: unlucky" in err and "5 failed" in err
    for name in ("2.png", "3.jpg", "4.pdf", "5.pdf", "6.tif"):
        (data / name).unlink()
    assert read_files([data], tmp_path / "out", ToneReader) == 0
    assert "errors.csv" not in files(tmp_path / "out")


def test_resume_reads_only_what_is_missing(tmp_path, capsys):
    data, out = tmp_path / "data", tmp_path / "out"
    picture(data / "a.png", 1), picture(data / "b.png", 2), pdf(data / "c.pdf", 2)
    assert read_files([data], out, ToneReader, "txt,json", dpi=72) == 0
    (out / "b.json").unlink(), (out / "c.p0002.json").unlink()
    stamps = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    read = []

    class Counting(ToneReader):
        def read_page(self, pixels):
            read.append(int(pixels[0, 0, 0]))
            return super().read_page(pixels)

    assert read_files([data], out, Counting, "txt,json", dpi=72, resume=True) == 0
    assert read == [2, 255, 255] and "1 files were finished before" in capsys.readouterr().err
    assert (out / "a.txt").stat().st_mtime_ns == stamps["a.txt"] and (out / "b.json").is_file() and (out / "c.p0002.json").is_file()
    assert read_files([data], out, broken_reader, "txt,json", resume=True) == 0  # nothing to do: no networks are loaded


class Healed(ToneReader):
    """Reads what ToneReader cannot bear, and counts."""

    tones = []

    def read_page(self, pixels):
        Healed.tones.append(int(pixels[0, 0, 0]))
        pixels = np.where(pixels == 13, np.uint8(14), pixels)
        return super().read_page(pixels)


def test_a_bad_layer_is_replaced_and_a_pdf_becomes_archival(tmp_path):
    with pikepdf.new() as document:
        for mode in (3, 0):  # a page whose text is invisible, and one whose text is seen
            document.add_blank_page(page_size=(200, 100))
            font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
            document.pages[-1].obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            document.pages[-1].obj.Contents = document.make_stream(b"BT %d Tr /F1 20 Tf 20 50 Td (wrong) Tj ET" % mode)
        document.save(tmp_path / "a.pdf")
    for folder, options in (("kept", {}), ("redo", {"redo": True}), ("pdfa", {"pdfa": True})):
        assert read_files([tmp_path / "a.pdf"], tmp_path / folder, ToneReader, "pdf,json", dpi=72, quiet=True, **options) == 0
    assert [text.split() for text in pdf_texts(tmp_path / "kept" / "a.pdf")] == [["wrong"], ["wrong"]]
    assert [text.split() for text in pdf_texts(tmp_path / "redo" / "a.pdf")] == [["쪽", "255"], ["wrong"]]
    assert [text.split() for text in pdf_texts(tmp_path / "pdfa" / "a.pdf")] == [["쪽", "255"], ["쪽", "255"]]
    with pikepdf.open(tmp_path / "pdfa" / "a.pdf") as document:
        assert document.open_metadata().pdfa_status == "2B" and document.docinfo.Title == "a"
    record = json.loads((tmp_path / "redo" / "a.p0002.json").read_text(encoding="utf-8"))
    assert (record["page"], record["dpi"], record["size_pt"]) == (2, 72, [100, 200])
    with pytest.raises(UsageError, match=r"Received: --format txt\. Add pdf"):
        read_files([tmp_path / "a.pdf"], tmp_path / "x", ToneReader, redo=True)


@pytest.mark.parametrize(("formats", "again"), [("txt,json", [7, 13, 8]), ("json", [13])])
def test_resume_tries_failed_pages_again(tmp_path, formats, again):
    """All of a document that goes to one file; of one file a page the failed pages only."""
    data, out = tmp_path / "data", tmp_path / "out"
    frames = [picture(data / f"{tone}.png", tone) and Image.open(data / f"{tone}.png") for tone in (7, 13, 8)]
    frames[0].save(data / "a.tif", save_all=True, append_images=frames[1:])
    for tone in (7, 13, 8):
        (data / f"{tone}.png").unlink()
    picture(data / "b.png", 5), (data / "c.png").write_bytes(b"")
    assert read_files([data], out, ToneReader, formats) == 1
    assert [row["page"] for row in errors(out)] == ["2", ""]
    Healed.tones = []
    stamps = {path.name: path.stat().st_mtime_ns for path in out.glob("b.*")}
    assert read_files([data / "a.tif", data / "b.png"], out, Healed, formats, resume=True) == 0
    assert Healed.tones == again
    assert [Path(row["path"]).name for row in errors(out)] == ["c.png"]  # which was not asked for this time
    assert len(list(out.glob("a.p000?.json"))) == 3 and {p.name: p.stat().st_mtime_ns for p in out.glob("b.*")} == stamps
    if "txt" in formats:
        assert (out / "a.txt").read_text(encoding="utf-8") == "쪽 7\n\f쪽 14\n\f쪽 8\n"
    picture(data / "c.png", 9)
    assert read_files([data], out, Healed, formats, resume=True) == 0
    assert Healed.tones == [*again, 9] and not (out / "errors.csv").exists()


def test_files_of_equal_names_do_not_overwrite_each_other(tmp_path):
    for number, name in enumerate(("x/a.png", "x/a.bmp", "x/A.gif", "x/sub/a.png", "x/b.png", "y/b.png")):
        picture(tmp_path / name, number)
    assert read_files([tmp_path / "x", tmp_path / "y"], tmp_path / "out", ToneReader, recursive=True) == 0
    assert files(tmp_path / "out") == ["A.gif.txt", "a.bmp.txt", "a.png.txt", "b.png.txt", "b.png_2.txt", "sub/a.txt"]
    texts = {name: (tmp_path / "out" / name).read_text(encoding="utf-8") for name in files(tmp_path / "out")}
    assert texts["a.bmp.txt"] == "쪽 1\n" and texts["b.png_2.txt"] == "쪽 5\n" and texts["sub/a.txt"] == "쪽 3\n"


def test_names_that_look_like_names_made_distinct(tmp_path):
    names = [tmp_path / name for name in ("a.png", "a.jpg", "a.png.tif", "a.jpg_2.tif")]
    targets = plan_targets(names, names, "out")
    assert len({str(target).casefold() for target in targets.values()}) == 4


def test_results_below_the_folder_that_is_read_are_not_read_again(tmp_path):
    picture(tmp_path / "a.png", 1)
    for _ in range(2):
        assert read_files([tmp_path], tmp_path / "out", ToneReader, "txt,pdf", overlay=True, recursive=True) == 0
    assert files(tmp_path / "out") == ["a.overlay.jpg", "a.pdf", "a.txt"]


def test_a_pdf_keeps_its_pages_and_text_that_is_there_is_not_doubled(tmp_path, capsys):
    source = pdf(tmp_path / "문서.pdf", 3, text_on=[1])
    assert read_files([source], tmp_path / "out", ToneReader, "pdf,html", dpi=72) == 0
    first, second, third = pdf_texts(tmp_path / "out" / "문서.pdf")
    assert first.split() == third.split() == ["쪽", "255"] and second.split() == ["already", "here"]
    assert "1 pages have text already" in capsys.readouterr().err
    with pikepdf.open(tmp_path / "out" / "문서.pdf") as document:
        assert [float(value) for value in document.pages[0].mediabox] == [0, 0, 72, 36]


def test_an_encrypted_pdf_with_its_password(tmp_path):
    source = pdf(tmp_path / "a.pdf", 1, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert read_files([source], tmp_path / "out", ToneReader, "txt,pdf,json", dpi=72, password="b") == 0
    assert pdf_texts(tmp_path / "out" / "a.pdf")[0].split() == ["쪽", "255"]


@pytest.mark.parametrize("kind", ["PNG", "PDF"])
def test_standard_input(tmp_path, monkeypatch, kind):
    stream = io.BytesIO()
    Image.new("RGB", (30, 20), (255,) * 3).save(stream, kind)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stream.getvalue())))
    assert read_files(["-"], tmp_path, ToneReader, ALL) == 0
    assert len(files(tmp_path)) == 7 and (tmp_path / "stdin.txt").read_text(encoding="utf-8") == "쪽 255\n"
    assert pdf_texts(tmp_path / "stdin.pdf")[0].split() == ["쪽", "255"]
    assert json.loads((tmp_path / "stdin.json").read_text(encoding="utf-8"))["image"] is None
    monkeypatch.setattr("ocr_crnn.commands.read.files.MAX_PICTURE_BYTES", 100)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes(101))))
    with pytest.raises(UsageError, match="at most 100 bytes"):
        read_files(["-"], tmp_path, ToneReader)


def test_a_photograph_on_its_side_lies_in_the_pdf_as_it_was_read(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(tmp_path / "a.jpg", 100, (60, 40), exif=exif)
    assert read_files([tmp_path / "a.jpg"], tmp_path / "out", ToneReader, "pdf,json") == 0
    assert json.loads((tmp_path / "out" / "a.json").read_text(encoding="utf-8"))["size"] == [60, 40]
    with pypdfium2.PdfDocument(tmp_path / "out" / "a.pdf") as document:
        width, height = document[0].get_size()
    assert height == pytest.approx(1.5 * width)


def test_pixels_that_are_not_square_lie_in_the_pdf_as_they_were_read(tmp_path):
    """A JPEG of 204 × 102 dpi is 400 pixels wide and, made square, 600 high: 141 by 212 points."""
    Image.fromarray(np.full((300, 400), 255, np.uint8)).save(tmp_path / "fax.jpg", dpi=(204, 102))
    assert read_files([tmp_path / "fax.jpg"], tmp_path / "out", ToneReader, "pdf") == 0
    with pikepdf.open(tmp_path / "out/fax.pdf") as document:
        assert [round(float(value)) for value in document.pages[0].mediabox] == [0, 0, 141, 212]


def test_other_files_of_a_folder_are_named(tmp_path, capsys):
    for name in ("계약서.hwp", "b.docx", "out/old.txt", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    picture(tmp_path / "a.png", 60)
    assert read_files([tmp_path], tmp_path / "out", ToneReader, recursive=True) == 0
    told = capsys.readouterr().err
    assert "2 files that are neither images nor PDFs, or that cannot be opened, were not read: b.docx, 계약서.hwp" in told


def test_images_of_lines(tmp_path, capsys):
    for tone in range(70):
        picture(tmp_path / f"{tone:02}.png", 100 + tone, (60, 20))
    (tmp_path / "05.png").write_bytes(b"")
    assert read_files([tmp_path], None, line_reader, lines=True) == 1
    assert capsys.readouterr().out.splitlines() == [f"가 {100 + tone}" for tone in range(70) if tone != 5]
    assert read_files([tmp_path / "07.png"], tmp_path / "out", line_reader, "json", lines=True) == 0
    (line,) = json.loads((tmp_path / "out" / "07.json").read_text(encoding="utf-8"))["lines"]
    assert [word["text"] for word in line["words"]] == ["가", "107"]


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        (["a.png"], {"formats": "pdf"}, "Files with pictures need a folder.*-o"),
        (["a.png"], {"overlay": True}, "--overlay without -o"),
        (["a.png"], {"formats": "txt,json"}, "one format"),
        (["a.png"], {"formats": "docx"}, "txt, json.*Received: docx"),
        (["a.png"], {"pages": "3-1"}, "Received: 3-1"),
        (["absent.png"], {}, "absent.png"),
        (["empty"], {}, "something to read"),
        (["a.pdf"], {"folder": ".", "formats": "pdf"}, "write over a.pdf"),
        (["a.png"], {"folder": "a.png/out"}, "output folder has to be writable.*a.png"),
    ],
)
def test_what_cannot_be_asked_for(tmp_path, monkeypatch, inputs, options, message):
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "a.png"), pdf(tmp_path / "a.pdf", 1)
    (tmp_path / "empty").mkdir()
    with pytest.raises((UsageError, ValueError, OSError), match=message):
        read_files(inputs, options.pop("folder", None), broken_reader, **options)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_reader_that_cannot_be_made_says_why(tmp_path, workers):
    picture(tmp_path / "a.png"), picture(tmp_path / "b.png")
    with pytest.raises(ValueError, match="A preset is there"):
        read_files([tmp_path], None, broken_reader, workers=workers)


def test_workers_read_the_same_in_the_same_order(tmp_path, capsys):
    names = [*map(str, range(10, 17)), os.fsdecode("계약".encode("cp949")), "나" * 83]
    for tone, name in enumerate(names, 10):
        picture(tmp_path / "in" / f"{name}.png", tone)
    codes, outs = [], []
    for workers in (1, 2):
        codes.append(read_files([tmp_path / "in"], tmp_path / "out", ToneReader, "txt,pdf", workers=workers))
        outs.append((capsys.readouterr().err, {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}))
        shutil.rmtree(tmp_path / "out")
    assert codes == [1, 1] and outs[0] == outs[1] and "Received: RuntimeError: unlucky" in outs[0][0] and len(outs[0][1]) == 17
    for workers in (1, 2):
        assert read_files([tmp_path / "in" / f"{name}.png" for name in names[:5]], None, ToneReader, workers=workers) == 1
        outs.append(capsys.readouterr())
    assert outs[2] == outs[3] and "unlucky" in outs[2].err and "쪽 14" in outs[2].out


def test_page_ranges():
    assert parse_pages("1-3, 5,8-") == [(1, 3), (5, 5), (8, None)]
    assert choose_pages(parse_pages("1-3,5,8-"), 9) == [0, 1, 2, 4, 7, 8]
    assert choose_pages(parse_pages("4"), 3) == [] and choose_pages(None, 2) == [0, 1]
    for text in ("", "0", "a", "3-2", "1--2", "-3", "1-" + "9" * 5000):
        with pytest.raises(ValueError, match="Received"):
            parse_pages(text)


def test_pages_that_a_document_does_not_have(tmp_path, capsys):
    picture(tmp_path / "a.png")
    assert read_files([tmp_path / "a.png"], None, ToneReader, pages="2") == 1
    assert "which has 1" in capsys.readouterr().err


def test_messages_in_the_language_of_the_system(monkeypatch):
    values = {"pages": 3, "words": 412, "score": 0.931, "uncertain": 11}
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert say("summary", **values) == "3쪽 · 412어절 · 평균 신뢰도 0.93 · 확인 필요 11곳"
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert say("summary", **values) == "3 pages · 412 words · mean confidence 0.93 · 11 to check"


def test_what_a_format_is_made_of_is_found_without_being_asked_for():
    assert stages_of_formats("txt, MD,csv") == ("tables", "clusters")
    assert stages_of_formats(None) == stages_of_formats("pdf,nonsense") == ()
